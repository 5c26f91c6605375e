"""Which things are one: a function of the keys they have now, never of the order in which they came.

Things with equal keys are one *holding*. Keys are taken strongest kind first, then by value; a key joins all
groups that hold it, or none of them when that would put two values of an exclusive kind together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from streams.national.keys import is_exclusive, rank, slot


class Holding:
    """Things of one kind that hold exactly these keys: `members` are their sources, one bare or several."""

    __slots__ = ("id", "keys", "kind", "members")

    def __init__(self, kind: str, keys: tuple[str, ...]) -> None:
        self.kind = kind
        self.keys = keys
        self.members: str | set[str] | None = None
        self.id: str | None = None

    def add(self, source: str) -> None:
        """One more source."""
        if self.members is None or self.members == source:
            self.members = source
        elif isinstance(self.members, set):
            self.members.add(source)
        else:
            self.members = {self.members, source}

    def drop(self, source: str) -> None:
        """One source less."""
        if isinstance(self.members, set):
            self.members.discard(source)
            if len(self.members) == 1:
                self.members = self.members.pop()
        elif self.members == source:
            self.members = None

    def sources(self) -> Iterable[str]:
        """The sources that hold these keys."""
        if self.members is None:
            return ()
        return self.members if isinstance(self.members, set) else (self.members,)

    def weight(self) -> int:
        """How many sources hold these keys."""
        return len(self.members) if isinstance(self.members, set) else int(self.members is not None)


class Doubt(NamedTuple):
    """A key that could have joined groups, but for two values of one exclusive kind: a case for a steward."""

    key: str
    kind: str
    sources: tuple[str, ...]


def group(component: Sequence[Holding]) -> tuple[list[list[Holding]], list[Doubt]]:
    """Group the holdings of one kind that are connected by keys."""
    groups: dict[int, list[Holding]] = {number: [holding] for number, holding in enumerate(component)}
    place = {id(holding): number for number, holding in enumerate(component)}
    values = {number: _exclusive(holding.keys) for number, holding in enumerate(component)}
    held: dict[str, list[Holding]] = {}
    for holding in component:
        for key in holding.keys:
            held.setdefault(key, []).append(holding)
    doubts = []
    for key in sorted((key for key, holders in held.items() if len(holders) > 1), key=rank):
        numbers = sorted({place[id(holding)] for holding in held[key]})
        if len(numbers) == 1:
            continue
        together = set().union(*(values[number] for number in numbers))
        if contradictory(together):
            sources = sorted(min(holding.sources()) for holding in held[key])
            doubts.append(Doubt(key, component[0].kind, tuple(sources)))
            continue
        first = numbers[0]
        for number in numbers[1:]:
            for holding in groups[number]:
                place[id(holding)] = first
            groups[first] += groups.pop(number)
        values[first] = together
    return list(groups.values()), doubts


def contradictory(keys: Iterable[str]) -> bool:
    """Whether there are two values of one exclusive kind among the keys."""
    values = _exclusive(keys)
    return len({slot(value) for value in values}) < len(values)


def _exclusive(keys: Iterable[str]) -> set[str]:
    return {key for key in keys if is_exclusive(key)}
