"""The right to publish for a hub: owning the one partition of `control.<hub>` in the connector's group.

A thread of its own joins the group, brings the commands that stand in the topic, and commits every second
even if nothing moved: an accepted commit proves membership at the moment it was sent. Who holds no fresh
proof does not write; a second connector of the same hub stands by. The window between the check and the
socket remains, and the tail of the own topics repairs what comes through it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any, Final

import structlog
from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from kafka.errors import KafkaError

from connectors.watchdog import Watchdog
from schemas import topics
from schemas.bus.admin import admin
from schemas.codec import decode, load, unframe
from schemas.errors import Reject, Retry
from schemas.settings import Settings

SESSION_S: Final = 10.0
FRESH_S: Final = 0.6 * SESSION_S
COMMIT_S: Final = 1.0
CLOSE_S: Final = 5.0
ORPHANED_S: Final = 2 * SESSION_S
STANDBY_S: Final = 0.2
_POLL_MS: Final = 200
_AGAIN_S: Final = 1.0


class NotOwner(Retry):
    """Publishing is not for this process now."""


@dataclass(frozen=True)
class Command:
    """An order to the connector; `offset` is where it stands in the control topic."""

    offset: int
    action: str
    kind: str | None = None
    source_ids: tuple[str, ...] = ()
    since_ms: int | None = None


class Fence:
    """Holds, or waits for, the right to publish for `hub`; `wake` is set when something wants attention."""

    def __init__(self, settings: Settings, hub: str, wake: Event) -> None:
        self._settings, self._hub, self._wake = settings, hub, wake
        self._topic = TopicPartition(topics.control(hub), 0)
        self._lock = Lock()
        self._commands: list[Command] = []
        self._done: int | None = None
        self._proof = float("-inf")
        self._term = 0
        self._why = "has not joined the group yet"
        self._stop = Event()
        self._log = structlog.get_logger().bind(hub=hub, step="fence")
        self._thread = Thread(target=self._run, name="fence", daemon=True)

    def start(self) -> None:
        """Begin to ask for the right."""
        self._thread.start()

    def close(self) -> None:
        """Give the right back."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_S)

    @property
    def term(self) -> int:
        """Grows each time the right was gained anew."""
        with self._lock:
            return self._term

    def lacking(self) -> str | None:
        """Why this process may not publish, or None when it may."""
        with self._lock:
            age = time.monotonic() - self._proof
            return None if age < FRESH_S else self._why or f"Kafka has not confirmed it for {FRESH_S:g} s"

    def check(self) -> None:
        """Raise `NotOwner` unless there is a fresh proof of ownership."""
        reason = self.lacking()
        if reason is not None:
            raise NotOwner(f"fence not held: {reason}", where=self._hub)

    def commands(self) -> Iterator[Command]:
        """Orders that came since the last call."""
        with self._lock:
            waiting, self._commands = self._commands, []
        yield from waiting

    def done(self, command: Command) -> None:
        """An order is carried out and need not be given again after a restart."""
        with self._lock:
            self._done = max(self._done or 0, command.offset + 1)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._serve()
            except (KafkaError, Retry) as fault:
                self._lose(f"Kafka does not answer: {type(fault).__name__}")
                self._log.warning("fence_unreachable", fault=str(fault)[:200])
                self._stop.wait(_AGAIN_S)

    def _serve(self) -> None:
        consumer = KafkaConsumer(
            client_id=f"connector-{self._hub}-fence",
            group_id=f"connector.{self._hub}",
            # the usual assignor would give the partition to the member whose name sorts first, also to a newcomer
            partition_assignment_strategy=[StickyPartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            session_timeout_ms=int(SESSION_S * 1000),
            heartbeat_interval_ms=2000,
            fetch_max_wait_ms=100,
            **self._settings.kafka.for_kafka_python(),
        )
        try:
            # known before it joins: kafka-python's assignor gives away nothing of a topic that it does not know yet
            consumer.partitions_for_topic(self._topic.topic)
            consumer.subscribe([self._topic.topic])
            with Watchdog(lambda: consumer.close(autocommit=False, timeout_ms=1_000)) as watchdog:
                self._turn(consumer, watchdog)
        finally:
            self._lose("has left the group")
            consumer.close()

    def _turn(self, consumer: Any, watchdog: Watchdog) -> None:
        mine, orders_end = False, 0
        committed_at, asked_at = float("-inf"), time.monotonic()
        while not self._stop.is_set():
            watchdog.turned()
            if not mine and time.monotonic() - asked_at >= ORPHANED_S:
                asked_at = time.monotonic()
                if self._is_nobodys():
                    return
            found = consumer.poll(timeout_ms=_POLL_MS, max_records=100)
            owns = self._topic in consumer.assignment()
            if owns and not mine:
                orders_end = self._take(consumer)
            elif not owns:
                self._lose(self._why_not(consumer))
                self._stop.wait(STANDBY_S)  # kafka-python does not wait itself while it has no partition
            mine = owns
            self._receive(found.get(self._topic, []))
            knows_orders = mine and consumer.position(self._topic) >= orders_end
            if knows_orders and time.monotonic() - committed_at >= COMMIT_S:
                committed_at = time.monotonic()
                self._prove(consumer, committed_at)
        if mine and self.lacking() is None:
            self._prove(consumer, time.monotonic())

    def _is_nobodys(self) -> bool:
        """Whether the group is at rest and no member has the partition: then joining anew gives it to somebody."""
        name = f"connector.{self._hub}"
        with admin(self._settings, SESSION_S) as client:
            group = client.describe_groups([name])[name]
        held = [
            one for member in group["members"] for one in member["member_assignment"]["assigned_partitions"]
        ]
        found = group["group_state"] == "Stable" and not held
        if found:
            self._log.warning("fence_of_nobody", fix="it is joined anew")
        return found

    def _why_not(self, consumer: Any) -> str:
        if not consumer.partitions_for_topic(self._topic.topic):
            return f"there is no topic {self._topic.topic}; `zeven setup` makes it"
        return "another connector of this hub publishes; this one stands by"

    def _take(self, consumer: Any) -> int:
        """Begin at what is not done yet; returns where the orders end that must be known before a look."""
        position = consumer.committed(self._topic)
        with self._lock:
            self._done = position if position is not None else consumer.position(self._topic)
            self._commands.clear()
        return int(consumer.end_offsets([self._topic])[self._topic])

    def _prove(self, consumer: Any, sent_at: float) -> None:
        with self._lock:
            done = self._done or 0
        consumer.commit({self._topic: OffsetAndMetadata(done, "", -1)})
        with self._lock:
            gained = self._why != ""
            self._proof, self._why = sent_at, ""
            self._term += int(gained)
        if gained:
            self._log.info("fence_held")
            self._wake.set()

    def _lose(self, why: str) -> None:
        with self._lock:
            held = self._why == ""
            self._proof, self._why = float("-inf"), why
        if held and self._stop.is_set():
            self._log.info("fence_given_back")
        elif held:
            self._log.warning("fence_lost", why=why)
            self._wake.set()

    def _receive(self, records: list[Any]) -> None:
        for record in records:
            try:
                _, body = unframe(record.value or b"")
                order = decode(load("control.Command"), body)
            except Reject as fault:
                self._log.warning("command_unreadable", offset=record.offset, fault=str(fault))
                order = {"action": "unreadable", "kind": None, "source_ids": []}
            command = Command(
                record.offset, order["action"], order["kind"], tuple(order["source_ids"]), order.get("since")
            )
            with self._lock:
                self._commands.append(command)
            self._wake.set()
