"""Laws of stewards' decisions: they hold whenever they are made, over restarts, and only until they are taken back."""

from __future__ import annotations

import random
from itertools import chain
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.national.grouping import contradictory
from tests.support.key_world import LAWS, SOURCES, World, grouped_naively, naively, steps

deciding = st.lists(
    st.tuples(
        st.sampled_from("xyz"),
        st.one_of(
            st.none(),
            st.dictionaries(st.sampled_from(SOURCES), st.sampled_from([1, 2]), min_size=2, max_size=4),
        ),
    ),
    max_size=6,
)


@LAWS
@given(steps, deciding, st.integers(1, 5), st.integers(0, 99))
def test_what_stewards_decide_holds_whenever_they_decide_it(
    script: Any, decided: Any, every: int, seed: int
) -> None:
    """Decisions between changes, before them, after them and over a restart give the groups of all at once."""
    draw = random.Random(seed)
    world = World()
    ahead = [("say", *step) for step in script] + [("decide", *step) for step in decided]
    draw.shuffle(ahead)
    for number, (what, name, said) in enumerate(ahead):
        world.say(name, said) if what == "say" else world.decide(name, said)
        if number % every == 0:
            torn = draw.random() < 0.3
            world.settle(half=draw if torn else None)
            if torn:
                world.restart(draw)
                world.settle()
    world.settle()
    if ahead and draw.random() < 0.5:
        world.restart(draw)
        world.settle()
    assert world.groups() == grouped_naively(world.told())
    if draw.random() < 0.5:
        world.restart(draw)
        world.reconciled()
        assert set(world.doubts) == naively(world.told())[1]
    parted = [
        group for group in world.groups() if contradictory(chain(*(world.told()[one] for one in group)))
    ]
    assert all(len(group) == 1 for group in parted), "who stands on two sides never meets"


def test_a_merge_and_its_withdrawal() -> None:
    """Two things become one; taken back they are two, and the id that lost stays a redirect."""
    first, second = SOURCES[:2]
    world = World()
    for source, key in ((first, "uid:a"), (second, "uid:b")):
        world.say(source, frozenset({key}))
    world.settle()
    before = set(world.names().values())
    world.decide("x", {first: 1, second: 1})
    done = world.settle()
    assert len(done.redirects) == 1
    assert len(set(world.names().values())) == 1
    assert set(world.redirects) | set(world.names().values()) == before
    world.decide("x", None)
    world.settle()
    assert len(set(world.names().values())) == 2
    assert not set(world.names().values()) & set(world.redirects)
