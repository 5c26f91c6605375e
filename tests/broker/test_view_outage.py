"""The view while its Kafka is stopped, killed and started again: it says so, waits, and goes on by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import Cluster
from tests.support.view_world import NOON, Running, World, fresh
from tests.support.waiting import auntil

pytestmark = pytest.mark.broker


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cluster]:
    """A Kafka of our own, because it will be hurt."""
    made = Cluster(tmp_path / "cluster")
    try:
        made.wait()
        yield made
    finally:
        made.close()


@pytest.fixture
def world(own: Cluster, tmp_path: Path) -> Iterator[World]:
    """One project that travelled the whole journey."""
    made = fresh(own.settings, tmp_path / "view")
    made.regional("a", 1)
    made.national("p-a", {"a": 1})
    made.checked()
    made.progress()
    yield made
    made.close()


async def test_ready_goes_off_within_seconds_and_comes_back_with_kafka(own: Cluster, world: World) -> None:
    """Stopped, continued, killed, started again: the answers stay, `ready` is true, nothing is lost."""
    async with Running(world.settings) as view:
        await view.reaches("proven")

        async def ready() -> bool:
            return (await view.http.get("/health/ready")).status_code == 200

        async def unready() -> bool:
            return not await ready()

        world.leave()
        own.pause_kafka()
        await auntil(unready, 8, "ready is off while Kafka hangs")
        assert (await view.json("/api/v1/projects"))["total"] == 1
        own.resume_kafka()
        await auntil(ready, 20, "ready is on again")
        own.kill_kafka()
        await auntil(unready, 8, "ready is off when Kafka is gone")
        await asyncio.to_thread(own.start_kafka)
        await auntil(ready, 60, "ready is on after the restart")
        world.come_back()
        world.regional("b", 2)
        world.national("p-b", {"b": 2})
        world.checked(NOON + 60_000)
        world.progress()

        async def both() -> bool:
            return bool((await view.json("/api/v1/projects"))["total"] == 2)

        await auntil(both, 20, "what came after the restart is in the view")
        await view.reaches("proven")
