"""Answers that fail, at every request of a look that has something to add, to change and to remove."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from connectors.conformance.doors import FAULTS, Fault
from connectors.conformance.trial import Failed, Trial

ITEMS: Final = 14
_ASKED_AT_MOST: Final = 12


def _changed(trial: Trial, turn: int) -> None:
    """Something to add, to change and to remove."""
    trial.put(100 + turn, 1 + turn % ITEMS)
    gone = [number for number in trial.live if number >= 100 and number != 100 + turn]
    trial.take(*gone[:1])


def each_answer_fails(trial: Trial, way: str) -> None:
    """One answer fails, each in turn; then the same answer and all after it."""
    trial.put(*range(1, ITEMS + 1))
    trial.settle()
    turn = 0
    number = 1
    while number <= _ASKED_AT_MOST:
        for lasting in (False, True):
            turn += 1
            _changed(trial, turn)
            trial.traffic.plan = _from(number, FAULTS[way], lasting=lasting)
            found = trial.look()
            asked = len(trial.traffic.paths)
            if asked >= number and lasting and way in ("500", "timeout", "closed", "truncated"):
                _truthful(trial, found, way)
            trial.traffic.plan = lambda _: None
        if asked < number:
            break
        trial.look()  # else what is taken adds up to what the brake would hold
        number += 1
        if way == "timeout":
            number += 2
    trial.settle()


def _from(number: int, fault: Fault, *, lasting: bool) -> Callable[[int], Fault | None]:
    return lambda asked: fault if asked == number or (lasting and asked > number) else None


def _truthful(trial: Trial, found: dict[str, object] | None, way: str) -> None:
    """A look whose list could not be read to its end does not call itself live."""
    if found is not None and found["complete"] and found["state"] == "live" and trial.lacks():
        raise Failed(f"the look says live and complete though its answers failed ({way}) and it lacks rows")


def retry_after(trial: Trial) -> None:
    """Who is asked to stay away for an hour does so; who is asked to wait a second waits it."""
    trial.put(*range(1, ITEMS + 1))
    trial.settle()
    trial.put(1)
    trial.traffic.plan = _from(1, FAULTS["429"]._replace(headers=(("Retry-After", "3600"),)), lasting=True)
    trial.look()
    if len(trial.traffic.paths) > 1:
        raise Failed(f"asked to stay away for an hour, it asked {len(trial.traffic.paths) - 1} times more")
    trial.traffic.plan = _from(1, FAULTS["429"]._replace(headers=(("Retry-After", "1"),)), lasting=False)
    trial.look()
    times = trial.traffic.times
    if len(times) > 1 and times[1] - times[0] < 0.9:
        raise Failed(f"asked to wait a second, it asked again after {times[1] - times[0]:.2f} s")
    trial.traffic.plan = lambda _: None
    trial.settle()


def half_a_file(trial: Trial) -> None:
    """A file that is half written, empty, or replaced while it is read, removes nothing and ends whole."""
    trial.put(*range(1, ITEMS + 1))
    trial.settle()
    door = trial.file
    if door is None:
        return
    for tenths in range(10):
        trial.put(1 + tenths)
        door.rewrite = lambda content, _, at=tenths: content[: len(content) * at // 10]
        trial.look()
        door.rewrite = None
    trial.settle()
    fresh = door.fresh
    fresh()
    old = door.path.read_bytes()
    trial.put(2, 99)
    fresh()
    door.write(old + b"\r\n" if old[:2] != b"PK" else old)
    trial.settle()
