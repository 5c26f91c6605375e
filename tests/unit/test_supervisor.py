"""What hinders a start, and how the supervisor starts again what ends."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from deploy.local.artifacts import Software
from deploy.local.processes import Process
from deploy.local.supervisor import Supervisor, hindrances
from schemas.settings import Settings
from tests.support.broker import PORTS, free_ports
from tests.support.waiting import until

NOWHERE = Software(Path("kafka"), Path("registry"))
ENDS = Process("brief", (sys.executable, "-c", "raise SystemExit(3)"), ready="exit:")


def test_too_little_room_is_said_with_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else hinders on free ports; with a full disk the folder and both figures are named."""
    settings = Settings.at(tmp_path, free_ports(PORTS))
    assert hindrances(settings) == []
    monkeypatch.setattr(
        "deploy.local.supervisor.shutil.disk_usage", lambda _: SimpleNamespace(free=200_000_000)
    )
    assert hindrances(settings) == [f"{tmp_path} has 0.2 GB of room, 1.5 GB are needed"]


def test_what_ends_is_started_again_with_growing_pauses(tmp_path: Path) -> None:
    """One second, then two, then four; each end is said once, with its exit code and log."""
    said: list[str] = []
    environ = {"XDG_STATE_HOME": str(tmp_path / "state")}
    supervisor = Supervisor(Settings.at(tmp_path, 20_000), NOWHERE, environ, said.append)
    supervisor._launch(ENDS)
    now = time.monotonic()
    for pause in (1, 2, 4):
        watched = supervisor._watched["brief"]
        until(lambda watched=watched: watched.running.ended() is not None, 20, "it has ended")  # type: ignore[misc]
        supervisor.tend(now)
        supervisor.tend(now + pause - 0.1)
        assert supervisor._watched["brief"] is watched
        assert said[-1].startswith(f"  brief ended with 3; again in {pause} s. Its log: ")
        supervisor.tend(now + pause)
        assert supervisor._watched["brief"] is not watched
    assert len(said) == 3
    supervisor.close()
