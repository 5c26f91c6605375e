"""The ledger on Kafka: every entry is written to `delivery` and acknowledged before anyone relies on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from threading import Lock
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from connectors.deliver.ledger import DONE
from schemas import cloudevents, codec
from schemas.bus.registry import Registry
from schemas.errors import Retry
from schemas.settings import Settings
from schemas.topics import DELIVERY, NOTICE, Topic, catalogue, partition_of

ACKNOWLEDGED_S = 130.0
# What is closed is only asked for its state, so that a long ledger stays small in memory.
_CLOSED: Mapping[str, dict[str, Any]] = {state: {"state": state, "channels": []} for state in DONE}
Change = Callable[[dict[str, Any]], dict[str, Any]]


class Reader:
    """Values of a topic as records, also those written with an earlier schema."""

    def __init__(self, topic: Topic, registry: Registry) -> None:
        self._schema, self._registry = codec.load(topic.schema), registry

    def __call__(self, value: bytes) -> dict[str, Any]:
        """Decode one value. Raises `Reject` or, without a registry, `Retry`."""
        schema_id, body = codec.unframe(value)
        return codec.decode(self._schema, body, self._registry.by_id(schema_id))


class Book:
    """Entries by notice id; several lanes write, the order per notice is kept."""

    def __init__(self, settings: Settings, registry: Registry, prefix: str = "") -> None:
        self.topic = catalogue((), settings.topics.partitions)[DELIVERY]
        self._settings, self._name = settings, prefix + DELIVERY
        self._read = Reader(self.topic, registry)
        self._schema, self._schema_id = codec.load(self.topic.schema), registry.id_for(self.topic)
        self._headers = [cloudevents.schema_header(self._schema)]
        self._entries: dict[str, dict[str, Any]] = {}
        self._lock = Lock()
        self._producer = self._opened()

    def _opened(self) -> KafkaProducer:
        try:
            return KafkaProducer(
                client_id="zeven-deliver",
                acks="all",
                linger_ms=1,
                allow_auto_create_topics=False,
                **self._settings.kafka.for_kafka_python(),
            )
        except KafkaError as fault:
            raise self._silent(fault) from fault

    def entry(self, notice_id: str) -> dict[str, Any] | None:
        """What is known of a notice."""
        with self._lock:
            return self._entries.get(notice_id)

    def put(self, entry: dict[str, Any]) -> None:
        """Write one entry and wait until Kafka holds it."""
        self.put_all([entry])

    def put_all(self, entries: Iterable[dict[str, Any]]) -> None:
        """Write entries and wait until Kafka holds them all. Raises `Retry` when it does not answer."""
        with self._lock:
            futures = [self._send(entry["notice_id"], entry["subscription"], entry) for entry in entries]
        self._await(futures)

    def change(self, entry: dict[str, Any], step: Change) -> dict[str, Any]:
        """Apply a step to the newest entry of a notice (`entry` if there is none), write and wait."""
        with self._lock:
            new = step(self._entries.get(entry["notice_id"], entry))
            future = self._send(new["notice_id"], new["subscription"], new)
        self._await([future])
        return new

    def forget(self, notice_id: str, subscription: str) -> None:
        """Take an entry out of the ledger."""
        with self._lock:
            self._entries.pop(notice_id, None)
            future = self._send(notice_id, subscription, None)
        self._await([future])

    def _send(self, key: str, subscription: str, entry: dict[str, Any] | None) -> Any:
        value = None
        if entry is not None:
            self._entries[key] = _CLOSED.get(entry["state"], entry)
            value = codec.frame(self._schema_id, codec.encode(self._schema, entry))
        partition = partition_of(subscription, self.topic.partitions)
        try:
            return self._producer.send(self._name, value, key.encode(), self._headers, partition)
        except KafkaError as fault:
            raise self._silent(fault) from fault

    def _await(self, futures: Iterable[Any]) -> None:
        try:
            for future in futures:
                future.get(timeout=ACKNOWLEDGED_S)
        except KafkaError as fault:
            raise self._silent(fault) from fault

    def _silent(self, fault: KafkaError) -> Retry:
        return Retry(
            f"The ledger does not answer: {type(fault).__name__}",
            where=self._settings.kafka.bootstrap,
            fix="Is Kafka running? See `zeven doctor`.",
        )

    def load(self, partitions: Iterable[int]) -> int:
        """Read the ledger of these partitions from start to end; returns the number of records read."""
        wanted = [TopicPartition(self._name, partition) for partition in partitions]
        reader = KafkaConsumer(
            enable_auto_commit=False, auto_offset_reset="earliest", **self._settings.kafka.for_kafka_python()
        )
        try:
            return self._load(reader, wanted)
        except KafkaError as fault:
            raise self._silent(fault) from fault
        finally:
            reader.close(autocommit=False)

    def _load(self, reader: KafkaConsumer, wanted: list[TopicPartition]) -> int:
        reader.assign(wanted)
        ends = reader.end_offsets(wanted)
        reader.seek_to_beginning(*wanted)
        count = 0
        while any(reader.position(spot) < ends[spot] for spot in wanted):
            for records in reader.poll(timeout_ms=500).values():
                count += len(records)
                self._take(records)
        return count

    def _take(self, records: Iterable[Any]) -> None:
        with self._lock:
            for record in records:
                key = record.key.decode()
                if record.value is None:
                    self._entries.pop(key, None)
                else:
                    entry = self._read(record.value)
                    self._entries[key] = _CLOSED.get(entry["state"], entry)

    def close(self) -> None:
        """Send what waits and let go; what Kafka does not take now is said again by the next owner."""
        with suppress(KafkaError):
            self._producer.close(timeout=5)


def notice_topic(settings: Settings) -> Topic:
    """The topic the notices come from."""
    return catalogue((), settings.topics.partitions)[NOTICE]
