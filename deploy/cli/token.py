"""`zeven token`: bearer tokens by which programs act; run on the machine of the view, as its user."""

from __future__ import annotations

import click

from deploy.cli.context import settings_of
from deploy.cli.sessions import end, show
from streams.view.access import ROLES, STEWARD, TOKEN
from streams.view.keyring import Keyring
from streams.view.materialise import wall_ms

DAY_MS = 86_400_000
DATA = click.option("--data", help="Folder of the system (default: the last one started).")


@click.group()
def command() -> None:
    """Let programs act. Reading needs no token."""


@command.command("issue")
@click.option("--role", type=click.Choice(ROLES), default=STEWARD, show_default=True)
@click.option("--for", "holder", required=True, help="What it is for: a role, never a person.")
@click.option(
    "--days", type=click.IntRange(1, 366), default=90, show_default=True, help="How long it is valid."
)
@DATA
def issue(role: str, holder: str, days: int, data: str | None) -> None:
    """Print a token, this once: only a hash of it is kept."""
    made, text = Keyring(settings_of(data).data, wall_ms).issue(TOKEN, role, holder, days * DAY_MS)
    click.echo(text)
    click.echo(
        f"For {holder} as {role}, {days} days. Send it as `Authorization: Bearer …`, never in an address. "
        f"Take it back: zeven token revoke {made.id}",
        err=True,
    )


@command.command("list")
@DATA
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def listed(data: str | None, as_json: bool) -> None:
    """List the tokens, without their secrets."""
    show(settings_of(data), (TOKEN,), as_json)


@command.command("revoke")
@click.argument("token_id", metavar="ID")
@DATA
def revoke(token_id: str, data: str | None) -> None:
    """Take a token back at once."""
    end(settings_of(data), token_id, (TOKEN,))
