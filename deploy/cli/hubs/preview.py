"""`zeven hub preview`: read the sources for real, publish nothing, and show what would change."""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
from jinja2 import Environment, PackageLoader

from connectors import manifest as manifests
from connectors.preview import Change, Preview, preview
from deploy.becoming import Becoming, Ours
from deploy.cli import outlook
from deploy.cli.asking import table
from deploy.cli.context import settings_of
from deploy.nation import Reader
from schemas import topics
from schemas.bus.registry import Registry
from schemas.errors import Retry
from schemas.settings import Settings

WORDS: Final = {
    "new": "Nieuw / new",
    "changed": "Gewijzigd / changed",
    "removed": "Verdwijnt, met bewijs / removed, with evidence",
    "held": "Vastgehouden / held",
    "rejected": "Afgewezen / rejected",
    "mended": "Niet langer afgewezen / no longer rejected",
}
COUNTED: Final = (
    "stand / state",
    "gelezen / read",
    *WORDS.values(),
    "buiten de selectie / left out",
    "niet toegewezen / not assigned",
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
    ahead = nationally(settings, found)
    if html is not None:
        html.write_text(page(found, datetime.now(UTC), ahead), encoding="utf-8")
    if as_json:
        document = stated(found) | {"national": None if ahead is None else outlook.stated(ahead)}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))
        return
    looked, rows = counts(found)
    table(("bron / source", *looked), rows, f"{found.hub}{' (voorbeelddata)' if found.sample else ''}")
    if found.changes:
        listed = [
            (one.kind, one.source_id, WORDS[one.what], one.title, said(one)) for one in found.changes[:SHOWN]
        ]
        table(("kind", "id", "what", "title", "fields"), listed)
    for line in personal(found):
        click.echo(line)
    left = len(found.changes) - SHOWN
    if left > 0:
        click.echo(f"... and {left} more: --json or --html shows them all.")
    if ahead is not None:
        outlook.show(ahead)
    click.echo("Nothing was published." if html is None else f"Nothing was published. The page: {html}")


def nationally(settings: Settings, found: Preview) -> list[Becoming] | None:
    """What would become of it in the national view; None, and a word about it, where that cannot be read."""
    ours = [Ours(kind, source_id, record) for (kind, source_id), record in found.stands.items()]
    registry = Registry(settings.registry.url)
    try:
        return outlook.outlook(
            settings, found.hub, ours, Reader(settings, registry).nation(), first=found.first
        )
    except Retry as fault:
        click.echo(f"What would become of it in the national view cannot be said now. {fault}", err=True)
        return None
    finally:
        registry.close()


def counts(found: Preview) -> tuple[list[str], list[tuple[Any, ...]]]:
    """A column per kind: how the look went, and how much would change."""
    columns = []
    for one in found.outcomes:
        by_what = Counter(change.what for change in found.changes if change.kind == one.kind)
        by_what["held"] = one.held
        of_rows = (one.left_out, one.unassigned, "; ".join(one.reasons))
        columns.append((one.state, one.read, *(by_what[what] for what in WORDS), *of_rows))
    return [one.kind for one in found.outcomes], list(zip(COUNTED, *columns, strict=True))


def personal(found: Preview) -> list[str]:
    """Which fields that a source shows may be about people, so that it can be asked for less."""
    return [
        f"{kind}: {', '.join(f'{name} ({rows})' for name, rows in fields.items())}: "
        "kan over personen gaan; alleen nodig wat de mapping gebruikt / may be about people; ask for less"
        for kind, fields in found.personal.items()
        if fields
    ]


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
    return {
        "hub": found.hub,
        "sample": found.sample,
        "kinds": looks,
        "changes": changes,
        "personal": found.personal,
    }


def page(found: Preview, at: datetime, ahead: Sequence[Becoming] | None = None) -> str:
    """One static page, without scripts, to print and sign."""
    parts: list[tuple[str, str, Sequence[Change]]] = [
        (what, words, matching)
        for what, words in WORDS.items()
        if (matching := [one for one in found.changes if one.what == what])
    ]
    kinds, rows = counts(found)
    environment = Environment(loader=PackageLoader("deploy.cli"), autoescape=True)
    return environment.get_template("preview.html").render(
        hub=found.hub,
        sample=found.sample,
        at=f"{at:%Y-%m-%d %H:%M} UTC",
        columns=("", *kinds),
        counts=rows,
        parts=parts,
        personal=personal(found),
        outlook=None if ahead is None else outlook.shown(ahead),
        short=short,
    )
