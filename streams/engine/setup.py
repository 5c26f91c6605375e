"""Set-up of tasks: read the inputs, read back what was written, emit exactly the difference.

A running set-up gives up when the epoch changes; the next assignment begins anew. A task that stays here
keeps its fold of the inputs and goes on from where it stood; what it last wrote is read again every time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition

from streams.engine.reading import MAX_RECORDS, POLL_MS, reader_of, started, until_end, whole
from streams.engine.stage import Plan

if TYPE_CHECKING:
    from streams.engine.pump import Pump


class SetUp:
    """The set-ups of one pump, and its broadcast inputs."""

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self.kept: set[int] = set()
        self._touched: set[int] = set()
        self._broadcast: Any = None
        self.figures: dict[str, int] = {}
        self.running = True

    async def start(self) -> None:
        """Read the broadcast inputs whole and go on listening to them."""
        pump = self._pump
        if not pump.stage.broadcast:
            return
        reader = self._broadcast = reader_of(pump.place.kafka, f"zeven-{pump.stage.name}-broadcast")
        await started(reader)
        places = [place for topic in pump.stage.broadcast for place in self._places(topic, None)]
        reader.assign(places)
        await reader.seek_to_beginning(*places)
        async for place, records in until_end(reader, places, lambda: not pump.should_stop):
            await self._heard({place: records})
        pump.add_future(self._listening())

    def _places(self, topic: str, partition: int | None) -> list[TopicPartition]:
        parts = self._pump.wire.partitions(topic) if partition is None else (partition,)
        return [TopicPartition(self._pump.place.prefix + topic, part) for part in parts]

    async def stop(self) -> None:
        """Close the reader of broadcasts."""
        if self._broadcast is not None:
            await self._broadcast.stop()

    async def _listening(self) -> None:
        while not self._pump.should_stop:
            got = await self._broadcast.getmany(timeout_ms=POLL_MS, max_records=MAX_RECORDS)
            if got:
                await self._heard(got)

    async def _heard(self, got: Mapping[TopicPartition, Any]) -> None:
        pump = self._pump
        await pump.wire.resolve(record.value for records in got.values() for record in records)
        async with pump.lock:
            for place, records in got.items():
                pump.stage.heard(pump.tasks, pump.name_of(place)[0], records)
            self._touched |= set(pump.tasks)

    def touched(self) -> set[int]:
        """Tasks that broadcast records may have touched since their last batch."""
        return self._touched & set(self._pump.tasks)

    def untouch(self) -> None:
        """The touched tasks are in a batch now."""
        self._touched.clear()

    async def run(self, assigned: frozenset[TopicPartition], epoch: int) -> bool:
        """Set up the tasks of an assignment; False when another one came in between."""
        pump = self._pump
        self.running, self.figures = True, {"loaded": 0, "read_back": 0, "emitted": 0}
        counted = Counter(place.partition for place in assigned)
        mine = {part for part, count in counted.items() if count == len(pump.stage.inputs)}
        places = {place for place in assigned if place.partition in mine}
        if places != assigned:
            pump.journal.warning(
                "tasks wait for the rest of their topics", tasks=sorted(counted.keys() - mine)
            )
            pump.consumer.pause(*(assigned - places))
        if pump.stage.lean:
            pump.tasks = {}
        self.kept = mine & pump.tasks.keys()
        pump.tasks = {part: pump.tasks.get(part) or pump.stage.task(part) for part in sorted(mine)}
        done = await self._seek(places, epoch)
        done = done and (not pump.stage.lean or await self._read_back(epoch))
        done = done and await self._load(places, epoch)
        done = done and (pump.stage.lean or await self._read_back(epoch)) and await self._reconcile(epoch)
        async with pump.lock:
            if done and pump.current(epoch):
                pump.offsets = {place: pump.counts.position(pump.name_of(place)) for place in places}
                pump.progress.forget()
                self.running = False
                return True
        pump.tasks = {}  # what was set up in part begins anew
        return False

    async def _seek(self, places: set[TopicPartition], epoch: int) -> bool:
        """Seek every partition: to where a kept task stands, else to the beginning; begin to prove membership."""
        pump = self._pump
        starts = await pump.consumer.beginning_offsets(list(places)) if places else {}
        one = min(places, default=None)
        committed = await pump.consumer.committed(one) if one else 0
        async with pump.lock:
            if not pump.current(epoch):
                return False
            stands = {}
            for place, start in starts.items():
                name = pump.name_of(place)
                kept = pump.counts.position(name) if place.partition in self.kept else 0
                stands[name] = max(start, kept)
                pump.consumer.seek(place, stands[name])
            pump.counts.assigned(stands)
            pump.offsets = {one: committed or 0} if one else {}
        self.kept = set()
        return True

    async def _load(self, places: set[TopicPartition], epoch: int) -> bool:
        pump = self._pump
        if places:
            async for place, records in until_end(pump.consumer, places, lambda: pump.current(epoch)):
                await pump.wire.resolve(record.value for record in records)
                if not pump.current(epoch):
                    return False
                topic, part = pump.name_of(place)
                tally = pump.tasks[part].load(topic, records)
                pump.counts.passed((topic, part), records[-1].offset + 1, len(records), tally)
                self.figures["loaded"] += len(records)
                await asyncio.sleep(0)
        return pump.current(epoch)

    async def _read_back(self, epoch: int) -> bool:
        pump = self._pump
        for task in pump.tasks.values():
            task.forget_written()
        wanted = {
            place
            for partition in pump.tasks
            for topic, part in pump.stage.read_back(partition)
            for place in self._places(topic, part)
        }
        client = f"zeven-{pump.stage.name}-back"
        async for place, records in whole(pump.place.kafka, wanted, client, lambda: pump.current(epoch)):
            await pump.wire.resolve(record.value for record in records)
            pump.stage.written(pump.tasks, pump.name_of(place)[0], records)
            self.figures["read_back"] += len(records)
            await asyncio.sleep(0)
        return pump.current(epoch)

    async def _reconcile(self, epoch: int) -> bool:
        """Emit the difference chunk by chunk; each chunk asks for the fence and for the epoch inside the lock."""
        pump = self._pump
        for task in pump.tasks.values():
            steps = task.reconcile(pump.place.clock_ms())
            while (plan := await self._step(steps)) is not None:
                if plan.groups:
                    async with pump.lock:
                        if not pump.current(epoch):
                            return False
                        self.figures["emitted"] += await pump.emitter.send(plan.groups)
                        task.acknowledged()
                await asyncio.sleep(0)
                if not pump.current(epoch):
                    return False
        return True

    async def _step(self, steps: Iterator[Plan]) -> Plan | None:
        """The next plan, made in a thread: a step of half a minute must not silence the heartbeats."""
        async with self._pump.lock:
            return await asyncio.to_thread(next, steps, None)
