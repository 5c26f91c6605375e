"""The Netherlands as twelve tiles: each province with its hub and how fresh what that hub says is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from schemas.reference import lists
from streams.view.states import WELL

FRESH: Final = "fresh"
LATE: Final = "late"
UNSEEN: Final = "unseen"
NO_HUB: Final = "no-hub"
"""No source assigns a hub to this province; that is something else than a hub that is not connected."""


def tiles(hubs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One tile per province, from north to south; `hubs` as `streams.view.hubs.all_hubs` tells them."""
    by_province = {code: hub for hub in hubs for code in hub["provinces"]}
    return [
        {
            "code": row["code"],
            "name": row["name_nl"],
            "hub": by_province.get(row["code"]),
            "fresh": freshness(by_province.get(row["code"])),
        }
        for row in lists.rows("provinces")
    ]


def freshness(hub: Mapping[str, Any] | None) -> str:
    """One word for the colour of a tile, which the tile says as text too."""
    if hub is None:
        return NO_HUB
    if not hub["connected"]:
        return UNSEEN
    return FRESH if hub["freshness"]["fresh"] and hub["state"] in WELL else LATE
