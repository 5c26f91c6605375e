"""The pump: feeds batches of one stage to its faust agent, owns offsets, set-up, rebalance and fence.

A `mode.Service` on aiokafka's public API. The listener of the group only signals (epoch, lock, commit at
revoke); every seek happens in the loop that calls `getmany`, and each set-up seeks all partitions. Set-up
reconciles (see `streams.engine.stage`); only then batches flow: read, resolve schema ids, apply, emit,
await all acknowledgements, move the offsets. A commit goes out every second even when nothing moved, as
proof of membership for the fence.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from mode import Service
from mode.utils.locks import Event

from schemas.bus.metrics import BATCH_SECONDS, LAG_SECONDS, SET_UP_SECONDS
from schemas.settings import Kafka
from schemas.topics import PROGRESS
from streams.engine.audit import Audit
from streams.engine.batch import Batch
from streams.engine.counts import Counts
from streams.engine.emit import Emitter, producer_of
from streams.engine.fence import Fence, Leave, leave
from streams.engine.health import Health
from streams.engine.progress import Progress
from streams.engine.reading import FETCH_BYTES, MAX_RECORDS, POLL_MS, started
from streams.engine.setup import SetUp
from streams.engine.stage import Record, Run, Stage, Tally, Task
from streams.engine.wire import Wire

TICK_S: Final = 1.0
BATCH_WITHIN_S: Final = 28.0
REBALANCE_MS: Final = 30_000
NEVER_MS: Final = 86_400_000

NOTHING: Final[Tally] = Counter()

Got = Mapping[TopicPartition, Sequence[Record]]


@dataclass(frozen=True)
class Place:
    """Where a worker runs: Kafka, the prefix of topics and groups, the session, the clock."""

    kafka: Kafka
    prefix: str = ""
    session_s: float = 10.0
    gather_s: float = 0.0
    audit_s: float = 86_400.0
    clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    ends: Leave = leave


def member_of(place: Place, group: str) -> AIOKafkaConsumer:
    """A member of the stage's group; the range assignor keeps partition p of all topics together."""
    return AIOKafkaConsumer(
        client_id=f"zeven-{group}",
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        partition_assignment_strategy=(RangePartitionAssignor,),
        session_timeout_ms=int(place.session_s * 1000),
        heartbeat_interval_ms=min(3000, int(place.session_s * 300)),
        rebalance_timeout_ms=REBALANCE_MS,
        max_poll_interval_ms=NEVER_MS,
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=100,
        **place.kafka.for_aiokafka(),
    )


class Pump(Service, ConsumerRebalanceListener):  # type: ignore[misc]
    """One stage's consumer group member, producer and life cycle."""

    def __init__(self, stage: Stage, place: Place, wire: Wire, channel: Any, **options: Any) -> None:
        super().__init__(**options)
        self.stage, self.place, self.wire, self.channel = stage, place, wire, channel
        self.tasks: dict[int, Task] = {}
        self.offsets: dict[TopicPartition, int] = {}
        self.counts = Counts(stage.name)
        self.epoch = 0
        self.pending: frozenset[TopicPartition] | None = None
        self.lock = asyncio.Lock()
        self.fence = Fence(place.session_s, time.monotonic, place.ends)
        self.health = Health(stage.name, self)
        self.set_up = SetUp(self)
        self.progress = Progress(stage.name, wire)
        self.audit = Audit(self, place.audit_s)
        self.opened = Event()
        self.journal = structlog.get_logger().bind(stage=stage.name)
        self._clients: list[Any] = []
        self._tick_at = 0.0
        self._last_input = 0.0

    async def _open(self) -> None:
        """Learn the ids of the outputs and start the clients; waits for the registry and for Kafka, in words."""
        name = f"{self.place.prefix}{self.stage.name}"
        await self.wire.prepare((*self.stage.outputs, PROGRESS))
        self.producer = producer_of(self.place.kafka, f"zeven-{name}")
        self.consumer = member_of(self.place, name)
        self.emitter = Emitter(self.producer, self._check, self.place.prefix)
        for client in (self.producer, self.consumer):
            self._clients.append(client)
            await started(client)
        await self.set_up.start()
        self.consumer.subscribe([self.place.prefix + topic for topic in self.stage.inputs], listener=self)
        self.opened.set()

    async def on_stop(self) -> None:
        """Leave the group (which commits what is done) and close the clients."""
        await self.set_up.stop()
        for client in reversed(self._clients):
            await client.stop()

    def name_of(self, place: TopicPartition) -> tuple[str, int]:
        """Topic of the catalogue and partition."""
        return place.topic.removeprefix(self.place.prefix), place.partition

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Signal; when the running batch has ended, commit what is done and forget the offsets."""
        self.epoch += 1
        async with self.lock:
            await self.commit()
            self.offsets.clear()
            self.pending = None

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Signal only: the loop that reads does the rest."""
        self.epoch += 1
        self.fence.proven(time.monotonic())
        self.pending = frozenset(assigned)

    async def commit(self) -> bool:
        """Commit what is acknowledged downstream; True proves that this worker is still a member."""
        if not self.offsets:
            return False
        sent_at, epoch = time.monotonic(), self.epoch
        try:
            async with asyncio.timeout(self.place.session_s * 0.4):
                await self.consumer.commit(dict(self.offsets))
        except (CommitFailedError, IllegalStateError, TimeoutError, KafkaError) as refused:
            self.journal.warning("commit refused", reason=repr(refused))
            return False
        if epoch == self.epoch:
            self.fence.proven(sent_at)
        return epoch == self.epoch

    async def _check(self) -> None:
        await self.fence.check(self.commit)

    def current(self, epoch: int) -> bool:
        """True while the assignment of `epoch` holds and none is waiting."""
        return self.epoch == epoch and self.pending is None and not self.should_stop

    @Service.task
    async def _committing(self) -> None:
        await self.wait_for_stopped(self.opened)
        while not self.should_stop:
            if self.offsets:
                await self.commit()
            await self.sleep(TICK_S)

    @Service.task
    async def _auditing(self) -> None:
        await self.wait_for_stopped(self.opened)
        await self.audit.run()

    @Service.task
    async def _looking(self) -> None:
        await self.wait_for_stopped(self.opened)
        while not self.should_stop:
            await self.health.look()
            await self.sleep(2 * TICK_S)

    @Service.task
    async def _reading(self) -> None:
        await self._open()
        while not self.should_stop:
            if self.pending is not None:
                await self._settle(self.pending)
                continue
            epoch = self.epoch
            got: Got = await self.consumer.getmany(timeout_ms=POLL_MS, max_records=MAX_RECORDS)
            if got and self.place.gather_s and sum(map(len, got.values())) < MAX_RECORDS // 8:
                got = await self._more(got)
            if self.current(epoch) and (got or self.set_up.touched()):
                await self._batch(got, epoch)
            if self.current(epoch) and time.monotonic() >= self._tick_at:
                await self._tick(epoch)

    async def _more(self, got: Got) -> Got:
        await asyncio.sleep(self.place.gather_s)
        more: Got = await self.consumer.getmany(timeout_ms=0, max_records=MAX_RECORDS)
        return {place: [*got.get(place, ()), *more.get(place, ())] for place in got.keys() | more.keys()}

    async def _settle(self, assigned: frozenset[TopicPartition]) -> None:
        epoch, began = self.epoch, time.monotonic()
        self.pending = None
        gc.unfreeze()
        if await self.set_up.run(assigned, epoch):
            gc.collect()
            gc.freeze()
            seconds = time.monotonic() - began
            SET_UP_SECONDS.labels(stage=self.stage.name).set(seconds)
            self.journal.info(
                "set up", tasks=sorted(self.tasks), seconds=round(seconds, 3), **self.set_up.figures
            )

    async def _batch(self, got: Got, epoch: int) -> None:
        began = time.monotonic()
        await self.wire.resolve(record.value for records in got.values() for record in records)
        async with self.lock:
            if not self.current(epoch):
                return
            batch = Batch(self._work(got), self.place.clock_ms(), self.emitter.send, self.place.ends)
            async with asyncio.timeout(BATCH_WITHIN_S):
                await self.channel.put(batch)
                await batch.done
            self._account(got, batch)
        self._last_input = time.monotonic()
        seconds = self._last_input - began
        BATCH_SECONDS.labels(stage=self.stage.name).observe(seconds)
        count = sum(map(len, got.values()))
        self.journal.info("batch", records=count, emitted=batch.emitted, seconds=round(seconds, 4))

    def _work(self, got: Got) -> list[tuple[Task, list[Run]]]:
        runs: dict[int, list[Run]] = {partition: [] for partition in self.set_up.touched()}
        for place, records in got.items():
            runs.setdefault(place.partition, []).append(Run(self.name_of(place)[0], records))
        self.set_up.untouch()
        return [(self.tasks[partition], found) for partition, found in runs.items()]

    def _account(self, got: Got, batch: Batch) -> None:
        for place, records in got.items():
            position = records[-1].offset + 1
            topic, partition = self.name_of(place)
            tally = batch.tallies[partition].tally.get(topic, NOTHING)
            self.counts.passed((topic, partition), position, len(records), tally)
            self.offsets[place] = position

    async def _tick(self, epoch: int) -> None:
        """Once a second, between batches: idle work, positions past markers, progress."""
        self._tick_at = time.monotonic() + TICK_S
        positions = {place: await self.consumer.position(place) for place in list(self.offsets)}
        async with self.lock:
            if not self.current(epoch):
                return
            for place, position in positions.items():
                self.counts.reached(self.name_of(place), position)
                self.offsets[place] = max(self.offsets[place], position)
            now_ms = self.place.clock_ms()
            if time.monotonic() - self._last_input >= TICK_S:
                for task in self.tasks.values():
                    plan = task.idle(now_ms)
                    await self.emitter.send(plan.groups)
                    task.acknowledged()
            offsets = {self.name_of(place): offset for place, offset in self.offsets.items()}
            await self.emitter.send([self.progress.due(self.tasks.values(), offsets, now_ms)])
        LAG_SECONDS.labels(stage=self.stage.name).set(self.health.lag_s)
