"""Both lanes of `make test` must collect the same tests: names hold no address, no moment and no order of a set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_tests_are_called_the_same_in_every_process() -> None:
    names = [subprocess.Popen(**_collecting(seed)) for seed in ("1", "2")]  # type: ignore[call-overload]
    first, second = (one.communicate(timeout=300)[0].splitlines()[:-1] for one in names)
    assert len(first) > 2000
    assert [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]] == []


def _collecting(seed: str) -> dict[str, object]:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    environ = {**os.environ, "PYTHONHASHSEED": seed}
    return {"args": command, "cwd": ROOT, "env": environ, "stdout": subprocess.PIPE, "text": True}
