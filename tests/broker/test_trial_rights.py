"""A rehearsal with a hub's own user, on a Kafka that judges rights: beside the live connector, killed, and wiped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from connectors import estate
from connectors import manifest as manifests
from connectors.reading import everything, guarded, reader
from connectors.run import Connector
from deploy import security
from deploy.samples.server import Samples
from schemas import topics
from schemas.bus.admin import admin, ensure_topics
from schemas.bus.registry import Registry
from schemas.settings import Settings
from tests.support.connector_world import FAST, REGION
from tests.support.secured import Secured
from tests.support.waiting import until

pytestmark = pytest.mark.broker
REPO = Path(__file__).parents[2]
ROWS = 4_000


class House:
    """A platform that trusts nobody, and one hub with its sources and its own user."""

    def __init__(self, folder: Path) -> None:
        self.secured = Secured(folder)
        self.secured.wait()
        self.office = self.secured.settings
        self.catalogue = estate.topics(self.office)
        ensure_topics(self.office, self.catalogue)
        with closing(Registry(self.office.registry.url)) as registry:
            registry.ensure(self.catalogue)
        mine = estate.declared(self.office)[REGION]
        with security.guard(self.office) as client:
            security.grant(client, mine)
        settings = self.secured.with_password(mine.user)
        self.hub: Settings = settings.model_copy(update={"data": folder / "hub"})
        self.samples = Samples(self.hub.data, 0, every_s=0)
        self.environ = {"PATH": os.environ["PATH"], **self.hub.environ(), **FAST}
        self.environ["ZEVEN_SAMPLES_URL"] = self.samples.base
        self.rehearsal = {one.name: one for one in topics.of_hub(topics.trial(REGION), 4)}

    def close(self) -> None:
        self.samples.close()
        self.secured.close()

    def begin(self, *words: str) -> subprocess.Popen[str]:
        program = [sys.executable, "-m", "deploy.cli.main", "hub", "trial", REGION, *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(program, cwd=REPO, env=self.environ, stdout=pipe, stderr=pipe, text=True)

    def trial(self, *words: str) -> str:
        with self.begin(*words) as process:
            out, said = process.communicate(timeout=240)
        assert process.returncode == 0, said
        return out

    def published(self) -> dict[str, int]:
        """One rehearsal; what it published, by kind."""
        found: list[dict[str, Any]] = json.loads(self.trial("--json"))["kinds"]
        return {one["kind"]: one["published"] for one in found}

    def ends(self, wanted: dict[str, topics.Topic]) -> dict[str, int]:
        """How far topics go, as the office sees it."""
        parts = [TopicPartition(one.name, part) for one in wanted.values() for part in range(one.partitions)]
        with closing(KafkaConsumer(**self.office.kafka.for_kafka_python())) as consumer:
            return {f"{one.topic}/{one.partition}": end for one, end in consumer.end_offsets(parts).items()}

    def written(self, kind: str) -> list[tuple[str, str | None]]:
        """Key and digest of all that was rehearsed of a kind."""
        topic = topics.regional(topics.trial(REGION), kind)
        with closing(reader(self.office, "test")) as consumer, guarded(consumer) as watchdog:
            return [
                (one.key.decode(), dict(one.headers)["zeven_digest"].decode())
                for one in everything(consumer, topic, watchdog)
            ]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def wiped(house: House) -> Iterator[None]:
    yield
    house.trial("--wipe")
    with admin(house.office) as client:
        assert not [name for name in client.list_topics() if name.startswith("trial.")]
    assert not (house.hub.data / "connectors" / topics.trial(REGION)).exists()


def test_beside_the_live_connector_neither_disturbs_the_other(house: House) -> None:
    """The live one keeps its right and publishes nothing but life signs; nothing of the platform moves."""
    manifest = manifests.load(REGION, house.hub, house.environ)
    live = Connector(house.hub, manifest)
    thread = Thread(target=live.run, name="live")
    thread.start()
    try:
        until(lambda: live.ready() is None, 60, "the live connector looked")
        stood, held = house.ends(house.catalogue), live._fence.term
        assert all(house.published().values())
        assert set(house.published().values()) == {0}
        assert (live.ready(), live._fence.term) == (None, held)
        moved = {name for name, end in house.ends(house.catalogue).items() if end != stood[name]}
        assert moved == {f"{topics.checked(REGION)}/0"}
    finally:
        live.halt()
        thread.join()


def test_killed_in_the_middle_it_goes_on_where_it_was(house: House) -> None:
    """kill -9 while records are written; the next one publishes the rest, and nothing twice."""
    house.samples.control.follow("load", {"rows": ROWS, "seed": 4})
    house.trial("--wipe")
    process = house.begin()
    ensure_topics(house.office, house.rehearsal)
    until(lambda: sum(house.ends(house.rehearsal).values()) > 100, 120, "it writes")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    written = sum(house.ends(house.rehearsal).values())
    assert 100 < written < ROWS, "the kill must strike while work is waiting"
    house.published()
    for kind in ("project", "membership"):
        told = Counter(house.written(kind))
        assert {key for key, _ in told} == {one.source_id for one in house.samples.store.every(kind)}
        assert set(told.values()) == {1}


def test_what_kafka_has_let_go_of_is_rehearsed_anew(house: House) -> None:
    """An old rehearsal goes by itself, in parts; then the memory that says otherwise is not believed."""
    first = house.published()
    topic = topics.regional(topics.trial(REGION), "event")
    with admin(house.office) as client:
        gone = client.delete_records({TopicPartition(topic, part): -1 for part in range(4)})
    assert gone
    assert house.published() == {"project": 0, "membership": 0, "event": first["event"]}
