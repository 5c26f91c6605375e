"""Laws of `resolve`: grouping is a function of the keys of now, names stay, nothing strong is joined."""

from __future__ import annotations

import random
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.digest import blake, canonical
from streams.national.decisions import Decisions
from streams.national.grouping import contradictory
from streams.national.keys import EXCLUSIVE, is_exclusive, kind_of, rank
from streams.national.resolve import KeyGraph, Resolution

SOURCES = [f"hub-{number % 3}|project|{number}" for number in range(8)]
KEYS = [*(f"grant:{letter}" for letter in "abc"), *(f"uid:{letter}" for letter in "abcd"), "url:x", "url:y"]
Speech = dict[str, frozenset[str]]
speeches = st.dictionaries(
    st.sampled_from(SOURCES), st.frozensets(st.sampled_from(KEYS), max_size=3), max_size=8
)
steps = st.lists(
    st.tuples(
        st.sampled_from(SOURCES), st.one_of(st.none(), st.frozensets(st.sampled_from(KEYS), max_size=3))
    ),
    max_size=25,
)
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
LAWS = settings(max_examples=400, deadline=None, derandomize=True)


def things(source: str, keys: frozenset[str]) -> list[dict[str, Any]]:
    """What a source with these keys speaks of: itself."""
    return [{"kind": "project", "local": "", "keys": sorted({*keys, f"src:{source}"}, key=rank)}]


class World:
    """What stands in the topics of identity and redirect."""

    def __init__(self) -> None:
        self.identity: dict[str, dict[str, Any]] = {}
        self.redirects: dict[str, str] = {}
        self.doubts: dict[str, dict[str, Any]] = {}
        self.speech: Speech = {}
        self.decisions = Decisions()
        self.graph = KeyGraph(self.decisions)

    def decide(self, name: str, sides: dict[str, int] | None) -> None:
        """A steward says which sources are on one side and which on another, or takes it back."""
        spoken = [
            dict(
                zip(("hub", "source_kind", "source_id"), source.split("|"), strict=True), local="", side=side
            )
            for source, side in (sides or {}).items()
        ]
        record = {"action": "split", "kind": "project", "spoken": spoken, "withdrawn_at": None}
        self.graph.decided(self.decisions.put(name, record if sides is not None else None))

    def told(self) -> Speech:
        """Keys of the sources with those that were decided."""
        return {
            source: keys | frozenset(self.decisions.keys("project", source, ""))
            for source, keys in self.speech.items()
        }

    def say(self, source: str, keys: frozenset[str] | None) -> None:
        """One source speaks, or is gone."""
        if keys is None:
            self.speech.pop(source, None)
            self.graph.remove(source)
        else:
            self.speech[source] = keys
            said = things(source, keys)
            self.graph.put(source, blake(canonical(said)), said)

    def settle(self, *, redirects_only: bool = False, half: random.Random | None = None) -> Resolution:
        """Settle, and write all or a part of what follows."""
        done = self.graph.settle(0)
        for record in done.redirects:
            self.redirects[record["id"]] = record["to"]
        for record in [] if redirects_only else done.identities:
            if half is None or half.random() < 0.5:
                self.identity[f"{record['hub']}|{record['kind']}|{record['source_id']}"] = record
        for at, doubt in done.doubts:
            if half is None or half.random() < 0.5:
                self.doubts.pop(at, None)
                if doubt is not None:
                    self.doubts[at] = doubt
        return done

    def reconciled(self) -> None:
        """All that follows from a restart is written."""
        self.settle()
        for at, _ in self.graph.doubts.past():
            del self.doubts[at]

    def restart(self, draw: random.Random | None = None) -> None:
        """A new process: everything is read back, in any order."""
        self.graph = KeyGraph(self.decisions)
        for source, record in self.identity.items():
            self.graph.load_identity(source, record)
        for losing, winning in self.redirects.items():
            self.graph.load_redirect(losing, {"to": winning})
        spoken = list(self.speech.items())
        if draw:
            draw.shuffle(spoken)
        for source, keys in spoken:
            self.say(source, keys)
        for source in self.graph.unspoken():
            self.graph.remove(source)
        for at, doubt in self.doubts.items():
            self.graph.doubts.load(at, doubt)

    def names(self) -> dict[str, str]:
        """National id of every source that speaks."""
        return {source: self.identity[source]["things"][0]["id"] for source in self.speech}

    def groups(self) -> set[frozenset[str]]:
        """Sources by national id."""
        found: dict[str, set[str]] = {}
        for source, name in self.names().items():
            found.setdefault(name, set()).add(source)
        return {frozenset(group) for group in found.values()}


def grouped_naively(speech: Speech) -> set[frozenset[str]]:
    """The groups alone."""
    return naively(speech)[0]


def naively(speech: Speech) -> tuple[set[frozenset[str]], set[str]]:
    """A second implementation: equal keys first, then rescan everything for every key. Groups, and what is in doubt."""
    equal: dict[Any, set[str]] = {}
    for source, keys in speech.items():
        strong = [kind_of(key) for key in keys if is_exclusive(key)]
        alone = not keys or len(set(strong)) < len(strong)
        equal.setdefault((keys, source) if alone else keys, set()).add(source)
    groups = [(members, set(speech[min(members)])) for members in equal.values()]
    doubts = set()
    for key in sorted({key for keys in speech.values() for key in keys}, key=rank):
        holding = [group for group in groups if key in group[1]]
        together = set().union(*(group[1] for group in holding))
        strong = [value for value in together if is_exclusive(value)]
        if len({kind_of(value) for value in strong}) == len(strong):
            groups = [group for group in groups if group not in holding]
            groups.append((set().union(*(group[0] for group in holding)), together))
        elif len(holding) > 1:
            doubts.add(f"project|{key}")
    return {frozenset(group[0]) for group in groups}, doubts


def played(script: list[tuple[str, frozenset[str] | None]], every: int) -> World:
    """A world in which a script was played, settled after every few steps."""
    world = World()
    for number, (source, keys) in enumerate(script):
        world.say(source, keys)
        if number % every == 0:
            world.settle()
    world.settle()
    return world


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
