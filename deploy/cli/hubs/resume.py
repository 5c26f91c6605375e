"""`zeven hub resume`: look again."""

from __future__ import annotations

import click

from deploy.cli.context import settings_of
from deploy.cli.steering import data, give


@click.command("resume")
@click.argument("name")
@data
def command(name: str, data: str | None) -> None:
    """Let the connector of hub NAME look again."""
    give(settings_of(data), name, "resume")
