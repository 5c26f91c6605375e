"""`zeven why`: the life of one record from its source to the notices about it."""

from __future__ import annotations

import json
import sys

import click

from deploy.cli.asking import ask, table
from deploy.cli.context import settings_of
from deploy.cli.status import short


@click.command()
@click.argument("record_id", metavar="ID")
@click.option("--data", help="Folder of the system (default: the last one started).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(record_id: str, data: str | None, as_json: bool) -> None:
    """Tell the life of ID: a national id, or hub|kind|source id. Exit code 1 when nothing is known of it."""
    found = ask(settings_of(data), f"/api/v1/why/{record_id}")
    if found is None:
        click.echo(
            f"Nothing is known of {record_id}. Give a national id, or 'hub|kind|source id' in quotes; "
            "`zeven rejected list` shows what could not be used.",
            err=True,
        )
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    mark = " (voorbeelddata)" if found["sample"] else ""
    for national_id, title in found["titles"].items():
        click.echo(f"{national_id}: {title}{mark}")
    for old, new in found["goes_on_as"].items():
        click.echo(f"{old} goes on as {new}")
    rows = [(step["stage"], step["at"] or "", step["what"], step["where"]) for step in found["steps"]]
    table(("stage", "time", "what", "where"), rows)
    proofs = found["completeness"].items()
    known = [
        f"{hub} {one['state']} {short(one['proven_up_to'])}".strip()
        for hub, one in proofs
        if one["state"] != "unknown"
    ]
    click.echo("Completeness: " + ("; ".join(known) or "unknown"))
