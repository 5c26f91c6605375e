"""The notices stage without Kafka: logs in lists, crashes between any two groups of writes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import codec, topics
from schemas.bus.registry import Registry
from streams.agents.notices import NoticesStage, NoticesTask
from streams.engine.stage import Emission, Headers, Plan, Run
from streams.engine.wire import Wire
from streams.notices.subscriptions import parse

NOW = 1_790_000_000_000
TOPIC = topics.national("event")
EVERYTHING = parse(
    """
    id = "all"
    name = { nl = "Alles", en = "All" }
    [[channels]]
    type = "mail"
    to = "all@voorbeeld.localhost"
    """,
    "test",
)


@dataclass(frozen=True)
class Line:
    """One record of a log."""

    key: bytes | None
    value: bytes | None
    offset: int
    headers: Headers = ()
    partition: int = 0
    timestamp: int = NOW


def _wire() -> Wire:
    ids: dict[str, int] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": ids.setdefault(request.url.path, len(ids) + 1)})

    client = httpx.Client(transport=httpx.MockTransport(answer))
    wire = Wire(Registry("http://registry", client), topics.catalogue((), 4))
    asyncio.run(wire.prepare([TOPIC, topics.NOTICES_STATE, topics.NOTICE]))
    return wire


WIRE = _wire()


@dataclass
class World:
    """The logs, and a task that may crash and start again."""

    logs: dict[str, list[Line]] = field(default_factory=dict)
    task: NoticesTask | None = None
    read: int = 0

    def write(self, topic: str, key: bytes, value: bytes | None, headers: Headers = ()) -> None:
        log = self.logs.setdefault(topic, [])
        log.append(Line(key, value, len(log), headers))

    def say(self, national_id: str, sequence: int, cause: str = "source", **more: Any) -> None:
        """A national event as fold writes it."""
        self.write(
            TOPIC, national_id.encode(), WIRE.value(TOPIC, national(national_id, sequence, cause, **more))
        )

    def carry_out(self, plan: Plan, groups: int = 99) -> bool:
        """Write the first groups of a plan; False when it crashed before the end."""
        for group in plan.groups[:groups]:
            for one in group:
                self._emit(one)
        if groups < len(plan.groups):
            self.task = None
            return False
        assert self.task is not None
        self.task.acknowledged()
        return True

    def _emit(self, one: Emission) -> None:
        self.write(one.topic, one.key, one.value, one.headers)

    def start(self, groups: int = 99) -> None:
        """Set a new task up; crash after so many groups in all."""
        stage = NoticesStage([EVERYTHING], WIRE, 4)
        self.task = stage.task(0)
        self.task.load(TOPIC, self.logs.get(TOPIC, []))
        self.read = len(self.logs.get(TOPIC, []))
        stage.written({0: self.task}, topics.NOTICES_STATE, self.logs.get(topics.NOTICES_STATE, []))
        for plan in self.task.reconcile(NOW):
            if not self.carry_out(plan, groups):
                return
            groups -= len(plan.groups)

    def step(self, groups: int = 99) -> None:
        """One batch of what is new."""
        assert self.task is not None
        fresh = self.logs.get(TOPIC, [])[self.read :]
        self.read += len(fresh)
        self.carry_out(self.task.apply([Run(TOPIC, fresh)], NOW), groups)

    def notices(self) -> list[dict[str, Any]]:
        """Every notice written, once per id."""
        schema = codec.load("notice.Notice")
        found = {
            line.key: codec.decode(schema, line.value[5:])
            for line in self.logs.get("notice", [])
            if line.value
        }
        return list(found.values())


def national(national_id: str, sequence: int, cause: str, capacity: int = 0, **more: Any) -> dict[str, Any]:
    """A national event."""
    content = {
        "title": {"nl": "Slim varen", "en": None},
        "summary": {"nl": None, "en": None},
        "status": more.get("status", "scheduled"),
        "start": "2026-11-03T09:00:00Z",
        "zone": "Europe/Amsterdam",
        "capacity": capacity,
    }
    contribution = {
        "hub": "zuid-holland",
        "source_kind": "event",
        "source_id": "1",
        "local": "",
        "revision": sequence,
        "digest": b"0" * 16,
        "address": "",
        "read_at": NOW,
    }
    return {
        "id": national_id,
        "sequence": sequence,
        "redirect": more.get("redirect"),
        "sample": True,
        "cause": cause,
        "first_changed_at": NOW,
        "last_changed_at": NOW,
        "contributions": [contribution],
        "content": None if more.get("redirect") else content,
    }


def running() -> World:
    """A world that knows e-1 already."""
    world = World()
    world.start()
    world.say("e-1", 1, "first-load")
    world.step()
    return world


def whats(world: World) -> list[str]:
    return [notice["what"] for notice in world.notices()]


def test_a_change_is_told_once_and_a_restart_tells_nothing_new() -> None:
    world = running()
    world.say("e-1", 2, capacity=5)
    world.step()
    assert whats(world) == ["first-look", "changed"]
    for _ in range(3):
        world.start()
    assert whats(world) == ["first-look", "changed"]


def test_after_a_mark_a_restart_sends_nothing_again() -> None:
    """Without a mark the last batch is sent again under the same ids; with it, nothing is."""
    world = running()
    world.say("e-1", 2, capacity=5)
    world.step()
    sent = len(world.logs["notice"])
    world.start()
    assert len(world.logs["notice"]) == sent + 1
    assert world.task is not None
    world.carry_out(world.task.idle(NOW))
    world.start()
    world.say("e-1", 3, capacity=6)
    world.step()
    assert world.task is not None
    world.carry_out(world.task.idle(NOW))
    sent = len(world.logs["notice"])
    world.start()
    assert len(world.logs["notice"]) == sent


def test_a_crash_between_state_and_notice_loses_nothing() -> None:
    """The pending notice is sent again, unchanged."""
    world = running()
    world.say("e-1", 2, capacity=5)
    world.step(groups=1)
    assert whats(world) == ["first-look"]
    world.start()
    assert whats(world) == ["first-look", "changed"]


def test_a_replay_and_a_resync_tell_nothing() -> None:
    """The same content under a new sequence or another cause is no news."""
    world = running()
    world.say("e-1", 5)
    world.say("e-1", 6, "resync", capacity=9)
    world.step()
    world.say("e-1", 7, "mapping", capacity=10)
    world.step()
    assert whats(world) == ["first-look"]


def test_a_change_at_the_source_is_told_though_a_resync_came_right_after_it() -> None:
    """Versions that pass in one batch coalesce, but not into silence."""
    world = running()
    world.say("e-1", 2, capacity=5)
    world.say("e-1", 3, "resync", capacity=6)
    world.step()
    assert whats(world) == ["first-look", "changed"]
    world.start()
    world.say("e-1", 4, "resync", capacity=7)
    world.step()
    assert whats(world) == ["first-look", "changed"]


def test_a_redirect_is_no_removal_and_a_removal_is_told() -> None:
    world = running()
    world.say("e-1", 2, redirect="e-2")
    world.step()
    world.write(TOPIC, b"e-1", None)
    world.step()
    assert whats(world) == ["first-look"]
    world.say("e-3", 1)
    world.step()
    world.write(TOPIC, b"e-3", None)
    world.step()
    assert whats(world) == ["first-look", "new", "removed"]


def test_what_comes_back_from_a_redirect_unchanged_is_no_news() -> None:
    world = running()
    world.say("e-1", 2, redirect="e-2")
    world.step()
    world.say("e-1", 3)
    world.step()
    assert whats(world) == ["first-look"]
    world.say("e-1", 4, capacity=3)
    world.step()
    assert whats(world) == ["first-look", "changed"]


def test_a_first_start_on_a_full_topic_is_a_first_look() -> None:
    """Nobody gets a flood because the stage is new."""
    world = World()
    for number in range(20):
        world.say(f"e-{number}", 1)
    world.start()
    assert {notice["group"] for notice in world.notices()} == {"first-look:zuid-holland"}
    assert len(world.notices()) == 20


def test_a_record_that_cannot_be_read_keeps_the_last_version() -> None:
    world = running()
    world.write(TOPIC, b"e-1", WIRE.framed(TOPIC, b"\xff\xff\xff"))
    world.step()
    world.say("e-1", 3, capacity=4)
    world.step()
    assert whats(world) == ["first-look", "changed"]


def test_a_kept_task_judges_again_what_was_not_acknowledged() -> None:
    """A task that lost its partition in the middle of a batch and got it back tells the change after all."""
    world = running()
    assert world.task is not None
    world.say("e-1", 2, capacity=5)
    world.read = len(world.logs[TOPIC])
    world.task.apply([Run(TOPIC, world.logs[TOPIC][-1:])], NOW)  # never acknowledged
    world.task.forget_written()
    for line in world.logs[topics.NOTICES_STATE]:
        world.task.remember(line)
    for plan in world.task.reconcile(NOW):
        world.carry_out(plan)
    assert whats(world) == ["first-look", "changed"]


moves = st.lists(
    st.tuples(
        st.sampled_from(["say", "drop", "step", "crash", "restart"]), st.integers(0, 3), st.integers(0, 2)
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(moves)
def test_whatever_crashes_the_last_version_judged_is_the_national_record(
    history: list[tuple[str, int, int]],
) -> None:
    """At rest the state holds what the topic holds, and every notice tells of a real difference."""
    world, sequence = running(), 10
    for move, which, groups in history:
        sequence += 1
        if world.task is None:
            world.start()
        if move == "say":
            world.say(f"e-{which}", sequence, capacity=groups)
        elif move == "drop":
            world.write(TOPIC, f"e-{which}".encode(), None)
        elif move == "step":
            world.step()
        elif move == "crash":
            world.step(groups)
        else:
            world.start(groups)
    world.start()
    last = {line.key: line.value for line in world.logs[TOPIC]}
    states = {
        line.key: codec.decode(codec.load("notices.State"), line.value[5:])
        for line in world.logs["notices.state"]
        if line.value is not None
    }
    for key, value in last.items():
        if value is None:
            assert key not in states or states[key]["last"] is None
        else:
            capacity = codec.decode(codec.load("national.Event"), value[5:])["content"]["capacity"]
            assert f'"capacity":{capacity}' in states[key]["last"]
    for notice in world.notices():
        assert notice["before"] != notice["after"]
