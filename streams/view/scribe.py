"""How the view writes what a steward decides: one record at a time, acknowledged, or `Retry` in words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import cloudevents, codec
from schemas.bus.registry import Registry
from schemas.errors import Retry
from schemas.settings import Settings
from schemas.topics import Topic

WRITE_S: Final = 15.0


class Scribe:
    """Writes to topics of one partition; a connection per record, for stewards are few."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def write(self, topic: Topic, key: str, record: Mapping[str, Any]) -> None:
        """Write one record. Raises `Retry` when Kafka or the registry does not take it."""
        schema = codec.load(topic.schema)
        schema_id = await asyncio.to_thread(self._schema_id, topic)
        value = codec.frame(schema_id, codec.encode(schema, dict(record)))
        producer = AIOKafkaProducer(
            client_id="zeven-view-scribe",
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=10_000,
            **self._settings.kafka.for_aiokafka(),
        )
        try:
            async with asyncio.timeout(WRITE_S):
                await producer.start()
                header = cloudevents.schema_header(schema)
                await producer.send_and_wait(
                    topic.name, value, key=key.encode(), partition=0, headers=[header]
                )
        except (KafkaError, OSError, TimeoutError) as fault:
            raise Retry(
                f"Kafka does not take it: {fault or type(fault).__name__}",
                where=topic.name,
                fix="Send it again under the same id; what was written already is not written twice.",
            ) from fault
        finally:
            await producer.stop()

    def _schema_id(self, topic: Topic) -> int:
        registry = Registry(self._settings.registry.url)
        try:
            return registry.id_for(topic)
        finally:
            registry.close()
