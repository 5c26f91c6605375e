"""resolve: the one owner of identity. Which things of which sources are one, and what they are called.

One task, because `identity.keys` has one partition. It writes redirects first, acknowledged, then identities:
the other way round a crash would leave a losing id that nobody knows of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog

from schemas.topics import DECISION, DOUBT, IDENTITY, IDENTITY_KEYS, REDIRECT, partition_of
from streams.agents.deciding import heard
from streams.engine.cold import Cold
from streams.engine.stage import (
    APPLIED,
    CHUNK_KEYS,
    REJECTED,
    SUPERSEDED,
    Emission,
    Plan,
    Record,
    Run,
    Stage,
    Tally,
    Task,
)
from streams.engine.wire import Wire
from streams.national.decisions import Decisions
from streams.national.keys import source_key
from streams.national.resolve import KeyGraph, Resolution


class Resolve(Stage):
    """The stage."""

    name = "resolve"
    inputs = (IDENTITY_KEYS,)
    outputs = (IDENTITY, REDIRECT, DOUBT)
    broadcast = (DECISION,)

    def __init__(self, wire: Wire, partitions: int) -> None:
        self.wire, self.partitions = wire, partitions
        self.decisions = Decisions()

    def task(self, partition: int) -> Task:
        return ResolveTask(partition, self)

    def read_back(self, partition: int) -> Sequence[tuple[str, int | None]]:
        return [(REDIRECT, None), (IDENTITY, None), (DOUBT, 0)]

    def heard(self, tasks: Mapping[int, Task], topic: str, records: Sequence[Record]) -> None:
        touched = heard(self.decisions, self.wire, self.name, records)
        for task in tasks.values():
            if isinstance(task, ResolveTask):
                task.graph.decided(touched)

    def written(self, tasks: Mapping[int, Task], topic: str, records: Sequence[Record]) -> None:
        for task in tasks.values():
            if isinstance(task, ResolveTask):
                task.read_back(topic, records)


class ResolveTask(Task):
    """All keys of all sources."""

    def __init__(self, partition: int, stage: Resolve) -> None:
        super().__init__(partition)
        self.stage, self.wire = stage, stage.wire
        self.graph = KeyGraph(stage.decisions)
        self.cold = {topic: Cold() for topic in (IDENTITY_KEYS, IDENTITY, REDIRECT, DOUBT)}
        self.before = KeyGraph()  # of an assignment that was kept, until it is put together anew
        self.loaded: dict[str, bytes | None] = {}  # packed, as is what is read back
        self.back: dict[str, dict[str, bytes]] = {IDENTITY: {}, REDIRECT: {}, DOUBT: {}}

    def load(self, topic: str, records: Sequence[Record]) -> Tally:
        for record in records:
            key = (record.key or b"").decode(errors="replace")
            self.loaded[key] = None if record.value is None else self.cold[IDENTITY_KEYS].pack(record.value)
        newest = len({record.key for record in records})
        return Counter({APPLIED: newest, SUPERSEDED: len(records) - newest})

    def forget_written(self) -> None:
        self.before, self.graph = self.graph, KeyGraph(self.stage.decisions)
        self.back = {IDENTITY: {}, REDIRECT: {}, DOUBT: {}}

    def read_back(self, topic: str, records: Sequence[Record]) -> None:
        """Records of identity, redirect or doubts that were written before."""
        kept = self.back[topic]
        for record in records:
            key = (record.key or b"").decode(errors="replace")
            if record.value is None:
                kept.pop(key, None)
            else:
                kept[key] = self.cold[topic].pack(record.value)

    def reconcile(self, now_ms: int) -> Iterator[Plan]:
        breath = 0
        for name, schema, take in (
            (REDIRECT, "identity.Redirect", self.graph.load_redirect),
            (IDENTITY, "identity.Identity", self.graph.load_identity),
            (DOUBT, "identity.Doubt", self.graph.doubts.load),
        ):
            back, unpack = self.back.pop(name), self.cold[name].unpack
            while back:
                key, kept = back.popitem()
                found = self._readable(name, schema, key, unpack(kept))
                if found is not None:
                    take(key, found)
                breath += 1
                if breath % 500 == 0:
                    yield Plan()
        for number, _ in enumerate(self._spoken()):
            if number % 500 == 0:
                yield Plan()
        for key in self.graph.unspoken():
            self.graph.remove(key)
        settled = self.graph.settle(now_ms)
        settled.doubts += self.graph.doubts.past()
        groups = self._groups(settled)
        for group in groups:
            for at in range(0, len(group), CHUNK_KEYS):
                yield Plan([group[at : at + CHUNK_KEYS]])

    def apply(self, runs: Sequence[Run], now_ms: int) -> Plan:
        plan = Plan()
        for run in runs:
            newest = {record.key: record.value for record in run.records}
            tally = Counter({SUPERSEDED: len(run.records) - len(newest)})
            for raw, value in newest.items():
                key = (raw or b"").decode(errors="replace")
                if value is None:
                    self.graph.remove(key)
                elif not self._put(key, value):
                    tally[REJECTED] += 1
                    continue
                tally[APPLIED] += 1
            plan.tally[run.topic] = tally
        plan.groups = self._groups(self.graph.settle(now_ms))
        return plan

    def _spoken(self) -> Iterator[None]:
        """Put together what was kept and what was loaded since; one step per source."""
        unpack = self.cold[IDENTITY_KEYS].unpack
        for key, digest, things in self.before.speakers():
            if key in self.loaded:
                kept = self.loaded.pop(key)
                if kept is None or self._put(key, unpack(kept)):
                    continue
            self.graph.put(key, digest, things)
            yield
        self.before = KeyGraph()
        while self.loaded:
            key, kept = self.loaded.popitem()
            if kept is not None:
                self._put(key, unpack(kept))
            yield

    def _put(self, key: str, value: bytes) -> bool:
        """Take the keys of a source in; what cannot be read leaves those it had."""
        said = self._readable(IDENTITY_KEYS, "identity.Keys", key, value)
        if said is not None:
            self.graph.put(key, said["digest"], said["things"])
        return said is not None

    def _readable(self, topic: str, schema: str, key: str, value: bytes) -> dict[str, Any] | None:
        if topic in (IDENTITY, IDENTITY_KEYS) and key.count("|") < 2:
            structlog.get_logger().error("names no source", stage="resolve", topic=topic, key=key)
            return None
        return self.wire.readable("resolve", schema, key, value)

    def _groups(self, found: Resolution) -> list[list[Emission]]:
        if found.doubts:
            structlog.get_logger().warning(
                "doubtful matches", stage="resolve", changed=len(found.doubts), first=found.doubts[0][0]
            )
        redirects = [self._emission(REDIRECT, one["id"], one["id"], one) for one in found.redirects]
        identities = [
            self._emission(
                IDENTITY, source_key(one["hub"], one["kind"], one["source_id"]), one["source_id"], one
            )
            for one in found.identities
        ]
        doubts = [self._emission(DOUBT, key, None, one) for key, one in found.doubts]
        return [redirects, identities, doubts] if redirects or identities or doubts else []

    def _emission(self, topic: str, key: str, decides: str | None, record: dict[str, Any] | None) -> Emission:
        partition = 0 if decides is None else partition_of(decides, self.stage.partitions)
        if record is None:
            return Emission(topic, partition, key.encode(), None, [])
        value = self.wire.value(topic, record)
        return Emission(topic, partition, key.encode(), value, [self.wire.fingerprint(topic)])
