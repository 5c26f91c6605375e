"""The truthful state of a hub and of each of its kinds, from its last life sign and the time that has passed. Pure.

What a connector says of itself holds for the moment it said it. Afterwards time speaks: a connector that is not heard
of is `silent`, a kind that nobody has seen completely for longer than its freshness target is `stale`, whatever
the last look said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

State = Literal["silent", "failing", "held", "partial", "stale", "live", "idle"]
WORST_FIRST: Final[tuple[State, ...]] = ("silent", "failing", "held", "partial", "stale", "live", "idle")
WELL: Final = frozenset({"live", "idle"})
LATE_LOOKS: Final = 3
SHORTEST_SILENCE_S: Final = 30


def silent(checked: Mapping[str, Any], now_ms: int) -> bool:
    """Whether the connector should have been heard of by now."""
    age_s = (now_ms - checked["finished_at"]) / 1000
    return bool(age_s > max(SHORTEST_SILENCE_S, LATE_LOOKS * checked["interval_s"]))


def of_kind(kind: Mapping[str, Any], checked: Mapping[str, Any], now_ms: int) -> State:
    """The state of one kind; `kind` and `checked` are records of the contract."""
    if silent(checked, now_ms):
        return "silent"
    said: State = kind["state"] if kind["state"] in WORST_FIRST else "failing"
    complete_at = kind.get("complete_at")
    last = checked["started_at"] if complete_at is None and kind["complete"] else complete_at
    old = last is None or (now_ms - last) / 1000 > checked["freshness_target_s"]
    return "stale" if said in WELL and old else said


def of_hub(kinds: list[State]) -> State:
    """The worst of its kinds."""
    return min(kinds, key=WORST_FIRST.index, default="silent")
