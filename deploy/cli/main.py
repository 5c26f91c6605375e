"""The `zeven` command: one module per group, loaded only when asked for; errors are words, not traces."""

from __future__ import annotations

import sys
from typing import Any, Final

import click
from kafka.errors import KafkaError

from deploy.cli.lazy import Commands
from schemas.errors import Retry, ZevenError
from schemas.version import installed

COMMANDS: Final = (
    "up",
    "down",
    "status",
    "hub",
    "why",
    "export",
    "watermark",
    "erase",
    "tail",
    "rejected",
    "steward",
    "office",
    "reader",
    "invite",
    "sessions",
    "token",
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


@click.group(
    cls=Commands,
    package="deploy.cli",
    names=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(installed())
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
