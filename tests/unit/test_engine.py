"""The small parts of the engine: the balance of offsets, the fence, what a stuck partition is."""

from __future__ import annotations

import re
from collections import Counter
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Stop
from streams.engine.counts import Counts, labels_of
from streams.engine.fence import Fence
from streams.engine.health import Health
from streams.engine.stage import APPLIED, REJECTED, SUPERSEDED, UNCHANGED

PLACE = ("regional.limburg.project", 1)
OUTCOMES = (APPLIED, UNCHANGED, SUPERSEDED, REJECTED)


class Ended(Exception):
    """Stands where the process would have ended."""


def ended(reason: str) -> NoReturn:
    raise Ended(reason)


@given(st.lists(st.tuples(st.lists(st.sampled_from(OUTCOMES), max_size=6), st.integers(0, 3)), max_size=20))
def test_offsets_passed_are_always_accounted_for(batches: list[tuple[list[str], int]]) -> None:
    """Whatever becomes of records, and wherever compaction left gaps, the sum is the distance."""
    counts = Counts("identify")
    counts.assigned({PLACE: 7})
    at = 7
    for outcomes, gap in batches:
        at += len(outcomes) + gap
        counts.passed(PLACE, at, len(outcomes), Counter(outcomes))
    counts.reached(PLACE, at + 2)
    assert counts.unbalanced() == []
    passed = counts.by_partition[PLACE]
    assert passed.position - passed.start == sum(passed.tally.values()) + passed.gaps
    assert passed.gaps == sum(gap for _, gap in batches) + 2


def test_a_stage_that_loses_count_stops() -> None:
    """Two records came and one is accounted for: going on would hide a loss."""
    counts = Counts("fold")
    counts.assigned({PLACE: 0})
    with pytest.raises(Stop, match="given 2 records"):
        counts.passed(PLACE, 2, 2, Counter({APPLIED: 1}))


def test_an_imbalance_is_seen() -> None:
    """The test of the balance can fail."""
    counts = Counts("fold")
    counts.assigned({PLACE: 0})
    counts.by_partition[PLACE].position = 3
    assert counts.unbalanced() == [PLACE]


@pytest.mark.parametrize(
    ("topic", "labels"),
    [
        ("regional.zuid-holland.event", ("zuid-holland", "event")),
        ("linked.organisation", ("", "organisation")),
        ("identity.keys", ("", "identity.keys")),
        ("redirect", ("", "redirect")),
    ],
)
def test_labels_are_hub_and_kind_only(topic: str, labels: tuple[str, str]) -> None:
    """A topic without a hub has none; one without a kind names itself."""
    assert labels_of(topic) == labels


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_the_fence_asks_once_more_and_then_ends_the_process() -> None:
    """A young proof passes; an old one passes only when a new commit is accepted; else the process ends."""
    clock = Clock()
    fence = Fence(10.0, clock, ended)

    async def accepted() -> bool:
        fence.proven(clock.now)
        return True

    async def refused() -> bool:
        return False

    await fence.check(refused)
    clock.now += 6.5
    await fence.check(accepted)
    clock.now += 5.0
    await fence.check(refused)
    clock.now += 2.0
    with pytest.raises(Ended, match=re.escape("7.0 s old, allowed are 6.0 s")):
        await fence.check(refused)


async def test_a_proof_counts_from_when_it_was_sent() -> None:
    """A commit that took long proves only what was true when it went out, and never makes the proof older."""
    clock = Clock()
    fence = Fence(10.0, clock, ended)
    clock.now += 9.0
    fence.proven(101.0)
    assert fence.age_s == 8.0
    fence.proven(100.5)
    assert fence.age_s == 8.0


def test_a_partition_that_does_not_move_while_its_end_does_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the patience it is named with its offsets; when it moves it is no longer."""
    clock = Clock()
    monkeypatch.setattr("streams.engine.health.time.monotonic", clock)
    place = TopicPartition("national.project", 2)
    pump: Any = SimpleNamespace(
        offsets={place: 5}, set_up=SimpleNamespace(running=False), wire=SimpleNamespace(waits_for=None)
    )
    health = Health("notices", pump, stuck_after_s=30.0)
    for end in (9, 12):
        health._compare({place: end})
        health._heard_at = clock.now
        assert health.reason() is None
        clock.now += 20.0
    health._compare({place: 15})
    health._heard_at = clock.now
    assert health.reason() == "notices: stuck: national.project-2 at 5 of 15"
    assert health.lag_s == 40.0
    pump.offsets[place] = 15
    health._compare({place: 15})
    assert health.reason() is None
