"""How commands show what would become of a hub's records in the national view: tables, JSON and a part of a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import click
import orjson

from deploy.becoming import Becoming, Nation, Ours, become
from deploy.cli.asking import table
from schemas.settings import Settings
from streams.notices import subscriptions

WORDS: Final = {
    "new": "Nieuw / new",
    "joins": "Sluit aan / joins",
    "changes": "Wijzigt / changes",
    "parts": "Maakt zich los / parts",
    "ends": "Verdwijnt / ends",
    "stays": "Blijft / stays",
}
COUNTED: Final = (*WORDS.values(), "lijkt op / alike", "berichten / notices")
SHOWN: Final = 100
SHORT: Final = 60


def outlook(
    settings: Settings, hub: str, ours: Sequence[Ours], nation: Nation, *, first: bool
) -> list[Becoming]:
    """What would become of these records, by the subscriptions of this system."""
    return become(hub, ours, nation, subscriptions.load(settings), first)


def show(found: Sequence[Becoming]) -> None:
    """Print counts, and what would not stay as it is."""
    if not found:
        return
    kinds, rows = counts(found)
    table(("landelijk / national", *kinds), rows, "In het landelijke beeld / in the national view")
    moving = [one for one in found if one.what != "stays"]
    if moving:
        heads = ("kind", "what", "national id", "title", "with", "fields", "who hears of it", "let op / note")
        table(heads, [row(one) for one in moving[:SHOWN]])
    if len(moving) > SHOWN:
        click.echo(f"... and {len(moving) - SHOWN} more: --json or --html shows them all.")


def counts(found: Sequence[Becoming]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """A column per kind, a row per thing that is counted."""
    kinds = sorted({one.kind for one in found})
    columns = []
    for kind in kinds:
        mine = [one for one in found if one.kind == kind]
        by_what = Counter(one.what for one in mine)
        more = (sum(bool(one.alike) for one in mine), sum(len(one.told) for one in mine))
        columns.append((*(by_what[what] for what in WORDS), *more))
    return kinds, list(zip(COUNTED, *columns, strict=True))


def row(one: Becoming) -> tuple[str, ...]:
    """One national record as a row of a table."""
    company = f"{', '.join(one.hubs)} ({one.key})" if one.key else ", ".join(one.hubs)
    fields = "\n".join(
        f"{each['field']}: {short(each['before'])} → {short(each['after'])}" for each in one.fields
    )
    return (
        one.kind,
        WORDS[one.what],
        one.national_id or "–",
        one.title,
        company,
        fields,
        ", ".join(one.told),
        "\n".join(notes(one)),
    )


def notes(one: Becoming) -> list[str]:
    """What a person should look at."""
    return [
        *(f"voegt {name} samen / merges {name}" for name in one.merges),
        *(f"lijkt op / alike: {each.national_id} {each.title} ({'; '.join(each.why)})" for each in one.alike),
        *(f"niet samengevoegd / not joined: {doubt}" for doubt in one.doubts),
    ]


def short(value: str | None) -> str:
    """A value that is JSON text, in at most a line."""
    said = "–" if value is None else value
    plain = orjson.loads(said) if said[:1] == '"' else said
    return plain if len(plain) <= SHORT else f"{plain[: SHORT - 1]}…"


def shown(found: Sequence[Becoming]) -> dict[str, Any]:
    """For the part of a page."""
    moving = [one for one in found if one.what != "stays"]
    kinds, rows = counts(found)
    return {"columns": ("", *kinds), "counts": rows, "rows": [row(one) for one in moving]}


def stated(found: Sequence[Becoming]) -> list[dict[str, Any]]:
    """As JSON has it."""
    return [asdict(one) | {"alike": [each._asdict() for each in one.alike]} for one in found]
