"""One lane per subscription and channel: a receiver that is down holds up nobody but itself.

A lane is one thread with its own waiting list by time. It writes `sending` to the ledger, tries, and writes
what became of it. It is bounded: what does not fit is read again from `notice` when there is room.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Condition, Thread
from typing import Any

import structlog
from prometheus_client import Counter, Gauge

from connectors.deliver import ledger
from connectors.deliver.book import Book
from connectors.sinks.outcome import Message, Outcome, Sink
from schemas.errors import Reject, ZevenError

LONGEST_LIST = 10_000
TRIES = Counter(
    "zeven_deliveries", "Tries to deliver, by channel and what became of them.", ("kind", "outcome")
)
WAITING = Gauge("zeven_deliveries_waiting", "Notices that wait for a channel.", ("kind",))
Compose = Callable[[dict[str, Any]], Message]


@dataclass(order=True, frozen=True)
class Job:
    """One notice waiting for one channel; due at `at`, of the assignment `epoch`."""

    at: int
    offset: int
    notice: dict[str, Any] = field(compare=False)
    partition: int = field(compare=False)
    epoch: int = field(compare=False)


@dataclass
class Ways:
    """What all lanes share."""

    book: Book
    compose: Compose
    policy: ledger.Policy
    clock: Callable[[], int]
    owned: Callable[[int, int], bool]
    failed: Callable[[ZevenError], None]


class Lane:
    """The waiting list of one subscription and channel, and the thread that works it off."""

    def __init__(
        self, subscription: str, channel: str, channels: Sequence[str], sink: Sink, ways: Ways
    ) -> None:
        self.subscription, self.channel = subscription, channel
        self._channels = tuple(channels)  # all of the subscription: a notice is done when each of them is
        self.missed: dict[int, int] = {}
        self.closed_by_receiver = False
        self._sink, self._ways = sink, ways
        self._jobs: list[Job] = []
        self._known: set[str] = set()
        self._wake, self._stopping, self._busy = Condition(), False, False
        self._not_before = 0
        self._log = structlog.get_logger().bind(subscription=subscription, channel=channel)
        self._thread = Thread(target=self._run, name=f"{channel} {subscription}", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether its thread still works."""
        return self._thread.is_alive()

    @property
    def gone_id(self) -> str:
        """Key in the ledger under which it stands that the receiver wants no more."""
        return f"gone|{self.subscription}|{self.channel}"

    def add(self, job: Job) -> None:
        """Put a notice on the list; a full list only remembers from where to read again."""
        with self._wake:
            if job.notice["id"] in self._known:
                return
            if len(self._jobs) >= LONGEST_LIST and job.offset >= 0:
                self.missed[job.partition] = min(job.offset, self.missed.get(job.partition, job.offset))
                return
            self._known.add(job.notice["id"])
            heapq.heappush(self._jobs, job)
            WAITING.labels(self.channel).inc()
            self._wake.notify_all()

    def take_missed(self) -> dict[int, int]:
        """From where to read again, once half of the list is empty."""
        with self._wake:
            if not self.missed or len(self._jobs) > LONGEST_LIST // 2:
                return {}
            missed, self.missed = self.missed, {}
            return missed

    def waiting(self) -> list[Job]:
        """What is on the list."""
        with self._wake:
            return list(self._jobs)

    def drop(self, partitions: set[int], timeout_s: float) -> None:
        """Forget the notices of these partitions, and wait for the try under way."""
        with self._wake:
            kept = [job for job in self._jobs if job.partition not in partitions]
            WAITING.labels(self.channel).dec(len(self._jobs) - len(kept))
            self._jobs = kept
            heapq.heapify(self._jobs)
            self._known = {job.notice["id"] for job in kept}
            for partition in partitions:
                self.missed.pop(partition, None)
            self._wake.wait_for(lambda: not self._busy, timeout_s)

    def stop(self) -> None:
        """End after the try under way."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()

    def join(self, timeout_s: float) -> None:
        """Wait for the end, at most so long."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            while (job := self._next()) is not None:
                try:
                    self._deliver(job)
                finally:
                    with self._wake:
                        self._busy = False
                        self._wake.notify_all()
        except ZevenError as fault:
            self._ways.failed(fault)
        finally:
            self._sink.close()

    def _next(self) -> Job | None:
        with self._wake:
            while not self._stopping:
                now = self._ways.clock()
                due = max(self._jobs[0].at, self._not_before) if self._jobs else None
                if due is not None and due <= now:
                    job = heapq.heappop(self._jobs)
                    self._known.discard(job.notice["id"])
                    WAITING.labels(self.channel).dec()
                    self._busy = True
                    return job
                self._wake.wait(None if due is None else (due - now) / 1000)
            return None

    def _deliver(self, job: Job) -> None:
        ways, now = self._ways, self._ways.clock
        if not ways.owned(job.partition, job.epoch):
            return
        entry = ledger.fresh(job.notice["id"], self.subscription, self._channels, now())
        if self.closed_by_receiver:
            reason = "the receiver answered 410 before"
            ways.book.change(entry, lambda old: ledger.suppressed(old, self.channel, reason, now()))
            self._count(job, "suppressed", None)
            return
        known = ways.book.entry(job.notice["id"]) or entry
        if ledger.due_at(known, self.channel) is None:
            return
        ways.book.change(entry, lambda old: ledger.sending(old, self.channel, now()))
        outcome = self._try(job)
        step = partial(self._settled, outcome)
        self._after(job, outcome, ways.book.change(entry, step))

    def _try(self, job: Job) -> Outcome:
        try:
            message = self._ways.compose(job.notice)
        except Reject as fault:
            return Outcome("failed", str(fault))
        return self._sink.send(message)

    def _settled(self, outcome: Outcome, entry: dict[str, Any]) -> dict[str, Any]:
        return ledger.settled(entry, self.channel, outcome, self._ways.policy, self._ways.clock())

    def _after(self, job: Job, outcome: Outcome, entry: dict[str, Any]) -> None:
        state = ledger.channel_of(entry, self.channel)
        self._count(job, state["state"], state["error"])
        if outcome.after_s is not None:
            self._not_before = self._ways.clock() + round(outcome.after_s * 1000)
        if outcome.result == "gone":
            self.closed_by_receiver = True
            reason = f"{self.channel}: {outcome.error}"
            self._ways.book.put(
                ledger.closed(self.gone_id, self.subscription, "suppressed", reason, self._ways.clock())
            )
        due = ledger.due_at(entry, self.channel)
        if due is not None:
            self.add(Job(due, job.offset, job.notice, job.partition, job.epoch))

    def _count(self, job: Job, outcome: str, error: str | None) -> None:
        TRIES.labels(self.channel, outcome).inc()
        level = self._log.warning if outcome == "failed" else self._log.info
        level("delivery", notice=job.notice["id"], outcome=outcome, error=error)
