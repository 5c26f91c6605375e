"""How a command gives an order to the connector of a hub: through its control topic."""

from __future__ import annotations

import time
import uuid
from datetime import datetime

import click

from connectors import manifest as manifests
from connectors.publish import Place, order
from schemas import topics
from schemas.bus.registry import Registry
from schemas.settings import Settings

data = click.option("--data", help="Folder of the system; default: the last one started.")
kind = click.option("--kind", type=click.Choice(topics.KINDS), help="Only this kind of record.")
ids = click.option("--id", "source_ids", multiple=True, help="Only this source id; may be repeated.")


def give(
    settings: Settings,
    hub: str,
    action: str,
    kind: str | None = None,
    source_ids: tuple[str, ...] = (),
    since: datetime | None = None,
) -> Place:
    """Write an order into the hub's control topic; returns where it stands. `since` is local time."""
    manifests.folder_of(hub, settings)
    registry = Registry(settings.registry.url)
    try:
        topic = topics.catalogue([hub], settings.topics.partitions)[topics.control(hub)]
        said = {
            "id": uuid.uuid4().hex,
            "action": action,
            "kind": kind,
            "source_ids": list(source_ids),
            "by": "command line",
            "at": time.time_ns() // 1_000_000,
            "since": None if since is None else int(since.timestamp() * 1000),
        }
        place = order(settings, hub, said, registry.id_for(topic))
    finally:
        registry.close()
    click.echo(f"{action} was sent to the connector of {hub}; see `zeven status`")
    return place
