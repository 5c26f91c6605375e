"""`zeven steward`: what is one, what is two, and what a field holds, decided by the national office."""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import click

from deploy.cli.asking import ask, table
from deploy.cli.context import settings_of
from deploy.cli.status import short
from deploy.saying import say
from schemas.codec import load
from schemas.errors import Reject, ZevenError
from schemas.reference import lists
from schemas.settings import Settings
from schemas.topics import DECISION, NATIONAL_KINDS
from streams.national import decisions
from streams.national.decisions import Author
from streams.national.keys import split_source

PATIENCE_S: Final = 30.0
DATA = click.option("--data", help="Folder of the system (default: the last one started).")
REASON = click.option("--reason", required=True, help="Why, for who reads it later.")
BY = click.option("--by", default="steward", show_default=True, help="Who decides: a role, never a person.")
YES = click.option("--yes", is_flag=True, help="Do not ask first (it asks on a terminal only).")
_KINDS: Final = {kind[0]: kind for kind in NATIONAL_KINDS}


@click.group()
def command() -> None:
    """Decide what is one, what is two, and what a field holds. Decisions outlive re-syncs, and can be undone."""


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what was taken back.")
@DATA
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def listed(everything: bool, data: str | None, as_json: bool) -> None:
    """List the decisions that hold, newest first."""
    items = (ask(settings_of(data), "/api/v1/decisions") or {"items": []})["items"]
    found = [one for one in items if everything or one["withdrawn_at"] is None]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    elif found:
        rows = [(one["id"], short(one["at"]), _words(one), _now(one), one["reason"]) for one in found]
        table(("id", "since", "decision", "speaks now of", "reason"), rows)
    else:
        click.echo("Nothing was decided." if everything else "No decision holds now; --all shows all.")


@command.command("doubts")
@DATA
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def doubts(data: str | None, as_json: bool) -> None:
    """List keys that two things share which cannot be one: one of them has a wrong identifier."""
    items = (ask(settings_of(data), "/api/v1/doubts") or {"items": []})["items"]
    if as_json:
        click.echo(json.dumps(items, ensure_ascii=False, indent=2))
    elif items:
        rows = [(one["key"], short(one["at"]), _now(one), "\n".join(one["sources"])) for one in items]
        table(("key", "since", "things", "sources"), rows)
        click.echo(
            "Ask the hub to mend the identifier, or say with `zeven steward split` that these are several."
        )
    else:
        click.echo("Nothing is in doubt.")


@command.command("merge")
@click.argument("ids", nargs=-1, required=True)
@REASON
@BY
@YES
@DATA
def merge(ids: Sequence[str], reason: str, by: str, yes: bool, data: str | None) -> None:
    """The records IDS are one thing. One id stays, the others redirect to it."""
    settings = settings_of(data)
    things = [_thing(settings, one) for one in ids]
    made = decisions.merge(_new_id(), things, _author(by, reason))
    decisions.refuse_split(made, (ask(settings, "/api/v1/decisions") or {"items": []})["items"])
    _decide(settings, made, things, yes, lambda one: len(one["now"]) == 1)


@command.command("split")
@click.argument("ids", nargs=-1, required=True)
@click.option("--source", "apart", multiple=True, help="A source that is another thing: hub|kind|source id.")
@REASON
@BY
@YES
@DATA
def split(
    ids: Sequence[str], apart: Sequence[str], reason: str, by: str, yes: bool, data: str | None
) -> None:
    """Of the record ID, each --source is another thing; or the records IDS look alike and are several things."""
    settings = settings_of(data)
    things = [_thing(settings, one) for one in ids]
    wanted = [("|".join(split_source(_source(one))), "") for one in apart]
    made = decisions.split(_new_id(), things, wanted, _author(by, reason))
    _decide(settings, made, things, yes, lambda one: len(one["now"]) > 1)


@command.command("pin")
@click.argument("national_id", metavar="ID")
@click.argument("field")
@click.argument("value")
@REASON
@BY
@YES
@DATA
def pin(national_id: str, field: str, value: str, reason: str, by: str, yes: bool, data: str | None) -> None:
    """FIELD of the record ID holds VALUE (JSON, or plain text), whatever its sources say."""
    settings = settings_of(data)
    thing = _thing(settings, national_id)
    _pin(settings, thing, field, _value(value), _author(by, reason), yes)


@command.command("classify")
@click.argument("national_id", metavar="ID")
@click.option("--area", "areas", multiple=True, help="Working area, by slug or name; can be given again.")
@click.option("--dimension", "dimensions", multiple=True, help="Dimension, by slug or name.")
@REASON
@BY
@YES
@DATA
def classify(
    national_id: str,
    areas: Sequence[str],
    dimensions: Sequence[str],
    reason: str,
    by: str,
    yes: bool,
    data: str | None,
) -> None:
    """The record ID belongs to exactly these working areas and dimensions; what is not named stays as it is."""
    if not areas and not dimensions:
        raise click.UsageError("Name a working area with --area, or a dimension with --dimension.")
    settings = settings_of(data)
    thing = _thing(settings, national_id)
    for field, said in (("areas", areas), ("dimensions", dimensions)):
        if said:
            slugs = sorted({_slug(field, one) for one in said})
            _pin(settings, thing, field, slugs, _author(by, reason), yes)


@command.command("undo")
@click.argument("decision_id", metavar="DECISION")
@BY
@DATA
def undo(decision_id: str, by: str, data: str | None) -> None:
    """Take a decision back; its id stands in `zeven steward list`. What was merged parts under a new id."""
    settings = settings_of(data)
    said = ask(settings, f"/api/v1/decisions/{decision_id}")
    if said is None:
        raise Reject(f"There is no decision {decision_id}", fix="See `zeven steward list --all`.")
    _write(settings, decisions.withdrawn(_record(said), _author(by, "")))
    _await(settings, decision_id, lambda one: one["withdrawn_at"] is not None)


def _decide(
    settings: Settings,
    made: dict[str, Any],
    things: Sequence[dict[str, Any]],
    yes: bool,
    holds: Callable[[dict[str, Any]], bool],
) -> None:
    rows = [(one["id"], one["title"], _given(given)) for one in things for given in one["contributions"]]
    table(("id", "title", "source"), rows)
    if sys.stdin.isatty() and not yes and not click.confirm(f"{_words(made)}?"):
        click.echo("Nothing was decided.")
        sys.exit(1)
    _write(settings, made)
    _await(settings, made["id"], holds)


def _pin(
    settings: Settings, thing: dict[str, Any], field: str, value: Any, author: Author, yes: bool
) -> None:
    made = decisions.pin(_new_id(), thing, field, value, author)
    click.echo(f"{field} is now {json.dumps(thing['fields'].get(field), ensure_ascii=False)}")
    _decide(settings, made, [thing], yes, lambda one: _holds(settings, one, field, value))


def _holds(settings: Settings, decision: dict[str, Any], field: str, value: Any) -> bool:
    return any(_thing(settings, one)["fields"].get(field) == value for one in decision["now"])


def _await(settings: Settings, decision_id: str, holds: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until the view shows what follows."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = ask(settings, f"/api/v1/decisions/{decision_id}")
        if found is not None and holds(found):
            click.echo(f"{decision_id}: {_words(found)}; now {_now(found)}")
            return
        time.sleep(0.2)
    click.echo(
        f"{decision_id} is written and on its way; after {PATIENCE_S:.0f} s the view does not show what follows. "
        "A strong identifier, or a split that still holds, may forbid it: see `zeven steward list` and `zeven why`.",
        err=True,
    )
    sys.exit(1)


def _write(settings: Settings, record: dict[str, Any]) -> None:
    say(settings, DECISION, [(record["id"], record)])


def _record(answer: dict[str, Any]) -> dict[str, Any]:
    """A decision of the view's answers as it stands on the topic."""
    names = [field["name"] for field in load("office.Decision").document["fields"]]
    found = {name: answer[name] for name in names}
    for name in ("at", "withdrawn_at"):
        if found[name] is not None:
            found[name] = round(datetime.fromisoformat(found[name]).timestamp() * 1000)
    return found | {"value": None if answer["value"] is None else json.dumps(answer["value"])}


def _thing(settings: Settings, national_id: str) -> dict[str, Any]:
    kind = _KINDS.get(national_id[:1])
    found = ask(settings, f"/api/v1/{kind}s/{national_id}") if kind else None
    if found is not None and "redirect" in found:
        return _thing(settings, found["redirect"])
    if found is None:
        raise Reject(f"There is no record {national_id}", fix="Take ids from a page or an export.")
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _source(text: str) -> str:
    if text.count("|") < 2:
        raise click.UsageError(f"{text} names no source: write hub|kind|source id.")
    return text


def _slug(field: str, text: str) -> str:
    found = lists.resolve(field, text)
    if found is None:
        known = ", ".join(sorted(lists.slugs(field)))
        raise click.UsageError(f"{text} is none of the {field}: {known}.")
    return found


def _given(one: dict[str, Any]) -> str:
    mention = f" as {one['local']}" if one["local"] else ""
    return f"{one['hub']}|{one['source_kind']}|{one['source_id']}{mention}"


def _words(one: dict[str, Any]) -> str:
    if one["action"] == decisions.PIN:
        value = (
            one["value"] if isinstance(one["value"], str) else json.dumps(one["value"], ensure_ascii=False)
        )
        return f"{one['field']} of {', '.join(one['ids'])} holds {value}"
    is_ = "one thing" if one["action"] == decisions.MERGE else "several things"
    return f"{', '.join(one['ids'])}: {is_}"


def _now(one: dict[str, Any]) -> str:
    return ", ".join(one["now"]) or "nothing"


def _author(by: str, reason: str) -> Author:
    if "@" in by:
        raise ZevenError("Who decides is a role, not a person", fix="Give --by a role, such as steward.")
    return Author(by, reason, time.time_ns() // 1_000_000)


def _new_id() -> str:
    return uuid.uuid4().hex[:12]
