"""Time at the source: equal timestamps, late commits, clocks that differ, lists that shift while they are read."""

from __future__ import annotations

from typing import Final

from connectors.conformance.trial import Trial

LATE_MS: Final = 20_000
HOUR_MS: Final = 3_600_000
_MANY: Final = 120


def equal_timestamps(trial: Trial) -> None:
    """Items that change in one and the same moment, before and after a look, are all found."""
    trial.put(*range(1, 9))
    trial.settle()
    for turn in range(4):
        trial.clock.on(60_000)
        trial.put(1, 2)
        trial.look(after_ms=0)
        trial.put(3, 4, 20 + turn)
        trial.look(after_ms=0)
    trial.settle()


def late_commits(trial: Trial) -> None:
    """What is committed after a look with a moment before it is found."""
    trial.put(*range(1, 9))
    trial.settle()
    for turn in range(4):
        trial.put(1)
        trial.look()
        trial.clock.on(-LATE_MS)
        trial.put(30 + turn, 5)
        trial.clock.on(LATE_MS)
    trial.settle()


def clocks_differ(trial: Trial) -> None:
    """The connector's clock is wrong by an hour, in either direction, and jumps back."""
    trial.put(*range(1, 9))
    trial.settle()
    for turn, skew in enumerate((HOUR_MS, -HOUR_MS, 0, -5 * HOUR_MS, 0)):
        trial.clock.skew_ms = skew
        trial.put(1 + turn, 40 + turn)
        trial.look()
        trial.take(40 + turn)
        trial.look()
    trial.settle()


def pages_shift(trial: Trial) -> None:
    """Items go and come while the list is read, at each request: nothing is removed that is there."""
    many = min(_MANY, trial.bench.page + 10, trial.bench.most - 8)
    trial.put(*range(1, many + 1))
    trial.settle()
    if trial.file is not None:
        return
    for number in range(1, 5):
        trial.traffic.before = lambda asked, at=number: _shift(trial, at) if asked == at else None  # type: ignore[misc]
        trial.look()
        trial.traffic.before = lambda _: None
    trial.settle()


def _shift(trial: Trial, turn: int) -> None:
    trial.take(turn)
    trial.put(trial_new(trial), turn + 10)


def trial_new(trial: Trial) -> int:
    """A number that no item has yet."""
    return max(trial.truth) + 1
