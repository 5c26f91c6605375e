"""What a hub is told of itself: a report when, and only when, the state of a kind or its rejected rows change. Pure.

A condition is what a hub can act on: per kind the state (live and idle are both *well*), and which rows are rejected
for which cause. A report is a notice to the subscription of the hub, and goes out by delivery as every notice does;
its id follows from the report before it and from the condition, so that two views, or one that was built anew, say
the same once. The first condition that is told is the first that is not well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from schemas.digest import blake
from streams.view.states import WELL

STEADY_S: Final = 20.0
AGAIN_S: Final = 30.0
SHOWN_ROWS: Final = 30
WELL_WORD: Final = "well"
_SHOWN: Final = ("kind", "stage", "row", "source_id", "field", "expected", "got", "cause", "fix")


class Told(NamedTuple):
    """The last report of a hub, as it stands in `notice`."""

    id: str
    number: int
    condition: Mapping[str, Any]


NOTHING: Final = Told("", 0, {"kinds": {}, "rejected": {"count": 0, "digest": ""}})


def subscription_of(hub: str) -> str:
    """The subscription that a hub's reports go to."""
    return f"hub-{hub}"


def condition_of(hub: Mapping[str, Any], rejected: Sequence[Mapping[str, Any]], count: int) -> dict[str, Any]:
    """The condition of a hub, from what the view answers of it and the rows that stand in rejected."""
    kinds = {
        kind["kind"]: {
            "state": WELL_WORD if kind["state"] in WELL else kind["state"],
            "reasons": list(kind["reasons"]),
            "live": kind["live"],
            "held": kind["held"],
            "complete_at": kind["complete_at"],
        }
        for kind in hub["kinds"]
    }
    rows = [{name: one.get(name) for name in _SHOWN} for one in rejected[:SHOWN_ROWS]]
    return {
        "hub": hub["hub"],
        "kinds": kinds,
        "rejected": {"count": count, "digest": _digest(rejected), "rows": rows},
    }


def _digest(rejected: Iterable[Mapping[str, Any]]) -> str:
    said = sorted(f"{one['id']}|{one.get('field')}|{one.get('cause')}" for one in rejected)
    return blake("\n".join(said).encode()).hex() if said else ""


def signature(condition: Mapping[str, Any]) -> str:
    """What decides whether two conditions are the same."""
    states = {kind: one["state"] for kind, one in condition["kinds"].items() if one["state"] != WELL_WORD}
    said = [sorted(states.items()), condition["rejected"]["count"], condition["rejected"]["digest"]]
    return orjson.dumps(said).decode()


@dataclass
class Watch:
    """Of one hub: which condition stands, and since when. A condition that does not stay is not told."""

    steady_s: float = STEADY_S
    seen: str = ""
    since_s: float = 0.0
    said: tuple[str, str] = ("", "")
    said_s: float = float("-inf")

    def due(self, condition: Mapping[str, Any], told: Told, now_s: float) -> bool:
        """Whether the hub is to be told of this condition now."""
        here = signature(condition)
        if here != self.seen:
            self.seen, self.since_s = here, now_s
        if here == signature(told.condition) or now_s - self.since_s < self.steady_s:
            return False
        if self.said == (told.id, here) and now_s - self.said_s < AGAIN_S:
            return False  # on its way through Kafka
        self.said, self.said_s = (told.id, here), now_s
        return True


def notice(condition: Mapping[str, Any], told: Told, sample: bool, now_ms: int) -> dict[str, Any]:
    """The report as a notice of the contract."""
    hub = condition["hub"]
    here = signature(condition)
    return {
        "id": f"n-{blake(f'{hub}|{told.id}|{here}'.encode()).hex()}",
        "subscription": subscription_of(hub),
        "national_id": "",
        "kind": "report",
        "what": "report",
        "cause": "source",
        "evaluation": told.number + 1,
        "before": orjson.dumps(told.condition).decode() if told.id else None,
        "after": orjson.dumps(condition).decode(),
        "changes": _changes(told.condition["kinds"], condition["kinds"]),
        "hubs": [hub],
        "sample": sample,
        "title": f"Stand van {hub}",
        "created_at": now_ms,
        "group": None,
    }


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    states = {
        kind: tuple(side.get(kind, {}).get("state", WELL_WORD) for side in (before, after))
        for kind in sorted(before.keys() | after.keys())
    }
    return [
        {"field": kind, "before": orjson.dumps(old).decode(), "after": orjson.dumps(new).decode()}
        for kind, (old, new) in states.items()
        if old != new
    ]
