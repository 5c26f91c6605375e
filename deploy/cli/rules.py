"""`zeven rules test`: would this subscription hear of this change?"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from connectors import estate
from schemas.errors import Stop
from schemas.settings import Settings
from streams.notices import subscriptions
from streams.notices.rules import evaluate
from streams.notices.versions import KINDS, Version, version_of

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Subscriptions and their rules."""


@command.command("test")
@click.argument("file", type=EXISTING)
@click.option(
    "--before", type=EXISTING, help="The record before, as the API gives it; leave out for a new one."
)
@click.option("--after", type=EXISTING, help="The record after; leave out for a removed one.")
@click.option("--cause", default="source", show_default=True, help="Cause of the change.")
@click.option("--kind", type=click.Choice(KINDS), help="Kind of the record (default: from its id).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def test(
    file: Path,
    before: Path | None,
    after: Path | None,
    cause: str,
    kind: str | None,
    as_json: bool,
) -> None:
    """Judge one change by the subscription in FILE; nothing is sent."""
    if before is None and after is None:
        raise click.UsageError("Give --before, --after or both.")
    text = file.read_text(encoding="utf-8")
    settings = Settings.load(os.environ)
    values, hubs = subscriptions.places(settings), estate.declared(settings)
    subscription = subscriptions.parse(text, str(file), values, hubs)
    verdict = evaluate(subscription, _version(before, kind), _version(after, kind), cause)
    found = {
        "subscription": subscription.id,
        "tell": verdict.tell,
        "what": verdict.what,
        "why": verdict.why,
        "changes": verdict.changes,
    }
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    click.echo(f"{subscription.id}: {'told' if verdict.tell else 'not told'} ({verdict.what}): {verdict.why}")
    for change in verdict.changes:
        click.echo(f"  {change['field']}: {change['before']} -> {change['after']}")


_LETTERS = {"p": "project", "e": "event", "m": "membership", "o": "organisation"}


def _version(path: Path | None, kind: str | None) -> Version | None:
    if path is None:
        return None
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = kind or record.get("kind") or _LETTERS[str(record["id"])[0]]
        if "contributions" not in record:
            return {
                "sample": False,
                "hubs": [],
                "address": None,
                "organisations": [],
                **record,
                "kind": known,
            }
        return version_of(known, {"organisations": [], **record})
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as fault:
        raise Stop(
            f"The record cannot be used: {fault!r}",
            where=str(path),
            fix="Give a national record as JSON: id and content, as the API gives it.",
        ) from fault
