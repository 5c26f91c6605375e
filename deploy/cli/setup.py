"""`zeven setup`: topics and schemas as the catalogue wants them; what is there already is left as it is."""

from __future__ import annotations

import json

import click

from deploy.cli.context import settings_of
from schemas.bus.admin import ensure_topics
from schemas.bus.registry import Registry
from schemas.reference import lists
from schemas.topics import catalogue


@click.command()
@click.option("--data", help="Folder of the system (default: the last one started).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(data: str | None, as_json: bool) -> None:
    """Make the topics that are missing and register the schemas."""
    settings = settings_of(data)
    topics = catalogue([hub.slug for hub in lists.hubs()], settings.topics.partitions)
    made = ensure_topics(settings, topics)
    ids = Registry(settings.registry.url).ensure(topics)
    if as_json:
        click.echo(json.dumps({"topics": len(topics), "made": made, "schemas": ids}, indent=2))
    else:
        click.echo(
            f"{len(topics)} topics, {len(made)} of them new; {len(set(ids.values()))} schemas registered"
        )
