"""Labs by hub and city: what hubs report, beside the cities that the agreement with ICAI names."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from schemas.hubs import Hub
from streams.national.overview import NOT_REPORTED, NOTHING, Sums, Table, listed
from streams.view.answers import SAMPLE_MARK
from streams.view.facets import address
from streams.view.figures import APART, figures_of
from streams.view.kept import kept

TABLE: Final = "labs-by-hub-and-place-and-status"
EXISTING: Final = ("running", "completed")
PREPARED: Final = ("planned",)
NAMED: Final = {"yes": "existing", "new": "in-preparation"}
"""What the list of ICAI says of a city: it has labs, or new ones were in preparation."""
NONE_KNOWN: Final = "none-known"

ByPlace = Mapping[str, Mapping[str, Sums]]


def labs(db: sqlite3.Connection, hubs: Sequence[Hub]) -> dict[str, Any]:
    """Per hub its cities with labs, existing and in preparation; a hub of which nothing is known says so."""
    (table,) = (one for one in listed().tables if one.slug == TABLE)
    found: dict[str, dict[str, dict[str, Sums]]] = {}
    for (hub, place, status), sums in figures_of(db, table, 0).items():
        found.setdefault(hub, {}).setdefault(place, {})[status] = sums
    now = kept(db)
    cities = now.rows("icai_cities")
    return {
        "hubs": [_hub(hub, found.get(hub.slug, {}), table, cities) for hub in hubs if not hub.office],
        "cited": [
            {
                "name": {"nl": row["name_nl"], "en": row["name_en"]},
                "labs": int(row["labs"]),
                "as_of": row["as_of"],
                "source": row["source"],
            }
            for row in now.rows("icai_labs")
        ],
    }


def _hub(
    hub: Hub, found: ByPlace, table: Table, listed_cities: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """Cities that ICAI names first; without such cities and without labs it is *none known*, which is not 0."""
    named = {row["city"]: row for row in listed_cities if row["hub"] == hub.slug}
    others = sorted(found.keys() - named.keys(), key=lambda place: (place == NOT_REPORTED, place))
    cities = [_city((hub.slug, place), found.get(place, {}), table, named) for place in [*named, *others]]
    return {
        "hub": hub.slug,
        "name": {"nl": hub.nl, "en": hub.en},
        "state": "counted" if cities else NONE_KNOWN,
        "named_by_icai": list(named) or NONE_KNOWN,
        "cities": cities,
    }


def _city(
    at: tuple[str, str], by_status: Mapping[str, Sums], table: Table, named: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    place = at[1]
    every = _sum(by_status, by_status)
    existing, prepared = _sum(by_status, EXISTING).records, _sum(by_status, PREPARED).records
    where = address(table._replace(dimensions=("hub", "place")), at)
    listed_as = named.get(place)
    return {
        "city": place,
        "label": APART.get(place, {"nl": place, "en": place}),
        "existing": existing,
        "in_preparation": prepared,
        "otherwise": every.records - existing - prepared,
        "mark": SAMPLE_MARK if every.samples else None,
        "named": NAMED[listed_as["labs"]] if listed_as else None,
        "source": listed_as["source"] if listed_as else None,
        "items": f"/api/v1{where}",
        "page": where,
    }


def _sum(by_status: Mapping[str, Sums], statuses: Sequence[str] | Mapping[str, Sums]) -> Sums:
    total = NOTHING
    for status in statuses:
        total = total.plus(by_status.get(status, NOTHING))
    return total
