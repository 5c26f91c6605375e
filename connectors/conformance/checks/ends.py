"""The process ends at every step: between reading, publishing, remembering and the life sign."""

from __future__ import annotations

from typing import Final

from connectors.conformance.trial import Trial

ITEMS: Final = 6
STEPS_AT_MOST: Final = 80


def ended_at_every_step(trial: Trial) -> None:
    """First look, change, removal and rejection, ended at each step; the next process finishes the work."""
    trial.put(*range(1, ITEMS + 1))
    at = 0
    while at < STEPS_AT_MOST:
        at += 1
        trial.put(1 + at % ITEMS)
        if at % 3 == 0:
            trial.take(ITEMS + at - 2) if ITEMS + at - 2 in trial.live else None
            trial.put(ITEMS + at)
        if trial.look(at) is not None:
            break
        if at % 2:
            trial.settle()
    trial.settle()


def ended_twice(trial: Trial) -> None:
    """A process that ends soon after an end, again and again, still comes to its goal."""
    trial.put(*range(1, ITEMS + 1))
    for at in range(2, 30, 3):
        trial.put(1 + at % ITEMS)
        trial.look(at)
        trial.look(at + 1)
    trial.settle()


def memory_lost(trial: Trial) -> None:
    """The memory's file is lost: everything comes back from the log, and nothing is published twice."""
    trial.put(*range(1, ITEMS + 1))
    trial.settle()
    trial.put(2)
    trial.take(3)
    for file in (trial.folder / "connectors" / trial.log.hub).glob("memory.sqlite*"):
        file.unlink()
    trial.settle()
