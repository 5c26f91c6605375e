"""A rehearsal on a real Kafka: the real connector on topics of its own, and what would become of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from kafka import KafkaConsumer, TopicPartition

from deploy.samples.server import Samples
from schemas import topics
from schemas.bus.admin import admin, ensure_topics
from schemas.settings import Settings
from tests.support.connector_world import FAST, REGION

pytestmark = pytest.mark.broker
REPO = Path(__file__).parents[2]
OWN = f"trial.{REGION}."


class Stage:
    """A system with topics and sources, and `zeven hub` on it."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings.model_copy(update={"data": folder}), folder
        self.catalogue = topics.catalogue([REGION], settings.topics.partitions)
        ensure_topics(self.settings, self.catalogue)
        self.samples = Samples(folder, 0, every_s=0)
        self.environ = {
            "PATH": os.environ["PATH"],
            **self.settings.environ(),
            **FAST,
            "ZEVEN_SAMPLES_URL": self.samples.base,
        }

    def zeven(self, *words: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "deploy.cli.main", "hub", *words]
        return subprocess.run(
            program, cwd=REPO, env=self.environ, capture_output=True, text=True, check=False, timeout=180
        )

    def trial(self, code: int = 0) -> dict[str, Any]:
        done = self.zeven("trial", REGION, "--json")
        assert done.returncode == code, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def ends(self) -> dict[str, int]:
        """How far every topic of the platform and of the hub goes."""
        consumer = KafkaConsumer(**self.settings.kafka.for_kafka_python())
        try:
            parts = [
                TopicPartition(topic.name, part)
                for topic in self.catalogue.values()
                for part in range(topic.partitions)
            ]
            return {f"{one.topic}/{one.partition}": end for one, end in consumer.end_offsets(parts).items()}
        finally:
            consumer.close()

    def topics(self) -> set[str]:
        with admin(self.settings) as client:
            return {name for name in client.list_topics() if name.startswith("trial.")}


@pytest.fixture
def stage(broker: Settings, tmp_path: Path) -> Iterator[Stage]:
    made = Stage(broker, tmp_path)
    yield made
    made.zeven("trial", REGION, "--wipe")
    made.samples.close()


def test_a_rehearsal_publishes_under_its_own_name_alone_and_says_what_would_become_of_it(
    stage: Stage,
) -> None:
    """Nothing of the platform moves; a second time only what changed is published; wiped, nothing is left."""
    before = stage.ends()
    first = stage.trial()
    assert stage.ends() == before
    assert stage.topics() == {OWN + name for name in (*topics.KINDS, "checked", "control", "rejected")}
    counted = {one["kind"]: one["published"] for one in first["kinds"]}
    assert counted["project"] == len(list(stage.samples.store.every("project")))
    new = [one for one in first["national"] if one["kind"] == "project"]
    assert {one["what"] for one in new} == {"new"}
    assert sum(len(one["sources"]) for one in new) == counted["project"]
    assert any(one["told"] for one in new), "working groups that would hear of it"

    changed = list(stage.samples.store.every("project"))[3].source_id
    stage.samples.control.follow(
        "set", {"kind": "project", "id": changed, "fields": {"acf.status": "wie weet"}}
    )
    second = stage.trial()
    assert {one["kind"]: one["published"] for one in second["kinds"]} == dict.fromkeys(counted, 0)
    assert [one["source_id"] for one in second["rejected"]] == [changed]

    assert "topics" in stage.zeven("trial", REGION, "--wipe").stdout
    assert stage.topics() == set()
    assert not (stage.folder / "connectors" / f"trial.{REGION}").exists()
    assert stage.ends() == before


def test_the_connector_that_is_live_does_not_notice(stage: Stage) -> None:
    """It goes on, neither fenced nor read from; and the page says the same as the table."""
    assert stage.zeven("run", REGION, "--once", "--port", "0").returncode == 0
    stands = stage.ends()
    written = stage.folder / "trial.html"
    shown = stage.zeven("trial", REGION, "--html", str(written))
    assert shown.returncode == 0, shown.stderr
    assert stage.ends() == stands
    again = stage.zeven("run", REGION, "--once", "--port", "0")
    assert again.returncode == 0, again.stderr
    grown = {name for name, end in stage.ends().items() if end > stands[name]}
    assert grown == {f"regional.{REGION}.checked/0"}
    page = BeautifulSoup(written.read_text(encoding="utf-8"), "html.parser")
    assert page.find("script") is None
    assert "voorbeelddata" in page.get_text()
    assert "voorbeelddata" in shown.stdout
    assert "Nieuw / new" in page.get_text()


def test_without_sources_nothing_is_said_to_end(stage: Stage) -> None:
    """A site that does not answer is a look that failed, which the exit code tells, and no removal."""
    stage.environ["ZEVEN_SAMPLES_URL"] = "http://127.0.0.1:1"
    found = stage.trial(code=1)
    assert {one["kind"] for one in found["national"]} == {"membership", "organisation"}, "the list is a file"
    assert {one["state"] for one in found["kinds"]} & {"failing", "partial"}
