"""The way back of a connector: its own topics, read to their end and folded into its memory.

Everything the memory holds comes from here, also what this process has just written; so a crash between
writing and remembering leaves nothing behind but a few records to read. A record that this process did not
write, found while it holds the right to write, is foreign; so is one that is older than what stood there.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from connectors.memory import VERSION, Memory, Seen
from connectors.publish import Outgoing, Place
from connectors.reading import POLL_MS, RECORDS, STALLED_S, everything, guarded, reader
from connectors.watchdog import Watchdog
from schemas import topics
from schemas.bus.admin import admin
from schemas.bus.registry import Registry
from schemas.codec import decode, decode_prefix, load, prefix, unframe
from schemas.errors import Reject, Retry
from schemas.settings import Settings

LARGEST: Final = 1 << 53
STALE_MS: Final = topics.DAY_MS


class _Pretended(NamedTuple):
    """A record that was not written, as one that is read."""

    offset: int
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]
    timestamp: int


class Tail:
    """Reads the own topics of one hub into its memory."""

    def __init__(self, settings: Settings, hub: str, memory: Memory, registry: Registry) -> None:
        self._settings, self._memory, self._registry = settings, memory, registry
        self._hub = hub
        self._rejected = topics.rejected(hub)
        self._kinds = {topics.regional(hub, kind): kind for kind in topics.KINDS}
        self._own: set[tuple[str, int, int]] = set()
        self._certain = False
        self._pretended = 0
        self._consumer: KafkaConsumer | None = None

    def close(self) -> None:
        """Let go of Kafka."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def doubt(self) -> None:
        """What this process wrote is uncertain: until the end is reached once, nothing counts as foreign."""
        self._certain = False
        self._own.clear()

    def open(self, now_ms: int) -> None:
        """Take the memory up where it stands, or anew when it belongs to other topics or is too old."""
        self.close()
        self.doubt()
        try:
            consumer = self._consumer = self._connected()
            with guarded(consumer):
                self._begin(consumer, now_ms)
        except KafkaError as fault:
            raise self._unreached(fault) from fault

    def _begin(self, consumer: KafkaConsumer, now_ms: int) -> None:
        identity = self._identity()
        parts = [
            TopicPartition(topic, part)
            for topic in (*self._kinds, self._rejected)
            for part in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        if not parts or {part.topic for part in parts} != {*self._kinds, self._rejected}:
            raise Retry(
                "Topics of this hub are missing",
                where=self._hub,
                fix="Run `zeven setup`: it makes the topics.",
            )
        consumer.assign(parts)
        ends = consumer.end_offsets(parts)
        if not self._fits(identity, ends, now_ms):
            self._memory.forget()
            self._memory.note("topics", identity)
        for part in parts:
            position = self._memory.position(part.topic, part.partition)
            if position is None:
                consumer.seek_to_beginning(part)
            else:
                consumer.seek(part, position)

    def _connected(self) -> KafkaConsumer:
        return reader(self._settings, f"connector-{self._hub}-tail")

    def _identity(self) -> str:
        """The ids of the own topics: another broker, or topics made anew, have others."""
        names = [*self._kinds, self._rejected]
        with admin(self._settings) as client:
            described = client.describe_topics(names)
        return ",".join(sorted(f"{one.get('name')}={one.get('topic_id')}" for one in described))

    def _fits(self, identity: str, ends: Mapping[TopicPartition, int], now_ms: int) -> bool:
        memory = self._memory
        if memory.noted("version") != VERSION or memory.noted("topics") != identity:
            return False
        if now_ms - int(memory.noted("folded_at") or 0) > STALE_MS:
            return False
        return all((memory.position(*part) or 0) <= end for part, end in ends.items())

    def wrote(self, places: Iterable[Place]) -> None:
        """These records are our own."""
        self._own.update(place for place in places if place.topic in self._kinds)

    def catch_up(self, now_ms: int) -> int:
        """Fold in everything up to the present end; returns how many foreign records were found."""
        if self._consumer is None:
            raise Retry("The own topics are not open", where=self._hub)
        consumer = self._consumer
        try:
            with guarded(consumer) as watchdog:
                found = self._read_to(consumer, watchdog, consumer.end_offsets(consumer.assignment()))
        except KafkaError as fault:
            raise self._unreached(fault) from fault
        self._certain = True
        self._memory.note("folded_at", str(now_ms))
        self._memory.commit()
        return found

    def pretend(self, batch: Iterable[Outgoing], now_ms: int) -> None:
        """Fold records in as if they had been written: for a preview, whose memory is thrown away."""
        for one in batch:
            place = Place(one.topic, one.partition, self._pretended)
            self._pretended += 1
            self._own.add(place)
            record = _Pretended(place.offset, one.key.encode(), one.value, one.headers, now_ms)
            self._fold(TopicPartition(one.topic, one.partition), record)

    def values(self, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """The values that stand under these topics and keys now."""
        found: dict[tuple[str, str], bytes] = {}
        if not wanted:
            return found
        consumer = self._connected()
        try:
            with guarded(consumer) as watchdog:
                parts = [
                    TopicPartition(topic, part)
                    for topic in {topic for topic, _ in wanted}
                    for part in sorted(consumer.partitions_for_topic(topic) or ())
                ]
                consumer.assign(parts)
                ends = consumer.end_offsets(parts) if parts else {}
                while any(consumer.position(part) < end for part, end in ends.items()):
                    watchdog.turned()
                    for part, records in consumer.poll(timeout_ms=POLL_MS, max_records=RECORDS).items():
                        _keep(found, wanted, part.topic, records)
        except KafkaError as fault:
            raise self._unreached(fault) from fault
        finally:
            consumer.close()
        return found

    def recall(self) -> None:
        """Take up the notes that the last life sign holds."""
        checked, memory = self.last_checked(), self._memory
        memory.note("look", str(checked["look"] if checked else 0))
        if checked is not None:
            for found in checked["kinds"]:
                if found["complete"] or not checked["first_look"]:
                    memory.note(f"release.{found['kind']}", checked["release"])
                if found["complete_at"] is not None:
                    memory.note(f"complete.{found['kind']}", str(found["complete_at"]))
        memory.commit()

    def _read_to(self, consumer: Any, watchdog: Watchdog, ends: Mapping[TopicPartition, int]) -> int:
        found, moved_at = 0, time.monotonic()
        while any(consumer.position(part) < end for part, end in ends.items()):
            watchdog.turned()
            for part, records in consumer.poll(timeout_ms=POLL_MS, max_records=RECORDS).items():
                found += sum(self._fold(part, record) for record in records)
                moved_at = time.monotonic()
            self._memory.commit()
            if time.monotonic() - moved_at > STALLED_S:
                raise Retry("The own topics cannot be read to their end", where=self._hub)
        for part in ends:
            self._memory.moved_to(part.topic, part.partition, consumer.position(part))
        return found

    def _fold(self, part: TopicPartition, record: Any) -> bool:
        place = (part.topic, part.partition, record.offset)
        own = place in self._own
        self._own.discard(place)
        self._memory.moved_to(part.topic, part.partition, record.offset + 1)
        key = (record.key or b"").decode(errors="replace")
        headers = dict(record.headers)
        if part.topic == self._rejected:
            self._fold_rejection(key, record.value, headers)
            return False
        foreign = self._certain and not own
        seen = self._seen(self._kinds[part.topic], record, headers)
        return self._memory.apply(self._kinds[part.topic], key, seen, foreign) and foreign

    def _fold_rejection(self, key: str, value: bytes | None, headers: Mapping[str, bytes]) -> None:
        stage, _, rest = key.partition("|")
        kind, _, source_id = rest.partition("|")
        if stage == "connector":
            digest = _hex(headers.get("zeven_digest", b"")) if value is not None else None
            self._memory.apply_rejection(kind, source_id, digest)

    def _seen(self, kind: str, record: Any, headers: Mapping[str, bytes]) -> Seen:
        revision = _number(headers.get("zeven_revision", b""))
        if record.value is None:
            return Seen(revision, None, record.timestamp)
        digest = _hex(headers.get("zeven_digest", b""))
        return Seen(revision, digest, self._first_seen(kind, record, headers))

    def _first_seen(self, kind: str, record: Any, headers: Mapping[str, bytes]) -> int:
        """When the connector first saw the record; asked of the value only when the memory has no row."""
        key = record.key.decode(errors="replace") if record.key else ""
        if self._memory.known(kind, [key]):
            return int(record.timestamp)
        name = f"regional.{kind.capitalize()}"
        with contextlib.suppress(Reject):
            schema_id, body = unframe(record.value)
            if headers.get("zeven_schema") == load(name).fingerprint.encode():
                stated, _ = decode_prefix(prefix(name, "origin"), body)
            else:
                stated = decode(load(name), body, self._registry.by_id(schema_id))
            return int(stated["origin"]["first_seen_at"])
        return int(record.timestamp)

    def removed(self, kind: str, source_ids: Collection[str], since_ms: int) -> dict[str, dict[str, Any]]:
        """Records of which the last word is a removal, as they stood before it: these ids, or without ids all that a
        steward let go; not those removed before `since_ms`, nor those that compaction took away.
        """
        topic, before, gone = topics.regional(self._hub, kind), dict[str, bytes](), set[str]()
        consumer = self._connected()
        try:
            with guarded(consumer) as watchdog:
                for record in everything(consumer, topic, watchdog):
                    key = (record.key or b"").decode(errors="replace")
                    if record.value is not None:
                        before[key] = record.value
                        gone.discard(key)
                    elif record.timestamp >= since_ms and (
                        key in source_ids if source_ids else _by_steward(record)
                    ):
                        gone.add(key)
        except KafkaError as fault:
            raise self._unreached(fault) from fault
        finally:
            consumer.close()
        found = {key: self._record(kind, before[key]) for key in sorted(gone) if key in before}
        return {key: record for key, record in found.items() if record is not None}

    def _record(self, kind: str, value: bytes) -> dict[str, Any] | None:
        with contextlib.suppress(Reject):
            schema_id, body = unframe(value)
            return decode(load(f"regional.{kind.capitalize()}"), body, self._registry.by_id(schema_id))
        return None

    def last_checked(self) -> dict[str, Any] | None:
        """The last life sign in the log, if there is a readable one."""
        try:
            return _last(self._connected(), self._hub, self._registry)
        except KafkaError as fault:
            raise self._unreached(fault) from fault

    def offsets(self) -> list[dict[str, Any]]:
        """Where the memory stands in every own regional partition."""
        parts = self._consumer.assignment() if self._consumer else ()
        return [
            {"topic": topic, "partition": part, "offset": self._memory.position(topic, part) or 0}
            for topic, part in sorted(parts)
            if topic in self._kinds
        ]

    def _unreached(self, fault: KafkaError) -> Retry:
        return Retry(
            f"Kafka does not answer: {type(fault).__name__}: {fault}"[:300],
            where=self._settings.kafka.bootstrap,
            fix="Is it running? See `zeven doctor`.",
        )


def last_sign(settings: Settings, hub: str, registry: Registry) -> dict[str, Any] | None:
    """The last life sign of a hub, if there is a readable one. Raises `KafkaError`."""
    return _last(reader(settings, f"connector-{hub}-tail"), hub, registry)


def _last(consumer: Any, hub: str, registry: Registry) -> dict[str, Any] | None:
    part = TopicPartition(topics.checked(hub), 0)
    try:
        with guarded(consumer):
            consumer.assign([part])
            begin, end = consumer.beginning_offsets([part])[part], consumer.end_offsets([part])[part]
            consumer.seek(part, max(begin, end - 1))
            found: dict[str, Any] | None = None
            while begin < end and consumer.position(part) < end:
                for record in consumer.poll(timeout_ms=POLL_MS).get(part, []):
                    found = _life_sign(record.value, registry)
            return found
    finally:
        consumer.close()


def _life_sign(value: bytes | None, registry: Registry) -> dict[str, Any] | None:
    with contextlib.suppress(Reject):
        schema_id, body = unframe(value or b"")
        return decode(load("regional.Checked"), body, registry.by_id(schema_id))
    return None


def _by_steward(record: Any) -> bool:
    """Whether the removal was approved by a steward."""
    try:
        return bool(json.loads(dict(record.headers)["zeven_evidence"]).get("by") == "steward")
    except (KeyError, ValueError, AttributeError):
        return False


def _keep(
    found: dict[tuple[str, str], bytes],
    wanted: Collection[tuple[str, str]],
    topic: str,
    records: Iterable[Any],
) -> None:
    for record in records:
        at = (topic, (record.key or b"").decode(errors="replace"))
        if at in wanted and record.value is not None:
            found[at] = record.value
        else:
            found.pop(at, None)


def _number(text: bytes) -> int:
    """A revision of a header; nonsense counts as older than everything."""
    return min(int(text), LARGEST) if text.isdigit() and len(text) < 20 else 0


def _hex(text: bytes) -> bytes:
    """A digest of a header; nonsense counts as a digest that nothing has."""
    with contextlib.suppress(ValueError):
        digest = bytes.fromhex(text.decode("ascii", errors="replace"))
        if len(digest) == 16:
            return digest
    return bytes(16)
