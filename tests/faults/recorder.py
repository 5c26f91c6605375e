"""A witness of all topics from the first record on, so that compaction hides nothing from the verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from schemas.bus.registry import Registry
from schemas.codec import decode, unframe
from schemas.settings import Settings
from schemas.topics import PROGRESS, Topic


@dataclass(frozen=True)
class Seen:
    """One record as it passed."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: str
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class Recorder:
    """Reads every partition of the catalogue from the beginning, in a thread, until `close`."""

    def __init__(self, settings: Settings, catalogue: Mapping[str, Topic]) -> None:
        self._partitions = [
            TopicPartition(topic.name, number)
            for topic in catalogue.values()
            for number in range(topic.partitions)
        ]
        self._arguments = settings.kafka.for_kafka_python()
        self._registry = Registry(settings.registry.url)
        self._seen: dict[str, list[Seen]] = defaultdict(list)
        self._positions: dict[tuple[str, int], int] = {}
        self._lock, self._stop = Lock(), Event()
        self._ends = KafkaConsumer(**self._arguments)
        self._thread = Thread(target=self._record, name="recorder")
        self._thread.start()

    def close(self) -> None:
        """End the thread and the connections."""
        self._stop.set()
        self._thread.join()
        self._ends.close()
        self._registry.close()

    def _record(self) -> None:
        consumer = KafkaConsumer(auto_offset_reset="earliest", enable_auto_commit=False, **self._arguments)
        consumer.assign(self._partitions)
        while not self._stop.is_set():
            try:
                found = consumer.poll(timeout_ms=100, max_records=5_000)
            except KafkaError:
                continue  # the broker was killed; the consumer finds it again
            with self._lock:
                for partition, records in found.items():
                    self._seen[partition.topic] += [_seen(record) for record in records]
                    self._positions[partition.topic, partition.partition] = records[-1].offset + 1
        consumer.close()

    def of(self, topic: str) -> list[Seen]:
        """All records of a topic so far, in order of arrival."""
        with self._lock:
            return list(self._seen[topic])

    def hidden(self, topic: str) -> int:
        """Offsets that the cleaner took away before they were seen."""
        seen: dict[int, list[int]] = defaultdict(list)
        for record in self.of(topic):
            seen[record.partition].append(record.offset)
        return sum(offsets[-1] + 1 - len(set(offsets)) for offsets in seen.values())

    def latest(self, topic: str) -> dict[str, Seen]:
        """Newest record per key; a tombstone removes it."""
        found: dict[str, Seen] = {}
        for record in self.of(topic):
            if record.value is None:
                found.pop(record.key, None)
            else:
                found[record.key] = record
        return found

    def decoded(self, record: Seen) -> dict[str, Any]:
        """The value of a record."""
        if record.value is None:
            raise ValueError(f"{record.topic} {record.key} is a tombstone")
        number, body = unframe(record.value)
        return decode(self._registry.by_id(number), body)

    def ends(self) -> dict[tuple[str, int], int]:
        """End offset of every partition now."""
        return {(at.topic, at.partition): end for at, end in self._ends.end_offsets(self._partitions).items()}

    def caught_up(self) -> bool:
        """Whether everything that was there at the call has been seen."""
        ends = self.ends()
        with self._lock:
            return all(self._positions.get(at, 0) >= end for at, end in ends.items())

    def waiting(self, stage: str) -> int:
        """Records that `stage` has not acknowledged yet, by its own progress."""
        done: dict[tuple[str, int], int] = {}
        for record in self.latest(PROGRESS).values():
            progress = self.decoded(record)
            if progress["stage"] == stage:
                done |= {(at["topic"], at["partition"]): at["offset"] for at in progress["offsets"]}
        ends = self.ends()
        return sum(max(0, ends.get(at, 0) - offset) for at, offset in done.items())


def _seen(record: Any) -> Seen:
    key = record.key.decode() if record.key is not None else ""
    return Seen(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        key,
        record.value,
        tuple(record.headers),
    )
