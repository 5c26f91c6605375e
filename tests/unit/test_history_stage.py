"""The history stage without Kafka: logs in lists, compaction, crashes in the middle of what it writes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import codec, topics
from schemas.bus.registry import Registry
from streams.agents.history import History, HistoryTask
from streams.engine.stage import Emission, Headers, Plan, Run
from streams.engine.wire import Wire
from streams.national.history import is_end

NOW = 1_790_000_000_000
DAY = topics.DAY_MS
NATIONAL, HISTORY = topics.national("event"), topics.history("event")


@dataclass(frozen=True)
class Line:
    """One record of a log."""

    key: bytes | None
    value: bytes | None
    offset: int
    headers: Headers = ()
    timestamp: int = NOW
    partition: int = 0


def _wire() -> Wire:
    ids: dict[str, int] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": ids.setdefault(request.url.path, len(ids) + 1)})

    client = httpx.Client(transport=httpx.MockTransport(answer))
    wire = Wire(Registry("http://registry", client), topics.catalogue((), 4))
    asyncio.run(wire.prepare([NATIONAL, *map(topics.history, topics.NATIONAL_KINDS)]))
    return wire


WIRE = _wire()


@dataclass
class World:
    """The national log and the history, and a task that may crash and start again."""

    national: list[Line] = field(default_factory=list)
    history: list[Line] = field(default_factory=list)
    task: HistoryTask | None = None
    end: int = 0
    read: int = 0

    def say(self, name: str, sequence: int, title: str = "Een", since: int = NOW) -> None:
        """fold writes a version."""
        value = WIRE.value(NATIONAL, event(name, sequence, title))
        headers = (WIRE.fingerprint(NATIONAL),)
        self.national.append(Line(name.encode(), value, self.end, headers, since))
        self.end += 1

    def gone(self, name: str, since: int = NOW) -> None:
        """fold removes it."""
        self.national.append(Line(name.encode(), None, self.end, (), since))
        self.end += 1

    def compact(self) -> None:
        """Only the last record of each key stays, in both logs; old removals go."""
        self.national = [line for line in last_per_key(self.national) if line.value is not None]
        self.history = last_per_key(self.history)

    def carry_out(self, plan: Plan, records: int = 9999) -> int:
        """Write the first records of a plan; returns how many more may be written before the crash."""
        for one in [one for group in plan.groups for one in group][:records]:
            self._emit(one)
        return records - sum(map(len, plan.groups))

    def _emit(self, one: Emission) -> None:
        assert one.topic == HISTORY
        self.history.append(Line(one.key, one.value, len(self.history), one.headers, NOW))

    def start(self, records: int = 9999, now: int = NOW) -> bool:
        """Set a new task up; it may crash after so many records."""
        stage = History(WIRE, 4, days=1000)
        task = stage.task(0)
        assert isinstance(task, HistoryTask)
        self.task = None
        stage.written({0: task}, HISTORY, self.history)
        tally = task.load(NATIONAL, self.national)
        assert sum(tally.values()) == len(self.national)
        self.read = self.end
        for plan in task.reconcile(now):
            records = self.carry_out(plan, max(0, records))
            if records < 0:
                return False
        self.task = task
        return True

    def step(self, records: int = 9999) -> bool:
        """One batch of what is new; it may crash after so many records."""
        assert self.task is not None
        fresh = [line for line in self.national if line.offset >= self.read]
        self.read = self.end
        plan = self.task.apply([Run(NATIONAL, fresh)], NOW)
        assert sum(plan.tally.get(NATIONAL, {}).values()) == len(fresh)
        if self.carry_out(plan, records) < 0:
            self.task = None
        return self.task is not None

    def versions(self, name: str) -> list[tuple[int, str | None]]:
        """Beginning and title of each version, by number; None for the end."""
        known = {line.key: line for line in last_per_key(self.history) if line.value is not None}
        mine = [line for key, line in known.items() if key and key.decode().split("|")[0] == name]
        return [told(line) for line in sorted(mine, key=number)]


def number(line: Line) -> int:
    """Number of a version."""
    return int((line.key or b"").decode().rpartition("|")[2])


def told(line: Line) -> tuple[int, str | None]:
    """Beginning and title."""
    record = codec.decode(codec.load("national.Event"), (line.value or b"")[5:])
    said = int(dict(line.headers)["zeven_since"])
    return said, None if is_end(record) else record["content"]["title"]["nl"]


def last_per_key(log: Sequence[Line]) -> list[Line]:
    """What compaction leaves, at its offset."""
    newest = {line.key: line.offset for line in log}
    return [line for line in log if newest[line.key] == line.offset]


def event(name: str, sequence: int, title: str) -> dict[str, Any]:
    """A national event."""
    content = {"title": {"nl": title, "en": None}, "summary": {"nl": None, "en": None}}
    times = {"first_changed_at": NOW, "last_changed_at": NOW}
    more = {"status": "scheduled", "start": "2026-11-03T09:00:00Z", "zone": "Europe/Amsterdam"}
    head = {"id": name, "sequence": sequence, "sample": True, "cause": "source", **times}
    return {**head, "content": {**content, **more}}


def running() -> World:
    """A world with a task that is set up."""
    world = World()
    world.start()
    return world


def test_every_version_is_copied_byte_by_byte_and_an_end_is_one_too() -> None:
    """With the moment at which fold wrote it; a repeated record is no version."""
    world = running()
    world.say("e-1", 5, "Een", NOW)
    world.say("e-1", 5, "Een", NOW + 1)
    world.say("e-1", 6, "Twee", NOW + 2)
    world.gone("e-1", NOW + 3)
    world.gone("e-1", NOW + 4)
    world.step()
    assert world.versions("e-1") == [(NOW, "Een"), (NOW + 2, "Twee"), (NOW + 3, None)]
    assert [line.key for line in world.history] == [b"e-1|5", b"e-1|6", b"e-1|7"]
    assert world.history[1].value == world.national[2].value


def test_a_thing_that_comes_back_with_a_sequence_it_had_keeps_all_its_versions() -> None:
    """Its number goes on; its sequence stays what fold made it."""
    world = running()
    world.say("e-1", 5, "Een", NOW)
    world.gone("e-1", NOW + 1)
    world.say("e-1", 5, "Een", NOW + 2)
    world.step()
    assert world.versions("e-1") == [(NOW, "Een"), (NOW + 1, None), (NOW + 2, "Een")]


def test_after_an_outage_the_standing_version_is_there_and_an_end_that_nobody_saw() -> None:
    """What compaction took in between is all that can be missing."""
    world = running()
    for name in ("e-1", "e-2"):
        world.say(name, 1, "Een", NOW)
    world.step()
    world.task = None
    world.say("e-1", 2, "Twee", NOW + 1)
    world.say("e-1", 3, "Drie", NOW + 2)
    world.gone("e-2", NOW + 3)
    world.compact()
    world.start(now=NOW + 9)
    assert world.versions("e-1") == [(NOW, "Een"), (NOW + 2, "Drie")]
    assert world.versions("e-2") == [(NOW, "Een"), (NOW + 9, None)]


def test_a_standing_version_that_the_history_lost_is_written_again() -> None:
    """Also when its offset was passed before."""
    world = running()
    world.say("e-1", 1, "Een", NOW)
    world.say("e-1", 2, "Twee", NOW + 1)
    world.say("e-2", 1, "Ander", NOW + 2)
    world.step()
    world.history = [line for line in world.history if line.key != b"e-1|2"]
    world.start()
    assert world.versions("e-1") == [(NOW, "Een"), (NOW + 1, "Twee")]


def test_an_erased_version_stays_away() -> None:
    """A tombstone under its key; the national log may still hold it."""
    world = running()
    world.say("e-1", 1, "Een", NOW)
    world.say("e-1", 2, "Twee", NOW + 1)
    world.step()
    world.history.append(Line(b"e-1|1", None, len(world.history)))
    for _ in range(2):
        world.start()
    assert world.versions("e-1") == [(NOW + 1, "Twee")]


def test_a_version_goes_when_the_next_one_has_been_there_for_the_whole_retention() -> None:
    """The standing version never; a thing that ended goes whole. Before that, nothing goes."""
    world = running()
    world.say("e-1", 1, "Een", NOW)
    world.say("e-1", 2, "Twee", NOW + DAY)
    world.say("e-2", 1, "Weg", NOW)
    world.gone("e-2", NOW + 2 * DAY)
    world.step()
    assert world.task is not None
    world.carry_out(world.task.idle(NOW + 1000 * DAY))
    assert len(world.versions("e-1")) == 2
    world.carry_out(world.task.idle(NOW + 1001 * DAY))
    assert world.versions("e-1") == [(NOW + DAY, "Twee")]
    assert len(world.versions("e-2")) == 2
    world.carry_out(world.task.idle(NOW + 1002 * DAY))
    assert world.versions("e-2") == []
    assert world.versions("e-1") == [(NOW + DAY, "Twee")]


def test_a_record_that_cannot_be_read_is_counted_and_ends_nothing() -> None:
    """The last version that could be read stays the last."""
    world = running()
    world.say("e-1", 1, "Een", NOW)
    world.step()
    world.national.append(Line(b"e-1", b"\x00\x00\x00\x00\x09hostile", world.end, (), NOW + 1))
    world.end += 1
    world.step()
    world.start()
    assert world.versions("e-1") == [(NOW, "Een")]


steps = st.lists(
    st.tuples(st.sampled_from(["e-1", "e-2", "e-3"]), st.sampled_from(["say", "gone"]), st.integers(0, 4)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(steps, st.lists(st.integers(0, 3), max_size=25))
def test_whatever_crashes_every_version_that_the_log_held_is_in_the_history(
    said: list[tuple[str, str, int]], crashes: list[int]
) -> None:
    """Without compaction nothing is missing, nothing is double, and the order is that of the log."""
    world, wanted = running(), dict[str, list[str | None]]()
    for at, (name, what, title) in enumerate(said):
        before = wanted.setdefault(name, [])
        if what == "say":
            world.say(name, at + 1, f"T{title}-{at}", NOW + at)
            before.append(f"T{title}-{at}")
        else:
            world.gone(name, NOW + at)
            before += [None] if before and before[-1] is not None else []
        crash = crashes[at] if at < len(crashes) else 9
        if crash == 3:
            continue  # the next batch brings more than one
        if world.task is None and not world.start(records=crash):
            continue
        world.step(records=crash)
    while world.task is None and not world.start():
        pass
    world.step()
    found = {name: [title for _, title in world.versions(name)] for name in wanted}
    assert found == wanted
