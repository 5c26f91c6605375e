"""The overview in the view: cells as the stage counts them, and per record what leads back from a cell to it.

A figure of the overview links to the list of the records behind it (`cell=hub:limburg,year:2026`). The list is
found by the same facets that the stage counts by, so that both say the same.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from schemas.errors import Reject
from streams.national.overview import FIRST_YEAR, OPEN, PARTY, Facets, Table, facets_of, listed, rules_of
from streams.view.incoming import Read
from streams.view.kept import kept

REPORTED: Final = "reported"
"""An indicator of one year: `reported:studenten@2025`."""
FILTERS: Final = {
    "type": "Kind of project: project, programme, lab, course, call, pilot or fieldlab.",
    "phase": "Phase of a project.",
    "instrument": "Slug of an instrument.",
    "pillar": "Slug of a pillar.",
    "research_kind": "in-ai or with-ai.",
    "role": "Role in a membership.",
    "body_kind": "Kind of body of a membership: hub, working-group, team, dimension or cluster.",
    "helix": "Kind of organisation, of organisations and memberships.",
    "place": "Municipality.",
    "province": "ISO 3166-2 code of the province, such as NL-LI.",
    "year": "Running in this year.",
}
"""Filters of lists that ask for what the overview counts by."""
NAMES: Final = frozenset(name for table in listed().tables for name in table.dimensions) | {REPORTED, "type"}
_PART: Final = re.compile(r",(?=[a-z_]+:)")


def cell(db: sqlite3.Connection, one: Read) -> None:
    """Take in one cell as one task counts it."""
    if one.value is None:
        db.execute("DELETE FROM overview WHERE part = ? AND key = ?", (one.part, one.key))
        return
    said = one.value
    sums = (said[name] for name in ("records", "samples", "value", "sample_value"))
    row = (one.part, one.key, said["table"], orjson.dumps(said["values"]).decode(), *sums)
    db.execute("INSERT OR REPLACE INTO overview VALUES (?,?,?,?,?,?,?,?)", row)


def record(db: sqlite3.Connection, one: Read, kind: str) -> None:
    """Remember by what a record is found."""
    facets = None if one.value is None else facets_of(kind, one.value)
    if facets is None:
        db.execute("DELETE FROM facet WHERE id = ?", (one.key,))
        return
    db.execute("INSERT OR REPLACE INTO facet VALUES (?,?,?)", (one.key, *_row(facets)))


def _row(facets: Facets) -> tuple[str, int | None]:
    opened = [int(year[:-1]) for year in facets.values.get("year", ()) if year.endswith(OPEN)]
    return f"|{'|'.join(_tags(facets))}|", opened[0] if opened else None


def _tags(facets: Facets) -> Iterable[str]:
    yield from (f"{name}:{value}" for name, values in facets.values.items() for value in values)
    yield from sorted({f"indicator:{name}" for name, _, _ in facets.figures})
    yield from (f"{REPORTED}:{name}@{year}" for name, year, _ in facets.figures)
    if facets.kind == "project" and not facets.figures:
        yield "indicator:not-reported"


def parts(asked: str) -> Iterator[tuple[str, str]]:
    """Names and values in the text of `cell`. Raises `Reject` when it names no dimension."""
    for part in _PART.split(asked) if asked else ():
        name, _, value = part.partition(":")
        if name not in NAMES or not value:
            known = ", ".join(sorted(NAMES))
            raise Reject(
                f"cell names nothing the overview counts by: {part[:80]}",
                field="cell",
                fix=f"Write name:value, parted by commas, as the links of /api/v1/overview do; names are {known}.",
            )
        yield name, value


def condition(db: sqlite3.Connection, wanted: Iterable[tuple[str, str]]) -> tuple[str, list[Any]]:
    """A condition on national records that have all these values."""
    where, values = _having(db, wanted, ("tags", "opened"))
    return f"id IN (SELECT id FROM facet WHERE {where})", values  # noqa: S608


def condition_then(db: sqlite3.Connection, wanted: Iterable[tuple[str, str]]) -> tuple[str, list[Any]]:
    """The same of records of the past, which are in no table of facets: worked out from each."""
    return _having(db, wanted, ("tagged(kind, json)", "opened(kind, json)"))


def _having(
    db: sqlite3.Connection, wanted: Iterable[tuple[str, str]], where_said: tuple[str, str]
) -> tuple[str, list[Any]]:
    where, values = ["1"], list[Any]()
    tags, opened = where_said
    for name, value in wanted:
        if name == "target":
            parties = sorted(rules_of(kept(db)).scopes.get(value, ()))
            where.append(f"({' OR '.join(['0', *([f'instr({tags}, ?)'] * len(parties))])})")
            values += [f"|{PARTY}:{party}|" for party in parties]
            continue
        where.append(f"instr({tags}, ?)")
        values.append(f"|{name}:{value}|")
        if name == "year" and value.isascii() and value.isdigit():
            where[-1] = f"({where[-1]} OR {opened} <= ?)"
            values.append(int(value[:4]))
    return " AND ".join(where), values


def functions(db: sqlite3.Connection) -> None:
    """What `condition_then` calls; the facets of the row at hand are kept for its next condition."""

    @lru_cache(maxsize=1)
    def row(kind: str, text: str | None) -> tuple[str, int | None]:
        facets = None if text is None else facets_of(kind, orjson.loads(text))
        return ("", None) if facets is None else _row(facets)

    db.create_function("tagged", 2, lambda kind, text: row(kind, text)[0], deterministic=True)
    db.create_function("opened", 2, lambda kind, text: row(kind, text)[1], deterministic=True)


def asked(table: Table, values: Iterable[str]) -> str:
    """The text of `cell` that finds the records behind a cell of a table."""
    named = dict(zip(table.dimensions, values, strict=True))
    parts = [":".join(table.only)] if table.only else []
    year = named.pop("year", None) if table.measure == "indicator" else None
    indicator = named.get("indicator") or named.get("target")
    if year and year != "not-reported":
        named.pop("indicator", None)
        parts.append(f"{REPORTED}:{indicator}@{year}")
    elif "target" in named:
        parts.append(f"indicator:{indicator}")
    parts += [f"{name}:{value}" for name, value in named.items()]
    return ",".join(parts)


def address(table: Table, values: Iterable[str]) -> str:
    """Path and query of the list behind a cell, below the API or the page."""
    text = asked(table, values)
    return f"/{table.kind}s" + (f"?{urlencode({'cell': text})}" if text else "")


def years(closed: Iterable[str], opened: Iterable[str], this_year: int) -> list[int]:
    """The years of a table without a gap: from the first to the last one that something says, or to this one."""
    known = [int(one) for one in closed if one.isdigit()]
    begun = [int(one.removesuffix(OPEN)) for one in opened]
    if not known and not begun:
        return []
    last = max([*known, *begun, this_year] if begun else known)
    return list(range(max(FIRST_YEAR, min([*known, *begun])), last + 1))
