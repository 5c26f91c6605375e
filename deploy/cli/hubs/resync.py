"""`zeven hub resync`: publish again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime

import click

from deploy.cli.asking import ask
from deploy.cli.context import settings_of
from deploy.cli.following import watching
from deploy.cli.steering import data, give, ids, kind
from schemas import topics
from schemas.errors import Retry
from schemas.settings import Settings


@click.command("resync")
@click.argument("name")
@kind
@ids
@click.option(
    "--since",
    type=click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")),
    help="Only what its source changed since this day or moment, local time.",
)
@click.option("--wait/--no-wait", default=None, help="Follow it to its end; default: on a terminal.")
@data
def command(
    name: str,
    kind: str | None,
    source_ids: tuple[str, ...],
    since: datetime | None,
    wait: bool | None,
    data: str | None,
) -> None:
    """Publish everything of hub NAME again, changed or not; nobody is notified of it.

    With --wait a bar shows rate and time left; Ctrl-C ends the bar, not the re-sync.
    """
    settings = settings_of(data)
    if not (sys.stdout.isatty() if wait is None else wait):
        give(settings, name, "resync", kind, source_ids, since)
        return
    kinds = [kind] if kind else topics.KINDS
    total = None if since else len(source_ids) or _standing(settings, name, kinds)
    with watching(settings, name, kinds) as watcher:
        order = give(settings, name, "resync", kind, source_ids, since)
        try:
            came = watcher.follow(order, total)
        except KeyboardInterrupt:
            click.echo("\nThe connector goes on; see `zeven status`", err=True)
            return
    click.echo(f"{came} records were published again")


def _standing(settings: Settings, hub: str, kinds: Sequence[str]) -> int | None:
    """How many records the hub has; None when nobody can say."""
    try:
        found = ask(settings, "/api/v1/hubs") or {"items": []}
    except Retry:
        return None
    mine = [one for each in found["items"] if each["hub"] == hub for one in each["kinds"]]
    return sum(int(one["live"]) for one in mine if one["kind"] in kinds)
