"""Where the published test vectors of other projects lie, and what each of them must give.

They are no part of the project (their licences are their own): a folder beside the repository, or the one that
ZEVEN_VECTORS names. Tests that need them say so when the folder is not there.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_BESIDE = Path(__file__).parents[3] / "shared" / "vectors"
VECTORS = Path(os.environ.get("ZEVEN_VECTORS", _BESIDE))


def needed() -> None:
    """Call it at the top of a module of tests that read the vectors."""
    if not (VECTORS / "expect.json").is_file():
        pytest.skip(f"no test vectors in {VECTORS}; set ZEVEN_VECTORS", allow_module_level=True)


@cache
def _expectations() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VECTORS / "expect.json").read_text(encoding="utf-8"))["files"]
    return found


def expected(name: str) -> dict[str, Any]:
    """What a correct reader must get from a file, such as `tec/event.json`."""
    found: dict[str, Any] = _expectations()[name]
    return found
