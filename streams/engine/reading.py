"""Reading topics whole, without a group: what a task last wrote, and small broadcast inputs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError

from schemas.settings import Kafka
from streams.engine.stage import Record

MAX_RECORDS: Final = 4_000
POLL_MS: Final = 200
FETCH_BYTES: Final = 1024 * 1024
AGAIN_S: Final = 1.0

Read = tuple[TopicPartition, Sequence[Record]]


def reader_of(kafka: Kafka, client_id: str) -> AIOKafkaConsumer:
    """A consumer without a group that reads committed records only."""
    return AIOKafkaConsumer(
        client_id=client_id,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
        **kafka.for_aiokafka(),
    )


async def started(client: Any) -> None:
    """Start a client of aiokafka; while Kafka does not answer, say so and try again."""
    while True:
        try:
            await client.start()
        except KafkaConnectionError as away:
            structlog.get_logger().warning("waiting for Kafka", reason=str(away))
            await asyncio.sleep(AGAIN_S)
        else:
            return


async def until_end(
    consumer: AIOKafkaConsumer, places: Iterable[TopicPartition], going: Callable[[], bool]
) -> AsyncIterator[Read]:
    """Records from where the consumer stands to the ends as they are now; stops early when not `going`.

    Live is `position >= end`, not "the last record was seen": transactions leave markers behind.
    """
    ends = await consumer.end_offsets(list(places))
    waiting = {place for place, end in ends.items() if await consumer.position(place) < end}
    while waiting and going():
        got = await consumer.getmany(*waiting, timeout_ms=POLL_MS, max_records=MAX_RECORDS)
        for place, records in got.items():
            yield place, records
        waiting = {place for place in waiting if await consumer.position(place) < ends[place]}


async def whole(
    kafka: Kafka, places: Collection[TopicPartition], client_id: str, going: Callable[[], bool]
) -> AsyncIterator[Read]:
    """All records of these partitions (physical names) from the beginning to the end of now."""
    if not places:
        return
    consumer = reader_of(kafka, client_id)
    await started(consumer)
    try:
        consumer.assign(sorted(places))
        await consumer.seek_to_beginning(*places)
        async for read in until_end(consumer, places, going):
            yield read
    finally:
        await consumer.stop()
