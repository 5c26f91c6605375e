"""`zeven sessions`: who is signed in or invited; run on the machine of the view, as its user."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from deploy.cli.asking import table
from deploy.cli.context import settings_of
from schemas.settings import Settings
from streams.view.access import INVITATION, SESSION, Credential
from streams.view.keyring import Keyring
from streams.view.materialise import wall_ms
from streams.view.rows import instant

DATA = click.option("--data", help="Folder of the system (default: the last one started).")


@click.group()
def command() -> None:
    """See who is signed in or invited, and end it."""


@command.command("list")
@DATA
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def listed(data: str | None, as_json: bool) -> None:
    """List sessions and invitations, newest first, without their secrets."""
    show(settings_of(data), (SESSION, INVITATION), as_json)


@command.command("revoke")
@click.argument("session_id", metavar="ID")
@DATA
def revoke(session_id: str, data: str | None) -> None:
    """End a session, or take an invitation back with the session that began with it."""
    end(settings_of(data), session_id, (SESSION, INVITATION))


def show(settings: Settings, kinds: Sequence[str], as_json: bool) -> None:
    """Print what is kept of these kinds."""
    rows = [_row(one, wall_ms()) for one in Keyring(settings.data, wall_ms).known(*kinds)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif rows:
        table(list(rows[0]), [list(one.values()) for one in rows])
    else:
        click.echo("There is none.")


def end(settings: Settings, credential_id: str, kinds: Sequence[str]) -> None:
    """End one of these kinds, and say what ended."""
    for one in Keyring(settings.data, wall_ms).revoke(credential_id, *kinds):
        click.echo(f"{one.kind} {one.id} of {one.holder} has ended")


def _row(one: Credential, now: int) -> dict[str, str | None]:
    state = "holds"
    if one.ended_at is not None:
        state = "ended"
    elif one.kind == INVITATION and one.used_at is not None:
        state = "used"
    elif now >= one.expires_at:
        state = "expired"
    return {
        "id": one.id,
        "kind": one.kind,
        "role": one.role,
        "for": one.holder,
        "state": state,
        "made": instant(one.made_at),
        "last used": instant(one.used_at),
        "expires": instant(one.expires_at),
    }
