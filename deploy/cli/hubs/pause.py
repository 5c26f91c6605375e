"""`zeven hub pause`: stop looking."""

from __future__ import annotations

import click

from deploy.cli.context import settings_of
from deploy.cli.steering import data, give


@click.command("pause")
@click.argument("name")
@data
def command(name: str, data: str | None) -> None:
    """Let the connector of hub NAME stop looking; its life sign goes on."""
    give(settings_of(data), name, "pause")
