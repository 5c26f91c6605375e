"""`zeven hub object`: a hub objects to what the national view makes of its records; its own rights suffice."""

from __future__ import annotations

import re
import time
import uuid

import click

from connectors import manifest as manifests
from deploy.cli.context import settings_of
from deploy.saying import say
from schemas import topics
from schemas.codec import load

NATIONAL = re.compile(r"([a-z])-[a-z2-7]{12}")
REASON_MAX = 1000


@click.command("object")
@click.argument("name")
@click.option("--id", "national_id", required=True, help="National id of the record.")
@click.option("--field", help="Field whose value is wrong; without it: this is not one thing.")
@click.option("--reason", required=True, help="Why, for the stewards.")
@click.option("--by", default="hub", show_default=True, help="Who objects: a role, never a person.")
@click.option("--data", help="Folder of the system; default: the last one started.")
def command(name: str, national_id: str, field: str | None, reason: str, by: str, data: str | None) -> None:
    """Hub NAME objects that a national record is one thing, or to the value of a field."""
    settings = settings_of(data)
    manifests.folder_of(name, settings)
    _check(national_id, field, reason, by)
    objection_id = uuid.uuid4().hex[:12]
    said = {
        "id": objection_id,
        "national_id": national_id,
        "field": field,
        "reason": reason,
        "by": by,
        "at": time.time_ns() // 1_000_000,
    }
    say(settings, topics.objection(name), [(objection_id, said)], [name])
    click.echo(f"{objection_id}: sent to the stewards; see `zeven hub objections {name}` for the outcome")


def _check(national_id: str, field: str | None, reason: str, by: str) -> None:
    kinds = {kind[0]: kind for kind in topics.NATIONAL_KINDS}
    found = NATIONAL.fullmatch(national_id)
    if found is None or found[1] not in kinds:
        raise click.UsageError(f"{national_id} is no national id: take it from a page or an export.")
    known = [one["name"] for one in load(f"{kinds[found[1]].capitalize()}Content").document["fields"]]
    if field is not None and field not in known:
        raise click.UsageError(f"A {kinds[found[1]]} has no field {field}: {', '.join(known)}.")
    if not reason.strip() or len(reason) > REASON_MAX:
        raise click.UsageError(f"Give a reason of at most {REASON_MAX} characters.")
    if "@" in by:
        raise click.UsageError("Who objects is a role, never a person.")
