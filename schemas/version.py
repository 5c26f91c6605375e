"""Which release of Zeven runs here: the whole of it, or the part that a hub needs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Final

DISTRIBUTIONS: Final = ("zeven", "zeven-hub")


def installed() -> str:
    """The release that is installed."""
    for name in DISTRIBUTIONS:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "unreleased"
