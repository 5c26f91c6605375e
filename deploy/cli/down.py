"""`zeven down`: stop the local system; with --wipe, remove its data too."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import click

from deploy import addresses
from deploy.cli.context import settings_of
from deploy.local.supervisor import alive, end_leftovers, lock
from schemas.errors import Stop

PATIENCE_S = 60.0
POLL_S = 0.1


@click.command()
@click.option("--data", help="Folder of the system (default: the last one started).")
@click.option("--wipe", is_flag=True, help="Remove all data of this system: topics, schemas, state.")
@click.option("--yes", is_flag=True, help="Do not ask before removing.")
def command(data: str | None, wipe: bool, yes: bool) -> None:
    """Stop the local system that runs from a data folder."""
    folder = settings_of(data).data
    known = addresses.read(folder)
    if known is None:
        raise Stop(
            "No local system was ever started there", where=str(folder), fix="Name its folder with --data."
        )
    if wipe and not yes:
        click.confirm(f"Remove everything in {folder}?", abort=True)
    _end(folder)
    if wipe:
        shutil.rmtree(folder)
        click.echo(f"Stopped, and {folder} is removed.")
    else:
        click.echo("Stopped; `zeven up` continues where it was.")


def _end(folder: Path) -> None:
    """Ask the supervisor to end, wait for its lock, and end what it may have left."""
    try:
        with lock(folder):
            end_leftovers(folder)
            return
    except Stop:
        pid = int(
            (folder / "lock").read_text(encoding="utf-8")
        )  # running.json may still be of the run before
        os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + PATIENCE_S
    while alive(pid):
        if time.monotonic() > end:
            raise Stop(f"Process {pid} does not end", where=str(folder), fix=f"End it: kill -9 {pid}")
        time.sleep(POLL_S)
