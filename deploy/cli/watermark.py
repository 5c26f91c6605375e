"""`zeven watermark`: where a consumer of Kafka begins to go on from an answer, a file or an event."""

from __future__ import annotations

import json

import click

from deploy.cli.asking import table
from schemas.cloudevents import instant
from streams.view import watermark


@click.command()
@click.argument("token", metavar="TOKEN")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(token: str, as_json: bool) -> None:
    """Print the next offset of each national partition of TOKEN, the watermark of an answer, a file or an event."""
    found = watermark.read(token)
    rows = found.topics()
    if as_json:
        offsets = [{"topic": topic, "partition": part, "offset": offset} for topic, part, offset in rows]
        told = {"cluster": found.cluster, "at": instant(found.at), "offsets": offsets}
        click.echo(json.dumps(told, indent=2))
        return
    click.echo(f"Cluster {found.cluster}, at {instant(found.at)}. A partition that is not named begins at 0.")
    table(("topic", "partition", "begin at"), rows)
