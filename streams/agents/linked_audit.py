"""What stands in `linked.*` of some sources, against what identify would write of them now."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import structlog

from schemas.bus.metrics import REPAIRED
from schemas.codec import decode_prefix, prefix
from schemas.digest import blake
from schemas.errors import Reject
from schemas.topics import linked
from streams.agents.linking import read
from streams.agents.unfolded import source_of
from streams.engine.stage import CHUNK_KEYS, Emission, Plan, Record
from streams.engine.wire import HEAD, Wire
from streams.national.identify import linked_for
from streams.national.keys import source_key, split_source

if TYPE_CHECKING:
    from streams.agents.identify_task import IdentifyTask

ORGANISATION = linked("organisation")
At = tuple[str, bytes]


class Standing(NamedTuple):
    """Where a linked record stands, and a print of what it says."""

    partition: int
    print: bytes


class LinkedAudit:
    """One slice of the sources of one task; `moved` are those that changed since it began."""

    def __init__(self, number: int, slices: int) -> None:
        self._number, self._slices = number, slices
        self._standing: dict[str, dict[At, Standing]] = {}
        self.moved: set[str] = set()

    def _mine(self, source: str) -> bool:
        return zlib.crc32(source.encode(errors="replace")) % self._slices == self._number

    def heard(self, wire: Wire, source: str, topic: str, record: Record) -> None:
        """A linked record of a source, the newest of its key last."""
        if not self._mine(source):
            return
        at = (topic, record.key or b"")
        standing = self._standing.setdefault(source, {})
        standing.pop(at, None)
        if record.value is not None:
            standing[at] = Standing(record.partition, print_of(wire, topic, record.value))

    def plans(self, task: IdentifyTask) -> Iterator[Plan]:
        """Write what is missing or stale, take away what nobody says: sources that moved meanwhile are left out."""
        found: list[Emission] = []
        keys = {**self._standing, **{key: None for key in task.sources if self._mine(key)}}
        for key in keys:
            if key not in self.moved and key not in task.waiting:
                found += self._differing(task, key)
            if len(found) >= CHUNK_KEYS:
                yield self._plan(found)
                found = []
        yield self._plan(found)

    def _plan(self, found: list[Emission]) -> Plan:
        if found:
            REPAIRED.labels(stage="identify").inc(len(found))
            structlog.get_logger().error(
                "linked records repaired",
                stage="identify",
                records=len(found),
                keys=[one.key.decode(errors="replace") for one in found[:5]],
                fix="Who else writes to linked.*, or what was lost there?",
            )
        return Plan([found] if found else [])

    def _differing(self, task: IdentifyTask, key: str) -> Iterator[Emission]:
        wanted = desired(task, key)
        if wanted is None:
            return
        standing = self._standing.get(key, {})
        for at, emission in wanted.items():
            there = standing.get(at)
            if there is None or there.print != print_of(task.wire, at[0], emission.value or b""):
                yield emission
        for (topic, raw), there in standing.items():
            if (topic, raw) not in wanted:
                yield Emission(topic, there.partition, raw, None, [])


def desired(task: IdentifyTask, key: str) -> dict[At, Emission] | None:
    """What identify would write of a source now; None when that is not known for certain."""
    source = task.sources.get(key)
    if source is None:
        return {}
    hub, kind, source_id = split_source(key)
    value = task.value_of(kind, source)
    digest, things = task.answer(source)
    if value is None:
        return {} if source.since is None else None
    if digest is None or digest != source.said:
        return None
    try:
        said = read((hub, kind, source_id), value)
    except Reject:
        return None
    own, *others = linked_for(hub, kind, said.prefix, things, source.since)
    found = [task.linker.contribution(own, said), *task.linker.mentions(others, said)]
    return {(one.topic, one.key): one for one in found}


def print_of(wire: Wire, topic: str, value: bytes) -> bytes:
    """Print of a linked record. A mention keeps the cause with which it was first written: that does not count."""
    if topic == ORGANISATION and wire.is_ours(value, "linked.Organisation"):
        try:
            head, end = decode_prefix(prefix("linked.Organisation", "origin"), value[HEAD:])
        except Reject:
            return blake(value)
        return blake(repr(sorted((head | {"cause": ""}).items())).encode() + value[HEAD + end :])
    return blake(value)


def source_in(record: Record) -> str | None:
    """The source in the key of a linked record; None for a key that has not its form."""
    key = record.key or b""
    return source_key(*source_of(key)) if key.count(b"|") > 3 else None
