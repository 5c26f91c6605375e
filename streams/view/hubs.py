"""One line per hub, for people and programs: does it live, how fresh is it, how complete are we."""

from __future__ import annotations

import sqlite3
from typing import Any

import orjson

from schemas.hubs import Hub
from schemas.topics import KINDS
from streams.view import conflicts, states
from streams.view.answers import SAMPLE_MARK, completeness
from streams.view.rows import instant
from streams.view.unconfirmed import in_words


def all_hubs(db: sqlite3.Connection, hubs: tuple[Hub, ...], now_ms: int) -> list[dict[str, Any]]:
    """All hubs, connected or not."""
    proofs = in_words(db, completeness(db, tuple(hub.slug for hub in hubs)), hubs, now_ms)
    looks = {row["hub"]: row for row in db.execute("SELECT * FROM checked")}
    counts = _counted(db)
    changed = dict(
        db.execute("SELECT hub, max(coalesce(changed_at, at)) FROM regional GROUP BY hub").fetchall()
    )
    standing = dict(db.execute("SELECT hub, count(*) FROM rejected GROUP BY hub").fetchall())
    contradicted = conflicts.counted(db)
    found = []
    for hub in hubs:
        base = stated(hub) | {"completeness": proofs[hub.slug]}
        counted: dict[str, Any] = {"counts": counts.get(hub.slug, {}), "rejected": standing.get(hub.slug, 0)}
        counted["conflicts"] = contradicted.get(hub.slug, 0)
        look = looks.get(hub.slug)
        about = _unseen() if look is None else _looked(orjson.loads(look["json"]), now_ms)
        found.append(base | counted | {"last_change": instant(changed.get(hub.slug))} | about)
    return found


def stated(hub: Hub) -> dict[str, Any]:
    """Who a hub is and where it stands, as its manifest says."""
    return {
        "hub": hub.slug,
        "name": {"nl": hub.nl, "en": hub.en},
        "aliases": list(hub.aliases),
        "provinces": list(hub.provinces),
        "pin": None if hub.pin is None else {"lat": hub.pin[0], "lon": hub.pin[1]},
        "coordinator": hub.coordinator,
        "site": hub.site,
        "contact": hub.contact,
        "confirmed": hub.confirmed,
        "office": hub.office,
    }


def _counted(db: sqlite3.Connection) -> dict[str, dict[str, dict[str, int]]]:
    found: dict[str, dict[str, dict[str, int]]] = {}
    for hub, kind, number in db.execute(
        "SELECT hub, kind, count(*) FROM regional WHERE gone = 0 GROUP BY hub, kind"
    ):
        found.setdefault(hub, {}).setdefault(kind, {})["regional"] = number
    national = "SELECT hub, kind, count(DISTINCT id) FROM contribution GROUP BY hub, kind"
    for hub, kind, number in db.execute(national):
        found.setdefault(hub, {}).setdefault(kind, {})["national"] = number
    return found


def _unseen() -> dict[str, Any]:
    return {
        "connected": False,
        "state": "not connected",
        "last_look": None,
        "freshness": {"age_s": None, "target_s": None, "fresh": None},
        "held": 0,
        "sample": False,
        "mark": None,
        "first_look": None,
        "kinds": [],
    }


def _looked(checked: dict[str, Any], now_ms: int) -> dict[str, Any]:
    age_s = max(0, (now_ms - checked["finished_at"]) // 1000)
    kinds = [_kind(kind, checked, now_ms) for kind in checked["kinds"] if kind["kind"] in KINDS]
    return {
        "connected": True,
        "state": states.of_hub([kind["state"] for kind in kinds]),
        "last_look": instant(checked["finished_at"]),
        "freshness": {
            "age_s": age_s,
            "target_s": checked["freshness_target_s"],
            "fresh": age_s <= checked["freshness_target_s"],
        },
        "held": sum(kind["held"] for kind in checked["kinds"]),
        "sample": checked["sample"],
        "mark": SAMPLE_MARK if checked["sample"] else None,
        "first_look": checked["first_look"],
        "kinds": kinds,
    }


def _kind(kind: dict[str, Any], checked: dict[str, Any], now_ms: int) -> dict[str, Any]:
    state = states.of_kind(kind, checked, now_ms)
    return kind | {"state": state, "complete_at": instant(kind.get("complete_at"))}
