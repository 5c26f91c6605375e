"""Much that vanishes and returns, empty answers, and the same row twice in one answer."""

from __future__ import annotations

from typing import Final

from connectors.conformance import shapes
from connectors.conformance.trial import Failed, Trial

ITEMS: Final = 20


def mass_disappearance(trial: Trial) -> None:
    """The source shows nothing, one item, or few: nothing is removed, the look says so, and all is as it was."""
    trial.put(*range(1, ITEMS + 1))
    trial.settle()
    for keep in (0, 1, ITEMS // 2, 0):
        trial.bench.shrink(keep)
        for _ in range(3):
            found = trial.look()
            if (
                trial.bench.removes
                and not trial.bench.tells_changes
                and found is not None
                and found["state"] in ("live", "idle")
            ):
                raise Failed(f"{keep} of {ITEMS} items are shown, and the look says {found['state']}")
        if trial.difference() is not None:
            raise Failed(f"{keep} of {ITEMS} items were shown, and then: {trial.difference()}")
        trial.bench.shrink(None)
        trial.settle()


def gone_and_back(trial: Trial) -> None:
    """An item that is deleted is removed, with evidence; one that comes back is there again."""
    trial.put(*range(1, ITEMS + 1))
    trial.settle()
    for number in (3, 4):
        trial.take(number)
        trial.settle()
        trial.put(number)
        trial.settle()


def nothing_new(trial: Trial) -> None:
    """Looks at a source that did not change write nothing."""
    trial.put(*range(1, ITEMS + 1))
    trial.settle()
    before = trial.figures.records
    for _ in range(4):
        trial.look()
    if trial.figures.records != before:
        raise Failed(f"nothing changed, and {trial.figures.records - before} records were written")


def doubles(trial: Trial) -> None:
    """Rows that come twice in one answer are one row; of an old and a new version the new one stands, or none."""
    trial.put(*range(1, ITEMS + 1))
    trial.settle()
    for stale in (False, True):
        trial.put(5)
        trial.rewrite(lambda body, kind, old=stale: shapes.doubled(body, kind, 5, stale=old))  # type: ignore[misc]
        trial.look()
        version = trial.said().get(5)
        if version is None:
            raise Failed("a row that came twice was removed")
        if stale and version != trial.truth[5] and not _set_aside(trial):
            raise Failed("of two versions in one answer the earlier one was published or kept without a word")
        trial.rewrite(None)
        trial.settle()


def _set_aside(trial: Trial) -> bool:
    return bool(trial.rejected())
