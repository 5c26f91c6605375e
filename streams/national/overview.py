"""The overview: what one national record contributes to which cells of the tables of `reference/overview_tables`.

Pure. A record is first reduced to its facets (`facets_of`), one value or more per dimension; from these alone its
cells follow (`cells_of`). A figure is the sum over records, so a table is kept up by taking the old cells of a
record away and adding its new ones. A record counts once in a cell, whatever number of its values lead there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import product
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from schemas.reference import lists
from schemas.reference.kept import Kept
from schemas.text import normalise

NOT_REPORTED: Final = "not-reported"
NOT_ASSIGNED: Final = "not-assigned"
OPEN: Final = "+"
"""After a year: from that year on, without an end."""
FIRST_YEAR: Final = 1950
LAST_YEAR: Final = 2100
HIGHEST: Final = 10**12
"""An indicator beyond it is a mistake, and would not fit in a sum of many."""
LONGEST: Final = 80
ASSIGNED: Final[Mapping[str, str]] = {
    "area": "areas",
    "dimension": "dimensions",
    "pillar": "pillars",
    "instrument": "instruments",
}
SAID: Final[Mapping[str, tuple[str, ...]]] = {
    "project": ("type", "status", "phase", "research_kind"),
    "event": ("status",),
    "membership": ("body_kind", "role", "helix"),
    "organisation": ("helix", "place"),
}
TAKES_PART: Final = ("coordinator", "partner")
PARTY: Final = "party"
OVER: Final = ("completed", "stopped")


class Table(NamedTuple):
    """A table of the overview: what it counts, by which dimensions, and which records alone."""

    slug: str
    kind: str
    measure: str
    dimensions: tuple[str, ...]
    only: tuple[str, str] | None


class Rules(NamedTuple):
    """The tables, those of each kind, and per target the names (normalised) of the organisations in its scope."""

    tables: tuple[Table, ...]
    of_kind: Mapping[str, tuple[Table, ...]]
    scopes: Mapping[str, frozenset[str]]


class Facets(NamedTuple):
    """All of a record that the overview knows: its values per dimension, and its indicators (name, year, value)."""

    kind: str
    sample: bool
    values: Mapping[str, Sequence[str]]
    figures: Sequence[tuple[str, int, int]]


Cell = tuple[str, ...]
"""One cell: its table, then a value per dimension."""


class Sums(NamedTuple):
    """What a cell holds: records, the invented ones among them, the sum of an indicator, its invented part."""

    records: int = 0
    samples: int = 0
    value: int = 0
    sample_value: int = 0

    def plus(self, other: Sums, sign: int = 1) -> Sums:
        """Both together, or the difference."""
        return Sums(
            self.records + sign * other.records,
            self.samples + sign * other.samples,
            self.value + sign * other.value,
            self.sample_value + sign * other.sample_value,
        )


NOTHING: Final = Sums()


@cache
def listed() -> Rules:
    """The rules of the release, without a word of the office."""
    return rules_of(Kept())


def rules_of(kept: Kept) -> Rules:
    """The rules of the reference lists, with what the office keeps of them."""
    tables = []
    for row in lists.rows("overview_tables"):
        only, _, value = row["only"].partition(":")
        dimensions = tuple(row["dimensions"].split("|")) if row["dimensions"] else ()
        limit = (only, value) if only else None
        tables.append(Table(row["slug"], row["kind"], row["measure"], dimensions, limit))
    of_kind = {kind: tuple(one for one in tables if one.kind == kind) for kind in SAID}
    names = {row["slug"]: _names(row) for row in kept.rows("organisations")}
    scopes = {
        row["slug"]: frozenset().union(*(names.get(one, frozenset()) for one in row["scope"].split("|")))
        for row in kept.rows("targets")
    }
    return Rules(tuple(tables), of_kind, scopes)


def _names(row: Mapping[str, str]) -> frozenset[str]:
    return frozenset(_said(normalise(name)) for name in (row["name"], *row["aliases"].split("|")) if name)


def facets_of(kind: str, record: Mapping[str, Any]) -> Facets | None:
    """The facets of a national record; None for one that was merged away."""
    content = record["content"]
    if content is None:
        return None
    values: dict[str, Sequence[str]] = {"hub": _several(one["hub"] for one in record["contributions"])}
    for name, field in ASSIGNED.items():
        if field in content:
            values[name] = _several(content[field]) or (NOT_ASSIGNED,)
    for name in SAID[kind]:
        values[name] = (_said(content[name]),)
    if kind == "membership":
        area = lists.area_of_body(content["body_kind"], content["body"])
        values["area"] = (NOT_ASSIGNED if area is None else _said(area),)
    if kind in ("project", "event"):
        place = content["place" if kind == "project" else "venue"] or {}
        values["place"] = (_said(place.get("municipality")),)
        values["province"] = (_said(place.get("province")),)
    if kind != "organisation":
        values["year"] = _years(kind, content)
    if kind == "project":
        values[PARTY] = _parties(record["organisations"])
    return Facets(kind, bool(record["sample"]), values, _figures(content.get("indicators", ())))


def cells_of(facets: Facets | None, rules: Rules) -> dict[Cell, Sums]:
    """The cells in which a record counts, and with what."""
    found: dict[Cell, Sums] = {}
    if facets is None:
        return found
    one = Sums(1, int(facets.sample))
    facets = _aimed(facets, rules)
    for table in rules.of_kind[facets.kind]:
        if table.only is not None and table.only[1] not in facets.values[table.only[0]]:
            continue
        if table.measure == "indicator":
            found.update(_measured(table, facets))
            continue
        for values in product(*[facets.values[name] for name in table.dimensions]):
            found[table.slug, *values] = one
    return found


def changed(before: Facets | None, after: Facets | None, rules: Rules) -> dict[Cell, Sums]:
    """What to add to the cells when a record becomes another, comes (None before) or goes (None after)."""
    found = cells_of(after, rules)
    if before is None:
        return found
    for cell, sums in cells_of(before, rules).items():
        found[cell] = found.get(cell, NOTHING).plus(sums, -1)
    return {cell: sums for cell, sums in found.items() if sums != NOTHING}


def _measured(table: Table, facets: Facets) -> dict[Cell, Sums]:
    """Cells of a table of indicators; a record without any counts as such, but not towards a target."""
    found: dict[Cell, Sums] = {}
    said = facets.figures or ([] if "target" in table.dimensions else [(NOT_REPORTED, 0, 0)])
    for name, year, value in said:
        ways = {**facets.values, "indicator": (name,), "year": (str(year) if year else NOT_REPORTED,)}
        if "target" in table.dimensions:
            ways["target"] = [name] if name in facets.values["target"] else []
        one = Sums(1, int(facets.sample), value, value if facets.sample else 0)
        for values in product(*(ways[side] for side in table.dimensions)):
            cell = (table.slug, *values)
            known = found.get(cell)
            again = Sums(0, 0, one.value, one.sample_value)
            found[cell] = one if known is None else known.plus(again)
    return found


def _several(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({_said(text) for text in texts}))


def _said(text: str | None) -> str:
    """A value as it stands in a cell: short, on one line, without the sign that parts values."""
    plain = " ".join((text or "").replace("|", "/").split())
    return plain[:LONGEST] or NOT_REPORTED


def _years(kind: str, content: Mapping[str, Any]) -> tuple[str, ...]:
    """The years in which a record runs; `2024+` when it has no end."""
    if kind == "event":
        first = _local_year(content["start"], content["zone"])
        last = _local_year(content["end"], content["zone"]) or first
    else:
        deadline = _year(content.get("deadline"))
        first, last = _year(content["start"]), _year(content["end"])
        if first is None:
            first = last = deadline
        elif last is None and content.get("status") not in OVER:
            return (f"{first}{OPEN}",)
    last = first if last is None else last
    if first is None or last is None or last < first:
        return (NOT_REPORTED,)
    return tuple(map(str, range(first, last + 1)))


def _year(text: str | None) -> int | None:
    head = (text or "")[:4]
    if len(head) < 4 or not (head.isascii() and head.isdigit()):
        return None
    return int(head) if FIRST_YEAR <= int(head) <= LAST_YEAR else None


def _local_year(text: str | None, zone: str) -> int | None:
    try:
        at = datetime.fromisoformat(text or "")
        local = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(ZoneInfo(zone))
    except (KeyError, ValueError, OSError, OverflowError):  # zones that sources make up
        return _year(text)
    return local.year if FIRST_YEAR <= local.year <= LAST_YEAR else None


def _parties(organisations: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The names of who takes part; whose targets that makes it, the lists say."""
    return _several(normalise(one["name"]) for one in organisations if one["role"] in TAKES_PART)


def _aimed(facets: Facets, rules: Rules) -> Facets:
    """With the targets in whose scope the record is: one of their organisations takes part in it."""
    if PARTY not in facets.values:
        return facets
    parties = facets.values[PARTY]
    targets = sorted(target for target, scope in rules.scopes.items() if not scope.isdisjoint(parties))
    return facets._replace(values={**facets.values, "target": targets})


def _figures(indicators: Iterable[Mapping[str, Any]]) -> Sequence[tuple[str, int, int]]:
    return sorted(
        (_said(one["name"]), one["year"], one["value"])
        for one in indicators
        if FIRST_YEAR <= one["year"] <= LAST_YEAR and abs(one["value"]) <= HIGHEST
    )
