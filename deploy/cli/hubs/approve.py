"""`zeven hub approve`: let held removals go."""

from __future__ import annotations

import sys
from typing import Any

import click

from deploy.cli.asking import ask, table
from deploy.cli.context import settings_of
from deploy.cli.steering import data, give, ids, kind
from schemas.errors import Retry
from schemas.settings import Settings


@click.command("approve")
@click.argument("name")
@kind
@ids
@click.option("--list", "only_list", is_flag=True, help="Show what is held, and approve nothing.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@data
def command(
    name: str, kind: str | None, source_ids: tuple[str, ...], only_list: bool, yes: bool, data: str | None
) -> None:
    """Approve the removals that the brake of hub NAME holds. On a terminal it shows them, and asks first."""
    settings = settings_of(data)
    asks = sys.stdin.isatty() and not yes
    if only_list or asks:
        show(settings, name, kind)
    if only_list or (asks and not click.confirm("Approve?")):
        return
    give(settings, name, "approve", kind, source_ids)


def show(settings: Settings, hub: str, kind: str | None) -> None:
    """Print what is held of a hub, with titles, or that nobody can say it now."""
    try:
        found = ask(settings, "/api/v1/hubs") or {"items": []}
        looks = [one for each in found["items"] if each["hub"] == hub for one in each["kinds"]]
        held = [one for one in looks if one["held"] and kind in (None, one["kind"])]
        rows = [(*row, _title(settings, hub, *row)) for row in named(held)]
    except Retry as fault:
        click.echo(f"What is held cannot be shown now. {fault}", err=True)
        return
    if not held:
        click.echo(f"Nothing of {hub} is held.")
        return
    table(("kind", "id", "title"), rows, f"Removals of {hub} that are held")
    for one in held:
        unnamed = one["held"] - len(one.get("held_ids", ()))
        more = f", {unnamed} of them not named here" if unnamed > 0 else ""
        click.echo(
            f"{one['kind']}: {one['held']} of {one['live']} records{more}; {'; '.join(one['reasons'])}"
        )


def named(held: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Kind and source id of what the life sign names."""
    return [(one["kind"], source_id) for one in held for source_id in one.get("held_ids", ())]


def _title(settings: Settings, hub: str, kind: str, source_id: str) -> str:
    life = ask(settings, f"/api/v1/why/{hub}|{kind}|{source_id}")
    return "; ".join(life["titles"].values()) if life else ""
