"""`zeven hub` from the outside, as processes, on a real Kafka with the real stand-in sources."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.samples.server import Samples
from schemas import topics
from schemas.bus.admin import ensure_topics
from schemas.settings import Settings
from tests.support.connector_world import FAST, REGION
from tests.support.waiting import until

pytestmark = pytest.mark.broker
REPO = Path(__file__).parents[2]


@pytest.fixture
def environ(broker: Settings, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a system with sources, topics and schemas."""
    settings = broker.model_copy(update={"data": tmp_path})
    ensure_topics(settings, topics.catalogue([REGION], settings.topics.partitions))
    samples = Samples(tmp_path, 0, every_s=0)
    yield {"PATH": os.environ["PATH"], **settings.environ(), **FAST, "ZEVEN_SAMPLES_URL": samples.base}
    samples.close()


def zeven(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli.main", "hub", *words],
        cwd=REPO,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_one_look_orders_and_their_exit_codes(environ: dict[str, str]):
    looked = zeven(environ, "run", REGION, "--once", "--port", "0")
    assert looked.returncode == 0, looked.stderr
    lines = [json.loads(line) for line in looked.stderr.splitlines() if line.startswith("{")]
    assert [line["kind"] for line in lines if line["event"] == "looked"] == ["event", "project", "membership"]

    for order in ("pause", "resume", "resync", "approve", "undo"):
        given = zeven(environ, order, REGION)
        assert given.returncode == 0, given.stderr
        assert "zeven status" in given.stdout
    broken = environ | {"ZEVEN_SAMPLES_URL": "http://127.0.0.1:1"}
    assert zeven(broken, "run", REGION, "--once", "--port", "0").returncode == 1
    away = environ | {"ZEVEN_REGISTRY_URL": "http://127.0.0.1:1"}
    assert zeven(away, "pause", REGION).returncode == 3


def test_list_and_check_tell_what_is_read_and_every_fault(environ: dict[str, str]):
    listed = {one["hub"]: one for one in json.loads(zeven(environ, "list", "--json").stdout)}
    assert [hub for hub, one in listed.items() if not all(part["from"] for part in one["sources"])] == []
    assert len(listed) == 8, "seven hubs and the national office"
    hub = listed[REGION]
    assert hub["sample"] is True
    assert [source["reader"] for source in hub["sources"]] == ["tec", "wordpress", "files"]
    assert zeven(environ, "check", REGION).returncode == 0
    wrong = {"ZEVEN_HUB_ZUID_HOLLAND_EVENT_URL": "nowhere", "ZEVEN_HUB_ZUID_HOLLAND_SAMPLE": "maybe"}
    checked = zeven(environ | wrong, "check", REGION)

    assert checked.returncode == 1
    assert "sample" in checked.stdout
    assert "sources.event.options" in checked.stdout


def test_a_running_connector_answers_for_its_health_and_ends_when_told(
    environ: dict[str, str], tmp_path: Path
):
    log = tmp_path / "connector.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli.main", "hub", "run", REGION], cwd=REPO, env=environ, stderr=out
        )
    door = f"http://127.0.0.1:{environ['ZEVEN_PORTS_CONNECTOR']}"
    try:
        until(lambda: _answer(f"{door}/health/ready") == 200, 60, "it is ready")
        metrics = httpx.get(f"{door}/metrics", trust_env=False).text
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0

    assert f'zeven_look_rows_total{{hub="{REGION}",kind="event",outcome="read"}}' in metrics
    assert f'zeven_last_look_timestamp_seconds{{hub="{REGION}",kind="project"}}' in metrics
    assert f'zeven_source_state{{hub="{REGION}",kind="membership",outcome="failing"}} 0.0' in metrics


def _answer(address: str) -> int:
    try:
        return httpx.get(address, trust_env=False).status_code
    except httpx.HTTPError:
        return 0
