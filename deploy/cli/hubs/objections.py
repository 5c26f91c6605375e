"""`zeven hub objections`: what a hub objected to, and what the stewards answered; its own rights suffice."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import click

from connectors import manifest as manifests
from deploy.cli.asking import table
from deploy.cli.context import settings_of
from deploy.nation import Reader
from schemas import topics
from schemas.bus.registry import Registry


@click.command("objections")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--data", help="Folder of the system; default: the last one started.")
def command(name: str, as_json: bool, data: str | None) -> None:
    """List what hub NAME objected to, newest first, with the outcome."""
    settings = settings_of(data)
    manifests.folder_of(name, settings)
    with closing(Registry(settings.registry.url)) as registry:
        reader = Reader(settings, registry)
        said = reader.table(topics.objection(name), "office.Objection")
        answers = reader.table(topics.OUTCOME, "office.Outcome")
    found = [
        one | {"outcome": answers.get(f"{name}|{key}")}
        for key, one in sorted(said.items(), key=lambda pair: -pair[1]["at"])
    ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    elif found:
        table(("id", "record", "about", "reason", "outcome"), [_row(one) for one in found])
    else:
        click.echo(f"{name} objected to nothing.")


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    answer = one["outcome"]
    said = "not answered yet"
    if answer is not None:
        decision = f" (decision {answer['decision']})" if answer["decision"] else ""
        said = f"{answer['state']}{decision}: {answer['reason']}"
    return one["id"], one["national_id"], one["field"] or "one thing", one["reason"], said
