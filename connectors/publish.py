"""The way out of a connector: records of the contract, written to the own topics and acknowledged by Kafka.

Every batch waits for all its acknowledgements; what was not acknowledged counts as not written, and the tail
of the own topics finds out what really happened. The right to write is asked for before each batch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError

from connectors.absence import Proof
from connectors.hubs import Statement
from connectors.sources import Faulty, Row
from schemas import cloudevents, topics
from schemas.codec import MAX_VALUE_BYTES, encode, frame, load
from schemas.digest import blake, content_digest
from schemas.errors import Reject, Retry
from schemas.settings import Settings

Header = tuple[str, bytes]
MAX_ORIGINAL: Final = 64 * 1024
DELIVERY_MS: Final = 20_000
ACKNOWLEDGED_S: Final = 30.0
_SHORT: Final = 300


class Outgoing(NamedTuple):
    """One record on its way to Kafka."""

    topic: str
    partition: int
    key: str
    value: bytes | None
    headers: list[Header]


class Place(NamedTuple):
    """Where a record lies."""

    topic: str
    partition: int
    offset: int


class Stamp(NamedTuple):
    """What a record carries beside what it states."""

    revision: int
    cause: str
    first_seen_at: int
    read_at: int


@dataclass(frozen=True)
class Writer:
    """Makes the records of one hub; knows the ids its schemas were registered under, and nothing of Kafka."""

    hub: str
    sample: bool
    partitions: int
    schema_ids: Mapping[str, int]

    def digest(self, kind: str, statement: Statement) -> bytes:
        """Digest of what a statement says."""
        return content_digest(f"regional.{kind.capitalize()}", self._stated(statement))

    def _stated(self, statement: Statement) -> dict[str, Any]:
        return {
            "sample": self.sample,
            "keys": statement.keys,
            "organisations": statement.organisations,
            "content": statement.content,
        }

    def record(self, kind: str, row: Row, statement: Statement, digest: bytes, stamp: Stamp) -> Outgoing:
        """A regional record. Raises `Reject` when it does not fit the contract."""
        topic, name = topics.regional(self.hub, kind), f"regional.{kind.capitalize()}"
        record = self._stated(statement) | {
            "source_id": row.source_id,
            "revision": stamp.revision,
            "digest": digest,
            "cause": stamp.cause,
            "origin": {
                "address": row.address,
                "changed_at": row.changed_at_ms,
                "first_seen_at": stamp.first_seen_at,
                "read_at": stamp.read_at,
            },
        }
        value = self._encoded(topic, name, record)
        headers = [
            *self._headers(kind, row.source_id, stamp),
            ("zeven_digest", digest.hex().encode()),
            cloudevents.schema_header(load(name)),
        ]
        return Outgoing(topic, self._partition(row.source_id), row.source_id, value, headers)

    def restored(self, kind: str, record: Mapping[str, Any], stamp: Stamp) -> Outgoing:
        """A regional record that was removed, as it was."""
        topic, name = topics.regional(self.hub, kind), f"regional.{kind.capitalize()}"
        source_id = record["source_id"]
        value = self._encoded(topic, name, {**record, "revision": stamp.revision, "cause": stamp.cause})
        headers = [
            *self._headers(kind, source_id, stamp),
            ("zeven_digest", record["digest"].hex().encode()),
            cloudevents.schema_header(load(name)),
        ]
        return Outgoing(topic, self._partition(source_id), source_id, value, headers)

    def tombstone(self, kind: str, source_id: str, stamp: Stamp, proof: Proof) -> Outgoing:
        """The removal of a record, with what became of it and how that is known."""
        by = "steward" if proof.approved else "source"
        how = {
            "how": proof.how[:_SHORT],
            "at": cloudevents.instant(stamp.read_at),
            "what": proof.what,
            "by": by,
        }
        headers = [
            *self._headers(kind, source_id, stamp),
            ("zeven_digest", b""),
            ("zeven_evidence", json.dumps(how, ensure_ascii=False).encode()),
        ]
        topic = topics.regional(self.hub, kind)
        return Outgoing(topic, self._partition(source_id), source_id, None, headers)

    def rejection(self, kind: str, faulty: Faulty, at: int) -> Outgoing:
        """A row that cannot be used, with its bytes and how to mend it."""
        reject = faulty.reject
        record = {
            "stage": "connector",
            "hub": self.hub,
            "kind": kind,
            "source_id": rejection_id(faulty),
            "topic": topics.regional(self.hub, kind),
            "row": _sound(faulty.place),
            "field": _sound(reject.field),
            "expected": _sound(reject.expected),
            "got": _sound(reject.got),
            "cause": _sound(reject.what),
            "fix": _sound(reject.fix),
            "original": faulty.original[:MAX_ORIGINAL],
            "at": at,
        }
        topic = topics.rejected(self.hub)
        value = frame(self.schema_ids[topic], encode(load("rejected.Rejected"), record))
        key = f"connector|{kind}|{rejection_id(faulty)}"
        headers = [
            ("zeven_digest", rejection_digest(faulty).hex().encode()),
            cloudevents.schema_header(load("rejected.Rejected")),
        ]
        return Outgoing(topic, 0, key, value, headers)

    def mended(self, kind: str, source_id: str) -> Outgoing:
        """Takes a rejection back."""
        return Outgoing(topics.rejected(self.hub), 0, f"connector|{kind}|{source_id}", None, [])

    def checked(self, record: Mapping[str, Any]) -> Outgoing:
        """The life sign and manifest after a look."""
        topic = topics.checked(self.hub)
        value = frame(self.schema_ids[topic], encode(load("regional.Checked"), dict(record)))
        event_id = f"checked|{self.hub}|{record['look']}|{record['finished_at']}"
        headers = cloudevents.headers(
            cloudevents.type_of("regional", "checked"),
            cloudevents.source_of(self.hub),
            event_id,
            record["finished_at"],
            self.hub,
        )
        headers.append(cloudevents.schema_header(load("regional.Checked")))
        return Outgoing(topic, 0, self.hub, value, headers)

    def _encoded(self, topic: str, name: str, record: dict[str, Any]) -> bytes:
        try:
            value = frame(self.schema_ids[topic], encode(load(name), record))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as fault:
            raise Reject(
                f"The record does not fit the contract: {fault}",
                expected=name,
                fix="Mend the mapping of this hub.",
            ) from fault
        if len(value) > MAX_VALUE_BYTES:
            raise Reject(
                "The record is too large",
                expected=f"at most {MAX_VALUE_BYTES} bytes",
                got=f"{len(value)} bytes",
                fix="Shorten its texts.",
            )
        return value

    def _partition(self, source_id: str) -> int:
        return topics.partition_of(source_id, self.partitions)

    def _headers(self, kind: str, source_id: str, stamp: Stamp) -> list[Header]:
        headers = cloudevents.headers(
            cloudevents.type_of("regional", kind),
            cloudevents.source_of(self.hub),
            f"{kind}|{source_id}|{stamp.revision}",
            stamp.read_at,
            f"{kind}/{source_id}",
        )
        return [
            *headers,
            ("zeven_revision", str(stamp.revision).encode()),
            ("zeven_cause", stamp.cause.encode()),
        ]


def rejection_id(faulty: Faulty) -> str:
    """Under what a rejection stands: the source id, or the row when there is none."""
    return faulty.source_id or f"row:{_sound(faulty.place)}"


def rejection_digest(faulty: Faulty) -> bytes:
    """What makes two rejections the same."""
    reject = faulty.reject
    said = "|".join([reject.what, reject.field or "", reject.expected or "", reject.got or "", faulty.place])
    return blake(blake(faulty.original[:MAX_ORIGINAL]) + said.encode(errors="replace"))


def _sound(said: str | None) -> str | None:
    """A short text that can be written as UTF-8, whatever it was made from."""
    return said if said is None else said[:_SHORT].encode(errors="replace").decode()


class Publisher:
    """Writes batches to Kafka and waits until all of each batch is acknowledged."""

    def __init__(self, settings: Settings, hub: str, may: Callable[[], None]) -> None:
        self._settings, self._hub, self._may = settings, hub, may
        self._producer: KafkaProducer | None = None

    def publish(self, batch: Sequence[Outgoing]) -> list[Place]:
        """Write a batch; raises `Retry` when Kafka did not acknowledge all of it."""
        if not batch:
            return []
        producer = self._ready()
        self._may()
        try:
            sent = [
                producer.send(
                    one.topic,
                    one.value,
                    key=one.key.encode(),
                    headers=list(one.headers),
                    partition=one.partition,
                )
                for one in batch
            ]
            producer.flush(timeout=ACKNOWLEDGED_S)
            done = [future.get(timeout=ACKNOWLEDGED_S) for future in sent]
        except KafkaError as fault:
            self.close()
            raise _unreached(self._settings, fault) from fault
        return [Place(one.topic, one.partition, one.offset) for one in done]

    def _ready(self) -> KafkaProducer:
        if self._producer is None:
            try:
                self._producer = KafkaProducer(
                    client_id=f"connector-{self._hub}",
                    acks="all",
                    enable_idempotence=True,
                    compression_type="zstd",
                    linger_ms=5,
                    batch_size=256 * 1024,
                    max_request_size=2 * MAX_VALUE_BYTES,
                    delivery_timeout_ms=DELIVERY_MS,
                    request_timeout_ms=10_000,
                    max_block_ms=DELIVERY_MS,
                    allow_auto_create_topics=False,
                    **self._settings.kafka.for_kafka_python(),
                )
            except KafkaError as fault:
                raise _unreached(self._settings, fault) from fault
        return self._producer

    def close(self) -> None:
        """Let go at once, whatever waits; what was not acknowledged may or may not have been written."""
        producer, self._producer = self._producer, None
        if producer is not None:
            # kafka-python 3.0.12 flushes first; where something waits it raises there, and its thread goes on
            producer.flush = lambda *_: None
            producer.close(timeout=0)


def _unreached(settings: Settings, fault: KafkaError) -> Retry:
    return Retry(
        f"Kafka did not take the records: {type(fault).__name__}: {fault}"[:_SHORT],
        where=settings.kafka.bootstrap,
        fix="Is it running? See `zeven doctor`.",
    )


def order(settings: Settings, hub: str, command: Mapping[str, Any], schema_id: int) -> Place:
    """Give an order to the connector of a hub, through its control topic; returns where it stands."""
    value = frame(schema_id, encode(load("control.Command"), dict(command)))
    publisher = Publisher(settings, f"{hub}-order", lambda: None)
    try:
        return publisher.publish([Outgoing(topics.control(hub), 0, str(command["id"]), value, [])])[0]
    finally:
        publisher.close()
