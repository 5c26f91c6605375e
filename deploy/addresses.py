"""Which systems there are on this machine: a data folder says its addresses, either those of a whole local system
or those that a hub was given when it joined; the last one started or joined is remembered.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from schemas.settings import Settings

FILE: Final = "running.json"
JOINED: Final = "settings.toml"


class Known(NamedTuple):
    """A local system as it was last started: its settings, its supervisor and the processes under it."""

    settings: Settings
    pid: int
    children: Mapping[str, int]


def _memory(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_STATE_HOME", str(Path.home() / ".local/state"))) / "zeven" / "last"


def write(settings: Settings, children: Mapping[str, int], environ: Mapping[str, str]) -> None:
    """Say that this process runs the system of these settings, and that it was the last one started."""
    found = {"pid": os.getpid(), "environ": settings.environ(), "children": dict(children)}
    made = settings.data / f"{FILE}.new"
    made.write_text(json.dumps(found, indent=2), encoding="utf-8")
    made.replace(settings.data / FILE)
    remember(settings.data, environ)


def remember(data: Path, environ: Mapping[str, str]) -> None:
    """Say that commands mean the system of this data folder, unless they are told another."""
    memory = _memory(environ)
    memory.parent.mkdir(parents=True, exist_ok=True)
    memory.write_text(str(data.resolve()), encoding="utf-8")


def joined(data: Path) -> Path | None:
    """The settings that a hub was given when it joined with this data folder."""
    path = data / JOINED
    return path if path.is_file() else None


def read(data: Path) -> Known | None:
    """The system of a data folder, or None when none was ever started there."""
    try:
        found = json.loads((data / FILE).read_text(encoding="utf-8"))
        return Known(Settings.load(found["environ"]), int(found["pid"]), found["children"])
    except (OSError, ValueError, KeyError):
        return None


def last(environ: Mapping[str, str]) -> Path | None:
    """Data folder of the system that was started last."""
    try:
        return Path(_memory(environ).read_text(encoding="utf-8").strip())
    except OSError:
        return None
