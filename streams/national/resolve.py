"""Third step: which things of which sources are one, and what they are called.

`KeyGraph` holds the keys of all sources. Grouping is a function of the keys of now (`grouping`); names are
remembered by `identity` alone (`naming`). Only what is touched is computed again, as a whole component, old
neighbours included. A redirect is to be written and acknowledged before the identities.

When a group parts, the part with most holders keeps the id and the other gets a new one: an id that was
redirected is never used again. A deleted source keeps a gone mark with its names and comes back to them,
unless somebody else has them by then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from sys import intern
from typing import Any, Final

from streams.national.decisions import At, Decisions
from streams.national.doubts import Doubts, Told
from streams.national.grouping import Holding, contradictory, group
from streams.national.keys import DECISION, split_source
from streams.national.naming import Claim, award, claims_of, heirs, mint

Record = dict[str, Any]
Spoken = tuple[Any, ...]
"""Digest of the things a source speaks of, then label and holding of each: flat, for there are millions."""
Written = tuple[Any, ...]
"""Digest, whether the source is gone, then kind, label and national id of each thing: flat as well."""


@dataclass(slots=True)
class Resolution:
    """What is to be written: redirects first, acknowledged, then identities; and what is in doubt."""

    redirects: list[Record] = field(default_factory=list)
    identities: list[Record] = field(default_factory=list)
    doubts: list[Told] = field(default_factory=list)


UNANSWERED: Final = bytes(16)


class KeyGraph:
    """The keys of all sources and the names of all things; `decisions` may give further keys."""

    def __init__(self, decisions: Decisions | None = None) -> None:
        self._decisions = Decisions() if decisions is None else decisions
        self._spoken: dict[str, Spoken] = {}
        self._holdings: dict[tuple[str, ...], Holding] = {}
        self._by_key: dict[str, Holding | set[Holding]] = {}
        self._written: dict[str, Written] = {}
        self._redirects: dict[str, str] = {}
        self._losers: dict[str, list[str]] = {}
        self._in_use: dict[str, int] = {}
        self._remembered: set[str] = set()
        self._changed: set[str] = set()
        self._dirty: dict[Holding, None] = {}
        self._claims: Counter[tuple[Holding, str]] = Counter()
        self.doubts = Doubts()

    def __len__(self) -> int:
        return len(self._spoken)

    def load_identity(self, source: str, record: Mapping[str, Any] | None) -> None:
        """What was written of a source; before `put`. None: a tombstone."""
        if record is None:
            self._written.pop(source, None)
        else:
            named = chain.from_iterable(map(_named, record["things"]))
            written = self._written[source] = (record["digest"], record["gone"], *named)
            if record["gone"]:
                self._remembered.update(written[4::3])

    def load_redirect(self, losing: str, record: Mapping[str, Any] | None) -> None:
        """What was written of a losing id; before `settle`."""
        if record is not None:
            self._redirect(losing, record["to"])

    def speakers(self) -> Iterator[tuple[str, bytes, list[Record]]]:
        """Every source with what it speaks of, as `put` takes it."""
        for source, spoken in self._spoken.items():
            yield source, spoken[0], _said(spoken)

    def unspoken(self) -> list[str]:
        """Sources that were written as alive and of which no keys are known: they are gone."""
        return [
            source
            for source, written in self._written.items()
            if not written[1] and source not in self._spoken
        ]

    def put(self, source: str, digest: bytes, things: Sequence[Mapping[str, Any]]) -> None:
        """The things a source speaks of now, `digest` of them; the same digest again changes nothing."""
        before = self._spoken.get(source)
        if before is None or before[0] != digest:
            self._take(source, digest, things, before)

    def decided(self, touched: Iterable[At]) -> None:
        """Decisions about these things came or went."""
        for source in sorted({source for source, _ in touched}):
            before = self._spoken.get(source)
            if before is not None:
                self._take(source, before[0], _said(before), before)

    def _take(
        self, source: str, digest: bytes, things: Sequence[Mapping[str, Any]], before: Spoken | None
    ) -> None:
        self._changed.add(source)
        names = self._names(source, before)
        spoken = [
            (intern(thing["local"]), self._join(source, thing["local"], thing["kind"], thing["keys"]))
            for thing in things
        ]
        for (kind, label), name in names.items():
            for local, holding in spoken:
                same = holding.kind == kind and (local == label or label in holding.keys)
                if same and name != holding.id:
                    self._claims[holding, name] += 1
        self._leave(source, before, {id(holding) for _, holding in spoken})
        written = self._written.get(source)
        same = written is not None and written[0] == digest
        self._spoken[source] = (written[0] if same and written else digest, *chain.from_iterable(spoken))

    def remove(self, source: str) -> None:
        """The source is gone; its names stay with it."""
        before = self._spoken.pop(source, None)
        written = self._written.get(source)
        if before is not None:
            names = self._names(source, before)
            self._leave(source, before, set())
            answered = UNANSWERED if source in self._changed else before[0]
            self._written[source] = (
                answered,
                False,
                *chain.from_iterable((*at, name) for at, name in names.items()),
            )
            self._remembered.update(names.values())
            self._changed.add(source)
        elif written is not None and not written[1]:
            self._remembered.update(written[4::3])
            self._changed.add(source)

    def settle(self, now_ms: int) -> Resolution:
        """Group and name what was touched; returns only what differs from what was written."""
        done = Resolution()
        groups: list[list[Holding]] = []
        emptied: list[Holding] = []
        for component in self._components():
            alive = [holding for holding in component if holding.members is not None]
            emptied += [holding for holding in component if holding.members is None]
            found, doubts = group(alive) if len(alive) > 1 else ([[holding] for holding in alive], [])
            groups += found
            keys = (key for holding in component for key in holding.keys)
            done.doubts += self.doubts.compared(component[0].kind, keys, doubts, now_ms)
        self._name(groups, emptied, done, now_ms)
        self._bury(emptied)
        for source in sorted(self._changed):
            self._answer(source, done)
        self._changed.clear()
        self._dirty.clear()
        self._claims.clear()
        return done

    def _names(self, source: str, before: Spoken | None) -> dict[tuple[str, str], str]:
        written = self._written.get(source, ())
        names = dict(zip(zip(written[2::3], written[3::3], strict=True), written[4::3], strict=True))
        for local, holding in _things(before):
            if holding.id is not None:
                names[holding.kind, local] = holding.id
        return names

    def _join(self, source: str, local: str, kind: str, keys: Sequence[str]) -> Holding:
        """Put a thing with its holding; a `src:` key says nothing beside others, unless those contradict."""
        telling = self._decisions.keys(kind, source, local)
        telling += [key for key in keys if not key.startswith("src:")]
        if not telling or contradictory(telling):
            telling.append(f"src:{source}")
        at = (kind, *telling)
        holding = self._holdings.get(at)
        if holding is None:
            holding = self._holdings[at] = Holding(kind, tuple(telling))
            for key in holding.keys:
                self._index(key, holding)
        if holding.members is None:
            self._use(holding.id, 1)
        holding.add(source)
        self._dirty[holding] = None
        return holding

    def _index(self, key: str, holding: Holding) -> None:
        there = self._by_key.get(key)
        if there is None:
            self._by_key[key] = holding
        elif isinstance(there, set):
            there.add(holding)
        else:
            self._by_key[key] = {there, holding}

    def _leave(self, source: str, before: Spoken | None, stays: set[int]) -> None:
        for _, holding in _things(before):
            if id(holding) not in stays and holding.members is not None:
                holding.drop(source)
                if not holding.weight():
                    self._use(holding.id, -1)
            self._dirty[holding] = None

    def _holders(self, key: str, kind: str) -> Iterator[Holding]:
        there = self._by_key.get(key)
        for holding in there if isinstance(there, set) else (there,) if there is not None else ():
            if holding.kind == kind:
                yield holding

    def _components(self) -> Iterator[list[Holding]]:
        """Connected holdings around everything touched, emptied ones included: their ids pass on."""
        seen: set[int] = set()
        for start in list(self._dirty):
            if id(start) in seen:
                continue
            seen.add(id(start))
            found, ahead = [], [start]
            while ahead:
                holding = ahead.pop()
                found.append(holding)
                for key in holding.keys:
                    for other in self._holders(key, holding.kind):
                        if id(other) not in seen:
                            seen.add(id(other))
                            ahead.append(other)
            yield sorted(found, key=lambda holding: holding.keys)

    def _name(
        self, groups: list[list[Holding]], emptied: list[Holding], done: Resolution, now_ms: int
    ) -> None:
        """Give every group its id, and redirect the ids that nobody keeps."""
        place = {id(holding): number for number, members in enumerate(groups) for holding in members}
        claims = claims_of(groups) + self._moved(place) + self._left(emptied, place)
        inside = Counter(holding.id for members in groups for holding in members if holding.id is not None)
        given = award(claims, len(groups), lambda name: self._refused(name, inside))
        claimed = {claim.id for claim in claims}
        names: list[str] = []
        for members, name in zip(groups, given, strict=True):
            chosen = name or self._mint(members, claimed)
            names.append(chosen)
            self._rename(members, chosen)
        kinds = {name: members[0].kind for name, members in zip(names, groups, strict=True)}
        for losing, winning in sorted(heirs(claims, names).items()):
            if losing not in self._in_use and losing not in self._redirects:
                done.redirects += self._redirected(kinds[winning], losing, winning, now_ms)

    def _moved(self, place: Mapping[int, int]) -> list[Claim]:
        """Claims of things on the names they had before."""
        weights: Counter[tuple[str, int]] = Counter()
        for (holding, name), count in self._claims.items():
            if id(holding) in place:
                weights[name, place[id(holding)]] += count
        return [Claim(2 * weight, number, name) for (name, number), weight in weights.items()]

    def _left(self, emptied: Iterable[Holding], place: Mapping[int, int]) -> list[Claim]:
        """Claims, without weight, of who shares a key with a holding that nobody holds any more."""
        found = []
        for holding in emptied:
            if holding.id is not None:
                others = (other for key in holding.keys for other in self._holders(key, holding.kind))
                sharing = {place[id(other)] for other in others if id(other) in place}
                found += [Claim(0, number, holding.id) for number in sorted(sharing)]
        return found

    def _refused(self, name: str, inside: Mapping[str, int]) -> bool:
        return name in self._redirects or self._in_use.get(name, 0) > inside.get(name, 0)

    def _mint(self, members: Sequence[Holding], claimed: Container[str]) -> str:
        """A new id; not one that is `claimed`, for at a set-up nothing is in use before it is named."""
        source, keys = min((min(holding.sources()), holding.keys) for holding in members)
        return mint(members[0].kind, source, keys[0], lambda name: name in claimed or self._taken(name))

    def _taken(self, name: str) -> bool:
        """An id that anything has, had before it was deleted, or lost in a merge is not minted again."""
        return name in self._in_use or name in self._redirects or name in self._remembered

    def _rename(self, members: Sequence[Holding], name: str) -> None:
        for holding in members:
            if holding.id != name:
                self._changed.update(holding.sources())
                self._use(holding.id, -1)
                holding.id = name
                self._use(name, 1)

    def _use(self, name: str | None, step: int) -> None:
        if name is not None:
            left = self._in_use.get(name, 0) + step
            if left:
                self._in_use[name] = left
            else:
                self._in_use.pop(name, None)

    def _bury(self, emptied: Iterable[Holding]) -> None:
        for holding in emptied:
            del self._holdings[(holding.kind, *holding.keys)]
            for key in holding.keys:
                there = self._by_key[key]
                if isinstance(there, set):
                    there.discard(holding)
                    if len(there) == 1:
                        self._by_key[key] = there.pop()
                else:
                    del self._by_key[key]

    def _redirect(self, losing: str, winning: str) -> None:
        self._redirects[losing] = winning
        self._losers.setdefault(winning, []).append(losing)

    def _redirected(self, kind: str, losing: str, winning: str, now_ms: int) -> list[Record]:
        """Redirect a losing id, and whatever pointed at it."""
        moved = [losing, *(one for one in self._losers.pop(losing, ()) if self._redirects[one] == losing)]
        for one in moved:
            self._redirect(one, winning)
        return [{"id": one, "kind": kind, "to": winning, "at": now_ms} for one in moved]

    def _answer(self, source: str, done: Resolution) -> None:
        """The identity of one source, if it differs from what was written."""
        spoken = self._spoken.get(source)
        written = self._written.get(source)
        if spoken is None:
            if written is None or written[1]:
                return
            new: Written = (written[0], True, *written[2:])
            self._written[source] = new
        else:
            named = ((held.kind, local, str(held.id)) for local, held in _things(spoken))
            new = (spoken[0], False, *chain.from_iterable(named))
            self._written.pop(source, None)
            if written == new:
                return
        digest, gone = new[:2]
        hub, kind, source_id = split_source(source)
        things = [
            {"kind": of, "local": local, "id": name}
            for of, local, name in zip(new[2::3], new[3::3], new[4::3], strict=True)
        ]
        done.identities.append(
            {
                "hub": hub,
                "kind": kind,
                "source_id": source_id,
                "digest": digest,
                "gone": gone,
                "things": things,
            }
        )


def _named(thing: Mapping[str, str]) -> tuple[str, str, str]:
    """Kind, label and id; what many sources say alike is held once."""
    kind, local, name = thing["kind"], thing["local"], thing["id"]
    return intern(kind), intern(local), intern(name) if local else name


def _said(spoken: Spoken) -> list[Record]:
    """What a source said of its things; what was decided about them is left out."""
    return [
        {
            "kind": held.kind,
            "local": local,
            "keys": [key for key in held.keys if not key.startswith(DECISION)],
        }
        for local, held in _things(spoken)
    ]


def _things(spoken: Spoken | None) -> Iterator[tuple[str, Holding]]:
    return zip(spoken[1::2], spoken[2::2], strict=True) if spoken else iter(())
