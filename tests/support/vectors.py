"""Where the published test vectors lie, and what each of them must give."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

REPO = Path(__file__).parents[2]
_PLACES = (REPO / "tests" / "vectors", REPO.parent / "shared" / "vectors")
VECTORS = next((place for place in _PLACES if (place / "expect.json").is_file()), _PLACES[0])


@cache
def _expectations() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VECTORS / "expect.json").read_text(encoding="utf-8"))["files"]
    return found


def expected(name: str) -> dict[str, Any]:
    """What a correct reader must get from a file, such as `tec/event.json`."""
    found: dict[str, Any] = _expectations()[name]
    return found
