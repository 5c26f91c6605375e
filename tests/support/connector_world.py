"""A connector on a real Kafka with the real stand-in sources; every test has a hub of its own."""

from __future__ import annotations

import os
import random
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from connectors import manifest as manifests
from connectors.manifest import Manifest
from connectors.publish import Place, order
from connectors.run import Connector
from deploy.samples.server import Samples
from schemas import topics
from schemas.bus.admin import ensure_topics
from schemas.bus.registry import Registry
from schemas.codec import decode, load, unframe
from schemas.digest import MODULUS, bucket_hash, bucket_of
from schemas.settings import Settings
from tests.support.waiting import until

REGION = "zuid-holland"
FAST = {
    "ZEVEN_HUB_ZUID_HOLLAND_INTERVAL_S": "0.2",
    "ZEVEN_HUB_ZUID_HOLLAND_MEMBERSHIP_SETTLE_S": "0",
}


class Told(NamedTuple):
    """One record of a topic, decoded."""

    partition: int
    offset: int
    key: str
    value: dict[str, Any] | None
    headers: dict[str, str]


class World:
    """Topics of one new hub, its sources, and hands to look at both."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.hub = "proef-" + "".join(random.choices(string.ascii_lowercase, k=10))
        self.settings = settings.model_copy(update={"data": folder})
        self.catalogue = topics.catalogue([self.hub], settings.topics.partitions)
        mine = {name: topic for name, topic in self.catalogue.items() if self.hub in name}
        ensure_topics(self.settings, mine)
        self.registry = Registry(settings.registry.url)
        self.ids = {name: self.registry.id_for(topic) for name, topic in mine.items()}
        self.samples = Samples(folder, 0, every_s=0)
        self.manifest = self.read_manifest()

    def close(self) -> None:
        self.samples.close()
        self.registry.close()

    def read_manifest(self, **environ: str) -> Manifest:
        """The manifest of the region under the name of this hub."""
        given = FAST | {"ZEVEN_SAMPLES_URL": self.samples.base} | environ
        found = manifests.load(REGION, self.settings, given)
        return found.model_copy(update={"hub": self.hub})

    def connector(self, manifest: Manifest | None = None, folder: Path | None = None) -> Connector:
        settings = self.settings.model_copy(update={"data": folder}) if folder else self.settings
        return Connector(settings, manifest or self.manifest, mappers=manifests.mappers(REGION, settings))

    def look(self, manifest: Manifest | None = None) -> dict[str, Any]:
        """One process from start to end: one look at every source; returns the life sign by kind."""
        checked = self.connector(manifest).run(once=True)
        assert checked is not None
        return {found["kind"]: found for found in checked["kinds"]} | {"checked": checked}

    @contextmanager
    def running(self, folder: Path | None = None) -> Iterator[Connector]:
        """A connector that looks again and again, in a thread."""
        connector = self.connector(folder=folder)
        thread = Thread(target=connector.run, name="connector")
        thread.start()
        try:
            yield connector
        finally:
            connector.halt()
            thread.join()

    def steer(self, word: str, **said: Any) -> dict[str, Any]:
        """Steer the sources."""
        return self.samples.control.follow(word, said)

    def ids_of(self, kind: str) -> list[str]:
        """What the source holds."""
        return [one.source_id for one in self.samples.store.every(kind)]

    def order(
        self,
        action: str,
        kind: str | None = None,
        source_ids: tuple[str, ...] = (),
        since: int | None = None,
    ) -> Place:
        """Give the connector an order; returns where it stands."""
        said = {"id": action, "action": action, "kind": kind, "source_ids": list(source_ids)}
        by = {"by": "test", "at": 1, "since": since}
        return order(self.settings, self.hub, said | by, self.ids[topics.control(self.hub)])

    def records(self, topic: str, *, loosely: bool = False) -> list[Told]:
        """Everything in a topic, in order of partition and offset."""
        consumer = KafkaConsumer(
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            **self.settings.kafka.for_kafka_python(),
        )
        try:
            parts = [TopicPartition(topic, each) for each in range(self.catalogue[topic].partitions)]
            consumer.assign(parts)
            ends = consumer.end_offsets(parts)
            found: list[Told] = []
            while any(consumer.position(part) < ends[part] for part in parts):
                for records in consumer.poll(timeout_ms=200, max_records=2000).values():
                    found += [self._told(topic, record, loosely=loosely) for record in records]
        finally:
            consumer.close()
        return sorted(found, key=lambda one: (one.partition, one.offset))

    def _told(self, topic: str, record: Any, *, loosely: bool) -> Told:
        value: dict[str, Any] | None = None
        if record.value is not None and loosely:
            value = {}
        elif record.value is not None:
            value = decode(load(self.catalogue[topic].schema), unframe(record.value)[1])
        headers = {name: text.decode() for name, text in record.headers}
        return Told(record.partition, record.offset, record.key.decode(), value, headers)

    def told_loosely(self, kind: str) -> list[Told]:
        """All records of a kind, those of strangers without their value."""
        return self.records(topics.regional(self.hub, kind), loosely=True)

    def standing_keys(self, kind: str) -> set[str]:
        """Keys under which something stands, whoever wrote it."""
        last = {one.key: one.value for one in self.told_loosely(kind)}
        return {key for key, value in last.items() if value is not None}

    def told(self, kind: str) -> list[Told]:
        """All that was published of a kind."""
        return self.records(topics.regional(self.hub, kind))

    def rejected(self) -> dict[str, dict[str, Any]]:
        """What stands in rejected, by key."""
        standing = {one.key: one.value for one in self.records(topics.rejected(self.hub))}
        return {key: value for key, value in standing.items() if value is not None}

    def signs(self) -> list[dict[str, Any]]:
        """All life signs."""
        found = [one.value for one in self.records(topics.checked(self.hub))]
        return [one for one in found if one is not None]

    def standing(self, kind: str) -> dict[str, dict[str, Any]]:
        """The last version of every live record of a kind."""
        found = {one.key: one.value for one in self.told(kind)}
        return {key: value for key, value in found.items() if value is not None}

    def inject(
        self, kind: str, key: str, value: bytes | None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Write into the hub's topic as a stranger."""
        producer = KafkaProducer(acks="all", **self.settings.kafka.for_kafka_python())
        try:
            topic = topics.regional(self.hub, kind)
            part = topics.partition_of(key, self.catalogue[topic].partitions)
            sent = [(name, text.encode()) for name, text in (headers or {}).items()]
            producer.send(topic, value, key=key.encode(), headers=sent, partition=part).get(timeout=20)
        finally:
            producer.close()

    def raw(self, kind: str, key: str) -> tuple[bytes, dict[str, str]]:
        """The first bytes and headers that were published under a key."""
        topic = topics.regional(self.hub, kind)
        consumer = KafkaConsumer(
            auto_offset_reset="earliest", enable_auto_commit=False, **self.settings.kafka.for_kafka_python()
        )
        try:
            consumer.assign(
                [TopicPartition(topic, topics.partition_of(key, self.settings.topics.partitions))]
            )
            while True:
                for records in consumer.poll(timeout_ms=200).values():
                    for record in records:
                        if record.key == key.encode() and record.value is not None:
                            return record.value, {name: text.decode() for name, text in record.headers}
        finally:
            consumer.close()

    def wait_looks(self, more: int = 1) -> None:
        """Wait until the running connector finished so many further looks that began after now."""
        before = len(self.signs())
        until(lambda: len(self.signs()) >= before + more + 1, 30, f"{more} further looks")

    def check_manifest(self) -> None:
        """The last life sign says of the log, at its offsets, what a recount of the log says."""
        sign = self.signs()[-1]
        ends = {(one["topic"], one["partition"]): one["offset"] for one in sign["offsets"]}
        counted: dict[tuple[str, int], tuple[int, int]] = {}
        for kind in topics.KINDS:
            topic = topics.regional(self.hub, kind)
            last = {
                one.key: one
                for one in self.records(topic)
                if one.offset < ends.get((topic, one.partition), 0)
            }
            for key, one in last.items():
                if one.value is not None:
                    place = (kind, bucket_of(kind, key))
                    count, total = counted.get(place, (0, 0))
                    added = (total + bucket_hash(kind, key, one.value["digest"])) % MODULUS
                    counted[place] = (count + 1, added)
        stated = {
            (one["kind"], one["bucket"]): (one["count"], int.from_bytes(one["hash"], "big"))
            for one in sign["buckets"]
        }
        assert stated == counted
        assert len(ends) == 3 * self.settings.topics.partitions


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A new hub with its sources."""
    found = World(_settings(request), tmp_path)
    yield found
    found.close()


def _settings(request: pytest.FixtureRequest) -> Settings:
    if "ZEVEN_KAFKA_BOOTSTRAP" in os.environ:
        return Settings.load(os.environ)
    found: Settings = request.getfixturevalue("broker")
    return found
