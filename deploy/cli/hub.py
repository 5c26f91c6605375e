"""`zeven hub`: describe, check, see beforehand, run and steer the connector of a hub."""

from __future__ import annotations

from typing import Final

import click

from deploy.cli.lazy import Commands

COMMANDS: Final = (
    "new",
    "list",
    "check",
    "client",
    "certify",
    "preview",
    "trial",
    "run",
    "inbox",
    "approve",
    "pause",
    "resume",
    "resync",
    "undo",
    "object",
    "objections",
    "grant",
    "bundle",
    "join",
)


@click.group("hub", cls=Commands, package="deploy.cli.hubs", names=COMMANDS)
def command() -> None:
    """Describe, check, see beforehand, run and steer the connector of a hub."""
