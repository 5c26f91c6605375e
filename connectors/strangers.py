"""Reads a hub's own topics from their beginning and has every record judged by `connectors.foreign`."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from kafka.errors import KafkaError

from connectors.checking import Finding
from connectors.foreign import Fault, Judge, Seen
from connectors.reading import everything, guarded, reader
from schemas import topics
from schemas.bus.registry import Registry
from schemas.codec import Schema, unframe
from schemas.errors import Reject, Retry, Stop
from schemas.settings import Settings


class Reading:
    """The topics of one hub, read once."""

    def __init__(self, settings: Settings, hub: str, prefix: str, now_ms: int) -> None:
        self._settings, self._hub, self._prefix = settings, hub, prefix
        self.judge = Judge(hub, settings.topics.partitions, now_ms)
        self._registry = Registry(settings.registry.url)
        self._writers: dict[int, Schema | Reject] = {}
        self.counted: Counter[tuple[str, str, str]] = Counter()
        self.first: dict[tuple[str, str, str], tuple[str, str, str]] = {}

    def run(self) -> None:
        """Read and judge everything. Raises `Retry` without Kafka or registry."""
        try:
            signs = deque(self._records(f"{self._prefix}.{self._hub}.checked"), maxlen=1)
            self.judge.ends.clear()
            for sign in signs:
                self._note(sign, self.judge.checked(sign))
            for kind in topics.KINDS:
                for seen in self._records(f"{self._prefix}.{self._hub}.{kind}"):
                    self._note(seen, self.judge.regional(seen))
            for sign in signs:
                self._note(sign, self.judge.manifest())
        finally:
            self._registry.close()

    def _note(self, seen: Seen, faults: list[Fault]) -> None:
        for fault in faults:
            group = (seen.topic, fault.rule, fault.fix if fault.rule in ("values", "headers") else "")
            self.counted[group] += 1
            key = (seen.key or b"").decode("utf-8", "replace")[:80]
            place = f"{seen.topic}/{seen.partition}@{seen.offset} {key!r}"
            self.first.setdefault(group, (place, fault.what, fault.fix))

    def _records(self, topic: str) -> Iterator[Seen]:
        try:
            with (
                closing(reader(self._settings, f"check-{self._hub}")) as consumer,
                guarded(consumer) as watchdog,
            ):
                yield from map(self._seen, everything(consumer, topic, watchdog))
                parts = consumer.assignment()
                if not parts:
                    raise Stop(f"There is no topic {topic}", fix="Run `zeven setup`: it makes the topics.")
                for part in parts:
                    self.judge.ends[topic, part.partition] = consumer.position(part)
        except KafkaError as fault:
            where = self._settings.kafka.bootstrap
            raise Retry(f"Kafka does not answer: {fault}", where=where, fix="See `zeven doctor`.") from fault

    def _seen(self, record: Any) -> Seen:
        headers = dict(record.headers)
        place = (record.topic, record.partition, record.offset, record.key, record.value)
        return Seen(*place, headers, record.timestamp, self._writer(record.value))

    def _writer(self, value: bytes | None) -> Schema | Reject | None:
        if value is None:
            return None
        try:
            schema_id, _ = unframe(value)
        except Reject as reject:
            return reject
        if schema_id not in self._writers:
            try:
                self._writers[schema_id] = self._registry.by_id(schema_id)
            except Reject as reject:
                self._writers[schema_id] = reject
        return self._writers[schema_id]


def findings(settings: Settings, hub: str, *, trial: bool, now_ms: int) -> Iterator[Finding]:
    """What the records of a hub's topics hold to, and every rule that some of them break, with the first example."""
    reading = Reading(settings, hub, "trial" if trial else "regional", now_ms)
    reading.run()
    for kind in topics.KINDS:
        live = sum(one.digest is not None for (of, _), one in reading.judge.standing.items() if of == kind)
        yield Finding("good", kind, f"{reading.judge.records[kind]} records read, {live} stand")
    for (topic, rule, _), count in sorted(reading.counted.items()):
        place, what, fix = reading.first[topic, rule, _]
        yield Finding("fault", f"{topic}: {rule}", f"{count} times, first {place}: {what}", fix)
