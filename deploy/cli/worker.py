"""`zeven worker`: one faust app with a pump for each of its stages, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from typing import Any

import click

from schemas.bus import logs, serve
from schemas.bus.registry import Registry
from schemas.settings import Settings
from schemas.topics import catalogue

STAGES = ("identify", "resolve", "fold", "history", "overview", "notices")
GC_THRESHOLDS = (50_000, 50, 100)


@click.command()
@click.option("--data", help="Folder of the system (default: the last one started).")
@click.option("--stages", default=",".join(STAGES), show_default=True, help="Stages, separated by commas.")
@click.option("--port", type=int, help="Port of metrics and health.")
@click.option("--prefix", default="", help="Put before the names of topics and groups; for trials.")
@click.option("--session", default=10.0, show_default=True, help="Session timeout of the group, seconds.")
@click.option("--gather", default=0.0, show_default=True, help="Seconds to gather a batch: less work, later.")
def command(
    data: str | None, stages: str, port: int | None, prefix: str, session: float, gather: float
) -> None:
    """Run stages of the journey: identify, resolve, fold, history, overview, notices."""
    from deploy.cli.context import settings_of

    names = tuple(name.strip() for name in stages.split(",") if name.strip())
    unknown = sorted(set(names) - set(STAGES))
    if unknown or not names:
        raise click.UsageError(
            f"No such stage: {', '.join(unknown) or 'none given'}. There are {', '.join(STAGES)}."
        )
    settings = settings_of(data)
    logs.configure("worker")
    run(
        settings, names, port=settings.ports.worker if port is None else port, trial=(prefix, session, gather)
    )


def run(settings: Settings, names: Sequence[str], port: int, trial: tuple[str, float, float]) -> None:
    """Run the stages until SIGTERM or SIGINT."""
    from connectors import estate
    from streams.agents.stages import stages_of
    from streams.engine.pump import Place
    from streams.engine.wire import Wire

    hubs = tuple(estate.declared(settings))
    wire = Wire(Registry(settings.registry.url), catalogue(hubs, settings.topics.partitions))
    work(
        stages_of(names, settings, wire, hubs), Place(settings.kafka, *trial), wire, port, settings.ports.host
    )


def work(stages: Sequence[Any], place: Any, wire: Any, port: int, host: str = "127.0.0.1") -> None:
    """One faust app on uvloop with these stages, and the door for operators."""
    import uvloop
    from faust import Worker

    from streams.engine.app import build

    gc.set_threshold(*GC_THRESHOLDS)
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    app, pumps = build(stages, place, wire)

    def ready() -> str | None:
        return next((reason for pump in pumps if (reason := pump.health.reason())), None)

    door = serve.start(port, ready, host)
    try:
        worker: Any = Worker(app, loop=loop, override_logging=False, redirect_stdouts=False, quiet=True)
        worker.execute_from_commandline()
    finally:
        door.close()
