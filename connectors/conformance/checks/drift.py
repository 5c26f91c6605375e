"""Fields that are added, vanish, get another name or another type, one by one; and texts that want to do harm."""

from __future__ import annotations

from typing import Final

from connectors.conformance import shapes
from connectors.conformance.trial import Failed, Trial

ITEMS: Final = 5
FIELDS_AT_MOST: Final = 60


def _drifting(trial: Trial, how: str) -> None:
    trial.put(*range(1, ITEMS + 1))
    trial.settle()
    before = trial.said()
    for number in range(FIELDS_AT_MOST):
        seen = shapes.Drift(how, number)
        trial.rewrite(seen)
        trial.lenient = how != "added"
        for _ in range(1 if trial.web is not None else 2):  # a file proves an absence by its second version
            trial.look()
        if trial.said() != before:
            raise Failed(f"{how}: {seen.field or 'a field'}: {trial.difference()}")
        trial.rewrite(None)
        if not seen.field:
            break
    trial.settle()


def field_added(trial: Trial) -> None:
    """A field that the mapping does not know changes nothing."""
    _drifting(trial, "added")


def field_removed(trial: Trial) -> None:
    """Each field vanishes in turn: rows are rejected or lose an optional part, none is removed or emptied."""
    _drifting(trial, "removed")


def field_renamed(trial: Trial) -> None:
    """Each field gets another name in turn: the same."""
    _drifting(trial, "renamed")


def field_retyped(trial: Trial) -> None:
    """Each field gets another type in turn (text, number, list, object, nothing): the same."""
    _drifting(trial, "retyped")


def hostile_values(trial: Trial) -> None:
    """Each hostile text is published as text or rejected in words; the other rows are published."""
    trial.put(*range(1, ITEMS + 1))
    trial.settle()
    for turn, (name, raw) in enumerate(shapes.HOSTILE.items()):
        trial.put(1, 2, text=shapes.PLACEHOLDER)
        trial.rewrite(lambda body, kind, said=raw: shapes.poisoned(body, kind, 1, said))  # type: ignore[misc]
        found = trial.look()
        trial.look()
        said = trial.said()
        if (
            said.get(1) != trial.truth[1]
            and not trial.rejected()
            and (found or {}).get("state") in ("live", "idle")
        ):
            raise Failed(f"{name}: the row was neither published nor rejected")
        if (found or {}).get("complete") and said.get(2) != trial.truth[2]:
            raise Failed(f"{name}: another row was not published")
        trial.rewrite(None)
        trial.put(1, 2, text=f"weer gewoon {turn}")
        trial.settle()
