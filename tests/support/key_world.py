"""Sources that speak, stewards that decide, and what stands in identity: a world for the laws of `resolve`."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from schemas.digest import blake, canonical
from streams.national.decisions import Decisions
from streams.national.keys import is_exclusive, kind_of, rank
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
