"""`zeven deliver`: takes notices to webhooks and mailboxes, until it is told to stop."""

from __future__ import annotations

import os
import signal
from typing import Any

import click

from connectors import estate
from connectors.deliver.ledger import Policy
from connectors.deliver.loop import Delivery
from deploy.cli.context import settings_of
from deploy.routes import compose_with, hub_channels, routes
from schemas.bus import logs, serve
from schemas.settings import Settings
from streams.notices import subscriptions


def _waits(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> tuple[float, ...] | None:
    if value is None:
        return None
    try:
        return tuple(float(part) for part in value.split(",") if part.strip())
    except ValueError as fault:
        raise click.BadParameter("seconds separated by commas, such as 5,30,300") from fault


@click.command()
@click.option("--data", help="Folder of the system (default: the last one started).")
@click.option("--port", type=int, help="Port of metrics and health.")
@click.option(
    "--waits", callback=_waits, help="Seconds before each further try, such as 5,30,300; then it has failed."
)
@click.option("--quiet", type=float, help="Seconds without news after which a first look is summarised.")
@click.option(
    "--enable", multiple=True, help="Send again to this subscription, though its receiver answered 410."
)
@click.option("--prefix", default="", help="Put before the names of topics and groups; for trials.")
def command(data: str | None, port: int | None, **options: Any) -> None:
    """Deliver notices by webhook and mail, at least once under one id."""
    settings = settings_of(data)
    logs.configure("deliver")
    delivery = _delivery(settings, **options)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: delivery.stop())
    door = serve.start(settings.ports.deliver if port is None else port, delivery.ready, settings.ports.host)
    try:
        delivery.run()
    finally:
        door.close()


def _delivery(
    settings: Settings,
    waits: tuple[float, ...] | None,
    quiet: float | None,
    enable: tuple[str, ...],
    prefix: str,
) -> Delivery:
    found = (
        *subscriptions.load(settings, estate.declared(settings)),
        *hub_channels(settings, os.environ),
    )
    standard = Policy()
    policy = Policy(
        waits_s=standard.waits_s if waits is None else waits,
        quiet_s=standard.quiet_s if quiet is None else quiet,
    )
    ways, compose = routes(settings, found), compose_with(settings, found)
    return Delivery(settings, ways, compose, policy, frozenset(enable), prefix)
