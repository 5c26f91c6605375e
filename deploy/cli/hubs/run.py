"""`zeven hub run`: the connector of a hub, until it is stopped or for one look."""

from __future__ import annotations

import logging
import os
import signal
import sys
from types import FrameType

import click

from connectors import manifest as manifests
from connectors.run import Connector
from deploy.cli.context import settings_of
from schemas.bus import logs, serve


@click.command("run")
@click.argument("name")
@click.option("--once", is_flag=True, help="Look once and end: 0 all well, 1 something was not read.")
@click.option("--port", type=int, help="Port of metrics and health; default: from the settings.")
@click.option("--data", help="Folder of the system; default: the last one started.")
def command(name: str, once: bool, port: int | None, data: str | None) -> None:
    """Run the connector of hub NAME until it is stopped."""
    settings = settings_of(data)
    manifest = manifests.load(name, settings, os.environ)
    logs.configure(f"connector {name}")
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # what it says is said once, by the loop
    connector = Connector(settings, manifest)

    def halt(_number: int, _frame: FrameType | None) -> None:
        connector.halt()

    signal.signal(signal.SIGTERM, halt)
    signal.signal(signal.SIGINT, halt)
    door = serve.start(
        settings.ports.connector if port is None else port, connector.ready, settings.ports.host
    )
    try:
        checked = connector.run(once=once)
    finally:
        door.close()
    if once and (checked is None or checked["state"] not in ("live", "idle")):
        sys.exit(1)
