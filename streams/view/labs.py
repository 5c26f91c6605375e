"""Labs by hub and city: what hubs report, beside the cities that the agreement with ICAI names."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from schemas.hubs import Hub
from schemas.reference import lists
from streams.national.overview import NOT_REPORTED, NOTHING, Sums, Table, listed
from streams.view.answers import SAMPLE_MARK
from streams.view.facets import address
from streams.view.figures import Figures, figures_of

EXISTING: Final = ("running", "completed")
PREPARED: Final = ("planned",)
NAMED: Final = {"yes": "existing", "new": "in-preparation"}


def labs(db: sqlite3.Connection, hubs: Sequence[Hub]) -> dict[str, Any]:
    """Per hub its cities with labs, existing and in preparation; a hub of which nothing is known says so."""
    by_table = {table.slug: table for table in listed().tables}
    places = by_table["labs-by-place-and-status"]
    found, of_hub = figures_of(db, places, 0), figures_of(db, by_table["labs-by-hub"], 0)
    cities = {row["city"]: row for row in lists.rows("icai_cities")}
    elsewhere = sorted({values[0] for values in found} - cities.keys() - {NOT_REPORTED})
    return {
        "hubs": [
            _hub(
                hub, [_city(row, places, found) for row in cities.values() if row["hub"] == hub.slug], of_hub
            )
            for hub in hubs
        ],
        "elsewhere": [_counted(place, places, found) for place in elsewhere],
        NOT_REPORTED: _counted(NOT_REPORTED, places, found),
        "cited": [
            {"name": {"nl": row["name_nl"], "en": row["name_en"]}, "labs": int(row["labs"])}
            | {"as_of": row["as_of"], "source": row["source"]}
            for row in lists.rows("icai_labs")
        ],
    }


def _hub(hub: Hub, cities: list[dict[str, Any]], of_hub: Figures) -> dict[str, Any]:
    """A hub with cities that nobody names and no labs is *none known*, which is not 0."""
    counted = of_hub.get((hub.slug,), NOTHING).records
    known = bool(cities or counted)
    return {
        "hub": hub.slug,
        "name": {"nl": hub.nl, "en": hub.en},
        "state": "counted" if known else "none-known",
        "labs": counted if known else None,
        "cities": cities,
    }


def _city(row: Mapping[str, str], table: Table, found: Figures) -> dict[str, Any]:
    named = {"named": NAMED[row["labs"]], "source": row["source"], "confirmed": row["confirmed"] == "yes"}
    return _counted(row["city"], table, found) | named


def _counted(place: str, table: Table, found: Figures) -> dict[str, Any]:
    existing, prepared, every = (_sum(found, place, which) for which in (EXISTING, PREPARED, None))
    where = address(table._replace(dimensions=("place",)), (place,))
    return {
        "city": place,
        "existing": existing.records,
        "in_preparation": prepared.records,
        "otherwise": every.records - existing.records - prepared.records,
        "mark": SAMPLE_MARK if every.samples else None,
        "items": f"/api/v1{where}",
        "page": where,
    }


def _sum(found: Figures, place: str, statuses: Sequence[str] | None) -> Sums:
    total = NOTHING
    for (city, status), sums in found.items():
        if city == place and (statuses is None or status in statuses):
            total = total.plus(sums)
    return total
