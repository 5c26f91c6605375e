"""`zeven rejected`: what could not be used, why, and how to mend it."""

from __future__ import annotations

import json
import sys

import click

from deploy.cli.asking import ask, table
from deploy.cli.context import settings_of
from deploy.cli.status import short

DATA = click.option("--data", help="Folder of the system (default: the last one started).")
JSON = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group()
def command() -> None:
    """What could not be used, with its cause and cure."""


@command.command("list")
@click.option("--hub", default="", help="Only of this hub.")
@click.option("--stage", default="", help="Only rejected by this stage.")
@DATA
@JSON
def listed(hub: str, stage: str, data: str | None, as_json: bool) -> None:
    """List what stands in rejected now."""
    found = ask(settings_of(data), "/api/v1/rejected", hub=hub, stage=stage) or {
        "items": [],
        "unreadable": [],
    }
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    rows = [(one["id"], short(one["at"]), one["cause"], one["fix"]) for one in found["items"]]
    if rows:
        table(("id", "since", "cause", "what to do"), rows)
    else:
        click.echo("Nothing stands in rejected.")
    if found["unreadable"]:
        click.echo(f"{len(found['unreadable'])} records could not be read by the view (--json shows them).")


@command.command("show")
@click.argument("rejected_id", metavar="ID")
@DATA
@JSON
def show(rejected_id: str, data: str | None, as_json: bool) -> None:
    """Show one rejected record: ID as `zeven rejected list` gives it. Exit code 1 when it is not there."""
    found = ask(settings_of(data), f"/api/v1/rejected/{rejected_id}")
    if found is None:
        click.echo(f"{rejected_id} does not stand in rejected; see `zeven rejected list`.", err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for name, value in found.items():
        if value not in (None, ""):
            click.echo(f"{name:>15}: {value}")
