"""`zeven up` as a person uses it: real processes, a real Kafka, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from deploy import addresses
from deploy.local import artifacts
from deploy.samples.standin import served
from tests.support.broker import PORTS, free_ports
from tests.support.waiting import until

pytestmark = pytest.mark.broker
ZEVEN = (sys.executable, "-m", "deploy.cli.main")
REPO = Path(__file__).parents[2]
HUBS = ("zuid-holland", *served(), "office")
PARTS = {"kafka", "registry", "samples", "receivers", "view", "worker", "deliver", "inbox-noord-holland"} | {
    f"connector-{hub}" for hub in HUBS
}


class Home:
    """A data folder with ports of its own, and the `zeven` command on it."""

    def __init__(self, folder: Path) -> None:
        self.data, self.base = folder / "data", free_ports(PORTS)
        self.environ = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "ZEVEN_DATA": str(self.data)}

    def zeven(self, *words: str, deadline_s: float = 240) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*ZEVEN, *words],
            cwd=REPO,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=deadline_s,
            check=False,
        )

    @contextmanager
    def up(self) -> Iterator[subprocess.Popen[str]]:
        """The system in the foreground of another process, until the block ends."""
        out = (self.data.parent / "up.log").open("w", encoding="utf-8")
        started = subprocess.Popen(
            [*ZEVEN, "up", "--base-port", str(self.base)],
            cwd=REPO,
            env=self.environ,
            stdout=out,
            stderr=out,
            text=True,
        )
        try:
            until(
                lambda: "Page:" in self.said() or started.poll() is not None, 120, f"it is up; {self.said()}"
            )
            assert started.poll() is None, self.said()
            yield started
        finally:
            started.send_signal(signal.SIGINT)
            started.wait(60)
            out.close()

    def said(self) -> str:
        """What `zeven up` has printed."""
        return (self.data.parent / "up.log").read_text(encoding="utf-8")

    def children(self) -> dict[str, int]:
        """Process ids by name, as the system wrote them down."""
        known = addresses.read(self.data)
        return dict(known.children) if known else {}

    def rests(self) -> None:
        """No source changes any more, and the view has proven what they hold."""
        known = addresses.read(self.data)
        assert known is not None
        for hub in HUBS:
            said = {"hub": hub} if hub in served() else {}
            answer = httpx.post(f"http://127.0.0.1:{known.settings.ports.samples}/_control/pause", json=said)
            answer.raise_for_status()
        quiet = datetime.now(UTC)

        def proven() -> bool:
            items = json.loads(self.zeven("status", "--json").stdout)["items"]
            return all(
                hub["completeness"]["state"] == "proven"
                and datetime.fromisoformat(hub["completeness"]["proven_up_to"]) > quiet
                for hub in items
            )

        until(proven, 120, "every hub is proven after its sources came to rest")

    def ids(self) -> set[str]:
        """National ids of all projects."""
        answer = httpx.get(f"http://127.0.0.1:{self.base}/api/v1/projects", params={"limit": 500}, timeout=20)
        return {one["id"] for one in answer.json()["items"]}


def alive(pid: int) -> bool:
    """Whether a process still runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A new system, not started."""
    return Home(tmp_path)


def test_it_ends_with_a_summary_when_the_view_has_its_proof_and_continues_where_it_was(home: Home) -> None:
    """The first run ends with 0 and a proof; the second is up in under 20 seconds with the same ids."""
    first = home.zeven("up", "--base-port", str(home.base), "--until-synced")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "proven up to" in first.stdout
    assert "voorbeelddata" in first.stdout
    began = time.monotonic()
    with home.up() as running:
        seconds = time.monotonic() - began
        print(f"second start: {seconds:.1f} s")
        ids = home.ids()
        children = home.children()
        assert set(children) == PARTS
        assert len(HUBS) == 8, "seven hubs and the national office"
        assert "not connected" not in home.said()
        refused = home.zeven("up")
        assert refused.returncode == 1
        assert f"process {running.pid}" in refused.stderr
        assert "zeven down" in refused.stderr
        found = json.loads(home.zeven("status", "--json").stdout)
        assert {hub["hub"] for hub in found["items"] if hub["connected"]} == set(HUBS)
        home.rests()
        rehearsed = json.loads(home.zeven("hub", "trial", "limburg", "--json").stdout)["national"]
        assert len(rehearsed) > 50
        assert {one["what"] for one in rehearsed} == {"stays"}, "the same rules as the stages"
    assert seconds < 20
    assert not [name for name, pid in children.items() if alive(pid)]
    with home.up():
        assert ids <= home.ids()


def test_a_killed_supervisor_leaves_nothing_that_hinders_the_next(home: Home) -> None:
    """kill -9 of everything's parent; the next start finds a clean house. A killed child is started again."""
    with home.up() as running:
        before = home.children()
        os.kill(before["worker"], signal.SIGKILL)
        until(lambda: home.children()["worker"] != before["worker"], 30, "the worker is started again")
        assert "worker ended with -9; again in" in home.said()
        running.kill()
        running.wait()
        until(
            lambda: not [pid for pid in home.children().values() if alive(pid)], 60, "the children are gone"
        )
    with home.up():
        assert home.zeven("doctor").returncode in (0, 1)
    wiped = home.zeven("down", "--wipe", "--yes")
    assert wiped.returncode == 0, wiped.stderr
    assert not home.data.exists()


def test_everything_that_hinders_a_start_is_said_at_once(home: Home) -> None:
    """Two taken ports are both named, with a way out, and the exit code says that something is not reached."""
    with socket.socket() as page, socket.socket() as kafka:
        for door, port in ((page, home.base), (kafka, home.base + 1)):
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(("127.0.0.1", port))
            door.listen()
        found = home.zeven("up", "--base-port", str(home.base))
    assert found.returncode == 3
    assert f"port {home.base} (page)" in found.stderr
    assert f"port {home.base + 1} (kafka)" in found.stderr
    assert "--base-port" in found.stderr


def test_a_download_that_was_cut_off_is_fetched_again_and_a_damaged_file_is_found(tmp_path: Path) -> None:
    """A half file never gets its final name; what is damaged later is told by the doctor."""
    small = min(artifacts.pinned(), key=lambda one: one.size)
    real = artifacts.cache_of(os.environ)
    for one in artifacts.pinned():
        os.link(real / one.filename, tmp_path / one.filename)
    (tmp_path / small.filename).unlink()
    half = tmp_path / "incoming-0" / "half.jar"
    half.parent.mkdir()
    half.write_bytes(b"half")
    assert artifacts.missing(tmp_path) == [small]
    fetched: list[int] = []
    artifacts.bring(tmp_path, fetched.append)
    assert sum(fetched) == small.size
    assert artifacts.missing(tmp_path) == []
    (tmp_path / small.filename).unlink()
    (tmp_path / small.filename).write_bytes(b"damaged")
    assert artifacts.damaged(tmp_path) == [small.filename]


def test_commands_say_in_words_that_nothing_runs(home: Home) -> None:
    """Exit code 3, what was not reached, and what to do; wrong use is 2."""
    asked = home.zeven("status")
    assert (asked.returncode, "zeven up" in asked.stderr) == (3, True)
    assert "Traceback" not in asked.stderr
    assert home.zeven("up", "--no-such-option").returncode == 2
