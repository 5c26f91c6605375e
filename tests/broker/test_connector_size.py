"""Memory of a connector on a real Kafka: flat in the number of rows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.broker.test_connector_crash import start
from tests.support.connector_world import World, world
from tests.support.waiting import until

__all__ = ["world"]
pytestmark = pytest.mark.broker
PEAK = "VmHWM"


def peak_mb(process: subprocess.Popen[bytes]) -> float:
    """Largest resident size of a process so far."""
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(PEAK))


def fill(world: World, rows: int) -> None:
    lines = ["Lidnummer;Organisatie;Orgaan;Rol;Opmerking"]
    lines += [f"{n};Organisatie {n};AI-hub Zuid-Holland;partner;{'x' * 200} {n}" for n in range(rows)]
    world.samples.list_path.write_text("\r\n".join(lines) + "\r\n", encoding="cp1252")


def look_of(world: World, rows: int, log: Path) -> float:
    fill(world, rows)
    process = start(world, log)
    try:
        until(
            lambda: world.signs() and world.signs()[-1]["kinds"][-1]["live"] == rows,
            240,
            f"{rows} rows are published",
        )
        world.wait_looks()
        return peak_mb(process)
    finally:
        process.terminate()
        process.wait()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_fifty_thousand_rows_take_no_more_memory_than_two_thousand(world: World, tmp_path: Path):
    """First load, comparison, and a start with a full memory: within 40 MB of a small list."""
    small = look_of(world, 2_000, tmp_path / "log")
    large = look_of(world, 50_000, tmp_path / "log")
    again = look_of(world, 50_000, tmp_path / "log")
    print(json.dumps({"2000": small, "50000": large, "50000 again": again}))

    assert large < small + 40
    assert again < small + 40
