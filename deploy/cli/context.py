"""How a command finds its system: by --data, by the environment, or the local one that was started last."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from deploy import addresses
from schemas.settings import Settings, names


def settings_of(data: str | None = None) -> Settings:
    """Settings for a command: --data, then the environment, then the file that ZEVEN_SETTINGS names; without such
    a file, what this hub was given when it joined, or what the local system wrote down.
    """
    toml, environ, written = _layers(data)
    return Settings.load({**written, **environ}, toml)


def origins(data: str | None = None) -> dict[str, str]:
    """Where each setting that is not the default was said: command line, environment, file or system."""
    toml, environ, written = _layers(data)
    document = tomllib.loads(toml.read_text(encoding="utf-8")) if toml is not None else {}
    found = dict.fromkeys(written, "system")
    for section, name, variable in names():
        if name in (document.get(section, {}) if section else document):
            found[variable] = "file"
    found |= dict.fromkeys(environ, "environment")
    return found | ({"ZEVEN_DATA": "command line"} if data is not None else {})


def _layers(data: str | None) -> tuple[Path | None, dict[str, str], dict[str, str]]:
    toml = Path(os.environ["ZEVEN_SETTINGS"]) if "ZEVEN_SETTINGS" in os.environ else None
    environ = {name: value for name, value in os.environ.items() if name != "ZEVEN_SETTINGS"}
    if data is not None:
        environ["ZEVEN_DATA"] = data
    folder = Path(environ["ZEVEN_DATA"]) if "ZEVEN_DATA" in environ else addresses.last(environ)
    if toml is None and folder is not None:
        toml = addresses.joined(folder)
    known = addresses.read(folder) if folder is not None and toml is None else None
    return toml, environ, dict(known.settings.environ()) if known is not None else {}
