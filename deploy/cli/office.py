"""`zeven office`: the reference lists that the national office keeps, changed by file and without a release."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from deploy.cli.asking import ask, table
from deploy.cli.context import settings_of
from deploy.cli.status import short
from deploy.saying import say
from schemas.errors import Reject
from schemas.reference import kept as rules
from schemas.reference.kept import KEPT, Kept
from schemas.settings import Settings
from schemas.topics import ROW

PATIENCE_S: Final = 30.0
NAME = click.argument("name", type=click.Choice(KEPT), metavar="LIST")
DATA = click.option("--data", help="Folder of the system (default: the last one started).")
REASON = click.option("--reason", required=True, help="Why, for who reads it later.")
BY: Final = "national office"
YES = click.option("--yes", is_flag=True, help="Do not ask first (it asks on a terminal only).")


@click.group()
def command() -> None:
    """Reference lists of the national office: shown, changed by file, taken back. Lists: see `zeven office list`."""


@command.command("list")
@DATA
def listed(data: str | None) -> None:
    """The lists, and how many of their rows the office changed."""
    items = (ask(settings_of(data), "/api/v1/lists") or {"items": []})["items"]
    rows = [(one["list"], one["rows"], one["changed"], ", ".join(one["columns"])) for one in items]
    table(("list", "rows", "changed", "columns"), rows)


@command.command("show")
@NAME
@click.option("--csv", "to", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this file.")
@DATA
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every version.")
def show(name: str, to: Path | None, data: str | None, as_json: bool) -> None:
    """Show LIST as it is now; with --csv as a file to change and to give to `zeven office apply`."""
    items = _items(settings_of(data), name)
    if as_json:
        click.echo(json.dumps(items, ensure_ascii=False, indent=2))
        return
    if to is not None:
        with to.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rules.columns(name), lineterminator="\n")
            writer.writeheader()
            writer.writerows(one["fields"] for one in items if one["fields"] is not None)
        click.echo(f"{name} stands in {to}")
        return
    rows = [(one["row"], _fields(one["fields"]), _since(one["versions"])) for one in items]
    table(("row", "fields", "by the office"), rows)


@command.command("apply")
@NAME
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--whole", is_flag=True, help="Rows that FILE does not have go.")
@click.option("--preview", is_flag=True, help="Show what would change, and change nothing.")
@REASON
@YES
@DATA
def apply(
    name: str,
    file: Path,
    whole: bool,
    preview: bool,
    reason: str,
    yes: bool,
    data: str | None,
) -> None:
    """Change LIST to what FILE (CSV with its columns) says; shows the difference first."""
    settings = settings_of(data)
    now = _kept(settings, name)
    found = rules.changes(now, name, _read(file), whole=whole)
    if not found:
        click.echo(f"{name} says so already: nothing changes.")
        return
    table(("row", "before", "after"), [(one["row"], *_differing(one)) for one in found])
    if preview:
        return
    if sys.stdin.isatty() and not yes and not click.confirm(f"Change {len(found)} rows of {name}?"):
        click.echo("Nothing was changed.")
        sys.exit(1)
    _write(settings, name, rules.versions_of(now, name, found, reason, BY, _now_ms()))


@command.command("undo")
@NAME
@click.argument("row")
@REASON
@DATA
def undo(name: str, row: str, reason: str, data: str | None) -> None:
    """Take the last change of ROW of LIST back."""
    settings = settings_of(data)
    _write(settings, name, [rules.undone(_kept(settings, name), name, row, reason, BY, _now_ms())])


def _items(settings: Settings, name: str) -> list[dict[str, Any]]:
    found = ask(settings, f"/api/v1/lists/{name}") or {"items": []}
    return list(found["items"])


def _kept(settings: Settings, name: str) -> Kept:
    """The list with its versions, from the view's answer."""
    found = Kept()
    for one in _items(settings, name):
        for version in one["versions"]:
            fields = [{"name": column, "value": value} for column, value in version["fields"].items()]
            record = {**version, "list": name, "row": one["row"], "fields": fields}
            found.put(rules.key_of(record), record)
    return found


def _write(settings: Settings, name: str, records: Sequence[dict[str, Any]]) -> None:
    say(settings, ROW, [(rules.key_of(one), one) for one in records])
    wanted = {one["row"]: one["version"] for one in records}
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        there = {
            one["row"]: one["versions"][0]["version"] for one in _items(settings, name) if one["versions"]
        }
        if all(there.get(row, 0) >= version for row, version in wanted.items()):
            click.echo(
                f"{len(records)} rows of {name} changed; `zeven office undo {name} ROW` takes one back."
            )
            return
        time.sleep(0.2)
    click.echo(f"{len(records)} rows of {name} are written and on their way; the view is behind.", err=True)
    sys.exit(1)


def _read(file: Path) -> list[Mapping[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            sign = ";" if ";" in lines.readline().split(",")[0] else ","
            lines.seek(0)
            return [
                {str(column): str(value or "").strip() for column, value in row.items()}
                for row in csv.DictReader(lines, delimiter=sign)
            ]
    except (UnicodeDecodeError, csv.Error) as fault:
        raise Reject(f"{file} is no CSV: {fault}", field="file", fix="Save it as CSV in UTF-8.") from fault


def _differing(one: Mapping[str, Any]) -> tuple[str, str]:
    before, after = one["before"], one["after"]
    if before is None or after is None:
        return _fields(before), _fields(after) if after else "(gone)"
    names = [column for column in after if after[column] != before[column]]
    return (
        _fields({column: before[column] for column in names}),
        _fields({column: after[column] for column in names}),
    )


def _fields(row: Mapping[str, str] | None) -> str:
    return "; ".join(f"{column} = {value}" for column, value in (row or {}).items() if value)


def _since(versions: Sequence[Mapping[str, Any]]) -> str:
    if not versions:
        return ""
    last = versions[0]
    return f"{last['state']} {short(last['at'])} by {last['by']}: {last['reason']}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
