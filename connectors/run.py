"""The one loop of every connector: own the fence, look at each source, say what was found, wait.

The edge around `look`. Kafka or the fence gone means: stand by, read the own topics again, go on. What the
source does never ends the process.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Final

import structlog
from kafka.errors import KafkaError
from prometheus_client import Counter, Gauge
from pydantic import ValidationError

from connectors import manifest as manifests
from connectors.fence import Command, Fence, NotOwner
from connectors.hubs import Mapper
from connectors.inbox.desk import SHARE, Desk
from connectors.look import STATES, Again, Hands, Job, Outcome, look
from connectors.manifest import Manifest
from connectors.memory import Memory
from connectors.publish import Publisher, Writer
from connectors.sources import LookState, Source
from connectors.sources.throttle import Throttle
from connectors.tail import Tail
from connectors.undo import undo
from schemas import topics
from schemas.bus.metrics import LAST_LOOK, REJECTED
from schemas.bus.registry import Registry
from schemas.errors import Retry
from schemas.settings import Settings

LOOK_ROWS = Counter("zeven_look_rows", "Rows of looks, by what became of them.", ("hub", "kind", "outcome"))
SOURCE_STATE = Gauge("zeven_source_state", "1 for the state of the last look.", ("hub", "kind", "outcome"))
STANDING = Gauge(
    "zeven_source_records", "Records of a source: live, rejected, held.", ("hub", "kind", "outcome")
)
RETRY_S: Final = 1.0
TAIL_S: Final = 1.0
JITTER: Final = (0.9, 1.1)  # so that connectors that began together do not stay together
LONGEST_PAUSE_S: Final = 86_400.0
_COUNTED: Final = (
    "read",
    "published",
    "unchanged",
    "removed",
    "unassigned",
    "mended",
    "set_aside",
    "foreign",
)


@dataclass
class Orders:
    """What commands asked for and is not done yet."""

    again: dict[str, Again] = field(default_factory=dict)
    done: list[Command] = field(default_factory=list)


class Connector:
    """The connector of one hub."""

    def __init__(
        self,
        settings: Settings,
        manifest: Manifest,
        clock: Callable[[], int] | None = None,
        mappers: Mapping[str, Mapper] | None = None,
    ) -> None:
        self.hub, self.manifest = manifest.hub, manifest
        self.clock = clock or (lambda: time.time_ns() // 1_000_000)
        self.stop = Event()
        self._settings = settings
        self._wake = Event()
        self._mappers = mappers or manifests.mappers(manifest.hub, settings)
        self._release = manifests.release(manifest, settings)
        self._registry = Registry(settings.registry.url)
        self._memory = Memory(settings.data / "connectors" / self.hub / "memory.sqlite")
        self._fence = Fence(settings, self.hub, self._wake)
        self._publisher = Publisher(settings, self.hub, self._may)
        self._tail = Tail(settings, self.hub, self._memory, self._registry)
        throttle = Throttle()
        self._sources: dict[str, Source] = {
            kind: part.open(throttle) for kind, part in manifest.sources.items()
        }
        self._desk = Desk(settings, manifest)
        self._orders = Orders()
        self._term = 0
        self._hands: Hands | None = None
        self._problem: str | None = "has not looked yet"
        self._failing: list[str] = []
        self._pause_until: dict[str, float] = {}
        self._log = structlog.get_logger().bind(hub=self.hub, step="look")

    def ready(self) -> str | None:
        """None, or why this process cannot do its work now."""
        lacking = self._fence.lacking()
        if lacking is not None:
            return f"fence not held: {lacking}"
        if self._problem is not None:
            return self._problem
        return f"last look failing: {', '.join(self._failing)}" if self._failing else None

    def halt(self) -> None:
        """Ask the loop to end."""
        self.stop.set()
        self._wake.set()

    def _may(self) -> None:
        if self.stop.is_set():
            raise Retry("The connector was told to stop", where=self.hub)
        self._fence.check()
        if self._fence.term != self._term:
            raise NotOwner("The fence was lost and gained again", where=self.hub)

    def run(self, *, once: bool = False) -> dict[str, Any] | None:
        """Look again and again until `halt`, or once; returns the last `checked` record."""
        self._fence.start()
        last: dict[str, Any] | None = None
        try:
            while not self.stop.is_set():
                try:
                    self._wake.clear()
                    self._stand()
                    began = time.monotonic()
                    last = self._round()
                except (Retry, KafkaError) as fault:
                    self._stumble(fault)
                    continue
                if once:
                    break
                pause = self.manifest.interval_s * random.uniform(*JITTER)  # noqa: S311 (no secret)
                self._rest(pause, early=SHARE * (time.monotonic() - began))
        finally:
            self._close()
        return last

    def _stumble(self, fault: Exception) -> None:
        """Kafka, registry or the fence failed: say so, doubt what was written, and try again."""
        self._hands = None
        if self.stop.is_set():
            return
        standby = isinstance(fault, NotOwner)
        reason = str(fault)
        if self._problem != reason:
            level = self._log.info if standby else self._log.warning
            level("standing_by" if standby else "look_interrupted", fault=reason)
        self._problem = reason
        self._wake.wait(RETRY_S)

    def _stand(self) -> None:
        """Hold the fence, and know all that stands in the own topics."""
        self._fence.check()
        if self._hands is not None and self._fence.term == self._term:
            return
        self._term = self._fence.term
        self._publisher.close()
        catalogue = topics.catalogue([self.hub], self._settings.topics.partitions)
        mine = [topic for topic in catalogue.values() if topic.writer.startswith(f"connector {self.hub}")]
        ids = {topic.name: self._registry.id_for(topic) for topic in mine}
        self._tail.open(self.clock())
        self._tail.catch_up(self.clock())
        if self._memory.noted("look") is None:
            self._tail.recall()
        writer = Writer(self.hub, self.manifest.sample, self._settings.topics.partitions, ids)
        self._hands = Hands(self._memory, self._publisher, self._tail, writer, self.clock, self._may)
        self._log.info("memory_ready", records={kind: self._memory.live(kind) for kind in topics.KINDS})

    def _round(self) -> dict[str, Any] | None:
        """Carry out orders, look at every source, and say what was found."""
        hands = self._hands
        if hands is None:
            raise Retry("The own topics are not open", where=self.hub)
        self._obey(hands)
        self._desk.begin()
        started = self.clock()
        found = [self._waiting(kind) or self._look(kind, hands) for kind in self._sources]
        self._date(found)
        checked = self._checked(found, started)
        self._memory.note("look", str(checked["look"]))
        self._memory.commit()
        hands.publisher.publish([hands.writer.checked(checked)])
        self._settle(found)
        return checked

    def _look(self, kind: str, hands: Hands) -> Outcome:
        part, memory = self.manifest.sources[kind], self._memory
        seen_release = memory.noted(f"release.{kind}")
        again = self._orders.again.get(kind)
        whole = again is not None or seen_release != self._release or memory.wants_all(kind)
        job = Job(
            kind,
            part.reader,
            self._sources[kind],
            self._mappers[kind],
            self.manifest.words,
            self.manifest.brake_of(kind),
            part.expected,
            previous=None if whole else _state(memory.noted(f"state.{kind}")),
            first=seen_release is None,
            remapped=seen_release not in (None, self._release),
            again=again,
            release=self._release,
        )
        began = time.monotonic()
        self._desk.open(kind, job.source, hands)
        found = look(job, hands)
        self._desk.close_look(found, job.source, hands)
        self._tell(found, time.monotonic() - began)
        return found

    def _waiting(self, kind: str) -> Outcome | None:
        """What to say of a source that is left alone now: by order, or because it asked for it."""
        left = self._pause_until.get(kind, 0.0) - time.monotonic()
        if self._memory.noted("paused") is not None:
            state, reason = "idle", f"paused; zeven hub resume {self.hub}"
        elif left > 0:
            state, reason = "partial", f"the source asked to be left alone for {left:.0f} s more"
        else:
            return None
        memory, reader = self._memory, self.manifest.sources[kind].reader
        found = Outcome(kind, reader, state, reasons=[reason], left_alone=True)
        found.live, found.held = memory.live(kind), memory.held(kind)
        found.held_ids = memory.held_ids(kind)
        found.rejected = memory.count_rejections(kind)
        return found

    def _tell(self, found: Outcome, seconds: float) -> None:
        """One log line and the figures of a look at one kind."""
        for name in _COUNTED:
            LOOK_ROWS.labels(self.hub, found.kind, name).inc(getattr(found, name))
        for state in STATES:
            SOURCE_STATE.labels(self.hub, found.kind, state).set(state == found.state)
        for name in ("live", "rejected", "held"):
            STANDING.labels(self.hub, found.kind, name).set(getattr(found, name))
        if found.complete:
            LAST_LOOK.labels(self.hub, found.kind).set(self.clock() / 1000)
        REJECTED.labels(self.hub, found.kind, "connector").inc(found.set_aside)
        level = self._log.info if found.state in ("idle", "live") else self._log.warning
        figures = found.record() | {name: getattr(found, name) for name in ("mended", "set_aside", "foreign")}
        level("looked", seconds=round(seconds, 3), **figures)

    def _date(self, found: list[Outcome]) -> None:
        """When each kind was last seen completely, this time or before."""
        for one in found:
            if one.complete:
                self._memory.note(f"complete.{one.kind}", str(self.clock()))
            noted = self._memory.noted(f"complete.{one.kind}")
            one.complete_at = int(noted) if noted else None

    def _checked(self, found: list[Outcome], started: int) -> dict[str, Any]:
        """The life sign and manifest, as things stand after this round."""
        memory = self._memory
        done = {one.kind for one in found if one.complete}
        first = any(
            memory.noted(f"release.{kind}") is None and kind not in done for kind in self.manifest.sources
        )
        return {
            "hub": self.hub,
            "look": int(memory.noted("look") or 0) + 1,
            "started_at": started,
            "finished_at": max(self.clock(), started),
            "state": max((one.state for one in found), key=STATES.index),
            "sample": self.manifest.sample,
            "first_look": first,
            "interval_s": max(1, round(self.manifest.interval_s)),
            "freshness_target_s": self.manifest.freshness_target_s,
            "release": self._release,
            "kinds": [one.record() for one in found],
            "offsets": self._tail.offsets(),
            "buckets": [
                {"kind": kind, "bucket": bucket, "count": count, "hash": total}
                for kind, bucket, count, total in memory.buckets()
            ],
        }

    def _settle(self, found: list[Outcome]) -> None:
        """Write down what the next round needs, now that Kafka has everything."""
        memory = self._memory
        for one in found:
            if one.complete:
                memory.note(f"release.{one.kind}", self._release)
                self._orders.again.pop(one.kind, None)
            if not one.left_alone:
                memory.note(f"state.{one.kind}", one.next_state.model_dump_json())
            if one.pause_s:
                self._pause_until[one.kind] = time.monotonic() + min(one.pause_s, LONGEST_PAUSE_S)
        memory.commit()
        self._desk.settle()
        if not self._orders.again:
            for command in self._orders.done:
                self._fence.done(command)
            self._orders.done.clear()
        self._problem = None
        self._failing = [f"{one.kind}: {'; '.join(one.reasons)}" for one in found if one.state == "failing"]

    def _obey(self, hands: Hands) -> None:
        """Take commands in; each counts as done when the round that carried it out is over."""
        for command in self._fence.commands():
            kinds = [command.kind] if command.kind in self._sources else list(self._sources)
            done = 0
            for kind in kinds:
                if command.action == "approve":
                    done += self._memory.approve(kind, command.source_ids)
                elif command.action == "undo":
                    undone = undo(hands, kind, command.source_ids)
                    done += undone.held + undone.restored
                    self._log.info("undone", kind=kind, **undone._asdict())
                elif command.action in ("resync", "republish"):
                    wanted = Again(frozenset(command.source_ids), command.since_ms)
                    self._orders.again[kind] = wanted.joined(self._orders.again.get(kind))
            if command.action in ("pause", "resume"):
                self._memory.note("paused", "1" if command.action == "pause" else None)
            self._memory.commit()
            self._orders.done.append(command)
            self._log.info("command", action=command.action, kind=command.kind, records=done or None)

    def _rest(self, seconds: float, early: float) -> None:
        """Wait for the next look; a command, a change of the fence or a foreign record ends the wait, and after `early`
        seconds what was put in the inbox.
        """
        end, called = time.monotonic() + seconds, time.monotonic() + early
        while not self.stop.is_set() and (left := end - time.monotonic()) > 0:
            if self._wake.wait(min(left, TAIL_S)):
                self._wake.clear()
                return
            if self._desk.news(self.clock()) and time.monotonic() >= called:
                return
            try:
                if self._tail.catch_up(self.clock()):
                    self._log.warning("foreign_records", fix="Who else may write to this hub's topics?")
                    return
            except Retry as fault:
                self._problem, self._hands = str(fault), None
                return

    def _close(self) -> None:
        self._publisher.close()
        self._tail.close()
        self._fence.close()
        self._registry.close()
        for source in self._sources.values():
            source.close()
        self._desk.close()
        self._memory.close()


def _state(text: str | None) -> LookState | None:
    """The state of a source as noted; without a readable one everything is read."""
    if text is None:
        return None
    try:
        return LookState.model_validate_json(text)
    except ValidationError:
        return None
