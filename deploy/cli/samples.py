"""`zeven samples`: stand-in source systems of a region, with invented data that changes while one watches."""

from __future__ import annotations

import signal
from threading import Event

import click

from connectors.inbox.checks import port_of
from deploy.cli.context import settings_of
from deploy.samples import hooks
from deploy.samples.secrets import hubspot_secret
from deploy.samples.server import Others, Samples
from deploy.samples.standin import served
from schemas.bus import logs, serve
from schemas.settings import Settings


@click.group()
def command() -> None:
    """Stand-in source systems (voorbeelddata) for trial and tests."""


@command.command("serve")
@click.option("--data", default=None, help="Folder with the state of the system.")
@click.option("--seed", default=7, show_default=True, help="Seed of the invented data and its changes.")
@click.option("--every", default=5.0, show_default=True, help="Seconds between two changes; 0: none.")
def serve_samples(data: str | None, seed: int, every: float) -> None:
    """Serve the sources until stopped; a second start goes on where it was."""
    settings = settings_of(data)
    logs.configure("samples")
    stopping = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopping.set())
    samples = Samples(
        settings.data,
        settings.ports.samples,
        seed=seed,
        every_s=every,
        host=settings.ports.host,
        others=Others(served(), settings.ports.samples_database, called(settings)),
    )
    try:
        door = serve.start(settings.ports.samples_metrics, lambda: None, host=settings.ports.host)
        try:
            stopping.wait()
        finally:
            door.close()
    finally:
        samples.close()


def called(settings: Settings) -> hooks.Called:
    """The door of the hub that has a CRM at HubSpot, on this machine."""
    address = f"http://127.0.0.1:{port_of(settings, hooks.HUB)}/v1/{hooks.HUB}/hubspot"
    return hooks.Called(address, hubspot_secret(settings).read_text(encoding="ascii").strip())
