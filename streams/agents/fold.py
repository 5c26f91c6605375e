"""fold: all that the sources say of one thing becomes its national record, one partition at a time.

Task p holds partition p of all `linked.*`; redirects are heard whole by every worker, because an id and the id
that took it over may lie in different partitions. A note on each national record says from which bytes it was
made and what its own bytes are, so that a set-up finds what is lost, stale, damaged or phantom without decoding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from schemas.digest import blake
from schemas.errors import Reject
from schemas.topics import DECISION, NATIONAL_KINDS, REDIRECT, linked, national, partition_of, rejected
from streams.agents.deciding import heard
from streams.agents.golden import Decided, Golden, note_of
from streams.agents.unfolded import Unfolded, is_ours
from streams.engine.cold import Cold
from streams.engine.stage import (
    APPLIED,
    CHUNK_KEYS,
    SUPERSEDED,
    UNCHANGED,
    Emission,
    Plan,
    Record,
    Run,
    Stage,
    Tally,
    Task,
)
from streams.engine.wire import Wire
from streams.national.decisions import At, Decisions, Pin
from streams.national.fold import NOTHING, Last, last_of
from streams.national.survivorship import book

Kept = tuple[bytes, ...]
"""Key and packed value (`streams.engine.cold`) of linked records by turns, sorted by key: there are millions."""
Pairs = tuple[tuple[bytes, bytes], ...]
BREATH = 500
BACKLOG = 500  # records of a task in one batch: more of the same is on its way
MANY = 16  # contributions from which on folding anew may be put off
FEW_AT_ONCE = 2_000  # contributions of such things folded per batch of a backlog
MUCH_AT_ONCE = 20_000  # and per batch else
KIND_OF = {kind[0]: kind for kind in NATIONAL_KINDS}


class Fold(Stage):
    """The stage."""

    name = "fold"
    inputs = tuple(map(linked, NATIONAL_KINDS))
    broadcast = (REDIRECT, DECISION)

    def __init__(self, wire: Wire, hubs: Iterable[str], partitions: int) -> None:
        self.wire, self.partitions = wire, partitions
        self.hubs = tuple(hubs)
        self.outputs = (*map(national, NATIONAL_KINDS), *map(rejected, self.hubs))
        self.redirects: dict[str, str] = {}
        self.losers: dict[str, set[str]] = {}
        self.decisions = Decisions()
        self.cold = {kind: Cold() for kind in NATIONAL_KINDS}

    def task(self, partition: int) -> Task:
        return FoldTask(partition, self)

    def read_back(self, partition: int) -> Sequence[tuple[str, int | None]]:
        return [
            *((national(kind), partition) for kind in NATIONAL_KINDS),
            *((rejected(hub), 0) for hub in self.hubs),
        ]

    def written(self, tasks: Mapping[int, Task], topic: str, records: Sequence[Record]) -> None:
        mine = {part: task for part, task in tasks.items() if isinstance(task, FoldTask)}
        for record in records:
            if not topic.startswith(rejected("")):
                mine[record.partition].national_written(topic.rpartition(".")[2], record)
            elif (hub := is_ours(topic, record)) is not None:
                for task in mine.values():
                    task.unfolded.written(hub, record)

    def heard(self, tasks: Mapping[int, Task], topic: str, records: Sequence[Record]) -> None:
        if topic == DECISION:
            touched = heard(self.decisions, self.wire, self.name, records)
            for each in tasks.values():
                if isinstance(each, FoldTask) and touched:
                    each.decided(touched)
            return
        for record in records:
            losing = (record.key or b"").decode(errors="replace")
            after: str | None = None
            if record.value is not None:
                said = self.wire.readable(self.name, "identity.Redirect", losing, record.value)
                if said is None:
                    continue
                after = said["to"]
            before = self.redirects.pop(losing, None)
            if before is not None:
                self.losers[before].discard(losing)
            if after is not None:
                self.redirects[losing] = after
                self.losers.setdefault(after, set()).add(losing)
            for name in filter(None, (losing, before, after)):
                task = tasks.get(partition_of(name, self.partitions))
                if isinstance(task, FoldTask):
                    task.touched.setdefault(name, ())


@dataclass(slots=True)
class Thing:
    """One national id: what is said of it, and what was last written of it."""

    said: Kept = ()
    made: bytes | None = None  # from what the standing record was made; None: unknown or none stands
    sequence: int = 0
    stands: bool = False
    last: Last | None = None  # of a standing record that was not made by this rule book


class FoldTask(Task):
    """The national things of one partition."""

    def __init__(self, partition: int, stage: Fold) -> None:
        super().__init__(partition)
        self.stage = stage
        self.golden = Golden(stage.wire)
        self.unfolded = Unfolded(stage.wire, partition, stage.hubs)
        self.things: dict[str, Thing] = {}
        self.touched: dict[str, Kept] = {}  # id -> what was said when its standing record was made
        self.put_off: dict[str, int] = {}  # topic -> first offset of which something is put off

    def load(self, topic: str, records: Sequence[Record]) -> Tally:
        tally = self._take(records)
        self._done()
        return tally

    def apply(self, runs: Sequence[Run], now_ms: int) -> Plan:
        """Things of many contributions are folded within a budget: once per backlog, not once per batch of it."""
        plan = Plan(tally={run.topic: self._take(run.records) for run in runs})
        backlog = sum(len(run.records) for run in runs) >= BACKLOG
        plan.groups = self._settled(FEW_AT_ONCE if backlog else MUCH_AT_ONCE, now_ms)
        if self.touched:
            for run in runs:
                self.put_off.setdefault(run.topic, run.records[0].offset)
        return plan

    def decided(self, touched: Container[At]) -> None:
        """Decisions about what these say came or went. They are rare, so that looking everywhere is cheap enough."""
        for name, thing in self.things.items():
            if any(_spoken(key) in touched for key in thing.said[::2]):
                self.touched.setdefault(name, thing.said)

    def _settled(self, budget: int, now_ms: int) -> list[list[Emission]]:
        """What follows for what was touched, oldest first; what goes beyond the budget stays touched."""
        found: list[Emission] = []
        later: dict[str, Kept] = {}
        for name, before in self.touched.items():
            weight = self._weight(name)
            if weight >= MANY and budget <= 0:
                later[name] = before
                continue
            budget -= weight if weight >= MANY else 0
            found += self._settle(name, before, now_ms)
        self._done(later)
        return [found] if found else []

    def _weight(self, name: str) -> int:
        thing = self.things.get(name)
        return len(thing.said) // 2 if thing is not None else 0

    def _done(self, but: dict[str, Kept] | None = None) -> None:
        self.touched = but or {}
        if not self.touched:
            self.put_off = {}

    def idle(self, now_ms: int) -> Plan:
        """What was put off until the backlog was gone."""
        return Plan(self._settled(MUCH_AT_ONCE, now_ms))

    def waits(self) -> Mapping[str, int]:
        return self.put_off

    def _take(self, records: Sequence[Record]) -> Tally:
        newest = {record.key or b"": record.value for record in records}
        by_name: dict[bytes, list[tuple[bytes, bytes | None]]] = {}
        for key, value in newest.items():
            by_name.setdefault(key.partition(b"|")[0], []).append((key, value))
        changed = sum(self._said(raw.decode(errors="replace"), changes) for raw, changes in by_name.items())
        return Counter(
            {APPLIED: changed, UNCHANGED: len(newest) - changed, SUPERSEDED: len(records) - len(newest)}
        )

    def _said(self, name: str, changes: list[tuple[bytes, bytes | None]]) -> int:
        """Take in what is said of one id; returns how many of the changes changed anything."""
        thing = self.things.get(name)
        before = thing.said if thing is not None else ()
        now, cold = dict(_pairs(before)), self._cold(name)
        changed = 0
        for key, value in changes:
            kept = now.get(key)
            if value is None and kept is not None:
                changed += 1
                del now[key]
            elif value is not None and (kept is None or cold.unpack(kept) != value):
                changed += 1
                now[key] = cold.pack(value)
        if changed:
            if thing is None:
                thing = self.things[name] = Thing()
            thing.said = tuple(chain.from_iterable(sorted(now.items())))
            self.touched.setdefault(name, before)
        return changed

    def _cold(self, name: str) -> Cold:
        return self.stage.cold[KIND_OF.get(name[:1], "project")]

    def _plain(self, name: str, said: Kept) -> Pairs:
        unpack = self._cold(name).unpack
        return tuple((key, unpack(value)) for key, value in _pairs(said))

    def _settle(self, name: str, before: Kept, now_ms: int) -> Iterator[Emission]:
        """The national record of one id, if it is another than the one that stands."""
        redirect = self.stage.redirects.get(name)
        thing = self.things.get(name)
        kind = KIND_OF.get(name[:1], "project")
        if name in self.unfolded and (thing is None or not thing.said):
            yield from self.unfolded.tell(name, kind, (), now_ms)
        if thing is None:
            if redirect is None:
                return
            thing = self.things[name] = Thing()
        same_as = sorted(self.stage.losers.get(name, ()))
        said = self._plain(name, thing.said)
        pins = self._pins(kind, thing.said)
        made = _made(said, redirect, same_as, pins)
        if thing.made == made or (not thing.said and redirect is None and not thing.stands):
            if not thing.stands and not thing.said:
                self.things.pop(name, None)
            elif name in self.unfolded:
                yield from self.unfolded.tell(name, kind, said, now_ms)
            return
        key, topic = name.encode(), national(kind)
        if not thing.said and redirect is None:
            del self.things[name]
            yield Emission(topic, self.partition, key, None, [])
            return
        try:
            spoken = self._plain(name, before) if thing.stands and thing.last is None else ()
            last = thing.last or Last(thing.sequence, self.golden.revisions(kind, spoken))
            record = self.golden.record(kind, name, said, Decided(redirect, same_as, last, pins))
        except Reject:
            yield from self.unfolded.tell(name, kind, said, now_ms)
            return
        if name in self.unfolded:
            yield from self.unfolded.tell(name, kind, said, now_ms)
        thing.made, thing.sequence, thing.stands, thing.last = made, record.sequence, True, None
        headers = self.golden.headers(kind, name, record, made, now_ms)
        yield Emission(topic, self.partition, key, record.value, headers)

    def _pins(self, kind: str, said: Kept) -> list[Pin]:
        decisions = self.stage.decisions
        return decisions.pins(kind, map(_spoken, said[::2])) if decisions else []

    def forget_written(self) -> None:
        self.unfolded.forget_written()
        for name in [name for name, thing in self.things.items() if not thing.said]:
            del self.things[name]
        for thing in self.things.values():
            thing.made, thing.sequence, thing.stands, thing.last = None, 0, False, None

    def national_written(self, kind: str, record: Record) -> None:
        """A national record was read back; one whose bytes do not match its note is not trusted."""
        name = (record.key or b"").decode("utf-8", "replace")
        thing = self.things.setdefault(name, Thing())
        if record.value is None:
            thing.stands, thing.made = False, None
            return
        note = note_of(record.headers)
        thing.stands = True
        if note is not None and note.bytes_are(record.value) and KIND_OF.get(name[:1]) == kind:
            thing.made, thing.sequence, thing.last = note.made, note.sequence, None
        else:
            thing.made = None
            try:
                thing.last = last_of(self.stage.wire.decode(f"national.{kind.capitalize()}", record.value))
            except Reject:
                thing.last = NOTHING
            thing.sequence = thing.last.sequence

    def reconcile(self, now_ms: int) -> Iterator[Plan]:
        count = self.stage.partitions
        mine = (name for name in self.stage.redirects if partition_of(name, count) == self.partition)
        found: list[Emission] = []
        for number, name in enumerate(
            {**dict.fromkeys(self.things), **dict.fromkeys(mine), **dict.fromkeys(self.unfolded.names())}
        ):
            thing = self.things.get(name)
            found += self._settle(name, thing.said if thing else (), now_ms)
            if len(found) >= CHUNK_KEYS:
                yield Plan([found])
                found = []
            elif number % BREATH == 0:
                yield Plan()
        self._done()
        yield Plan([found] if found else [])


def _made(said: Pairs, redirect: str | None, same_as: list[str], pins: list[Pin]) -> bytes:
    """From what a national record follows; of several contributions by which rules, too."""
    if redirect is not None:
        return blake(f">{redirect}")
    told = b"".join(key + value for key, value in said)
    if len(said) > 1:
        told += book()
    pinned = "".join(f"|{pin.decision} {pin.at}" for pin in pins)
    return blake(told + (",".join(same_as) + pinned).encode())


def _spoken(key: bytes) -> At:
    """Who speaks, and under which label, by the key of a linked record."""
    source, _, local = key.decode(errors="replace").partition("|")[2].rpartition("|")
    return source, local


def _pairs(kept: Kept) -> Iterator[tuple[bytes, bytes]]:
    return zip(kept[::2], kept[1::2], strict=True)
