"""`zeven status`: one line per hub, with how complete the national view is."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from deploy.cli.asking import ask, table
from deploy.cli.context import settings_of

COLUMNS = (
    "hub",
    "state",
    "complete",
    "last look",
    "last change",
    "fresh",
    "counts",
    "rejected",
    "held",
    "data",
)


@click.command()
@click.option("--data", help="Folder of the system (default: the last one started).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(data: str | None, as_json: bool) -> None:
    """Show per hub: state, completeness, last look and change, freshness, counts, rejected.

    Exit code 1 when a connected hub is silent, failing, stale or differs, or the view is not up to date.
    """
    found = ask(settings_of(data), "/api/v1/hubs") or {"items": [], "ready": False}
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        table(COLUMNS, [line(hub) for hub in found["items"]])
        if not found["ready"]:
            click.echo("The view itself is not up to date now; see /health/ready of it.")
    sys.exit(1 if faulty(found) else 0)


def line(hub: dict[str, Any]) -> tuple[str, ...]:
    """What the table says of one hub."""
    counts = ", ".join(
        f"{kind} {n.get('national', 0)}/{n.get('regional', 0)}" for kind, n in hub["counts"].items()
    )
    fresh = hub["freshness"]
    return (
        hub["hub"],
        state(hub),
        completeness(hub["completeness"]),
        short(hub["last_look"]),
        short(hub["last_change"]),
        "" if fresh["fresh"] is None else f"{'yes' if fresh['fresh'] else 'no'} ({fresh['age_s']} s)",
        counts,
        str(hub["rejected"]),
        str(hub["held"]),
        "voorbeelddata" if hub["sample"] else "",
    )


def state(hub: dict[str, Any]) -> str:
    """The state of the hub, and of the kinds that make it so."""
    if hub["state"] in ("live", "idle", "silent", "not connected"):
        return str(hub["state"])
    wrong = [
        f"{kind['kind']} {kind['state']}" for kind in hub["kinds"] if kind["state"] not in ("live", "idle")
    ]
    return f"{hub['state']} ({', '.join(wrong)})"


def completeness(proof: dict[str, Any]) -> str:
    """The proof in words."""
    state = proof["state"]
    if state == "proven":
        return f"proven up to {short(proof['proven_up_to'])}"
    if state == "catching up":
        return f"catching up ({proof['behind']} behind)"
    if state == "differs":
        ids = ", ".join(f"{one['kind']}|{one['source_id']} {one['why']}" for one in proof["ids"][:3])
        return f"differs ({proof['differences']}{': ' + ids if ids else ''})"
    return str(state)


def short(instant: str | None) -> str:
    """An instant to the second."""
    return instant[:19].replace("T", " ") + "Z" if instant else ""


def faulty(found: dict[str, Any]) -> bool:
    """Something here needs a person."""
    bad = ("silent", "failing", "stale")
    return not found["ready"] or any(
        hub["connected"] and (hub["state"] in bad or hub["completeness"]["state"] == "differs")
        for hub in found["items"]
    )
