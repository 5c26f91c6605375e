"""`zeven receivers serve`: the sample receivers of webhooks and mail, with a page that shows what came in."""

from __future__ import annotations

import signal
from threading import Event

import click

from deploy.cli.context import settings_of
from schemas.bus import logs

LOOK_S = 1.0


@click.group()
def command() -> None:
    """Sample receivers: where the notices of the sample arrive."""


@command.command()
@click.option("--data", help="Folder of the system (default: the last one started).")
def serve(data: str | None) -> None:
    """Receive webhooks and mail, and show them, until stopped."""
    from deploy.samples.receivers.serve import Receivers

    settings = settings_of(data)
    logs.configure("receivers")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    receivers = Receivers(settings)
    try:
        while receivers.alive and not stop.wait(LOOK_S):
            continue
    finally:
        receivers.close()
