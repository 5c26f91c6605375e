"""A log that keeps Kafka's promises in memory, so that a connector can be ended at every single step in seconds.

Append, read to the end, nothing else: the connector's own `Tail`, `Memory`, `Writer` and loop run unchanged on it.
`tests/broker/test_conformance_log.py` runs the same schedule on a real Kafka and finds the same records.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final, NamedTuple

from kafka import TopicPartition

from connectors.fence import Command
from connectors.publish import Outgoing, Place, Publisher
from connectors.tail import Tail
from schemas import topics
from schemas.bus.registry import Registry
from schemas.codec import Schema, load
from schemas.topics import Topic

PARTITIONS: Final = 2
Step = Callable[[str], None]


class Record(NamedTuple):
    """One record as a consumer shows it."""

    offset: int
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]
    timestamp: int


class Log:
    """The topics of one hub."""

    def __init__(self, hub: str, clock: Callable[[], int]) -> None:
        self.hub, self._clock = hub, clock
        self.topics = {
            name: topic for name, topic in topics.catalogue([hub], PARTITIONS).items() if hub in name
        }
        self.ids = {name: number for number, name in enumerate(sorted(self.topics), start=1)}
        self._parts: dict[TopicPartition, list[Record]] = {
            TopicPartition(name, part): []
            for name, topic in self.topics.items()
            for part in range(topic.partitions)
        }

    def append(self, one: Outgoing) -> Place:
        """Write one record."""
        records = self._parts[TopicPartition(one.topic, one.partition)]
        record = Record(len(records), one.key.encode(), one.value, list(one.headers), self._clock())
        records.append(record)
        return Place(one.topic, one.partition, record.offset)

    def read(self, part: TopicPartition, offset: int = 0, limit: int | None = None) -> list[Record]:
        """Records of a partition from an offset on."""
        return self._parts[part][offset : None if limit is None else offset + limit]

    def partitions(self, topic: str) -> list[TopicPartition]:
        """The partitions of a topic."""
        return [part for part in self._parts if part.topic == topic]


class LogConsumer:
    """As much of a KafkaConsumer as `Tail` uses."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._at: dict[TopicPartition, int] = {}

    def partitions_for_topic(self, topic: str) -> set[int]:
        """Numbers of the partitions of a topic."""
        return {part.partition for part in self._log.partitions(topic)}

    def assign(self, parts: Collection[TopicPartition]) -> None:
        """Read these partitions."""
        self._at = dict.fromkeys(parts, 0)

    def assignment(self) -> set[TopicPartition]:
        """What is read."""
        return set(self._at)

    def beginning_offsets(self, parts: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Nothing is ever deleted."""
        return dict.fromkeys(parts, 0)

    def end_offsets(self, parts: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Offset behind the last record."""
        return {part: len(self._log.read(part)) for part in parts}

    def seek(self, part: TopicPartition, offset: int) -> None:
        """Go on at an offset."""
        self._at[part] = offset

    def seek_to_beginning(self, *parts: TopicPartition) -> None:
        """Go on at the first record."""
        self._at |= dict.fromkeys(parts, 0)

    def position(self, part: TopicPartition) -> int:
        """Offset of the next record."""
        return self._at[part]

    def poll(self, timeout_ms: int = 0, max_records: int = 500) -> dict[TopicPartition, list[Record]]:
        """What comes next."""
        del timeout_ms
        found = {part: self._log.read(part, at, max_records) for part, at in self._at.items()}
        for part, records in found.items():
            self._at[part] += len(records)
        return {part: records for part, records in found.items() if records}

    def close(self, timeout_ms: int | None = None) -> None:
        """Nothing is held."""


class LogTail(Tail):
    """The connector's own way back, on the log."""

    log: Log

    def _connected(self) -> Any:
        return LogConsumer(self.log)

    def _identity(self) -> str:
        return f"log {id(self.log)}"


class LogPublisher(Publisher):
    """The way out, on the log; `step` is told before, within and after each batch, and may end the process there."""

    log: Log
    step: Step

    def publish(self, batch: Sequence[Outgoing]) -> list[Place]:
        """Write a batch. Within it anything may have been written before an end."""
        if not batch:
            return []
        self._may()
        self.step("before publishing")
        half = len(batch) // 2
        places = [self.log.append(one) for one in batch[:half]]
        self.step("half of a batch is published, nothing acknowledged")
        places += [self.log.append(one) for one in batch[half:]]
        self.step("published, not acknowledged")
        return places

    def close(self) -> None:
        """Nothing is held."""


class LogRegistry(Registry):
    """The ids of the log's schemas."""

    log: Log

    def id_for(self, topic: Topic) -> int:
        """Id of the topic's schema."""
        return self.log.ids[topic.name]

    def by_id(self, schema_id: int) -> Schema:
        """Every record was written with the present schema of its topic."""
        name = next(name for name, number in self.log.ids.items() if number == schema_id)
        return load(self.log.topics[name].schema)


class Alone:
    """The right to publish of a connector that has no other beside it."""

    term = 1

    def start(self) -> None:
        """It is there from the start."""

    def close(self) -> None:
        """Nothing is held."""

    def lacking(self) -> str | None:
        """Nothing."""
        return None

    def check(self) -> None:
        """Always."""

    def commands(self) -> Iterator[Command]:
        """Nobody gives orders."""
        return iter(())

    def done(self, command: Command) -> None:
        """Nobody waits."""
