"""How a plan becomes records: one Kafka batch per partition, groups in order, each acknowledged in full."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from schemas.errors import Stop
from schemas.settings import Kafka
from streams.engine.stage import Emission

BATCH_BYTES: Final = 512 * 1024
ACKNOWLEDGED_WITHIN_S: Final = (
    25.0  # below the rebalance timeout: idempotent batches never expire by themselves
)


def producer_of(kafka: Kafka, client_id: str) -> AIOKafkaProducer:
    """An idempotent producer whose batches fit in what topics allow."""
    return AIOKafkaProducer(
        client_id=client_id,
        acks="all",
        enable_idempotence=True,
        compression_type="zstd",
        max_batch_size=BATCH_BYTES,
        max_request_size=8 * BATCH_BYTES,
        request_timeout_ms=20_000,
        **kafka.for_aiokafka(),
    )


class Emitter:
    """Sends groups of emissions; `check` is the fence, asked before each group."""

    def __init__(
        self, producer: AIOKafkaProducer, check: Callable[[], Awaitable[None]], prefix: str = ""
    ) -> None:
        self._producer = producer
        self._check = check
        self._prefix = prefix

    async def send(self, groups: Sequence[Sequence[Emission]]) -> int:
        """Send the groups in order and wait for each; returns the number of records."""
        count = 0
        for group in groups:
            if group:
                await self._check()
                try:
                    async with asyncio.timeout(ACKNOWLEDGED_WITHIN_S):
                        await self._send(group)
                except TimeoutError as late:
                    raise Stop(
                        f"Kafka did not acknowledge {len(group)} records within {ACKNOWLEDGED_WITHIN_S:.0f} s",
                        fix="The worker starts anew and reconciles; look at the brokers.",
                    ) from late
                count += len(group)
        return count

    async def _send(self, group: Sequence[Emission]) -> None:
        building: dict[tuple[str, int], Any] = {}
        sent: list[asyncio.Future[Any]] = []
        for one in group:
            place = (one.topic, one.partition)
            builder = building.get(place)
            if builder is None:
                builder = building[place] = self._producer.create_batch()
            if not _appended(builder, one):
                sent.append(await self._submit(builder, place))
                building[place] = self._producer.create_batch()
                if not _appended(building[place], one):
                    raise Stop(f"A record for {one.topic} is too large: {len(one.value or b'')} bytes")
        for place, builder in building.items():
            sent.append(await self._submit(builder, place))
        await asyncio.gather(*sent)

    async def _submit(self, builder: Any, place: tuple[str, int]) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = await self._producer.send_batch(
            builder, self._prefix + place[0], partition=place[1]
        )
        return future


def _appended(builder: Any, one: Emission) -> bool:
    fits = builder.append(timestamp=None, key=one.key, value=one.value, headers=one.headers)
    return fits is not None
