"""Rows that are lists of named fields (a file, a table, a CRM, a post with custom fields) as statements. Pure.

A mapping says in one `Listed` per kind which field holds which part; `zeven hub new` proposes it, the hub edits it.
A field is named as its source has it; dots reach into objects and lists (`acf.status`, `terms.sector`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Final

from connectors.hubs import Statement, Words, builders
from connectors.hubs.bodies import body
from connectors.hubs.said import said, said_day, said_euros, said_whole
from connectors.hubs.statements import choice, mention, place, province
from connectors.hubs.words import EVENT_STATUSES, HELIX, PHASES, ROLES, STATUSES, TYPES
from connectors.sources.moments import moment, stamp
from connectors.sources.selection import words_at
from schemas.errors import Reject

KNOWN: Final[Mapping[str, Mapping[str, str]]] = {
    "status": STATUSES,
    "type": TYPES,
    "phase": PHASES,
    "role": ROLES,
    "helix": HELIX,
    "event_status": EVENT_STATUSES
    | {"gepland": "scheduled", "geannuleerd": "cancelled", "uitgesteld": "postponed"},
}
"""Part -> words of sources -> words of the contract."""
HOME: Final = "Europe/Amsterdam"
_BETWEEN: Final = re.compile(r"\s*[;|\n]\s*")
_DAY: Final = len("2026-03-01")


@dataclass(frozen=True, slots=True)
class Listed:
    """Which fields hold which parts of a kind of record.

    columns     part -> field, or several fields for `tags`
    defaults    part -> what holds when no field says it
    words       part -> further words of the source, beside the known ones
    decimal     how the source writes decimals
    """

    columns: Mapping[str, str | tuple[str, ...]]
    defaults: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    decimal: str = ","

    def named(self, part: str) -> str:
        """The field of a part, for people."""
        column = self.columns.get(part, part)
        return column if isinstance(column, str) else ", ".join(column)

    def text(self, seen: Mapping[str, Any], part: str) -> str | None:
        """What the row says of a part."""
        column = self.columns.get(part)
        found = said(at(seen, column)) if isinstance(column, str) else None
        return found or self.defaults.get(part)

    def choice(self, seen: Mapping[str, Any], part: str, *, optional: bool = False) -> Any:
        """A word of the source as a word of the contract. Raises `Reject` for one that is not known."""
        table = {**KNOWN[part], **self.words.get(part, {})}
        return choice(table, self.text(seen, part), self.named(part), optional=optional)

    def several(self, seen: Mapping[str, Any], part: str) -> list[str]:
        """All words of a part, whether they stand in a list or in one text."""
        columns = self.columns.get(part, ())
        names = (columns,) if isinstance(columns, str) else columns
        return list(dict.fromkeys(word for name in names for word in words_of(seen, name)))


def at(seen: Mapping[str, Any], name: str) -> Any:
    """The first thing that a field says; a name with dots is tried as it stands before it reaches into objects."""
    if name in seen:
        value = seen[name]
        return value if not isinstance(value, (list, Mapping)) else next(words_at(value, ()), None)
    return next(words_at(seen, name.split(".")), None)


def words_of(seen: Mapping[str, Any], name: str) -> list[str]:
    """Every word that a field says: of a list each, of a text what stands between `;`, bars or lines."""
    listed = words_at(seen[name], ()) if name in seen else words_at(seen, name.split("."))
    return [word for text in listed for word in _BETWEEN.split(text) if word]


def project(seen: Mapping[str, Any], words: Words, table: Listed) -> Statement:
    """A project. Raises `Reject`."""
    if table.text(seen, "status") is None:
        raise Reject(
            "Nothing says how the project stands",
            field=table.named("status"),
            expected=", ".join(table.words.get("status", {}) or STATUSES),
            got="nothing",
            fix="Fill it in at the source, or give `status` in columns or defaults of the mapping.",
        )
    own = {
        name: table.text(seen, name) for name in ("title", "title_en", "summary", "summary_en", "link", "eu")
    }
    days = {
        name: said_day(table.text(seen, name), table.named(name)) for name in ("start", "end", "deadline")
    }
    town = table.text(seen, "town")
    parts = {
        **own,
        **days,
        "type": table.choice(seen, "type", optional=True),
        "status": table.choice(seen, "status"),
        "phase": table.choice(seen, "phase", optional=True),
        "tags": table.several(seen, "tags"),
        "place": place(None, None, town, province(table.text(seen, "province")), "NL"),
        "funding": _funding(seen, table),
        "organisations": _organisations(seen, table),
        "page": table.text(seen, "page"),
        "contact": table.text(seen, "contact"),
        "grants": [table.text(seen, "grant")],
    }
    return builders.project(parts, words)


def _funding(seen: Mapping[str, Any], table: Listed) -> list[dict[str, Any]]:
    funder = table.text(seen, "funder")
    amount = said_euros(table.text(seen, "amount"), table.named("amount"), decimal=table.decimal)
    return [builders.funding(funder, amount, field=table.named("funder"))] if funder or amount else []


def _organisations(seen: Mapping[str, Any], table: Listed) -> list[dict[str, Any]]:
    lead = table.text(seen, "lead")
    known = {kind: table.text(seen, kind) for kind in ("kvk", "ror")}
    website = table.text(seen, "website")
    return [
        *([mention(lead, "coordinator", website=website, identifiers=known)] if lead else []),
        *(mention(name, "partner") for name in table.several(seen, "partners")),
    ]


def membership(seen: Mapping[str, Any], words: Words, table: Listed) -> Statement:
    """A membership. Raises `Reject`."""
    own = {part: table.text(seen, part) for part in ("website", "via")}
    member = mention(
        table.text(seen, "name") or "",
        table.choice(seen, "role"),
        website=own["website"],
        via=own["via"],
        helix=table.choice(seen, "helix", optional=True),
        identifiers={kind: table.text(seen, kind) for kind in ("kvk", "ror")},
    )
    parts = {name: said_day(table.text(seen, name), table.named(name)) for name in ("start", "end")}
    of = body(table.text(seen, "body"), words, table.named("body"))
    return builders.membership(member, of, {**parts, "note": table.text(seen, "note")})


def event(seen: Mapping[str, Any], words: Words, table: Listed) -> Statement:
    """An event; a time without a zone is that of the Netherlands. Raises `Reject`."""
    start, whole = _moment(table.text(seen, "start"), table.named("start"))
    end, _ = _moment(table.text(seen, "end") or table.text(seen, "start"), table.named("end"), last=True)
    title = table.text(seen, "title") or table.text(seen, "title_en")
    if not title:
        raise _lacks(table.named("title"))
    organiser = table.text(seen, "organiser")
    where = {
        "name": "venue",
        "address": "address",
        "city": "town",
        "province": "province",
        "country": "country",
    }
    venue = {name: table.text(seen, part) for name, part in where.items()}
    parts = {
        **{name: table.text(seen, name) for name in ("title_en", "summary", "registration", "price")},
        "title": title,
        "event_status": table.choice(seen, "event_status")
        if table.text(seen, "event_status")
        else "scheduled",
        "start": start,
        "end": max(start, end) if table.text(seen, "end") or whole else None,
        "zone": HOME,
        "all_day": whole,
        "tags": table.several(seen, "tags"),
        "url": table.text(seen, "page"),
        "online_url": table.text(seen, "online"),
        "venue": venue if any(venue.values()) else None,
        "organizers": [{"name": organiser}] if organiser else [],
        "capacity": said_whole(table.text(seen, "capacity"), table.named("capacity")),
    }
    return builders.event(parts, words)


def _moment(text: str | None, name: str, *, last: bool = False) -> tuple[str, bool]:
    """An instant in UTC, and whether only a day was said; of a day its first or last second."""
    if not text:
        raise _lacks(name)
    try:
        found = datetime.fromisoformat(text) if len(text) > _DAY else None
    except ValueError:
        found = None
    if found is not None and found.tzinfo is not None:
        return stamp(found.astimezone(UTC)), False
    if found is not None:
        return moment(found, HOME, HOME).text, False
    day = date.fromisoformat(said_day(text, name) or "")
    clock = time(23, 59, 59) if last else time()
    return moment(datetime.combine(day, clock), HOME, HOME).text, True


def _lacks(name: str) -> Reject:
    return Reject(f"{name} is empty", field=name, expected="a value", got="nothing", fix="Fill it in.")
