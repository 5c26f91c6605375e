"""Laws of candidates: incremental is batch, order says nothing, the work has a bound, and nothing ever joins."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.national.candidates import LEAST, Candidate, Candidates, Pair, blocks
from streams.national.likeness import likeness
from streams.national.portraits import Portrait, portrait
from tests.support.likeness import event, organisation, project

LAWS = settings(max_examples=150, deadline=None, derandomize=True)
FEW = 3
IDS = [f"{kind}-{number}" for kind in "peo" for number in range(5)]
TITLES = (
    "Slimme sluizen delta",
    "Slimme sluis delta",
    "Delta sluizen SLUIS",
    "Bakkerij De Molen",
    "Molen 2",
    "",
)
SITES = (None, "https://molen.example", "https://sluis.example/project/1")
MOMENTS = ("2026-10-12T12:00:00Z", "2027-10-12T12:00:00Z")
said = st.tuples(
    st.sampled_from(TITLES), st.sampled_from(SITES), st.sampled_from(MOMENTS), st.sampled_from("xy")
)
steps = st.lists(st.tuples(st.sampled_from(IDS), st.one_of(st.none(), said)), max_size=30)


def seen(name: str, told: Any) -> Portrait:
    """The portrait of a record of the kind that its id names."""
    title, site, moment, who = told
    made = {
        "p": ("project", project(name, title, link=site, lead=f"o-{who}", start=moment[:10])),
        "e": ("event", event(name, title, link=site, by=f"o-{who}", start=moment, town="Delft")),
        "o": ("organisation", organisation(name, title or who, site, "Delft", None)),
    }
    found = portrait(*made[name[0]])
    assert found is not None
    return found


def naively(world: dict[str, Portrait]) -> dict[Pair, float]:
    """A second implementation: every pair of everything, with the blocks counted anew."""
    sizes: dict[str, int] = {}
    for one in world.values():
        for block in blocks(one):
            sizes[block] = sizes.get(block, 0) + 1
    found = {}
    for one, other in combinations(sorted(world.values()), 2):
        open_ = any(sizes[block] <= FEW for block in blocks(one) & blocks(other))
        chance = likeness(one, other).chance
        if one.kind == other.kind and open_ and chance >= LEAST:
            found[min(one.id, other.id), max(one.id, other.id)] = chance
    return found


@LAWS
@given(steps)
def test_incremental_candidates_are_batch_candidates(script: Any) -> None:
    """After every change what stands is what a computation from scratch finds, and the changes told lead there."""
    found, world, heard = Candidates(most=FEW), dict[str, Portrait](), dict[Pair, Candidate]()
    for name, told in script:
        if told is None:
            world.pop(name, None)
            changed = found.remove(name)
        else:
            world[name] = seen(name, told)
            changed = found.put(world[name])
        for pair, now in changed.items():
            if now is None:
                del heard[pair]
            else:
                heard[pair] = now
    expected = naively(world)
    assert {one.pair: one.chance for one in found.pairs()} == expected
    assert {pair: one.chance for pair, one in heard.items()} == expected
    assert {one.pair for name in world for one in found.of(name)} == set(expected)
    assert len(found) == len(world)


@LAWS
@given(said, said)
def test_likeness_has_no_first_and_second(one: Any, other: Any) -> None:
    """Who is compared with whom changes no chance and no feature."""
    for kind in "peo":
        left, right = seen(f"{kind}-1", one), seen(f"{kind}-2", other)
        here, there = likeness(left, right), likeness(right, left)
        assert here.chance == there.chance
        assert [feature[:3] for feature in here.features] == [feature[:3] for feature in there.features]


def test_what_thousands_share_makes_no_pairs() -> None:
    """A block that everyone is in is closed: the number of pairs stays linear, and reopens when they go."""
    found = Candidates()
    for number in range(300):
        found.put(seen(f"p-{number}", ("Slimme sluizen delta", None, "2026-01-01T", "x")))
    assert list(found.pairs()) == []
    for number in range(2, 300):
        found.remove(f"p-{number}")
    (one,) = found.pairs()
    assert one.pair == ("p-0", "p-1")
