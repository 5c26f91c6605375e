"""A slow audit of what a stage wrote where it does not read it back: a slice of the keys at a time, all day long.

`identify` writes `linked.*` by national id, so a set-up, which goes by source, cannot compare them. The audit
reads those topics whole, once per slice, and emits exactly the difference. What moves while it reads is left
for the next time.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiokafka import TopicPartition

from streams.engine.reading import whole

if TYPE_CHECKING:
    from streams.engine.pump import Pump

SLICES: Final = 16


class Audit:
    """The audits of one pump; `every_s` is how long all slices together take."""

    def __init__(self, pump: Pump, every_s: float, slices: int = SLICES) -> None:
        self._pump, self._every_s, self._slices = pump, every_s, slices
        self.rounds = 0

    async def run(self) -> None:
        """One slice after the other, until the pump stops."""
        number = 0
        pump = self._pump
        while self._every_s and pump.stage.audited and not pump.should_stop:
            await pump.sleep(self._every_s / self._slices)  # ends early when the pump stops
            idle = not pump.tasks or pump.set_up.running or pump.should_stop
            if not idle and await self.slice(number):
                number = (number + 1) % self._slices
                self.rounds += number == 0

    async def slice(self, number: int) -> bool:
        """Compare one slice, and write what differs; False when the assignment changed meanwhile."""
        pump, epoch = self._pump, self._pump.epoch
        async with pump.lock:
            for task in pump.tasks.values():
                task.audit_begins(number, self._slices)
        places = {
            TopicPartition(pump.place.prefix + topic, part)
            for topic in pump.stage.audited
            for part in pump.wire.partitions(topic)
        }
        client = f"zeven-{pump.stage.name}-audit"
        async for place, records in whole(pump.place.kafka, places, client, lambda: pump.current(epoch)):
            await pump.wire.resolve(record.value for record in records)
            pump.stage.audit_heard(pump.tasks, pump.name_of(place)[0], records)
            await asyncio.sleep(0)
        async with pump.lock:
            if not pump.current(epoch):
                return False
            for task in pump.tasks.values():
                for plan in task.audit_ends():
                    await pump.emitter.send(plan.groups)
        return True
