"""Workers that come, go, are killed and are stopped beyond their session."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.support.engine_world import Nation, nation, quiet, ready
from tests.support.waiting import auntil

__all__ = ["nation"]
pytestmark = pytest.mark.broker
SESSION_S = 6.0
REPO = Path(__file__).parents[2]


class Process:
    """A worker process and the door it opens."""

    def __init__(self, nation: Nation, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        arguments = [
            nation.kafka.bootstrap,
            nation.registry_url,
            nation.prefix,
            str(self.port),
            str(SESSION_S),
        ]
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.engine_process", *arguments],
                cwd=REPO,
                env={**os.environ, "PYTHONPATH": str(REPO)},
                stdout=out,
                stderr=out,
            )

    def reason(self) -> Any:
        """None when ready."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=2) as answer:
                return json.load(answer).get("reason")
        except urllib.error.HTTPError as not_ready:
            with not_ready:
                return json.load(not_ready)["reason"]
        except OSError as away:
            return str(away)

    async def ready(self) -> bool:
        """The door says so."""
        return self.reason() is None


@contextmanager
def process(nation: Nation, log: Path) -> Iterator[Process]:
    """A worker process that is gone afterwards."""
    found = Process(nation, log)
    try:
        yield found
    finally:
        if found.process.poll() is None:
            found.process.send_signal(signal.SIGCONT)
            found.process.kill()
        found.process.wait()


async def unmoved(nation: Nation) -> bool:
    """Two looks at what is written show the same."""
    before = [
        len(await nation.log(topic)) for topic in ("linked.project", "national.project", "identify.state")
    ]
    await asyncio.to_thread(Event().wait, 1.5)
    return before == [
        len(await nation.log(topic)) for topic in ("linked.project", "national.project", "identify.state")
    ]


def wanted(sources: dict[str, str]) -> list[str]:
    """Titles that the nation must show: sources have keys of their own here."""
    return sorted(sources.values())


async def test_two_workers_share_tasks_and_give_them_back(nation: Nation) -> None:
    """Each task is owned once; records that come during both rebalances arrive; offsets add up."""
    sources: dict[str, str] = {}

    async def tell(turn: int) -> None:
        for number in range(40):
            sources[f"s{number}"] = f"T{number}-{turn}"
            await nation.publish(
                "limburg", nation.project(f"s{number}", f"T{number}-{turn}", [f"url:https://x/{number}"])
            )

    async def arrived() -> bool:
        return sorted((await nation.titles()).values()) == wanted(sources)

    async with nation.worker(session_s=SESSION_S) as one:
        await auntil(lambda: quiet(one), 30, "the first is ready")
        await tell(1)
        async with nation.worker(session_s=SESSION_S) as two:

            async def shared() -> bool:
                return ready(one) and ready(two) and len(one["fold"].tasks) == len(two["fold"].tasks) == 1

            await tell(2)
            await auntil(shared, 40, "each has one task of fold")
            assert one["identify"].tasks.keys() | two["identify"].tasks.keys() == {0, 1}
            await tell(3)
            await auntil(arrived, 40, "all changes are in the national view")
        await tell(4)
        await auntil(arrived, 40, "the first has all tasks again")
        await auntil(lambda: quiet(one), 30, "quiet")
        assert one["fold"].tasks.keys() == {0, 1}
        assert [pump.counts.unbalanced() for pump in one.values()] == [[], [], []]


async def publish_all(nation: Nation, title: str) -> None:
    """Thirty projects under one title."""
    for number in range(30):
        await nation.publish("limburg", nation.project(f"s{number}", title, [f"url:https://x/{number}"]))


async def all_are(nation: Nation, title: str) -> None:
    """Wait until all thirty national projects have this title."""

    async def so() -> bool:
        titles = list((await nation.titles()).values())
        return titles == [title] * 30

    await auntil(so, 60, f"all are {title}")


async def assert_nothing_stale(nation: Nation) -> None:
    """No national record goes back in time."""
    sequences: dict[bytes, int] = {}
    for record in await nation.log("national.project"):
        sequence = int(dict(record.headers)["ce_id"].rpartition(b":")[2])
        assert sequence > sequences.get(record.key, 0), f"a stale record was written: {record}"
        sequences[record.key] = sequence


async def test_a_worker_stopped_beyond_its_session_ends_with_70_and_writes_nothing(
    nation: Nation, tmp_path: Path
) -> None:
    """SIGSTOP, another takes over, SIGCONT: exit 70 by the fence, and no national record goes back in time."""
    with process(nation, tmp_path / "one.log") as one:
        await auntil(one.ready, 40, "the first is ready")
        await publish_all(nation, "oud")
        await all_are(nation, "oud")
        # A batch already handed to the socket when the process stops is the window the guarantees name.
        await auntil(lambda: unmoved(nation), 30, "the first is idle")
        one.process.send_signal(signal.SIGSTOP)
        await publish_all(nation, "tussen")
        with process(nation, tmp_path / "two.log") as two:
            await auntil(two.ready, 60, "the second took over")
            await publish_all(nation, "nieuw")
            await all_are(nation, "nieuw")
            one.process.send_signal(signal.SIGCONT)
            await publish_all(nation, "nieuw")

            async def ended_or_member() -> bool:
                return one.process.poll() is not None or await one.ready()

            await auntil(ended_or_member, 60, "the first has ended, or is a member again")
            assert one.process.poll() in (None, 70), one.log.read_text()[-2000:]
            await auntil(two.ready, 60, "the second goes on")
            await assert_nothing_stale(nation)


async def test_kill_9_inside_reconciling_just_continues(nation: Nation, tmp_path: Path) -> None:
    """Killed at random while a first load is reconciled, again and again: at last nothing is missing or extra."""
    draw = random.Random(11)
    for number in range(3000):
        record = nation.project(f"s{number}", f"T{number}", [f"url:https://x/{number}"])
        await nation.publish("limburg", record) if number % 500 == 0 else await nation.soon("limburg", record)
    await nation.producer.flush()
    wrote = []
    for turn in range(4):
        with process(nation, tmp_path / f"{turn}.log"):
            before = len(await nation.log("linked.project"))

            async def moved(before: int = before) -> bool:
                return len(await nation.log("linked.project")) > before + draw.randrange(50)

            await auntil(moved, 60, "it is in the middle of writing")
        wrote.append(len(await nation.table("national.project")))
    async with nation.worker(session_s=SESSION_S) as pumps:

        async def whole() -> bool:
            return sorted((await nation.titles()).values()) == sorted(f"T{number}" for number in range(3000))

        await auntil(whole, 90, f"all are there after {wrote}")
        await auntil(lambda: quiet(pumps), 30, "quiet")
    assert len(await nation.table("linked.project")) == 3000
