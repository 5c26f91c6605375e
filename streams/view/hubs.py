"""One line per hub, for people and programs: does it live, how fresh is it, how complete are we."""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

import orjson

from schemas.topics import KINDS
from streams.view.answers import SAMPLE_MARK, completeness
from streams.view.rows import instant

LATE_LOOKS = 3
SHORTEST_SILENCE_S = 30


class HubName(NamedTuple):
    """A hub as people call it."""

    slug: str
    nl: str
    en: str


def all_hubs(db: sqlite3.Connection, names: tuple[HubName, ...], now_ms: int) -> list[dict[str, Any]]:
    """All hubs, connected or not."""
    proofs = completeness(db, tuple(name.slug for name in names))
    looks = {row["hub"]: row for row in db.execute("SELECT * FROM checked")}
    counts = _counted(db)
    changed = dict(
        db.execute("SELECT hub, max(coalesce(changed_at, at)) FROM regional GROUP BY hub").fetchall()
    )
    standing = dict(db.execute("SELECT hub, count(*) FROM rejected GROUP BY hub").fetchall())
    found = []
    for name in names:
        base = {"hub": name.slug, "name": {"nl": name.nl, "en": name.en}, "completeness": proofs[name.slug]}
        counted = {"counts": counts.get(name.slug, {}), "rejected": standing.get(name.slug, 0)}
        look = looks.get(name.slug)
        about = _unseen() if look is None else _looked(orjson.loads(look["json"]), now_ms)
        found.append(base | counted | {"last_change": instant(changed.get(name.slug))} | about)
    return found


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
    silent = age_s > max(SHORTEST_SILENCE_S, LATE_LOOKS * checked["interval_s"])
    return {
        "connected": True,
        "state": "silent" if silent else checked["state"],
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
        "kinds": [kind for kind in checked["kinds"] if kind["kind"] in KINDS],
    }
