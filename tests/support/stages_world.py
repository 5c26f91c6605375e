"""Stages of the journey in the test's own process, beside a world of the view."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from schemas.bus.registry import Registry
from streams.agents.stages import stages_of
from streams.engine.app import build
from streams.engine.pump import Place
from streams.engine.wire import Wire
from tests.support.view_world import HUBS, World


@asynccontextmanager
async def stages(world: World) -> AsyncIterator[None]:
    """identify, resolve and fold, in this process."""
    registry = Registry(world.settings.registry.url)
    wire = Wire(registry, world.catalogue)
    hubs = [hub.slug for hub in HUBS]
    app, _ = build(
        stages_of(("identify", "resolve", "fold"), world.settings, wire, hubs),
        Place(world.settings.kafka),
        wire,
    )
    await app.start()
    try:
        yield
    finally:
        await app.stop()
        registry.close()
