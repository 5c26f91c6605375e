"""Laws of `resolve`: grouping is a function of the keys of now, names stay, nothing strong is joined."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.national.keys import EXCLUSIVE, kind_of
from tests.support.key_world import KEYS, LAWS, SOURCES, World, grouped_naively, naively, played, steps


@LAWS
@given(steps, st.integers(1, 5))
def test_incremental_grouping_is_batch_grouping(script: Any, every: int) -> None:
    """However the keys came, the groups are those of a computation from scratch."""
    world = played(script, every)
    assert (world.groups(), set(world.doubts)) == naively(world.speech)


@LAWS
@given(steps, st.integers(1, 5), st.integers(0, 99))
def test_a_restart_in_the_middle_changes_nothing(script: Any, every: int, seed: int) -> None:
    """A crash after the redirects and half of the identities converges to the same groups, and then rests."""
    world = World()
    draw = random.Random(seed)
    for number, (source, keys) in enumerate(script):
        world.say(source, keys)
        if number % every == 0:
            world.settle(half=draw)
            world.restart()
            world.settle()
    world.settle()
    assert world.groups() == grouped_naively(world.speech)
    world.restart()
    rest = world.settle()
    assert (rest.redirects, rest.identities) == ([], [])


@pytest.mark.parametrize("seed", range(0, 300, 50))
def test_what_changed_while_nobody_ran_is_grouped_and_named_alike(seed: int) -> None:
    """Few sources that share few keys part and meet all the time; no two groups ever get one name."""
    for one in range(seed, seed + 50):
        _torn(random.Random(one))


def _torn(draw: random.Random) -> None:
    world = World()
    for _ in range(25):
        source = draw.choice(SOURCES[:4])
        keys = frozenset(draw.sample(["uid:a", "uid:b", "grant:a"], draw.randint(1, 2)))
        if draw.random() < 0.15:
            world.speech.pop(source, None)
        elif draw.random() < 0.5:
            world.say(source, keys)
        else:
            world.speech[source] = keys
        world.restart(draw)
        world.settle()
        assert world.groups() == grouped_naively(world.speech)
        assert not set(world.names().values()) & set(world.redirects)


@LAWS
@given(steps, st.integers(1, 5))
def test_redirects_end_and_redirected_ids_are_never_used_again(script: Any, every: int) -> None:
    """Following redirects always ends, at an id that is not itself redirected, and no living id is one."""
    world = played(script, every)
    for losing in world.redirects:
        seen = {losing}
        at = world.redirects[losing]
        while at in world.redirects:
            assert at not in seen
            seen.add(at)
            at = world.redirects[at]
    assert not set(world.names().values()) & set(world.redirects)


@LAWS
@given(steps, st.integers(1, 5), st.sampled_from(SOURCES), st.frozensets(st.sampled_from(KEYS), max_size=3))
def test_who_is_not_touched_keeps_its_name(
    script: Any, every: int, source: str, keys: frozenset[str]
) -> None:
    """A group that is the same before and after a change keeps its id."""
    world = played(script, every)
    before, names = world.groups(), world.names()
    world.say(source, keys)
    world.settle()
    for group in before & world.groups():
        for member in group - {source}:
            assert world.names()[member] == names[member]


@LAWS
@given(steps, st.integers(1, 5))
def test_two_strong_values_never_meet(script: Any, every: int) -> None:
    """No group of several sources holds two values of one exclusive kind, unless one source said both."""
    world = played(script, every)
    for group in world.groups():
        if len(group) > 1:
            values = {key for source in group for key in world.speech[source] if kind_of(key) in EXCLUSIVE}
            assert len({kind_of(value) for value in values}) == len(values)


def test_an_id_that_the_others_keep_is_not_minted_for_who_left_while_nobody_ran() -> None:
    """It was made from the name of the one that left, and nothing has a name yet when all is read again."""
    first, second, third = SOURCES[:3]
    world = World()
    world.say(first, frozenset({"uid:a"}))
    world.settle()
    shared = world.names()[first]
    for source in (second, third):
        world.say(source, frozenset({"uid:a", "uid:b"}))
    world.settle()
    assert set(world.names().values()) == {shared}
    for source in (second, third):
        world.speech[source] = frozenset({"uid:b"})
    world.restart()
    world.settle()
    assert world.names()[second] == world.names()[third] == shared
    assert world.names()[first] != shared


def test_an_id_that_only_a_gone_mark_remembers_is_not_minted_again() -> None:
    """The owner of the mark may come back for it; nobody else gets it meanwhile."""
    first, second, third, fourth = SOURCES[:4]
    world = World()

    def say(source: str, *keys: str) -> None:
        world.say(source, frozenset(keys) if keys else None)
        world.settle()

    say(first, "uid:a")
    say(second, "uid:a")
    shared = world.names()[second]
    say(first, "uid:b")
    say(second)
    say(third, "uid:c")
    say(fourth, "uid:c")
    say(first, "uid:b", "uid:c")
    say(first, "uid:a")
    assert world.names()[first] != shared
    say(second, "uid:x")
    assert world.names()[second] == shared


def test_a_source_that_vanishes_comes_back_to_its_id() -> None:
    """The gone mark keeps the name, over a restart too."""
    world = World()
    world.say(SOURCES[0], frozenset({"uid:a"}))
    world.settle()
    name = world.names()[SOURCES[0]]
    world.say(SOURCES[0], None)
    gone = world.settle().identities
    assert [record["gone"] for record in gone] == [True]
    world.restart()
    world.settle()
    world.say(SOURCES[0], frozenset({"uid:b"}))
    world.settle()
    assert world.names()[SOURCES[0]] == name


def test_a_source_whose_key_changes_keeps_its_id() -> None:
    """A corrected identifier is the same thing."""
    world = World()
    world.say(SOURCES[0], frozenset({"uid:a"}))
    world.settle()
    name = world.names()[SOURCES[0]]
    world.say(SOURCES[0], frozenset({"uid:b"}))
    world.settle()
    assert world.names()[SOURCES[0]] == name


def test_merge_redirects_and_parting_gives_a_new_id() -> None:
    """After a merge the losing id redirects for ever; after parting nobody gets it back."""
    world = World()
    world.say(SOURCES[0], frozenset({"uid:a"}))
    world.say(SOURCES[1], frozenset({"uid:b"}))
    world.settle()
    first, second = world.names()[SOURCES[0]], world.names()[SOURCES[1]]
    world.say(SOURCES[1], frozenset({"uid:a", "uid:b"}))
    world.settle()
    kept = world.names()[SOURCES[0]]
    lost = ({first, second} - {kept}).pop()
    assert world.redirects == {lost: kept}
    world.say(SOURCES[1], frozenset({"uid:b"}))
    world.settle()
    names = set(world.names().values())
    assert len(names) == 2
    assert lost not in names
