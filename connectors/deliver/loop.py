"""The other loop of the connectors: from `notice` to webhook and mail, at least once under one id.

One thread reads; lanes send. At assignment the ledger is read first, then the notices from their start: what
the ledger closed is passed over, what it knows as under way is tried again, the rest is new. The committed
offset serves lag tools only; what is done stands in the ledger.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import CommitFailedError, KafkaError

from connectors.deliver import ledger
from connectors.deliver.book import Book, Reader, notice_topic
from connectors.deliver.lane import TRIES, Compose, Job, Lane, Ways
from connectors.deliver.summary import Gathering, summary_id
from connectors.sinks.outcome import Sink
from connectors.sinks.webhook import now_ms
from connectors.watchdog import Watchdog
from schemas.bus.metrics import LAG_SECONDS
from schemas.bus.registry import Registry
from schemas.errors import Reject, Retry, ZevenError
from schemas.settings import Settings
from schemas.topics import NOTICE

GROUP = "zeven.deliver"
REVOKE_WAIT_S = 20.0
STALE_S = 15.0
AGAIN_S = 1.0
HANGS_S = 90.0


@dataclass(frozen=True)
class Route:
    """The ways out of one subscription, by channel."""

    subscription: str
    sinks: Mapping[str, Sink]


@dataclass
class _Assigned(ConsumerRebalanceListener):  # type: ignore[misc]
    """Only signals; the loop does the work."""

    gained: set[int] = field(default_factory=set)
    lost: Callable[[set[int]], None] = field(default=lambda _partitions: None)

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        gone = {spot.partition for spot in revoked}
        self.gained -= gone
        self.lost(gone)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self.gained |= {spot.partition for spot in assigned}


class Delivery:
    """The delivery of this process; `run` works until `stop`."""

    def __init__(
        self,
        settings: Settings,
        routes: Iterable[Route],
        compose: Compose,
        policy: ledger.Policy | None = None,
        enable: frozenset[str] = frozenset(),
        prefix: str = "",
    ) -> None:
        self._settings, self._policy = settings, policy or ledger.Policy()
        self._enable, self._group, self._topic = enable, prefix + GROUP, prefix + NOTICE
        self._registry = Registry(settings.registry.url)
        self._book = Book(settings, self._registry, prefix)
        self._read = Reader(notice_topic(settings), self._registry)
        self._epochs: dict[int, int] = {}
        self._epoch, self._heard = 0, 0.0
        self._stop, self._fault = Event(), None
        self._ways = Ways(self._book, compose, self._policy, now_ms, self._owned, self._failed)
        self._lanes = {route.subscription: self._lanes_of(route) for route in routes}
        self._gatherings: dict[str, Gathering] = {}
        self._log = structlog.get_logger().bind(stage="deliver")

    _fault: ZevenError | None

    def _lanes_of(self, route: Route) -> list[Lane]:
        channels = tuple(route.sinks)
        return [
            Lane(route.subscription, name, channels, sink, self._ways) for name, sink in route.sinks.items()
        ]

    def ready(self) -> str | None:
        """None when partitions are owned, the ledger is read and Kafka answers; else the reason."""
        if not self._epochs:
            return "no partition of notice is assigned"
        dead = [lane.gone_id for lane in self._all_lanes() if not lane.alive]
        if dead:
            return f"lanes have ended: {', '.join(dead)}"
        silent = time.monotonic() - self._heard
        return f"Kafka has not answered for {silent:.0f} s" if silent > STALE_S else None

    def stop(self) -> None:
        """End `run` soon."""
        self._stop.set()

    def run(self) -> None:
        """Deliver until stopped. Raises what a lane could not get over."""
        consumer = self._consumer()
        listener = _Assigned(lost=self._lost)
        consumer.subscribe([self._topic], listener=listener)
        try:
            with Watchdog(lambda: self._hangs(consumer), HANGS_S) as watchdog:
                while not self._stop.is_set():
                    watchdog.turned()
                    self._try_turn(consumer, listener)
            if self._fault is not None:
                raise self._fault
        finally:
            self._end_lanes()
            consumer.close(autocommit=False)
            self._book.close()
            self._registry.close()

    def _hangs(self, consumer: KafkaConsumer) -> None:
        self._failed(
            Retry("The Kafka consumer hangs", where=self._settings.kafka.bootstrap, fix="Start again.")
        )
        consumer.close(autocommit=False, timeout_ms=1_000)

    def _end_lanes(self) -> None:
        """All at once; a try that hangs stays `sending` in the ledger and is made again later."""
        for lane in self._all_lanes():
            lane.stop()
        deadline = time.monotonic() + REVOKE_WAIT_S
        for lane in self._all_lanes():
            lane.join(max(0.0, deadline - time.monotonic()))

    def _consumer(self) -> KafkaConsumer:
        try:
            return KafkaConsumer(
                client_id="zeven-deliver",
                group_id=self._group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                session_timeout_ms=10_000,
                max_poll_records=1_000,
                allow_auto_create_topics=False,
                **self._settings.kafka.for_kafka_python(),
            )
        except KafkaError as fault:
            where = self._settings.kafka.bootstrap
            raise Retry("Kafka does not answer", where=where, fix="See `zeven doctor`.") from fault

    def _try_turn(self, consumer: KafkaConsumer, listener: _Assigned) -> None:
        """One turn; when Kafka fails in the middle of it, everything assigned is set up anew."""
        try:
            self._turn(consumer, listener)
        except (KafkaError, Retry) as fault:
            self._log.warning("Kafka does not answer; set up again", error=str(fault) or type(fault).__name__)
            self._lost(set(self._epochs))
            listener.gained = {spot.partition for spot in consumer.assignment()}
            self._stop.wait(AGAIN_S)

    def _turn(self, consumer: KafkaConsumer, listener: _Assigned) -> None:
        """One turn: read, set up what is new, hand out, close gatherings, commit."""
        polled = consumer.poll(timeout_ms=200)
        fresh, listener.gained = listener.gained, set()
        if fresh:
            self._set_up(consumer, fresh)
        for spot, records in polled.items():
            if spot.partition in self._epochs and spot.partition not in fresh:
                for record in records:
                    self._take(record)
        self._close_gatherings(time.monotonic())
        for lane in self._all_lanes():
            for partition, offset in lane.take_missed().items():
                if partition in self._epochs:
                    consumer.seek(TopicPartition(self._topic, partition), offset)
        self._commit(consumer)

    def _set_up(self, consumer: KafkaConsumer, partitions: set[int]) -> None:
        count = self._book.load(partitions)
        for lane in self._all_lanes():
            lane.closed_by_receiver = self._book.entry(lane.gone_id) is not None
            if lane.closed_by_receiver and lane.subscription in self._enable:
                self._book.forget(lane.gone_id, lane.subscription)
                lane.closed_by_receiver = False
        self._epoch += 1
        for partition in partitions:
            self._epochs[partition] = self._epoch
        consumer.seek_to_beginning(*(TopicPartition(self._topic, partition) for partition in partitions))
        self._log.info("set up", partitions=sorted(partitions), ledger=count)

    def _lost(self, partitions: set[int]) -> None:
        for partition in partitions:
            self._epochs.pop(partition, None)
        gone = [key for key, one in self._gatherings.items() if one.partition in partitions]
        for key in gone:
            del self._gatherings[key]
        for lane in self._all_lanes():
            lane.drop(partitions, REVOKE_WAIT_S)

    def _owned(self, partition: int, epoch: int) -> bool:
        return self._epochs.get(partition) == epoch

    def _failed(self, fault: ZevenError) -> None:
        self._fault = fault
        self._stop.set()

    def _all_lanes(self) -> list[Lane]:
        return [lane for lanes in self._lanes.values() for lane in lanes]

    def _take(self, record: Any) -> None:
        if record.value is None:
            return
        try:
            notice = self._read(record.value)
        except Reject as fault:
            TRIES.labels("notice", "rejected").inc()
            self._log.error("notice cannot be read", offset=record.offset, error=str(fault))
            return
        entry = self._book.entry(notice["id"])
        gathered = notice["group"] is not None and notice["subscription"] in self._lanes
        if gathered:
            self._gather(notice, entry, record.partition)
        elif entry is None or entry["state"] not in ledger.DONE:
            self._hand_out(notice, record.partition, record.offset)

    def _hand_out(self, notice: dict[str, Any], partition: int, offset: int) -> None:
        """Put a notice on the lanes that did not deliver it yet."""
        lanes = self._lanes.get(notice["subscription"], [])
        if not lanes:
            self._close(notice, "suppressed", "there is no such subscription (any more)")
        entry = self._book.entry(notice["id"])
        for lane in lanes:
            due = ledger.due_at(entry, lane.channel) if entry else 0
            if due is not None:
                lane.add(Job(due, offset, notice, partition, self._epochs[partition]))

    def _close(self, notice: Mapping[str, Any], state: str, reason: str) -> None:
        self._book.put(ledger.closed(notice["id"], notice["subscription"], state, reason, now_ms()))
        TRIES.labels("notice", state).inc()

    def _gather(self, notice: dict[str, Any], entry: Mapping[str, Any] | None, partition: int) -> None:
        """Add to the first look it belongs to; after its summary began, stragglers are passed over."""
        made = summary_id(notice["subscription"], notice["group"])
        summary = self._book.entry(made)
        inside = entry is not None and entry["state"] == "summarised"
        if summary is not None and not inside:
            if entry is None:
                self._close(notice, "suppressed", f"came after the first-look summary {made}")
            return
        if summary is not None and summary["state"] in ledger.DONE:
            return
        now = time.monotonic()
        found = self._gatherings.get(made)
        if found is None:
            found = Gathering(notice["subscription"], notice["group"], now, now, partition=partition)
            self._gatherings[made] = found
        found.add(notice, now)

    def _close_gatherings(self, now: float) -> None:
        policy = self._policy
        for key, one in list(self._gatherings.items()):
            if one.ready(now, policy.quiet_s, policy.longest_gathering_s):
                del self._gatherings[key]
                self._summarise(one)

    def _summarise(self, one: Gathering) -> None:
        """Mark the members, then begin the summary: in this order a crash repeats, and never loses."""
        at, reason = now_ms(), f"told in the first-look summary {one.id}"
        unmarked = [name for name in one.members if self._book.entry(name) is None]
        self._book.put_all(
            ledger.closed(name, one.subscription, "summarised", reason, at) for name in unmarked
        )
        if self._book.entry(one.id) is None:
            channels = [lane.channel for lane in self._lanes[one.subscription]]
            self._book.put(ledger.fresh(one.id, one.subscription, channels, at))
        self._hand_out(one.notice(), one.partition, -1)
        TRIES.labels("notice", "summarised").inc(len(unmarked))
        self._log.info(
            "first look summarised", subscription=one.subscription, members=len(one.members), notice=one.id
        )

    def _commit(self, consumer: KafkaConsumer) -> None:
        """Once a second the oldest offset that waits, per partition; it also proves that Kafka answers."""
        now = time.monotonic()
        if not self._epochs or now - self._heard < 1.0:
            return
        waiting = [job for lane in self._all_lanes() for job in lane.waiting()]
        oldest = min((job.notice["created_at"] for job in waiting), default=None)
        LAG_SECONDS.labels("deliver").set(0 if oldest is None else max(0, now_ms() - oldest) / 1000)
        offsets = {}
        try:
            for partition in self._epochs:
                spot = TopicPartition(self._topic, partition)
                open_ones = [job.offset for job in waiting if job.partition == partition and job.offset >= 0]
                offsets[spot] = OffsetAndMetadata(min([consumer.position(spot), *open_ones]), "", -1)
            consumer.commit(offsets, timeout_ms=5_000)
        except CommitFailedError:
            return  # a rebalance is under way; the next poll joins again
        except KafkaError as fault:
            self._log.warning("Kafka does not answer", error=type(fault).__name__)
            return
        self._heard = now
