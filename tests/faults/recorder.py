"""A witness of all topics from the first record on, so that compaction hides nothing from the verdict."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.bus.registry import Registry
from schemas.codec import decode, unframe
from schemas.settings import Settings
from schemas.topics import PROGRESS, Topic

T = TypeVar("T")
ANSWER_S = 60.0


@dataclass(frozen=True)
class Seen:
    """One record as it passed."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None


class Recorder:
    """Reads every partition of the catalogue from the beginning, in a thread with its own loop, until `close`.

    It must stay ahead of the cleaner, so what the test asks again and again (newest per key, decoded values)
    is kept, not computed.
    """

    def __init__(self, settings: Settings, catalogue: Mapping[str, Topic]) -> None:
        self._partitions = [
            TopicPartition(topic.name, number)
            for topic in catalogue.values()
            for number in range(topic.partitions)
        ]
        self._arguments = settings.kafka.for_aiokafka()
        self._registry = Registry(settings.registry.url)
        self._seen: dict[str, list[Seen]] = defaultdict(list)
        self._newest: dict[str, dict[str, Seen]] = defaultdict(dict)
        self._decoded: dict[tuple[str, int, int], dict[str, Any]] = {}
        self._positions: dict[tuple[str, int], int] = {}
        self._lock, self._stop, self._begun = Lock(), Event(), Event()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="recorder")
        self._thread.start()
        assert self._begun.wait(ANSWER_S), "the witness reads"

    def close(self) -> None:
        """End the thread and the connections."""
        self._stop.set()
        self._thread.join()
        self._loop.close()
        self._registry.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self._record())

    async def _record(self) -> None:
        self._consumer = AIOKafkaConsumer(
            auto_offset_reset="earliest", enable_auto_commit=False, **self._arguments
        )
        await self._consumer.start()
        self._consumer.assign(self._partitions)
        self._begun.set()
        try:
            while not self._stop.is_set():
                self._keep(await self._consumer.getmany(timeout_ms=100, max_records=5_000))
        finally:
            await self._consumer.stop()

    def _keep(self, found: Mapping[TopicPartition, list[Any]]) -> None:
        with self._lock:
            for partition, records in found.items():
                seen = [_seen(record) for record in records]
                self._seen[partition.topic] += seen
                self._positions[partition.topic, partition.partition] = seen[-1].offset + 1
                newest = self._newest[partition.topic]
                for one in seen:
                    newest.pop(one.key, None)
                    if one.value is not None:
                        newest[one.key] = one

    def _asked(self, question: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(question, self._loop).result(ANSWER_S)

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
        with self._lock:
            return dict(self._newest[topic])

    def decoded(self, record: Seen) -> dict[str, Any]:
        """The value of a record."""
        if record.value is None:
            raise ValueError(f"{record.topic} {record.key} is a tombstone")
        place = (record.topic, record.partition, record.offset)
        if place not in self._decoded:
            number, body = unframe(record.value)
            self._decoded[place] = decode(self._registry.by_id(number), body)
        return self._decoded[place]

    def ends(self) -> dict[tuple[str, int], int]:
        """End offset of every partition now."""
        found = self._asked(self._consumer.end_offsets(self._partitions))
        return {(at.topic, at.partition): end for at, end in found.items()}

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
    return Seen(record.topic, record.partition, record.offset, key, record.value)
