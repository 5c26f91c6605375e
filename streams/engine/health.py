"""Ready means true: Kafka answers, the registry answers, set-up is over, and every partition moves."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

if TYPE_CHECKING:
    from streams.engine.pump import Pump

ANSWER_WITHIN_S: Final = 4.0
SILENT_AFTER_S: Final = 8.0
STUCK_AFTER_S: Final = 30.0


class Health:
    """What one pump can say about itself; `reason` is safe to call from another thread."""

    def __init__(self, stage: str, pump: Pump, stuck_after_s: float = STUCK_AFTER_S) -> None:
        self._stage, self._pump, self._stuck_after_s = stage, pump, stuck_after_s
        self._heard_at = time.monotonic()
        self._moved: dict[TopicPartition, tuple[int, float]] = {}
        self._stuck: list[str] = []
        self.lag_s = 0.0

    async def look(self) -> None:
        """Ask Kafka for the ends and compare them with what is done."""
        pump = self._pump
        places = list(pump.offsets)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                if places:
                    ends = await pump.consumer.end_offsets(places)
                else:
                    ends = {}
                    await pump.consumer.topics()
        except (KafkaError, TimeoutError, OSError):
            return
        self._heard_at = time.monotonic()
        self._compare(ends)

    def _compare(self, ends: dict[TopicPartition, int]) -> None:
        now, behind = time.monotonic(), []
        moved: dict[TopicPartition, tuple[int, float]] = {}
        for place, end in ends.items():
            done = self._pump.offsets.get(place, end)
            at, since = self._moved.get(place, (done, now))
            moved[place] = (done, since if at == done and done < end else now)
            if done < end and now - moved[place][1] > self._stuck_after_s and not self._pump.set_up.running:
                behind.append(f"{place.topic}-{place.partition} at {done} of {end}")
        self._moved, self._stuck = moved, sorted(behind)
        late = [now - since for place, (done, since) in moved.items() if done < ends[place]]
        self.lag_s = max(late, default=0.0)

    def reason(self) -> str | None:
        """None when ready, else why not."""
        pump = self._pump
        silent = time.monotonic() - self._heard_at
        if silent > SILENT_AFTER_S:
            return f"{self._stage}: Kafka has not answered for {silent:.0f} s"
        if pump.wire.waits_for:
            return f"{self._stage}: {pump.wire.waits_for}"
        if pump.set_up.running:
            return f"{self._stage}: set-up is running"
        if self._stuck:
            return f"{self._stage}: stuck: {', '.join(self._stuck[:3])}"
        return None
