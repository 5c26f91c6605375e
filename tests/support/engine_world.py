"""A private nation on the real broker: topics of its own, regional records, workers, and what they wrote."""

from __future__ import annotations

import asyncio
import gc
import os
import time
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.bus.registry import Registry
from schemas.cloudevents import schema_header
from schemas.codec import decode, encode, frame, load
from schemas.digest import content_digest
from schemas.settings import Kafka, Settings, Topics
from schemas.settings import Registry as RegistryAddress
from schemas.topics import catalogue, partition_of, regional
from streams.agents.fold import Fold
from streams.agents.identify import Identify
from streams.agents.overview import Overview
from streams.agents.resolve import Resolve
from streams.engine.app import build
from streams.engine.pump import Place, Pump
from streams.engine.stage import Stage
from streams.engine.wire import Wire

HUBS = ("zuid-holland", "limburg")
PARTITIONS = 2
START_MS = 1_780_000_000_000


def nowhere(_name: str, _keys: Iterable[str]) -> str | None:
    """No organisation is listed."""
    return None


class Nation:
    """Topics under a prefix of their own; `publish` speaks as a connector does."""

    def __init__(self, bootstrap: str, registry_url: str, hubs: tuple[str, ...] = HUBS) -> None:
        self.prefix = f"t{uuid.uuid4().hex[:8]}."
        self.kafka = Kafka(bootstrap=bootstrap)
        self.registry_url, self.hubs = registry_url, hubs
        self.catalogue = catalogue(hubs, PARTITIONS)
        self.registry = Registry(registry_url)
        self.revision = START_MS
        self.settings = Settings(
            kafka=self.kafka, registry=RegistryAddress(url=registry_url), topics=Topics(partitions=PARTITIONS)
        )

    async def open(self) -> None:
        """Make the topics."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka.bootstrap)
        await admin.start()
        config = {"cleanup.policy": "compact"}
        try:
            await admin.create_topics(
                [
                    NewTopic(self.prefix + one.name, one.partitions, 1, topic_configs=config)
                    for one in self.catalogue.values()
                ]
            )
        finally:
            await admin.close()
        self.producer = AIOKafkaProducer(bootstrap_servers=self.kafka.bootstrap, enable_idempotence=True)
        await self.producer.start()

    async def close(self) -> None:
        """Close the clients."""
        await self.producer.stop()
        self.registry.close()

    def project(self, source_id: str, title: str, keys: Iterable[str] = (), **fields: Any) -> dict[str, Any]:
        """A regional project; every call is a newer revision."""
        self.revision += 1
        record: dict[str, Any] = {
            "source_id": source_id,
            "revision": self.revision,
            "digest": bytes(16),
            "sample": True,
            "cause": "source",
            "keys": list(keys),
            "organisations": fields.pop("organisations", []),
            "origin": {
                "address": f"https://a.example/{source_id}",
                "changed_at": self.revision,
                "first_seen_at": START_MS,
                "read_at": self.revision,
            },
            "content": _content(title) | fields,
        }
        record["digest"] = content_digest("regional.Project", record)
        return record

    async def publish(self, hub: str, record: dict[str, Any]) -> None:
        """As the connector of a hub publishes a project."""
        await self.record(regional(hub, "project"), record["source_id"], record)

    async def record(self, name: str, key: str, record: dict[str, Any]) -> None:
        """A record for any topic."""
        topic = self.catalogue[name]
        schema = load(topic.schema)
        value = frame(await asyncio.to_thread(self.registry.id_for, topic), encode(schema, record))
        await self.raw(name, key, value, [schema_header(schema)])

    async def soon(self, hub: str, record: dict[str, Any]) -> None:
        """Publish without waiting for the acknowledgement."""
        topic = self.catalogue[regional(hub, "project")]
        schema = load(topic.schema)
        key = record["source_id"]
        await self.producer.send(
            self.prefix + topic.name,
            frame(self.registry.id_for(topic), encode(schema, record)),
            key=key.encode(),
            partition=partition_of(key, topic.partitions),
            headers=[schema_header(schema)],
        )

    async def raw(
        self,
        topic: str,
        key: str,
        value: bytes | None,
        headers: Iterable[tuple[str, bytes]] = (),
        decides: str | None = None,
    ) -> None:
        """Any bytes, in the partition of the key, or of the part of it that decides."""
        await self.producer.send_and_wait(
            self.prefix + topic,
            value,
            key=key.encode(),
            partition=partition_of(decides or key, self.catalogue[topic].partitions),
            headers=list(headers),
        )

    async def log(self, topic: str) -> list[Any]:
        """Every record of a topic, in order per partition."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka.bootstrap)
        await consumer.start()
        try:
            places = [
                TopicPartition(self.prefix + topic, part) for part in range(self.catalogue[topic].partitions)
            ]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            ends, found = await consumer.end_offsets(places), []
            while any([await consumer.position(place) < ends[place] for place in places]):
                for records in (await consumer.getmany(timeout_ms=200, max_records=5000)).values():
                    found += records
            return found
        finally:
            await consumer.stop()

    async def table(self, topic: str) -> dict[str, dict[str, Any]]:
        """The newest value per key, decoded."""
        schema, found = load(self.catalogue[topic].schema), {}
        for record in await self.log(topic):
            found[record.key.decode()] = record.value
        return {key: decode(schema, value[5:]) for key, value in found.items() if value is not None}

    async def titles(self) -> dict[str, str]:
        """Dutch title per national project that is there."""
        table = await self.table("national.project")
        return {key: one["content"]["title"]["nl"] for key, one in table.items() if one["content"]}

    def stages(self, wire: Wire, names: Iterable[str]) -> list[Stage]:
        """Stages by name."""
        all_: dict[str, Stage] = {
            "identify": Identify(wire, self.hubs, nowhere, PARTITIONS),
            "resolve": Resolve(wire, PARTITIONS),
            "fold": Fold(wire, self.hubs, PARTITIONS),
            "overview": Overview(wire, PARTITIONS),
        }
        return [all_[name] for name in names]

    @asynccontextmanager
    async def worker(self, *names: str, **place: Any) -> AsyncIterator[dict[str, Pump]]:
        """A worker in this process with these stages (default: all three)."""
        url = place.pop("registry_url", self.registry_url)
        unknown = place.pop("unknown_for_s", 2.0)
        registry = Registry(url)
        wire = Wire(registry, self.catalogue, unknown)
        stages = self.stages(wire, names or ("identify", "resolve", "fold"))
        app, pumps = build(stages, Place(self.kafka, self.prefix, **place), wire)
        await app.start()
        try:
            yield {pump.stage.name: pump for pump in pumps}
        finally:
            await app.stop()
            registry.close()


def _content(title: str) -> dict[str, Any]:
    names = [field["name"] for field in load("ProjectContent").document["fields"]]
    lists = (
        "areas",
        "dimensions",
        "pillars",
        "instruments",
        "focus_areas",
        "themes",
        "funding",
        "indicators",
    )
    said = {
        "title": {"nl": title, "en": None},
        "summary": {"nl": None, "en": None},
        "type": "project",
        "status": "running",
    }
    return {name: said.get(name, [] if name in lists else None) for name in names}


def ready(pumps: Mapping[str, Pump]) -> bool:
    """Every stage is set up and has what it needs."""
    return all(pump.health.reason() is None for pump in pumps.values())


async def quiet(pumps: Mapping[str, Pump]) -> bool:
    """Ready, and nothing passed for a second."""
    before = {name: dict(pump.offsets) for name, pump in pumps.items()}
    end = time.monotonic() + 1.2
    while time.monotonic() < end:
        await asyncio.sleep(0.1)
    return ready(pumps) and before == {name: dict(pump.offsets) for name, pump in pumps.items()}


@pytest.fixture
async def nation(request: pytest.FixtureRequest) -> AsyncIterator[Nation]:
    """A nation on the running broker: of the environment, or of the session's fixture."""
    known = "ZEVEN_KAFKA_BOOTSTRAP" in os.environ
    settings: Settings = Settings.load(os.environ) if known else request.getfixturevalue("broker")
    found = Nation(settings.kafka.bootstrap, settings.registry.url)
    await found.open()
    yield found
    await found.close()
    gc.unfreeze()
