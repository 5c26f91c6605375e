"""history: every version of every national record, one partition of all `national.*` at a time.

A version is the record's own bytes under `national id|number`; the end of a thing is a version too. A note on each
says when it began (the Kafka time of the national record) and at which offset, so that a set-up knows what is not
copied yet. Values are not kept: it reads back what it wrote, then the inputs from their start, and copies the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, NamedTuple

import structlog

from schemas import topics
from schemas.codec import decode_prefix, prefix
from schemas.digest import blake
from schemas.errors import Reject
from schemas.topics import NATIONAL_KINDS
from streams.engine.cold import Cold
from streams.engine.stage import (
    APPLIED,
    CHUNK_KEYS,
    REJECTED,
    UNCHANGED,
    Emission,
    Headers,
    Plan,
    Record,
    Run,
    Stage,
    Tally,
    Task,
)
from streams.engine.wire import FINGERPRINT, HEAD, Wire
from streams.national.history import (
    Versions,
    ended_record,
    expired,
    next_number,
    no_versions,
    without,
)

SINCE: Final = "zeven_since"
OFFSET: Final = "zeven_offset"
ENDED: Final = "zeven_ended"
BREATH: Final = 1_000
DAY_MS: Final = topics.DAY_MS
SWEEP_MS: Final = 3_600_000
THE_END: Final = b""
"""Instead of a digest: the thing ended."""


class Version(NamedTuple):
    """What is to be copied: a national record, or its removal (`value` None)."""

    kind: str
    value: bytes | None
    sequence: int
    fingerprint: bytes | None
    since: int
    offset: int


@dataclass(slots=True)
class Thing:
    """One national id: its versions in the history, and the digest of the last."""

    kind: str
    versions: Versions = field(default_factory=no_versions)
    last: bytes | None = None


class History(Stage):
    """The stage; `days` is how long a version is kept after the next one."""

    name = "history"
    inputs = tuple(map(topics.national, NATIONAL_KINDS))
    outputs = tuple(map(topics.history, NATIONAL_KINDS))
    lean = True

    def __init__(self, wire: Wire, partitions: int, days: int) -> None:
        self.wire, self.partitions, self.keep_ms = wire, partitions, days * DAY_MS

    def task(self, partition: int) -> Task:
        return HistoryTask(partition, self)

    def read_back(self, partition: int) -> Sequence[tuple[str, int | None]]:
        return [(topic, partition) for topic in self.outputs]

    def written(self, tasks: Mapping[int, Task], topic: str, records: Sequence[Record]) -> None:
        for record in records:
            task = tasks.get(record.partition)
            if isinstance(task, HistoryTask):
                task.version_written(topic.rpartition(".")[2], record)


class HistoryTask(Task):
    """The versions of the national things of one partition."""

    def __init__(self, partition: int, stage: History) -> None:
        super().__init__(partition)
        self.stage, self.wire = stage, stage.wire
        self.things: dict[str, Thing] = {}
        self.copied: Counter[str] = Counter()  # kind -> offset after the last national record that was copied
        self.stands: set[str] = set()  # ids that a record stands of; during set-up alone
        self.differs: dict[str, Version] = {}  # passed before, and yet not the last in the history; packed
        self.lacking: list[tuple[str, int, Version]] = []  # with their numbers; these values are packed too
        self.cold = {kind: Cold() for kind in NATIONAL_KINDS}
        self.swept_ms = 0
        self._log = structlog.get_logger().bind(stage="history", partition=partition)

    def version_written(self, kind: str, record: Record) -> None:
        """A version was read back, or that one was erased."""
        name, _, number = (record.key or b"").decode("utf-8", "replace").rpartition("|")
        if not number.isdigit():
            return
        thing = self.things.get(name)
        if record.value is None:
            if thing is not None:
                thing.versions = without(thing.versions, int(number))
            return
        if thing is None:
            thing = self.things[name] = Thing(kind)
        since, offset = _said(record.headers, SINCE), _said(record.headers, OFFSET)
        thing.versions = without(thing.versions, int(number))
        thing.versions.extend((int(number), record.timestamp if since is None else since))
        thing.last = THE_END if _header(record.headers, ENDED) else blake(record.value)
        self.copied[kind] = max(self.copied[kind], (offset or 0) + 1)

    def forget_written(self) -> None:
        self.things, self.copied = {}, Counter()

    def load(self, topic: str, records: Sequence[Record]) -> Tally:
        tally: Tally = Counter()
        for record in records:
            tally[self._loaded(topic.rpartition(".")[2], record)] += 1
        return tally

    def _loaded(self, kind: str, record: Record) -> str:
        name = (record.key or b"").decode("utf-8", "replace")
        self.differs.pop(name, None)
        if record.value is None:
            self.stands.discard(name)
        else:
            self.stands.add(name)
        try:
            version = self._news(kind, name, record)
        except Reject as fault:
            return self._refused(name, fault)
        if version is None:
            return UNCHANGED
        packed = version._replace(value=version.value and self.cold[kind].pack(version.value))
        if record.offset < self.copied[kind]:
            self.differs[name] = packed
            return UNCHANGED
        self.lacking.append((name, self._noted(name, version), packed))
        return APPLIED

    def _news(self, kind: str, name: str, record: Record) -> Version | None:
        """The record as a version, if it is another than the last. Raises `Reject`."""
        thing = self.things.get(name)
        last = thing.last if thing is not None else None
        if record.value is None:
            ended = last in (None, THE_END)
            return None if ended else Version(kind, None, 0, None, record.timestamp, record.offset)
        if last == blake(record.value):
            return None
        schema = f"national.{kind.capitalize()}"
        if self.wire.is_ours(record.value, schema):
            said = decode_prefix(prefix(schema, "sequence"), record.value[HEAD:])[0]
        else:
            said = self.wire.decode(schema, record.value, record.headers)
        found = _header(record.headers, FINGERPRINT)
        return Version(kind, record.value, said["sequence"], found, record.timestamp, record.offset)

    def _noted(self, name: str, version: Version) -> int:
        """Take the version into account; returns its number."""
        thing = self.things.setdefault(name, Thing(version.kind))
        number = next_number(thing.versions, version.sequence)
        thing.versions.extend((number, version.since))
        thing.last = THE_END if version.value is None else blake(version.value)
        return number

    def _refused(self, name: str, fault: Reject) -> str:
        self._log.warning("national record cannot be read", id=name, error=str(fault))
        return REJECTED

    def reconcile(self, now_ms: int) -> Iterator[Plan]:
        """What was never copied, then what stands and is not the last version, then what ended unseen."""
        unseen = [
            (name, Version(thing.kind, None, 0, None, now_ms, self.copied[thing.kind] - 1))
            for name, thing in self.things.items()
            if thing.last != THE_END and name not in self.stands and name not in self.differs
        ]
        found: list[Emission] = []
        standing = ((name, 0, one) for name, one in [*self.differs.items(), *unseen])
        for name, number, packed in chain(self.lacking, standing):
            value = packed.value and self.cold[packed.kind].unpack(packed.value)
            version = packed._replace(value=value)
            found.append(self._emission(name, number or self._noted(name, version), version))
            if len(found) >= BREATH:
                yield Plan([found])
                found = []
        yield Plan([found] if found else [])
        self.lacking, self.differs, self.stands = [], {}, set()
        self.cold = {kind: Cold() for kind in NATIONAL_KINDS}

    def apply(self, runs: Sequence[Run], now_ms: int) -> Plan:
        plan, found = Plan(), list[Emission]()
        for run in runs:
            kind, tally = run.topic.rpartition(".")[2], plan.tally.setdefault(run.topic, Counter())
            for record in run.records:
                tally[self._applied(kind, record, found)] += 1
        plan.groups = [found] if found else []
        return plan

    def _applied(self, kind: str, record: Record, found: list[Emission]) -> str:
        name = (record.key or b"").decode("utf-8", "replace")
        try:
            version = self._news(kind, name, record)
        except Reject as fault:
            return self._refused(name, fault)
        if version is None:
            return UNCHANGED
        found.append(self._emission(name, self._noted(name, version), version))
        return APPLIED

    def _emission(self, name: str, number: int, version: Version) -> Emission:
        topic = topics.history(version.kind)
        headers = [(SINCE, b"%d" % version.since), (OFFSET, b"%d" % version.offset)]
        value = version.value
        if value is None:
            value = self.wire.value(topic, ended_record(name, number))
            headers += [self.wire.fingerprint(topic), (ENDED, b"1")]
        elif version.fingerprint is not None:
            headers.append((FINGERPRINT, version.fingerprint))
        return Emission(topic, self.partition, f"{name}|{number}".encode(), value, headers)

    def idle(self, now_ms: int) -> Plan:
        """Once an hour: let versions go that no moment of the retained history needs."""
        if now_ms - self.swept_ms < SWEEP_MS:
            return Plan()
        found: list[Emission] = []
        for name, thing in list(self.things.items()):
            found += self._let_go(name, thing, now_ms - self.stage.keep_ms)
            if len(found) >= CHUNK_KEYS:
                break
        else:
            self.swept_ms = now_ms
        return Plan([found] if found else [])

    def _let_go(self, name: str, thing: Thing, horizon_ms: int) -> Iterator[Emission]:
        for number in expired(thing.versions, thing.last == THE_END, horizon_ms):
            thing.versions = without(thing.versions, number)
            key = f"{name}|{number}".encode()
            yield Emission(topics.history(thing.kind), self.partition, key, None, [])
        if not thing.versions:
            del self.things[name]


def _header(headers: Headers, name: str) -> bytes | None:
    return next((value for key, value in headers if key == name), None)


def _said(headers: Headers, name: str) -> int | None:
    """The number in a header, if there is one."""
    text = _header(headers, name) or b""
    return int(text) if text.isdigit() and len(text) < 19 else None
