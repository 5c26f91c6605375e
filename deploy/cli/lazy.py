"""A group of commands that are loaded at first use, so that a slow library of one command slows no other.

A command whose module is not installed is not there: what a hub installs holds some of them.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import click


class Commands(click.Group):
    """The command NAME is `<package>.<name>.command`, with `-` written as `_`."""

    def __init__(self, *arguments: Any, package: str, names: Sequence[str], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._package, self._names = package, tuple(names)

    def _module(self, name: str) -> str:
        return f"{self._package}.{name.replace('-', '_')}"

    def list_commands(self, ctx: click.Context | None) -> list[str]:
        return [name for name in self._names if find_spec(self._module(name)) is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(self._module(cmd_name))
        found: click.Command = module.command
        return found
