"""What became of a notice, as plain functions on its ledger record: from waiting to delivered or given up.

Every step is written to `delivery` before and after a try, so that a new process knows where the old one was:
`sending` found there means that a try was under way, and it is made again under the same id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sinks.outcome import Outcome
from schemas.digest import blake

Entry = Mapping[str, Any]
CHANNEL_DONE = frozenset({"delivered", "failed", "suppressed"})
DONE = frozenset({"delivered", "failed", "suppressed", "summarised"})
LONGEST_ERROR = 300


@dataclass(frozen=True)
class Policy:
    """Waits before each further try, in seconds; after the last one (about a day) the notice has failed."""

    waits_s: tuple[float, ...] = (5, 30, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
    jitter: float = 0.2
    quiet_s: float = 10.0
    longest_gathering_s: float = 120.0

    def wait_ms(self, notice_id: str, attempts: int) -> int | None:
        """Wait after this many tries, a little different for each notice; None: give up."""
        if attempts > len(self.waits_s):
            return None
        share = blake(f"{notice_id}|{attempts}")[0] / 255
        return round(self.waits_s[attempts - 1] * 1000 * (1 + self.jitter * share))


def fresh(notice_id: str, subscription: str, channels: Iterable[str], now: int) -> dict[str, Any]:
    """A notice nobody tried to send yet."""
    waiting = {"state": "pending", "attempts": 0, "next_at": None, "delivered_at": None, "error": None}
    return {
        "notice_id": notice_id,
        "subscription": subscription,
        "state": "pending",
        "reason": None,
        "channels": [{"channel": channel, **waiting} for channel in channels],
        "updated_at": now,
    }


def closed(notice_id: str, subscription: str, state: str, reason: str, now: int) -> dict[str, Any]:
    """A notice that goes no further by itself: suppressed or summarised, with the reason."""
    entry = fresh(notice_id, subscription, (), now)
    return entry | {"state": state, "reason": reason}


def channel_of(entry: Entry, channel: str) -> dict[str, Any]:
    """How far one channel is."""
    found = next((state for state in entry["channels"] if state["channel"] == channel), None)
    if found is None:
        return dict(fresh("", "", (channel,), 0)["channels"][0])
    return dict(found)


def due_at(entry: Entry, channel: str) -> int | None:
    """When a channel is to be tried (0: now); None when it is done."""
    state = channel_of(entry, channel)
    if entry["state"] in DONE or state["state"] in CHANNEL_DONE:
        return None
    return 0 if state["state"] == "sending" else int(state["next_at"] or 0)


def sending(entry: Entry, channel: str, now: int) -> dict[str, Any]:
    """A try begins."""
    state = channel_of(entry, channel)
    return _with(entry, state | {"state": "sending", "attempts": state["attempts"] + 1, "next_at": None}, now)


def settled(entry: Entry, channel: str, outcome: Outcome, policy: Policy, now: int) -> dict[str, Any]:
    """A try ended: delivered, to be tried again, or given up."""
    state = channel_of(entry, channel)
    error = outcome.error[:LONGEST_ERROR] if outcome.error else None
    if outcome.result == "delivered":
        return _with(entry, state | {"state": "delivered", "delivered_at": now, "error": error}, now)
    wait = policy.wait_ms(str(entry["notice_id"]), state["attempts"])
    if outcome.result in ("failed", "gone") or wait is None:
        given_up = (
            error
            if outcome.result in ("failed", "gone")
            else f"given up after {state['attempts']} tries: {error}"
        )
        return _with(entry, state | {"state": "failed", "next_at": None, "error": given_up}, now)
    if outcome.after_s is not None:
        wait = max(wait, round(outcome.after_s * 1000))
    again = "unknown" if outcome.result == "unknown" else "pending"
    return _with(entry, state | {"state": again, "next_at": now + wait, "error": error}, now)


def suppressed(entry: Entry, channel: str, reason: str, now: int) -> dict[str, Any]:
    """A channel that is not tried, and why."""
    state = channel_of(entry, channel)
    return _with(entry, state | {"state": "suppressed", "next_at": None, "error": reason}, now)


def overall(channels: Iterable[Mapping[str, Any]]) -> str:
    """State of the notice from the states of its channels."""
    states = {state["state"] for state in channels}
    if states - CHANNEL_DONE:
        return "pending"
    if "failed" in states:
        return "failed"
    return "delivered" if "delivered" in states else "suppressed"


def _with(entry: Entry, state: Mapping[str, Any], now: int) -> dict[str, Any]:
    others = [item for item in entry["channels"] if item["channel"] != state["channel"]]
    channels = sorted([*others, dict(state)], key=lambda item: item["channel"])
    return {**entry, "channels": channels, "state": overall(channels), "updated_at": now}
