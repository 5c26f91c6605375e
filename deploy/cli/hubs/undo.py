"""`zeven hub undo`: take an approval back, before or after it was carried out."""

from __future__ import annotations

import click

from deploy.cli.context import settings_of
from deploy.cli.steering import data, give, ids, kind


@click.command("undo")
@click.argument("name")
@kind
@ids
@data
def command(name: str, kind: str | None, source_ids: tuple[str, ...], data: str | None) -> None:
    """Take back what was approved for hub NAME; what was removed is brought back while the log still holds it."""
    give(settings_of(data), name, "undo", kind, source_ids)
