"""How a topic is read from its start to its present end with kafka-python, by a consumer of no group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition

from connectors.watchdog import Watchdog
from schemas.settings import Settings

STALLED_S: Final = 30.0
POLL_MS: Final = 200
RECORDS: Final = 1000


def reader(settings: Settings, client_id: str) -> KafkaConsumer:
    """A consumer that has no group and sees what is committed. Raises `KafkaError` without Kafka."""
    return KafkaConsumer(
        client_id=client_id,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        allow_auto_create_topics=False,
        fetch_max_wait_ms=100,
        request_timeout_ms=8_000,
        max_poll_records=RECORDS,
        fetch_max_bytes=4 * 1024 * 1024,
        **settings.kafka.for_kafka_python(),
    )


def guarded(consumer: KafkaConsumer) -> Watchdog:
    """A watchdog that closes a consumer which hangs."""
    return Watchdog(lambda: consumer.close(timeout_ms=1_000), STALLED_S)


def everything(consumer: KafkaConsumer, topic: str, watchdog: Watchdog) -> Iterator[Any]:
    """Every record of a topic up to its present end; nothing for a topic that is not there."""
    parts = [TopicPartition(topic, one) for one in sorted(consumer.partitions_for_topic(topic) or ())]
    consumer.assign(parts)
    if not parts:
        return
    consumer.seek_to_beginning(*parts)
    ends = consumer.end_offsets(parts)
    while any(consumer.position(part) < end for part, end in ends.items()):
        watchdog.turned()
        for records in consumer.poll(timeout_ms=POLL_MS, max_records=RECORDS).values():
            yield from records
