"""What hinders a start, and how the supervisor starts again what ends."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from deploy import addresses
from deploy.local import artifacts
from deploy.local.artifacts import Software
from deploy.local.processes import Process, Running
from deploy.local.supervisor import Supervisor, end_leftovers, hindrances
from schemas.errors import Stop
from schemas.settings import Settings
from tests.support.broker import PORTS, free_ports
from tests.support.waiting import until

NOWHERE = Software(Path("kafka"), Path("registry"))
ENDS = Process("brief", (sys.executable, "-c", "raise SystemExit(3)"), ready="exit:")


def test_too_little_room_is_said_with_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else hinders on free ports; with a full disk the folder and both figures are named."""
    settings = Settings.at(tmp_path, free_ports(PORTS))
    assert hindrances(settings, tmp_path / "cache") == []
    monkeypatch.setattr(
        "deploy.local.supervisor.shutil.disk_usage", lambda _: SimpleNamespace(free=200_000_000)
    )
    cache = tmp_path / "cache" / "zeven"
    lacks = 3 * sum(one.size for one in artifacts.pinned()) / 1e9
    assert hindrances(settings, cache) == [
        f"{tmp_path} has 0.2 GB of room, 1.5 GB are needed",
        f"{cache} has 0.2 GB of room, {lacks:.1f} GB are needed",
    ]


def test_who_is_told_to_stop_starts_nothing_more(tmp_path: Path) -> None:
    """Ctrl-C during a start: no further part is launched."""
    supervisor = Supervisor(Settings.at(tmp_path, 20_000), NOWHERE, {}, lambda _: None)
    supervisor.stop.set()
    supervisor.start()
    assert supervisor._watched == {}


def test_only_what_runs_on_this_data_folder_is_a_leftover(tmp_path: Path) -> None:
    """A process id may belong to another system by now, or to anybody."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    words = (sys.executable, "-c", "import time; time.sleep(600)", "deploy.cli.main")
    sleeper = Process("view", words, ready="exit:", environ={"ZEVEN_DATA": str(theirs)})
    running = Running(sleeper, tmp_path / "log")
    try:
        for folder, ended in ((ours, []), (theirs, ["view"])):
            folder.mkdir()
            settings = Settings.at(folder, 20_000)
            environ = {"XDG_STATE_HOME": str(tmp_path / "state")}
            addresses.write(settings, {"view": running.pid}, environ)
            assert end_leftovers(folder) == ended
            assert (running.ended() is None) == (not ended)
    finally:
        running.kill()


def test_a_part_that_is_late_is_said_once(tmp_path: Path) -> None:
    """At its deadline, not at twice its deadline, with its log."""
    never = Process(
        "never", (sys.executable, "-c", "import time; time.sleep(600)"), "tcp:127.0.0.1:1", deadline_s=3
    )
    supervisor = Supervisor(
        Settings.at(tmp_path, 20_000), NOWHERE, {"XDG_STATE_HOME": str(tmp_path / "state")}, lambda _: None
    )
    began = time.monotonic()
    with pytest.raises(Stop, match="never is not ready after 3 s"):
        supervisor._together([never])
    assert time.monotonic() - began < 5.9
    supervisor.close()


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
