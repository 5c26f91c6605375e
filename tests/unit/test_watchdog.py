"""The watchdog ends what does not come round, once, and leaves alone what does."""

from __future__ import annotations

from threading import Event

from connectors.watchdog import Watchdog
from tests.support.waiting import until


def test_a_loop_that_hangs_is_ended_once() -> None:
    """`end` is called when the loop was silent for longer than the patience, and not again."""
    calls: list[int] = []
    released = Event()

    def end() -> None:
        calls.append(1)
        released.set()

    with Watchdog(end, patience_s=0.5):
        assert released.wait(10)
    assert calls == [1]


def test_who_does_not_let_go_is_given_up() -> None:
    """When the block is not left after `end`, the last step follows; in a process, its end."""
    given_up = Event()
    with Watchdog(lambda: None, patience_s=0.2, give_up=given_up.set):
        assert given_up.wait(10)


def test_a_loop_that_turns_is_left_alone() -> None:
    """As long as it comes round within the patience, nothing happens."""
    calls: list[int] = []
    turns: list[int] = []
    with Watchdog(lambda: calls.append(1), patience_s=1.5) as watchdog:

        def turned() -> bool:
            watchdog.turned()
            turns.append(1)
            return len(turns) > 50

        until(turned, 20, "fifty turns")
    assert calls == []
