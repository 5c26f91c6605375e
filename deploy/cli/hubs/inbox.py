"""`zeven hub inbox`: the door for uploads and webhooks of a hub, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import click
from aiohttp import web

from connectors import manifest as manifests
from connectors.inbox import checks
from connectors.inbox.desk import path_of
from connectors.inbox.door import Door
from connectors.inbox.store import Inbox
from connectors.manifest import Manifest
from connectors.preview import preview
from deploy.cli.context import settings_of
from deploy.cli.hubs.preview import stated
from schemas.bus import logs, serve
from schemas.errors import Stop
from schemas.settings import Settings


@click.command("inbox")
@click.argument("name")
@click.option("--port", type=int, help="Port of the door; default: from the settings.")
@click.option("--metrics-port", type=int, help="Port of its metrics and health; default: from the settings.")
@click.option("--data", help="Folder of the system; default: the last one started.")
def command(name: str, port: int | None, metrics_port: int | None, data: str | None) -> None:
    """Take in files and webhooks for hub NAME until it is stopped.

    What lets them in stands in the environment: ZEVEN_HUB_<HUB>_UPLOAD_TOKEN, ZEVEN_HUB_<HUB>_HUBSPOT_SECRET.
    """
    settings = settings_of(data)
    manifest = manifests.load(name, settings, os.environ)
    logs.configure(f"inbox {name}")
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    number = checks.number_of(settings, name)
    port = settings.ports.inbox + number if port is None else port
    keys = checks.keys(manifest, settings, os.environ, port)
    _refuse(manifest, settings, keys)
    inbox = opened(settings, name)
    health = serve.start(
        settings.ports.inbox_metrics + number if metrics_port is None else metrics_port,
        lambda: None,
        settings.ports.host,
    )
    try:
        door = Door(settings, manifest, keys, inbox, _show(settings, manifest), _now)
        serve_door(door, settings, port)
    finally:
        health.close()
        inbox.close()


def serve_door(door: Door, settings: Settings, port: int) -> None:
    """Answer until SIGTERM or SIGINT. Raises `Stop` when the port is taken."""
    try:
        web.run_app(
            door.application(),
            host=settings.inbox.host,
            port=port,
            ssl_context=checks.tls(settings.inbox),
            print=None,
            access_log=None,
            shutdown_timeout=5,
            loop=asyncio.new_event_loop(),
        )
    except OSError as fault:
        raise Stop(
            f"Port {port} cannot be used: {fault.strerror}", fix="Choose another with --port."
        ) from fault


def opened(settings: Settings, hub: str) -> Inbox:
    """The inbox of a hub. Raises `Stop` when its file is broken: what it held is not thrown away."""
    path = path_of(settings, hub)
    try:
        return Inbox(path)
    except sqlite3.Error as fault:
        raise Stop(
            f"The inbox cannot be opened: {fault}",
            where=str(path),
            fix="Bring it back from the backup, or move it away: the next complete look finds what it named.",
        ) from fault


def _refuse(manifest: Manifest, settings: Settings, keys: checks.Keys) -> None:
    """Raise `Stop` with everything that is wrong."""
    faults = [one for one in checks.findings(manifest, settings, os.environ) if one.level == "fault"]
    if not (keys.tokens or keys.hubspot):
        name = f"ZEVEN_HUB_{manifest.hub.upper().replace('-', '_')}"
        raise Stop("Nothing opens this door", fix=f"Give {name}_UPLOAD_TOKEN or {name}_HUBSPOT_SECRET.")
    if faults:
        words = "; ".join(f"{one.where}: {one.what}. {one.fix}" for one in faults)
        raise Stop(f"The door has {len(faults)} faults: {words}", where=manifest.hub, fix="Mend them all.")


def _show(settings: Settings, manifest: Manifest) -> Any:
    def show(kind: str, path: Path) -> dict[str, Any]:
        part = manifest.sources[kind]
        there = part.model_copy(update={"options": part.options | {"path": str(path), "settle_s": 0}})
        shown = manifest.model_copy(update={"sources": {kind: there}})
        return stated(preview(settings, shown))

    return show


def _now() -> int:
    return time.time_ns() // 1_000_000
