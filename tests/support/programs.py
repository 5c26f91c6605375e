"""Programs of the system that a test runs: real ones, from Debian's packages."""

from __future__ import annotations

import shutil

import pytest


def program(package: str, *names: str) -> str:
    """Where the first of these programs is; without any the test is left out (a failure where all is required)."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"{names[0]} is not installed (Debian package `{package}`)")
    return found
