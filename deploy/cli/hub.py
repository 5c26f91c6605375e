"""`zeven hub`: see, run and steer the connector of a hub."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
import uuid
from types import FrameType
from typing import Any

import click

from connectors import manifest as manifests
from connectors.manifest import Manifest
from connectors.publish import order
from connectors.run import Connector
from deploy.cli.context import settings_of
from deploy.cli.preview import command as preview
from schemas import topics
from schemas.bus import logs, serve
from schemas.bus.registry import Registry
from schemas.errors import Stop
from schemas.settings import Settings

_data = click.option("--data", help="Folder of the system; default: the last one started.")
_kind = click.option("--kind", type=click.Choice(topics.KINDS), help="Only this kind of record.")
_id = click.option("--id", "source_ids", multiple=True, help="Only this source id; may be repeated.")


@click.group("hub")
def command() -> None:
    """See, run and steer the connector of a hub."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_data
def listed(as_json: bool, data: str | None) -> None:
    """List the hubs that have a connector, and what each reads."""
    settings = settings_of(data)
    hubs = [_shown(manifests.load(name, settings, os.environ)) for name in manifests.known_hubs()]
    if as_json:
        click.echo(json.dumps(hubs, ensure_ascii=False, indent=2))
        return
    for hub in hubs:
        mark = " (voorbeelddata / sample data)" if hub["sample"] else ""
        click.echo(f"{hub['hub']}{mark}, looks every {hub['interval_s']:g} s")
        for source in hub["sources"]:
            click.echo(f"  {source['kind']:<11} {source['reader']:<10} {source['from']}")


def _shown(manifest: Manifest) -> dict[str, Any]:
    return {
        "hub": manifest.hub,
        "sample": manifest.sample,
        "interval_s": manifest.interval_s,
        "freshness_target_s": manifest.freshness_target_s,
        "brake": manifest.brake.model_dump(),
        "sources": [
            {"kind": kind, "reader": part.reader, "from": part.options.get("url") or part.options.get("path")}
            for kind, part in manifest.sources.items()
        ],
    }


@command.command()
@click.argument("name")
@_data
def check(name: str, data: str | None) -> None:
    """Check the manifest of hub NAME; names every fault at once."""
    try:
        manifest = manifests.load(name, settings_of(data), os.environ)
    except Stop as fault:
        if name not in manifests.known_hubs():
            raise
        click.echo(str(fault).replace("; ", "\n  "), err=True)
        sys.exit(1)
    missing = sorted(set(manifest.sources) - set(manifests.mappers(name)))
    if missing:
        click.echo(f"mapping.py has no function for: {', '.join(missing)}", err=True)
        sys.exit(1)
    click.echo(f"{name}: the manifest is in order ({', '.join(manifest.sources)})")


@command.command()
@click.argument("name")
@click.option("--once", is_flag=True, help="Look once and end: 0 all well, 1 something was not read.")
@click.option("--port", type=int, help="Port of metrics and health; default: from the settings.")
@_data
def run(name: str, once: bool, port: int | None, data: str | None) -> None:
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


@command.command()
@click.argument("name")
@_kind
@_id
@_data
def approve(name: str, kind: str | None, source_ids: tuple[str, ...], data: str | None) -> None:
    """Approve the removals that the brake of hub NAME holds."""
    _give(settings_of(data), name, "approve", kind, source_ids)


@command.command()
@click.argument("name")
@_data
def pause(name: str, data: str | None) -> None:
    """Let the connector of hub NAME stop looking; its life sign goes on."""
    _give(settings_of(data), name, "pause")


@command.command()
@click.argument("name")
@_data
def resume(name: str, data: str | None) -> None:
    """Let the connector of hub NAME look again."""
    _give(settings_of(data), name, "resume")


@command.command()
@click.argument("name")
@_kind
@_id
@_data
def resync(name: str, kind: str | None, source_ids: tuple[str, ...], data: str | None) -> None:
    """Publish everything of hub NAME again, changed or not; nobody is notified of it."""
    _give(settings_of(data), name, "resync", kind, source_ids)


command.add_command(preview)


def _give(
    settings: Settings, hub: str, action: str, kind: str | None = None, source_ids: tuple[str, ...] = ()
) -> None:
    manifests.text_of(hub)
    registry = Registry(settings.registry.url)
    try:
        topic = topics.catalogue([hub], settings.topics.partitions)[topics.control(hub)]
        command_id = uuid.uuid4().hex
        said = {
            "id": command_id,
            "action": action,
            "kind": kind,
            "source_ids": list(source_ids),
            "by": "command line",
            "at": time.time_ns() // 1_000_000,
        }
        order(settings, hub, said, registry.id_for(topic))
    finally:
        registry.close()
    click.echo(f"{action} was sent to the connector of {hub}; see `zeven status`")
