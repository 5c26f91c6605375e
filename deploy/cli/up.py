"""`zeven up`: the whole system on this machine, until Ctrl-C, or until the view has its proof."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import click
import httpx
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from deploy import addresses
from deploy.cli.asking import address, table
from deploy.local import artifacts
from deploy.local.supervisor import Supervisor, end_leftovers, lock, refuse
from schemas.settings import Settings

ASK_S = 0.5
FIRST_LOOK_S = 20.0  # after so long the hubs are shown as they are, connected or not


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Folder with the state of the system."
)
@click.option(
    "--base-port", type=click.IntRange(1024, 65_000), help="Move all ports: page N, Kafka N+1, others after."
)
@click.option("--until-synced", is_flag=True, help="End with 0 when the view has proven that it holds all.")
@click.option(
    "--deadline", default=600.0, show_default=True, help="Seconds that --until-synced waits at most."
)
def command(data: Path | None, base_port: int | None, until_synced: bool, deadline: float) -> None:
    """Start Kafka, registry, samples, connector, streams, delivery and view on this machine."""
    settings = chosen(data, base_port)
    console = Console(highlight=False, soft_wrap=True)
    say: Callable[[str], None] = console.print
    say(f"[bold]Zeven[/bold], for trial and development on this machine. Data: {settings.data}")
    with lock(settings.data):
        for name in end_leftovers(settings.data):
            say(f"  {name} of an earlier run was still there, and was ended")
        refuse(settings, artifacts.cache_of(os.environ))
        software = fetched(console)
        supervisor = Supervisor(settings, software, os.environ, say)
        _obey_signals(supervisor)
        try:
            supervisor.start()
            code = _synced(supervisor, deadline) if until_synced else _shown(supervisor, say)
        finally:
            say("Stopping ...")
            supervisor.close()
            say("Stopped; the same command continues where this was.")
    sys.exit(code)


def chosen(data: Path | None, base_port: int | None) -> Settings:
    """The settings of the system to start: a data folder keeps its ports until others are asked for."""
    folder = data or (Path(os.environ["ZEVEN_DATA"]) if "ZEVEN_DATA" in os.environ else Settings().data)
    known = addresses.read(folder)
    if base_port is None and known is not None:
        return known.settings
    return Settings.at(folder.absolute(), base_port)


def fetched(console: Console) -> artifacts.Software:
    """Kafka and registry from the cache, or fetched with a bar that shows size and rate."""
    folder = artifacts.cache_of(os.environ)
    lacking = artifacts.missing(folder)
    if not lacking:
        return artifacts.bring(folder, lambda _: None)
    columns = (TextColumn("  {task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Kafka and registry", total=sum(one.size for one in lacking))
        return artifacts.bring(folder, lambda count: progress.advance(task, count))


def _obey_signals(supervisor: Supervisor) -> None:
    def end(_number: int, _frame: FrameType | None) -> None:
        supervisor.stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


def hubs(settings: Settings) -> list[dict[str, Any]]:
    """What the view says of the hubs now; nothing while it does not answer."""
    with suppress(httpx.HTTPError, ValueError):
        answer = httpx.get(f"{address(settings)}/api/v1/hubs", timeout=5, trust_env=False)
        if answer.is_success:
            found: list[dict[str, Any]] = answer.json()["items"]
            return found
    return []


def _shown(supervisor: Supervisor, say: Callable[[str], None]) -> int:
    """Say where everything is, one line per hub, and wait for the end."""
    settings = supervisor.settings
    end, found = time.monotonic() + FIRST_LOOK_S, hubs(settings)
    while not (found and (any(hub["connected"] for hub in found) or time.monotonic() > end)):
        if supervisor.stop.wait(ASK_S):
            break
        supervisor.tend(time.monotonic())
        found = hubs(settings)
    for hub in found:
        mark = "  voorbeelddata" if hub["sample"] else ""
        state = f"{hub['state']}, {hub['completeness']['state']}" if hub["connected"] else "not connected"
        say(f"  {hub['hub']:<16} {state}{mark}")
    say(
        f"Page: [bold]{address(settings)}[/bold]   What working groups receive: http://127.0.0.1:{settings.ports.receivers}"
    )
    say("Ctrl-C stops everything.")
    supervisor.watch()
    return 0


def _synced(supervisor: Supervisor, deadline: float) -> int:
    """Wait until every hub was proven once (sources go on changing); 0 with a summary, else 1 with what is missing."""
    end = time.monotonic() + deadline
    found: list[dict[str, Any]] = []
    proven: set[str] = set()
    while time.monotonic() < end and not supervisor.stop.wait(ASK_S):
        supervisor.tend(time.monotonic())
        found = hubs(supervisor.settings) or found
        proven |= {hub["hub"] for hub in found if hub["completeness"]["state"] == "proven"}
        if found and all(hub["hub"] in proven for hub in found):
            _summary(found)
            return 0
    _summary(found)
    click.echo("Not proven before the deadline; see `completeness` above and the logs.", err=True)
    return 1


def _summary(found: list[dict[str, Any]]) -> None:
    from deploy.cli.status import COLUMNS, line

    table(COLUMNS, [line(hub) for hub in found])
