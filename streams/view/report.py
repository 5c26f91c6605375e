"""A report on a hub, an area or a dimension over a period: figures with their definitions, what changed, the records.

A report is of a moment. Its permanent link names that moment, so that it can be made again from the history.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlencode

from fastapi import Request

from schemas.errors import Reject
from streams.view import answers, moments, past
from streams.view.answers import Query
from streams.view.filters import slug_of
from streams.view.moments import HOME
from streams.view.rows import instant

if TYPE_CHECKING:
    from streams.view.api import View

Item = Mapping[str, Any]
WORDS: Final = {
    "hub": "Slug of a hub.",
    "area": "A working area, by slug, name or alias.",
    "dimension": "A dimension, by slug, name or alias.",
    "from": "First day of the period; left out: 1 January of this year.",
    "to": "Last day of the period; left out: today.",
    "as_of": "The moment of which the report is; left out: now.",
}


class Asked(NamedTuple):
    """What a report is asked for: a selection, its first and last day, and the moment (None: now)."""

    hub: str
    area: str
    dimension: str
    first: date
    last: date
    at: int | None

    def query(self) -> Query:
        """The records of the selection."""
        return Query(hub=self.hub, area=self.area, dimension=self.dimension, at=self.at)

    def address(self, moment: str | None) -> str:
        """The query of the report of this moment."""
        chosen = (("hub", self.hub), ("area", self.area), ("dimension", self.dimension))
        days = (("from", self.first.isoformat()), ("to", self.last.isoformat()), ("as_of", moment or ""))
        return urlencode([(name, value) for name, value in (*chosen, *days) if value])


def asked_of(view: View, db: sqlite3.Connection, request: Request) -> Asked:
    """What a report is asked for. Raises `Reject` for words and days that make no sense."""
    said = request.query_params
    hub = said.get("hub", "")
    if hub and hub not in view.names:
        known = ", ".join(view.names)
        raise Reject(f"There is no hub {hub[:40]}", field="hub", fix=f"There are {known}.")
    area, dimension = (slug_of(name, said.get(name, "")) for name in ("area", "dimension"))
    today = datetime.fromtimestamp(view.clock() / 1000, UTC).astimezone(HOME).date()
    first = _day(said.get("from", ""), "from") or date(today.year, 1, 1)
    last = _day(said.get("to", ""), "to") or today
    if last < first:
        raise Reject("The last day lies before the first", field="to", fix="Turn them around.")
    return Asked(hub, area, dimension, first, last, view.moment(db, said.get("as_of", "")))


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        fix = "Write it as 2026-10-01."
        raise Reject(f"{field} is no day: {text[:40]}", field=field, fix=fix) from fault


def report(view: View, db: sqlite3.Connection, asked: Asked, most: int) -> dict[str, Any]:
    """All that a report says, of one state of the database; of changes so many."""
    about = view.about(db, asked.at)
    source = answers if asked.at is None else past
    query = asked.query()
    found = {kind: list(source.every(db, kind, query)) for kind in ("project", "membership")}
    period = replace(query, since=asked.first.isoformat(), until=asked.last.isoformat())
    events = list(source.every(db, "event", period))
    begun = moments.since_when(db, view.clock(), view.history_days)
    moment = None if begun is None else about["as_of"]
    hubs = [asked.hub] if asked.hub else [*view.names]
    return {
        "asked": asked,
        "about": about,
        "completeness": {hub: about["completeness"][hub] for hub in hubs},
        "permanent": None if moment is None else asked.address(moment),
        "figures": figures(found["project"], events, found["membership"], asked),
        "splits": splits(found["project"], asked),
        "indicators": indicators(found["project"]),
        "projects": found["project"],
        "events": events,
        "changes": _changes(view, db, asked, begun, most),
        "begun": instant(begun),
        "samples": sum(item["sample"] for item in found["project"]),
    }


def figures(
    projects: Sequence[Item], events: Sequence[Item], memberships: Sequence[Item], asked: Asked
) -> dict[str, int]:
    """Name of a figure -> distinct records. Pure."""
    named = {link["id"] for item in (*projects, *memberships) for link in item["organisations"]}
    return {
        "projects": len(projects),
        "running": sum(runs(item["fields"], asked.first, asked.last) for item in projects),
        "events": len(events),
        "memberships": len(memberships),
        "organisations": len(named),
    }


def runs(fields: Mapping[str, Any], first: date, last: date) -> bool:
    """Whether a project runs in a period: begun by its last day, and not over before its first. Pure."""
    start, end = fields["start"] or "", fields["end"] or ""
    return bool(start) and start <= last.isoformat() and (not end or end >= first.isoformat())


def splits(projects: Iterable[Item], asked: Asked) -> dict[str, list[tuple[str, int]]]:
    """By status, area and hub how many projects, the most first; what the selection fixes is left out. Pure."""
    counts = {"status": Counter[str](), "areas": Counter[str](), "hubs": Counter[str]()}
    for item in projects:
        counts["status"][item["fields"]["status"]] += 1
        counts["areas"].update(item["fields"]["areas"] or [""])
        counts["hubs"].update(item["hubs"])
    fixed = {"areas": asked.area, "hubs": asked.hub}
    return {name: counted.most_common() for name, counted in counts.items() if not fixed.get(name)}


def indicators(projects: Iterable[Item]) -> list[tuple[str, int, int, int]]:
    """Name, year, sum and the invented part of it. Pure."""
    sums: dict[tuple[str, int], list[int]] = {}
    for item in projects:
        for one in item["fields"]["indicators"]:
            total = sums.setdefault((one["name"], one["year"]), [0, 0])
            total[0] += one["value"]
            total[1] += one["value"] if item["sample"] else 0
    return [(name, year, *total) for (name, year), total in sorted(sums.items())]  # type: ignore[misc]


def _changes(
    view: View, db: sqlite3.Connection, asked: Asked, begun: int | None, most: int
) -> dict[str, Any]:
    """What became of records between the first moment of the period and its last, within the history."""
    if begun is None:
        return {"items": [], "next": None}
    first = max(moments.epoch_ms(asked.first.isoformat(), "from"), begun)
    after = date.fromordinal(asked.last.toordinal() + 1)
    last = min(moments.epoch_ms(after.isoformat(), "to"), view.clock() if asked.at is None else asked.at)
    if last <= first:
        return {"items": [], "next": None}
    kinds = ("project", "event")
    wanted = past.Asked((first, last), asked.hub, asked.area, kinds, "", most, asked.dimension)
    return past.differences(db, wanted)
