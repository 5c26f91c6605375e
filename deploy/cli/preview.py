"""`zeven hub preview`: read the sources for real, publish nothing, and show what would change."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
from jinja2 import Environment, PackageLoader

from connectors import manifest as manifests
from connectors.preview import Change, Preview, preview
from deploy.cli.asking import table
from deploy.cli.context import settings_of
from schemas import topics

WORDS: Final = {
    "new": "Nieuw / new",
    "changed": "Gewijzigd / changed",
    "removed": "Verdwijnt, met bewijs / removed, with evidence",
    "rejected": "Afgewezen / rejected",
    "mended": "Niet langer afgewezen / no longer rejected",
}
COLUMNS: Final = (
    "soort / kind",
    "stand / state",
    "gelezen / read",
    *(word for word in WORDS.values()),
    "vastgehouden / held",
    "let op / note",
)
SHORT: Final = 80
SHOWN: Final = 200


@click.command("preview")
@click.argument("name")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(topics.KINDS), help="Only this kind; may be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write one page to sign off.")
@click.option("--data", help="Folder of the system; default: the last one started.")
def command(name: str, kinds: tuple[str, ...], as_json: bool, html: Path | None, data: str | None) -> None:
    """Show what a look at the sources of hub NAME would change; nothing is published."""
    settings = settings_of(data)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    found = preview(settings, manifests.load(name, settings, os.environ), kinds=kinds)
    if html is not None:
        html.write_text(page(found, datetime.now(UTC)), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(stated(found), ensure_ascii=False, indent=2, default=str))
        return
    table(COLUMNS, counts(found), f"{found.hub}{' (voorbeelddata)' if found.sample else ''}")
    if found.changes:
        rows = [
            (one.kind, one.source_id, WORDS[one.what], one.title, said(one)) for one in found.changes[:SHOWN]
        ]
        table(("kind", "id", "what", "title", "fields"), rows)
    left = len(found.changes) - SHOWN
    if left > 0:
        click.echo(f"... and {left} more: --json or --html shows them all.")
    click.echo("Nothing was published." if html is None else f"Nothing was published. The page: {html}")


def counts(found: Preview) -> list[tuple[Any, ...]]:
    """One row per kind: how the look went, and how much would change."""
    rows = []
    for one in found.outcomes:
        by_what = [sum(c.kind == one.kind and c.what == what for c in found.changes) for what in WORDS]
        rows.append((one.kind, one.state, one.read, *by_what, one.held, "; ".join(one.reasons)))
    return rows


def said(change: Change) -> str:
    """The fields of a change in one cell."""
    if change.what == "rejected":
        return change.why
    fields = [f"{one.field}: {short(one.before)} → {short(one.after)}" for one in change.fields]
    return "\n".join([*fields, *([change.why] if change.why else [])])


def short(value: Any) -> str:
    """A value as people read it, in at most a line."""
    if value in (None, [], ""):
        return "–"
    if isinstance(value, dict):
        value = {name: part for name, part in value.items() if part is not None}
    if isinstance(value, list):
        value = ", ".join(map(named, value))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"


def named(item: Any) -> str:
    """An item of a list: what has a name by that name and its role."""
    if isinstance(item, dict) and item.get("name"):
        return f"{item['name']} ({item['role']})" if item.get("role") else str(item["name"])
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, default=str)


def stated(found: Preview) -> dict[str, Any]:
    """As JSON has it."""
    changes = [asdict(one) | {"fields": [each._asdict() for each in one.fields]} for one in found.changes]
    looks = [one.record() for one in found.outcomes]
    return {"hub": found.hub, "sample": found.sample, "kinds": looks, "changes": changes}


def page(found: Preview, at: datetime) -> str:
    """One static page, without scripts, to print and sign."""
    parts: list[tuple[str, str, Sequence[Change]]] = [
        (what, words, matching)
        for what, words in WORDS.items()
        if (matching := [one for one in found.changes if one.what == what])
    ]
    environment = Environment(loader=PackageLoader("deploy.cli"), autoescape=True)
    return environment.get_template("preview.html").render(
        hub=found.hub,
        sample=found.sample,
        at=f"{at:%Y-%m-%d %H:%M} UTC",
        columns=COLUMNS,
        counts=counts(found),
        parts=parts,
        short=short,
    )
