"""What the view shows to Prometheus, beside what every process shows."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Gauge

from schemas.bus.metrics import LAST_LOOK
from streams.view.proof import STATES, Verdict

COMPLETENESS = Gauge(
    "zeven_completeness", "1 for the state of the proof of a hub, 0 for the others.", ("hub", "outcome")
)
PROVEN = Gauge(
    "zeven_proven_timestamp_seconds",
    "End of the last look whose results were proven, epoch seconds.",
    ("hub",),
)
STANDING = Gauge("zeven_rejected_standing", "Records that stand in rejected now.", ("hub", "kind", "stage"))


def verdicts(found: Mapping[str, Verdict]) -> None:
    """Show the verdict of every hub."""
    for hub, verdict in found.items():
        for state in STATES:
            COMPLETENESS.labels(hub, state).set(int(verdict.state == state))
        if verdict.proven_up_to is not None:
            PROVEN.labels(hub).set(verdict.proven_up_to / 1000)


def looks(rows: list[tuple[str, str, int]]) -> None:
    """Show when each kind of each hub was last looked at in full: (hub, kind, epoch milliseconds)."""
    for hub, kind, at in rows:
        LAST_LOOK.labels(hub, kind).set(at / 1000)


def standing(rows: list[tuple[str, str, str, int]]) -> None:
    """Show what stands in rejected: (hub, kind, stage, number)."""
    STANDING.clear()
    for hub, kind, stage, number in rows:
        STANDING.labels(hub, kind, stage).set(number)
