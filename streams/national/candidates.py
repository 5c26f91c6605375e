"""Which things might be one: found in blocks, weighed pair by pair, for a steward to decide. Nothing here joins.

A block is a property that two records share (two words of a title, an acronym, a page, a lead and a month, a day and a
town). A block that holds too many says nothing and is closed, so that the work per change has a bound. What stands is a
function of the records of now, whatever the order in which they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, pairwise
from typing import Final, NamedTuple

from streams.national.likeness import Likeness, bits_of, likeness, worth
from streams.national.portraits import Portrait, significant

MOST: Final = 24
"""Records in a block above which it is closed: at most 276 pairs are weighed when it opens."""
LEAST: Final = 0.5
"""Chance from which a pair is worth a look."""
STEM, TITLE_BLOCKS = 6, 6
Pair = tuple[str, str]
"""Two national ids of one kind, the lesser first."""


class Candidate(NamedTuple):
    """Two national ids that may be one thing, and the chance of it."""

    pair: Pair
    chance: float


class Candidates:
    """Pairs worth a look, kept incrementally. `put` and `remove` return what changed; None: no longer a candidate."""

    def __init__(self, most: int = MOST, least: float = LEAST) -> None:
        self._most, self._least = most, bits_of(least)
        self._seen: dict[str, Portrait] = {}
        self._keys: dict[str, frozenset[str]] = {}
        self._blocks: dict[str, dict[str, None]] = {}
        self._found: dict[str, dict[str, float]] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def pairs(self) -> Iterator[Candidate]:
        """All candidates."""
        for one, others in self._found.items():
            yield from (Candidate((one, other), chance) for other, chance in others.items() if one < other)

    def of(self, national_id: str) -> list[Candidate]:
        """The candidates of one id, the most likely first."""
        found = self._found.get(national_id, {})
        ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
        return [Candidate(_pair(national_id, other), chance) for other, chance in ordered]

    def explain(self, pair: Pair) -> Likeness | None:
        """Why two records are alike or not; None when one of them is not here."""
        one, other = (self._seen.get(name) for name in pair)
        return likeness(one, other) if one is not None and other is not None else None

    def put(self, seen: Portrait) -> dict[Pair, Candidate | None]:
        """A record as it is now."""
        before = self._seen.get(seen.id)
        if before == seen:
            return {}
        return self._change(seen.id, before, seen)

    def remove(self, national_id: str) -> dict[Pair, Candidate | None]:
        """A record that is gone, or goes on under another id."""
        before = self._seen.get(national_id)
        return {} if before is None else self._change(national_id, before, None)

    def _change(
        self, name: str, before: Portrait | None, now: Portrait | None
    ) -> dict[Pair, Candidate | None]:
        old = self._keys.pop(name, frozenset())
        new = frozenset() if now is None else blocks(now)
        touched = {_pair(name, other) for other in self._found.get(name, ())}
        for block in old - new:
            touched.update(self._leave(block, name))
        if now is None:
            del self._seen[name]
        else:
            self._seen[name], self._keys[name] = now, new
        for block in new - old:
            touched.update(self._enter(block, name))
        for block in new:
            members = self._blocks[block]
            if len(members) <= self._most:
                touched.update(_pair(name, other) for other in members if other != name)
        return dict(self._weighed(touched))

    def _enter(self, block: str, name: str) -> Iterable[Pair]:
        """One more in a block; the pairs it no longer speaks for when that closes it."""
        members = self._blocks.setdefault(block, {})
        members[name] = None
        return self._standing(members) if len(members) == self._most + 1 else ()

    def _leave(self, block: str, name: str) -> Iterable[Pair]:
        """One less in a block; its pairs when that opens it."""
        members = self._blocks[block]
        del members[name]
        if not members:
            del self._blocks[block]
        return (_pair(*two) for two in combinations(members, 2)) if len(members) == self._most else ()

    def _standing(self, members: Iterable[str]) -> Iterator[Pair]:
        inside = set(members)
        for one in inside:
            yield from (_pair(one, other) for other in self._found.get(one, ()) if other in inside)

    def _weighed(self, touched: Iterable[Pair]) -> Iterator[tuple[Pair, Candidate | None]]:
        for pair in touched:
            one, other = pair
            before = self._found.get(one, {}).get(other)
            now = self._chance(pair)
            if now == before:
                continue
            for here, there in (pair, (other, one)):
                if now is not None:
                    self._found.setdefault(here, {})[there] = now
                else:
                    del self._found[here][there]
                    if not self._found[here]:
                        del self._found[here]
            yield pair, None if now is None else Candidate(pair, now)

    def _chance(self, pair: Pair) -> float | None:
        one, other = (self._seen.get(name) for name in pair)
        if one is None or other is None or one.kind != other.kind:
            return None
        shared = self._keys[one.id] & self._keys[other.id]
        if not any(len(self._blocks[block]) <= self._most for block in shared):
            return None
        return likeness(one, other).chance if worth(one, other, self._least) else None


def blocks(seen: Portrait) -> frozenset[str]:
    """The blocks of a record; two records that share none are never compared."""
    start = seen.kind[0]
    found = {f"{start}a|{each}" for each in seen.acronyms}
    if seen.address:
        found.add(f"{start}u|{seen.address}")
    found.update(f"{start}g|{funder}|{award}" for funder, award in seen.awards)
    found.update(f"{start}l|{lead}|{seen.start[:7]}" for lead in seen.leads if seen.start)
    if seen.kind == "event" and seen.place:
        found.add(f"{start}d|{seen.start[:10]}|{seen.place}")
    for title in seen.titles:
        found.update(f"{start}w|{each}" for each in _word_blocks(seen, title))
    return frozenset(found)


def _word_blocks(seen: Portrait, title: str) -> Iterator[str]:
    """Neighbouring stems, so that an ending or a word between matters little; of an organisation each stem."""
    stems = list(dict.fromkeys(word[:STEM] for word in significant(title)))
    if seen.kind == "organisation":
        yield from stems[:TITLE_BLOCKS]
        yield "".join(word[0] for word in title.split())
    elif len(stems) < 2:
        yield from (f"{stem}|{title}" for stem in stems)
        yield title
    else:
        yield from ("|".join(sorted(two)) for two in list(pairwise(stems))[:TITLE_BLOCKS])


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


def batch(seen: Iterable[Portrait], most: int = MOST, least: float = LEAST) -> Mapping[Pair, Candidate]:
    """All candidates of these records at once."""
    found = Candidates(most, least)
    for one in seen:
        found.put(one)
    return {one.pair: one for one in found.pairs()}
