"""What `/api/v1/overview` and the page of the overview tell: figures with definition and the way to the records,
targets, labs by city, and what others say. Reads SQLite; sums the partials of the overview's tasks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import orjson

from schemas.hubs import Hub
from schemas.reference import lists
from schemas.topics import NATIONAL_KINDS, national
from streams.national.overview import (
    NOT_ASSIGNED,
    NOT_REPORTED,
    NOTHING,
    OPEN,
    Sums,
    Table,
    listed,
)
from streams.view.answers import SAMPLE_MARK
from streams.view.facets import address, years
from streams.view.kept import kept

Figures = Mapping[tuple[str, ...], Sums]
Both = dict[str, str]
APART: Final[Mapping[str, Both]] = {
    NOT_REPORTED: {"nl": "niet gemeld", "en": "not reported"},
    NOT_ASSIGNED: {"nl": "niet ingedeeld", "en": "not assigned"},
}
"""Cells that are something else than 0."""
_LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    "area": ("areas",),
    "dimension": ("dimensions",),
    "pillar": ("pillars",),
    "instrument": ("instruments",),
    "phase": ("programme_phases",),
    "type": ("project_types",),
    "research_kind": ("research_kinds",),
    "body_kind": ("body_kinds",),
    "role": ("membership_roles",),
    "helix": ("helix",),
    "indicator": ("indicators",),
}
_STATUSES: Final = {"project": ("project_statuses",), "event": ("event_statuses",)}


class Names:
    """What values are called, and in which order they stand."""

    def __init__(self, hubs: Iterable[Hub], targets: Iterable[Mapping[str, str]]) -> None:
        self._hubs = {hub.slug: {"nl": hub.nl, "en": hub.en} for hub in hubs}
        self._targets = {row["slug"]: {"nl": row["name_nl"], "en": row["name_en"]} for row in targets}

    def of(self, kind: str, dimension: str) -> Mapping[str, Both]:
        """The values of a dimension that are known beforehand, in order."""
        if dimension == "hub":
            return self._hubs
        if dimension == "target":
            return self._targets
        if dimension == "province":
            return {
                row["code"]: {"nl": row["name_nl"], "en": row["name_nl"]} for row in lists.rows("provinces")
            }
        found = _STATUSES.get(kind, ()) if dimension == "status" else _LISTS.get(dimension, ())
        named = {
            one.slug: {"nl": one.name_nl, "en": one.name_en} for name in found for one in lists.listed(name)
        }
        return named | self._targets if dimension == "indicator" else named

    def label(self, kind: str, dimension: str, value: str) -> Both:
        """What one value is called."""
        plain = {"nl": value, "en": value}
        return APART.get(value) or self.of(kind, dimension).get(value, plain)


@cache
def _described() -> Mapping[str, Mapping[str, str]]:
    return {row["slug"]: row for row in lists.rows("overview_tables")}


def year_of(now_ms: int) -> int:
    """The calendar year of a moment."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).year


def figures_of(db: sqlite3.Connection, table: Table, this_year: int) -> Figures:
    """The cells of a table that are not empty, summed over the tasks; open periods stand under each year."""
    rows = db.execute(
        "SELECT cell, sum(records), sum(samples), sum(value), sum(sample_value) FROM overview"
        " WHERE tab = ? GROUP BY cell",
        (table.slug,),
    )
    found = {tuple(orjson.loads(cell)): Sums(*sums) for cell, *sums in rows}
    return _running(found, table.dimensions.index("year"), this_year) if "year" in table.dimensions else found


def _running(found: Figures, at: int, this_year: int) -> Figures:
    """Open periods, such as 2024+, spread over the years from then on."""
    opened = {values: sums for values, sums in found.items() if values[at].endswith(OPEN)}
    spread = {values: sums for values, sums in found.items() if values not in opened}
    span = years({values[at] for values in spread}, {values[at] for values in opened}, this_year)
    for values, sums in opened.items():
        for year in span:
            if year >= int(values[at].removesuffix(OPEN)):
                place = (*values[:at], str(year), *values[at + 1 :])
                spread[place] = spread.get(place, NOTHING).plus(sums)
    return spread


def tables(
    db: sqlite3.Connection, hubs: Sequence[Hub], now_ms: int, only: str = ""
) -> Iterator[dict[str, Any]]:
    """All tables with their figures, or one."""
    names = Names(hubs, kept(db).rows("targets"))
    for table in listed().tables:
        if only in ("", table.slug):
            yield _table(table, figures_of(db, table, year_of(now_ms)), names)


def _table(table: Table, figures: Figures, names: Names) -> dict[str, Any]:
    told = _described()[table.slug]
    places = _ordered(table, figures, names)
    return {
        "table": table.slug,
        "name": {"nl": told["name_nl"], "en": told["name_en"]},
        "definition": {"nl": told["definition_nl"], "en": told["definition_en"]},
        "kind": table.kind,
        "measure": table.measure,
        "dimensions": list(table.dimensions),
        "cells": [_cell(table, values, figures.get(values, NOTHING), names) for values in places],
    }


def _ordered(table: Table, figures: Figures, names: Names) -> list[tuple[str, ...]]:
    """The places of a table in the order of the lists; with one dimension all known values, those with 0 too."""
    known = [list(names.of(table.kind, one)) for one in table.dimensions]
    places = set(figures)
    if not table.dimensions:
        places = {()}
    if len(known) == 1 and table.measure == "records":
        places |= {(value,) for value in known[0]}
    ranks = [{value: number for number, value in enumerate(side)} for side in known]

    def rank(values: tuple[str, ...]) -> tuple[tuple[bool, int, str], ...]:
        sides = zip(values, ranks, strict=True)
        return tuple((value in APART, side.get(value, len(side)), value.casefold()) for value, side in sides)

    return sorted(places, key=rank)


def _cell(table: Table, values: tuple[str, ...], sums: Sums, names: Names) -> dict[str, Any]:
    where = address(table, values)
    sides = list(zip(table.dimensions, values, strict=True))
    apart = [value for value in values if value in APART]
    found = {
        "values": dict(sides),
        "labels": {side: names.label(table.kind, side, value) for side, value in sides},
        "state": apart[0] if apart else "counted",
        "records": sums.records,
        "samples": sums.samples,
        "mark": SAMPLE_MARK if sums.samples else None,
        "items": f"/api/v1{where}",
        "page": where,
    }
    return found | (
        {"value": sums.value, "sample_value": sums.sample_value} if table.measure != "records" else {}
    )


def not_counted_yet(db: sqlite3.Connection) -> int:
    """National records that the view has read and the overview has not counted yet."""
    row = db.execute(
        "SELECT sum(max(0, position.next - coalesce(progress.next, 0))) FROM position LEFT JOIN progress"
        " ON progress.stage = 'overview' AND progress.topic = position.topic AND progress.part = position.part"
        " WHERE position.topic IN (SELECT value FROM json_each(?))",
        (orjson.dumps([national(kind) for kind in NATIONAL_KINDS]).decode(),),
    ).fetchone()
    return int(row[0] or 0)


def targets(db: sqlite3.Connection, now_ms: int) -> list[dict[str, Any]]:
    """What is aimed for, and what records in its scope report; never what was not reported."""
    (table,) = (one for one in listed().tables if one.slug == "targets-by-year")
    figures = figures_of(db, table, year_of(now_ms))
    now = kept(db)
    organisations = {row["slug"]: row["name"] for row in now.rows("organisations")}
    return [_target(row, table, figures, organisations) for row in now.rows("targets")]


def _target(
    row: Mapping[str, str], table: Table, figures: Figures, organisations: Mapping[str, str]
) -> dict[str, Any]:
    slug = row["slug"]
    mine = {values[1]: sums for values, sums in sorted(figures.items()) if values[0] == slug}
    total = sum(sums.value for sums in mine.values())
    invented = sum(sums.sample_value for sums in mine.values())
    return {
        "target": slug,
        "name": {"nl": row["name_nl"], "en": row["name_en"]},
        "value": int(row["value"]),
        "unit": row["unit"],
        "per": row["per"],
        "period": row["period"] or None,
        "owner": {"nl": row["owner_nl"], "en": row["owner_en"]},
        "scope": [
            {"organisation": one, "name": organisations.get(one, one)} for one in row["scope"].split("|")
        ],
        "source": row["source"],
        "state": "counted" if mine else NOT_REPORTED,
        "reported": total if mine and row["per"] == "cumulative" else None,
        "sample_reported": invented if mine and row["per"] == "cumulative" else None,
        "mark": SAMPLE_MARK if any(sums.samples for sums in mine.values()) else None,
        "years": [
            {
                "year": int(year),
                "value": sums.value,
                "sample_value": sums.sample_value,
                "records": sums.records,
                "items": f"/api/v1{address(table, (slug, year))}",
                "page": address(table, (slug, year)),
            }
            for year, sums in mine.items()
        ],
    }


def context(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Statistics that the agenda cites; they are no figures of ours."""
    return [
        {
            "name": {"nl": row["name_nl"], "en": row["name_en"]},
            "value": {"nl": row["value_nl"], "en": row["value_en"]},
            "beside": {"nl": row["beside_nl"], "en": row["beside_en"]} if row["beside_nl"] else None,
            "cited_from": row["cited_from"],
            "source": row["source"],
        }
        for row in kept(db).rows("context_statistics")
    ]
