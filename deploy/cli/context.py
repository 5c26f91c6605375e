"""How a command finds its system: by --data, by the environment, or the local one that was started last."""

from __future__ import annotations

import os
from pathlib import Path

from deploy.local import addresses
from schemas.settings import Settings


def settings_of(data: str | None = None) -> Settings:
    """Settings for a command. The environment wins over what a local system wrote down."""
    toml = Path(os.environ["ZEVEN_SETTINGS"]) if "ZEVEN_SETTINGS" in os.environ else None
    environ = {name: value for name, value in os.environ.items() if name != "ZEVEN_SETTINGS"}
    if data is not None:
        environ["ZEVEN_DATA"] = data
    folder = Path(environ["ZEVEN_DATA"]) if "ZEVEN_DATA" in environ else addresses.last(environ)
    known = addresses.read(folder) if folder is not None and toml is None else None
    if known is not None:
        environ = {**known.settings.environ(), **environ}
    return Settings.load(environ, toml)
