"""The `zeven` command: one module per group, loaded only when asked for; errors are words, not traces."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final

import click
from kafka.errors import KafkaError

from schemas.errors import Retry, ZevenError

COMMANDS: Final = (
    "up",
    "down",
    "status",
    "hub",
    "why",
    "tail",
    "rejected",
    "rules",
    "schemas",
    "settings",
    "doctor",
    "setup",
    "samples",
    "receivers",
    "worker",
    "deliver",
    "view",
)
UNREACHABLE: Final = 3


class Commands(click.Group):
    """Loads `deploy.cli.<name>` at first use, so that a slow library of one command slows no other."""

    def list_commands(self, ctx: click.Context | None) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = importlib.import_module(f"deploy.cli.{cmd_name}").command
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zeven")
def command() -> None:
    """Seven regional AI hubs, one national view.

    Exit codes: 0 done, 1 ran and found faults, 2 wrong use, 3 cannot reach something.
    """


def main(*arguments: Any) -> None:
    """Run the command line; a failure is told in words."""
    try:
        command(*arguments, prog_name="zeven")
    except Retry as fault:
        _tell(fault, UNREACHABLE)
    except ZevenError as fault:
        _tell(fault, 1)
    except KafkaError as fault:
        _tell(Retry(f"Kafka does not answer: {fault}", fix="`zeven doctor` tells what runs."), UNREACHABLE)


def _tell(fault: ZevenError, code: int) -> None:
    click.echo(f"zeven: {fault}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
