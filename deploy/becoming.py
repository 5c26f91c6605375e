"""What a hub's records would become in the national view: with whom they join, what changes, and who would hear of it.

Pure, by the rules of the stages themselves: identify, resolve (grouping), fold and notices. Nothing is minted here, so
a thing that nobody spoke of before has no national id yet. What is only alike is shown and never joined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from deploy.likeness import Alike, Shelf
from schemas.reference.lists import resolve_organisation
from streams.national.decisions import Decisions, pinned
from streams.national.fold import NOTHING, fold, last_of
from streams.national.grouping import Doubt, Holding, group
from streams.national.identify import speak_of
from streams.national.keys import kind_of, rank, source_key, split_source
from streams.notices.rules import evaluate
from streams.notices.subscriptions import Subscription
from streams.notices.versions import changes_of, title_of, version_of

Record = dict[str, Any]
Label = tuple[str, str, str]
"""Source key, kind and label of a thing that a source speaks of."""
UNNAMED: Final = "(new)"


@dataclass(frozen=True)
class Nation:
    """What stands now: by source key the things it speaks of with their keys, by label the national id, by national id
    what each source said (`zeven.linked.*`, by source key and label), by id the national record; and decisions.
    """

    things: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    ids: Mapping[Label, str] = field(default_factory=dict)
    linked: Mapping[str, Mapping[tuple[str, str], Record]] = field(default_factory=dict)
    golden: Mapping[str, Record] = field(default_factory=dict)
    decisions: Decisions = field(default_factory=Decisions)


class Ours(NamedTuple):
    """A regional record as it would stand; None when it would be gone."""

    kind: str
    source_id: str
    record: Mapping[str, Any] | None


@dataclass(frozen=True)
class Becoming:
    """What would become of one national record."""

    kind: str
    what: str  # new, joins, changes, parts, ends or stays
    national_id: str | None
    title: str
    sources: tuple[str, ...]
    hubs: tuple[str, ...] = ()
    key: str | None = None
    merges: tuple[str, ...] = ()
    fields: tuple[Mapping[str, str | None], ...] = ()
    told: tuple[str, ...] = ()
    alike: tuple[Alike, ...] = ()
    doubts: tuple[str, ...] = ()


class Group(NamedTuple):
    """Sources that speak of one thing, the keys they have, and the national ids they had."""

    members: frozenset[tuple[str, str]]
    keys: Mapping[tuple[str, str], frozenset[str]]
    ids: tuple[str, ...]
    doubts: tuple[str, ...]


def become(
    hub: str,
    ours: Sequence[Ours],
    nation: Nation,
    subscriptions: Iterable[Subscription] = (),
    first: bool = False,
) -> list[Becoming]:
    """What would become of each national record that these records speak of, in the order of kind and title."""
    crowd = _Crowd(hub, ours, nation)
    touched: dict[tuple[str, frozenset[tuple[str, str]]], Group] = {}
    for kind, source, local in crowd.labels():
        found = crowd.group_of(kind, source, local)
        touched[kind, found.members] = found
    shelf = Shelf(nation.golden.values(), _words)
    shown = [
        _become(crowd, kind, found, shelf, tuple(subscriptions), first)
        for (kind, _), found in touched.items()
    ]
    gone = _left(crowd, touched.values(), tuple(subscriptions))
    return sorted([*shown, *gone], key=lambda one: (one.kind, one.what, one.title, one.sources))


class _Crowd:
    """All that speak: the nation, with our records in the place of what they said before."""

    def __init__(self, hub: str, ours: Sequence[Ours], nation: Nation) -> None:
        self.hub, self.nation = hub, nation
        self.ours = {source_key(hub, one.kind, one.source_id): one for one in ours}
        self.things: dict[str, Sequence[Mapping[str, Any]]] = {
            source: things for source, things in nation.things.items() if source not in self.ours
        }
        for source, one in self.ours.items():
            if one.record is not None:
                self.things[source] = speak_of(hub, one.kind, one.source_id, one.record, resolve_organisation)
        self.holdings: dict[tuple[str, tuple[str, ...]], Holding] = {}
        self._with: dict[tuple[str, str], list[Holding]] = {}
        self._labels: dict[int, set[tuple[str, str]]] = {}
        self._groups: dict[int, Group] = {}
        for source, things in self.things.items():
            for thing in things:
                self._add(source, thing)

    def _add(self, source: str, thing: Mapping[str, Any]) -> None:
        kind, keys = thing["kind"], self._keys(source, thing)
        if (kind, keys) not in self.holdings:
            holding = self.holdings[kind, keys] = Holding(kind, keys)
            self._labels[id(holding)] = set()
            for key in keys:
                self._with.setdefault((kind, key), []).append(holding)
        holding = self.holdings[kind, keys]
        holding.add(source)
        self._labels[id(holding)].add((source, thing["local"]))

    def _keys(self, source: str, thing: Mapping[str, Any]) -> tuple[str, ...]:
        """What a thing's source says, and what was decided about it."""
        return (*self.nation.decisions.keys(thing["kind"], source, thing["local"]), *thing["keys"])

    def labels(self) -> Iterable[Label]:
        """What our records speak of: kind, source and label."""
        for source in self.ours:
            for thing in self.things.get(source, ()):
                yield thing["kind"], source, thing["local"]

    def group_of(self, kind: str, source: str, local: str) -> Group:
        """The group of one of our things; found once for all that are connected with it."""
        mine = next(
            thing for thing in self.things[source] if (thing["kind"], thing["local"]) == (kind, local)
        )
        own = self.holdings[kind, self._keys(source, mine)]
        if id(own) not in self._groups:
            groups, doubts = group(self._connected(own))
            for holdings in groups:
                found = self._group(kind, holdings, doubts)
                self._groups |= {id(each): found for each in holdings}
        return self._groups[id(own)]

    def _group(self, kind: str, holdings: Sequence[Holding], doubts: Sequence[Doubt]) -> Group:
        keys = {label: frozenset(each.keys) for each in holdings for label in self._labels[id(each)]}
        had = Counter(
            known for who, label in keys if (known := self.nation.ids.get((who, kind, label))) is not None
        )
        ids = sorted(had, key=lambda one: (-had[one], one))
        said = [
            f"{one.key}: {', '.join(one.sources)}"
            for one in doubts
            if not self.ours.keys().isdisjoint(one.sources)
        ]
        return Group(frozenset(keys), keys, tuple(ids), tuple(said))

    def _connected(self, own: Holding) -> list[Holding]:
        found, waiting = {id(own): own}, [own]
        while waiting:
            one = waiting.pop()
            for key in one.keys:
                for other in self._with[one.kind, key]:
                    if id(other) not in found:
                        found[id(other)] = other
                        waiting.append(other)
        return list(found.values())

    def said(self, kind: str, members: Iterable[tuple[str, str]], ids: Iterable[str]) -> list[Record]:
        """What each member says of the thing, as linked records."""
        linked = {label: one for name in ids for label, one in self.nation.linked.get(name, {}).items()}
        found = []
        for source, local in sorted(members):
            if source in self.ours:
                found.append(self._own_words(kind, source, local))
            elif (source, local) in linked:
                found.append(linked[source, local])
        return found

    def _own_words(self, kind: str, source: str, local: str) -> Record:
        one = self.ours[source]
        record = one.record or {}
        when = self._standing(kind, source, local, record["digest"]) or record
        mention = next((each for each in record["organisations"] if each["local"] == local), None)
        links = [
            {
                "id": self._named(source, each["local"]),
                **{name: each[name] for name in ("name", "role", "via")},
            }
            for each in record["organisations"]
        ]
        content = (
            record["content"]
            if not local or mention is None
            else {name: mention[name] for name in ("name", "helix", "website", "place")}
        )
        return {
            "hub": self.hub,
            "source_kind": one.kind,
            "source_id": one.source_id,
            "local": local,
            **{name: record[name] for name in ("digest", "sample")},
            **{name: when[name] for name in ("revision", "cause", "origin")},
            "unreadable_since": None,
            "organisations": [] if local else links,
            "content": content,
        }

    def _standing(self, kind: str, source: str, local: str, digest: bytes) -> Record | None:
        """What the nation has of it, if it says the same: that it was read again makes nothing more recent."""
        name = self.nation.ids.get((source, kind, local), "")
        one = self.nation.linked.get(name, {}).get((source, local))
        return one if one is not None and one["digest"] == digest else None

    def _named(self, source: str, local: str) -> str:
        return (self.group_of("organisation", source, local).ids or (UNNAMED,))[0]


def _become(
    crowd: _Crowd,
    kind: str,
    found: Group,
    shelf: Shelf,
    subscriptions: Sequence[Subscription],
    first: bool,
) -> Becoming:
    named = found.ids[0] if found.ids else None
    before = crowd.nation.golden.get(named or "")
    said = crowd.said(kind, found.members, found.ids)
    after = fold(kind, named or UNNAMED, said, None, (), last_of(before) if before else NOTHING)
    after = pinned(after, crowd.nation.decisions.pins(kind, found.members)) if after else None
    others = {source for source, _ in found.members if source not in crowd.ours}
    had = _sources(before)
    old, new = (version_of(kind, one) if one else None for one in (before, after))
    changes = tuple(changes_of(old, new))
    what = "new" if before is None else _moved(had, {source for source, _ in found.members}, bool(changes))
    cause = "first-load" if first and before is None else "source"
    told = [one.id for one in subscriptions if evaluate(one, old, new, cause).tell]
    mine = tuple(sorted({source for source, _ in found.members} & crowd.ours.keys()))
    return Becoming(
        kind,
        what,
        named,
        title_of(new or old or {"kind": kind, "id": UNNAMED, "content": {}, "organisations": ()}),
        mine,
        tuple(sorted({split_source(one)[0] for one in others})),
        _joined_by(found, crowd.ours),
        found.ids[1:],
        changes,
        tuple(told),
        tuple(shelf.alike(kind, _words(after), {*found.ids})) if after and what == "new" else (),
        found.doubts,
    )


def _moved(had: set[str], have: set[str], changes: bool) -> str:
    if have - had and had - have:
        return "changes"
    if have - had:
        return "joins"
    if had - have:
        return "parts"
    return "changes" if changes else "stays"


def _left(crowd: _Crowd, groups: Iterable[Group], subscriptions: Sequence[Subscription]) -> list[Becoming]:
    """National records that our sources spoke of, and would speak of no longer."""
    kept = {name for one in groups for name in one.ids}
    left: dict[str, str] = {}
    for (source, kind, _), name in crowd.nation.ids.items():
        if source in crowd.ours and name not in kept:
            left[name] = kind
    found = []
    for name, kind in sorted(left.items()):
        before = crowd.nation.golden.get(name)
        if before is None or before["redirect"] is not None:
            continue
        linked = crowd.nation.linked.get(name, {})
        staying = [at for at in linked if at[0] not in crowd.ours]
        rest = [linked[at] for at in staying]
        after = fold(kind, name, rest, None, before["same_as"], last_of(before))
        after = pinned(after, crowd.nation.decisions.pins(kind, staying)) if after else None
        old, new = version_of(kind, before), version_of(kind, after) if after else None
        told = tuple(one.id for one in subscriptions if evaluate(one, old, new, "source").tell)
        mine = tuple(sorted(_sources(before) & crowd.ours.keys()))
        hubs = tuple(sorted({one["hub"] for one in rest}))
        shown = title_of(old or {"kind": kind, "id": name, "content": {}, "organisations": ()})
        what = "parts" if rest else "ends"
        found.append(
            Becoming(kind, what, name, shown, mine, hubs, fields=tuple(changes_of(old, new)), told=told)
        )
    return found


def _sources(national: Mapping[str, Any] | None) -> set[str]:
    contributions = national["contributions"] if national else ()
    return {source_key(one["hub"], one["source_kind"], one["source_id"]) for one in contributions}


def _joined_by(found: Group, ours: Container[str]) -> str | None:
    """The strongest key that one of ours shares with somebody else."""
    own = {key for (source, _), keys in found.keys.items() if source in ours for key in keys}
    other = {key for (source, _), keys in found.keys.items() if source not in ours for key in keys}
    shared = [key for key in own & other if kind_of(key) != "src"]
    return min(shared, key=rank, default=None)


def _words(national: Mapping[str, Any]) -> Mapping[str, Any]:
    """What likeness looks at: id, title, day and organisations of a national record."""
    content = national.get("content") or {}
    title = content.get("title") or {}
    return {
        "id": national["id"],
        "titles": [one for one in (*title.values(), content.get("name")) if one],
        "day": str(content.get("start") or "")[:10],
        "organisations": {link["id"] for link in national["organisations"]} - {UNNAMED},
        "hubs": sorted({one["hub"] for one in national["contributions"]}),
    }
