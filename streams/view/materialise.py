"""The last stage of the journey: what lies in Kafka, kept in SQLite so that it can be asked for.

One task reads everything the view needs, decodes and stores it in a thread (one transaction per batch, the
positions included), and twice a second asks Kafka for the ends, with which every hub's proof goes on.
Kafka away: it waits, says so, and goes on by itself. Topics made anew: it starts again from nothing.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson
import structlog
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from schemas.bus.metrics import BATCH_SECONDS, LAG_SECONDS, RECORDS
from schemas.bus.registry import Registry
from schemas.errors import Retry
from schemas.settings import Settings
from schemas.topics import HISTORY
from streams.view import gauges, unconfirmed, versions
from streams.view.feed import Feed, TopicReset
from streams.view.incoming import Incoming, Writers, read
from streams.view.ledger import Ledger, Position
from streams.view.proof import Place, Reached
from streams.view.tables import open_writer

POLL_S = 0.5
PAUSE_S = 1.0
SILENT_S = 4.0
STUCK_S = 20.0
COUNT_S = 5.0
STAGE = "view"
log = structlog.get_logger(STAGE)


def is_national(place: Place) -> bool:
    """Whether a partition is one of golden records, of which the proof speaks."""
    return place[0].startswith("national.") and not place[0].startswith(HISTORY)


def wall_ms() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


class Bell:
    """Wakes everyone who waits for changes."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()
        self.closed = False

    def close(self) -> None:
        """Nothing more will come: let everyone go."""
        self.closed = True
        self.ring()

    def ring(self) -> None:
        """Something changed."""
        for one in self._waiting:
            one.set()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that is set at every change."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            yield event
        finally:
            self._waiting.discard(event)


@dataclass
class Health:
    """What the view knows of its own state; `ready` tells the truth about it."""

    heard_at: float = float("-inf")
    trouble: str | None = "the view is starting"
    caught_up: bool = False
    behind: int = 0
    stuck: dict[Place, tuple[int, float]] = field(default_factory=dict)

    def ready(self, now: float) -> str | None:
        """None, or why not."""
        if now - self.heard_at > SILENT_S:
            return (
                self.trouble or "Kafka has not answered for some seconds; is it running? See `zeven doctor`."
            )
        if self.trouble:
            return self.trouble
        if not self.caught_up:
            return f"the view is catching up: {self.behind} records behind"
        late = [place for place, (_, since) in self.stuck.items() if now - since > STUCK_S]
        if late:
            names = ", ".join(f"{topic}/{part}" for topic, part in late[:3])
            return f"stuck: {names} has records that are not read; restart the view, then see its log"
        return None

    def seen(self, reached: Mapping[Place, int], ends: Mapping[Place, int], now: float) -> None:
        """Kafka answered: this far are we, this far is there to go."""
        self.heard_at, self.trouble = now, None
        self.behind = sum(max(0, end - reached.get(place, 0)) for place, end in ends.items())
        self.caught_up = self.caught_up or self.behind == 0
        waiting = {place for place, end in ends.items() if end > reached.get(place, 0)}
        before = self.stuck
        self.stuck = {}
        for place in waiting:
            at = reached.get(place, 0)
            known = before.get(place)
            self.stuck[place] = known if known and known[0] == at else (at, now)


class Materialiser:
    """The task; `run` until cancelled."""

    def __init__(self, settings: Settings, hubs: tuple[str, ...], clock: Callable[[], int] = wall_ms) -> None:
        self._settings, self._hubs, self._clock = settings, hubs, clock
        self.folder = settings.data / STAGE
        self.bell, self.health = Bell(), Health()
        self._db = open_writer(self.folder)
        self._ledger = Ledger(self._db, clock())
        self._busy = threading.Lock()
        self._registry = Registry(settings.registry.url)
        self._writers = Writers(self._registry)
        self._count_at = 0.0
        self._applied = RECORDS.labels("", "", STAGE, "applied")
        self._hostile = RECORDS.labels("", "", STAGE, "unreadable")

    def ready(self) -> str | None:
        """None, or why the answers of this view cannot be trusted now."""
        return self.health.ready(time.monotonic())

    async def run(self) -> None:
        """Read until cancelled; every failure that may pass is waited out."""
        try:
            while True:
                try:
                    await self._session()
                except (TopicReset, OffsetOutOfRangeError) as reset:
                    log.warning("rebuild", reason=str(reset))
                    self.health.caught_up = False
                    self._ledger.forget(self._clock())
                    self.bell.ring()
                except (KafkaError, Retry, OSError, TimeoutError) as fault:
                    self.health.trouble = (
                        f"{type(fault).__name__}: {fault}" if str(fault) else "Kafka does not answer"
                    )
                    log.warning("waiting", reason=self.health.trouble)
                    await asyncio.sleep(PAUSE_S)
        finally:
            with self._busy:
                self._registry.close()
                self._db.close()

    async def _session(self) -> None:
        feed = Feed(self._settings, self._hubs)
        try:
            await self._same_cluster(await feed.cluster())
            await feed.open(self._ledger.positions())
            log.info("reading", topics=len(feed.topics), partitions=len(feed.places))
            due = 0.0
            while True:
                await self._batch(feed)
                if time.monotonic() >= due:
                    await self._look_around(feed)
                    due = time.monotonic() + POLL_S
        finally:
            await feed.close()

    async def _same_cluster(self, cluster: str) -> None:
        known = self._db.execute("SELECT value FROM meta WHERE name = 'cluster'").fetchone()
        if known is not None and known[0] != cluster:
            with self._db:
                self._db.execute("DELETE FROM meta WHERE name = 'cluster'")
            raise TopicReset(f"this is another Kafka cluster: {cluster}, not {known[0]}")
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('cluster', ?)", (cluster,))

    async def _batch(self, feed: Feed) -> None:
        records, positions = await feed.batch()
        if not records:
            return
        begun = time.perf_counter()
        while True:
            try:
                await asyncio.to_thread(self._writers.learn, records)
                break
            except Retry as fault:
                self.health.trouble = str(fault)
                log.warning("waiting", reason=str(fault))
                await asyncio.sleep(PAUSE_S)
        bad = await asyncio.to_thread(self._take, feed, records, positions)
        self._applied.inc(len(records) - bad)
        self._hostile.inc(bad)
        BATCH_SECONDS.labels(STAGE).observe(time.perf_counter() - begun)
        LAG_SECONDS.labels(STAGE).set(max(0, self._clock() - min(one.at for one in records)) / 1000)
        log.info("applied", records=len(records), unreadable=bad, partitions=len(positions))
        self.bell.ring()

    def _take(self, feed: Feed, records: list[Incoming], positions: dict[Place, Position]) -> int:
        with self._busy:
            decoded = [read(one, feed.topics[one.topic], self._writers) for one in records]
            self._writers.forget_unknown()
            return self._ledger.apply(decoded, positions, self._clock())

    async def _look_around(self, feed: Feed) -> None:
        try:
            ends, reached = await feed.ends(), await feed.reached()
        except TimeoutError:
            log.warning("waiting", reason="Kafka does not answer")
            return
        known = self.health.caught_up
        self.health.seen(reached, ends, time.monotonic())
        if self.health.caught_up and not known:
            await asyncio.to_thread(self._note_read)
        for place, end in ends.items():
            if reached[place] > end:
                raise TopicReset(f"{place[0]}/{place[1]} ends at {end}, we were at {reached[place]}")
        if self.health.behind == 0:
            LAG_SECONDS.labels(STAGE).set(0)
        if await asyncio.to_thread(self._judge, ends, reached):
            self.bell.ring()

    def _note_read(self) -> None:
        with self._busy:
            versions.note_read(self._db, self._clock())

    def _judge(self, ends: Mapping[Place, int], reached: Mapping[Place, int]) -> bool:
        with self._busy:
            return self._judged(ends, reached)

    def _judged(self, ends: Mapping[Place, int], reached: Mapping[Place, int]) -> bool:
        journey = Reached(
            reached,
            self._ledger.stage_progress("identify"),
            self._ledger.stage_progress("fold"),
            {place: end for place, end in ends.items() if place[0].startswith("linked.") and end},
            {place: end for place, end in ends.items() if is_national(place) and end},
        )
        before = dict(self._ledger.verdicts)
        found = self._ledger.judge(journey, self._clock())
        gauges.verdicts(found)
        gauges.looks(self._looks())
        counted = "SELECT hub, kind, stage, count(*) FROM rejected GROUP BY hub, kind, stage"
        gauges.standing(self._db.execute(counted).fetchall())
        return self._counted(found != before) or found != before

    def _counted(self, changed: bool) -> bool:
        """Count what is unconfirmed, when a verdict changed or time passed; True when there is another count."""
        if not changed and time.monotonic() < self._count_at:
            return False
        self._count_at = time.monotonic() + COUNT_S
        verdicts = {hub: verdict.shown() for hub, verdict in self._ledger.verdicts.items()}
        return unconfirmed.keep(self._db, unconfirmed.lines(self._db, verdicts, self._clock()))

    def _looks(self) -> list[tuple[str, str, int]]:
        rows = self._db.execute("SELECT hub, finished_at, json FROM checked").fetchall()
        return [
            (hub, kind["kind"], at)
            for hub, at, text in rows
            for kind in orjson.loads(text)["kinds"]
            if kind["complete"]
        ]
