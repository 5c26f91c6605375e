"""`zeven invite`: a link by which one person signs in, once; run on the machine of the view, as its user."""

from __future__ import annotations

import click

from deploy.cli.asking import address
from deploy.cli.context import settings_of
from streams.view.access import INVITATION, OPERATOR, STEWARD
from streams.view.keyring import Keyring
from streams.view.materialise import wall_ms

DAY_MS = 86_400_000


@click.command()
@click.option("--role", type=click.Choice((STEWARD, OPERATOR)), default=STEWARD, show_default=True)
@click.option("--for", "holder", required=True, help="Role mailbox or name of a role, such as redactie.")
@click.option(
    "--days", type=click.IntRange(1, 30), default=7, show_default=True, help="How long it is valid."
)
@click.option("--data", help="Folder of the system (default: the last one started).")
def command(role: str, holder: str, days: int, data: str | None) -> None:
    """Print a link that signs in one person, once. Send it by a way that only this person reads."""
    settings = settings_of(data)
    made, text = Keyring(settings.data, wall_ms).issue(INVITATION, role, holder, days * DAY_MS)
    click.echo(f"{settings.page.public_url or address(settings)}/sign-in/{text}")
    click.echo(
        f"For {holder} as {role}; works once, within {days} days. Take it back: zeven sessions revoke {made.id}",
        err=True,
    )
