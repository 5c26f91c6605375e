"""A connector while its Kafka is away, on a real broker of its own that is killed and frozen."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from threading import enumerate as enumerate_threads

import pytest

from connectors import manifest as manifests
from connectors import publish
from connectors.run import Connector
from schemas.bus.admin import ensure_topics
from schemas.errors import Retry
from schemas.topics import catalogue, rejected
from tests.support.broker import Cluster
from tests.support.connector_world import REGION, World
from tests.support.waiting import until

pytestmark = [
    pytest.mark.broker,
    # kafka-python 3.0.12 drops sockets of refused connections without closing them; the collector does it
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
    ),
]


@pytest.fixture(autouse=True)
def dropped_sockets() -> Iterator[None]:
    """Collect what kafka-python dropped while the filter above holds; its log lines would hold it longer."""
    kafka = logging.getLogger("kafka")
    kafka.setLevel(logging.CRITICAL)
    yield
    kafka.setLevel(logging.NOTSET)
    gc.collect()


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A Kafka that only this test hurts."""
    made = Cluster(tmp_path / "cluster")
    try:
        made.wait()
        yield made
    finally:
        made.close()


def test_it_says_that_kafka_is_away_and_goes_on_without_loss_or_doubles(own_cluster: Cluster, tmp_path: Path):
    """Killed and restarted, then frozen beyond the session: what changed meanwhile is published once."""
    world = World(own_cluster.settings, tmp_path / "hub")
    try:
        with world.running() as connector:
            until(lambda: connector.ready() is None, 60, "it is ready")
            own_cluster.kill_kafka()
            until(lambda: "fence not held" in str(connector.ready()), 30, "it says that it is not ready")
            world.steer("change", name="move_event")
            own_cluster.start_kafka()
            until(lambda: connector.ready() is None, 90, "it is ready again")
            until(lambda: len(world.told("event")) == 61, 60, "the change is published")

            own_cluster.pause_kafka()
            until(lambda: "Kafka has not confirmed" in str(connector.ready()), 30, "it is not ready")
            world.steer("change", name="cancel_event")
            own_cluster.resume_kafka()
            until(lambda: connector.ready() is None, 90, "it is ready again")
            until(lambda: len(world.told("event")) == 62, 60, "the next change is published")
            world.wait_looks()
        assert len(world.told("event")) == 62
        assert {one.headers["zeven_cause"] for one in world.told("event")} == {"first-load", "source"}
        world.check_manifest()
    finally:
        world.close()


def test_what_kafka_did_not_take_is_let_go_of_and_the_next_batch_is_written(
    own_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
):
    """Else every later attempt would fail over the first one's batch, and its thread might still write it."""
    monkeypatch.setattr(publish, "ACKNOWLEDGED_S", 1.0)
    ensure_topics(own_cluster.settings, catalogue([REGION], 2))
    publisher = publish.Publisher(own_cluster.settings, REGION, lambda: None)
    said = [publish.Outgoing(rejected(REGION), 0, "connector|event|proef", None, [])]
    try:
        publisher.publish(said)
        assert len(_producers()) == 1
        own_cluster.pause_kafka()
        with pytest.raises(Retry, match="Kafka did not take the records"):
            publisher.publish(said)
        until(lambda: not _producers(), 10, "nothing of it goes on")
        own_cluster.resume_kafka()
        monkeypatch.undo()
        assert publisher.publish(said)
    finally:
        own_cluster.resume_kafka()
        publisher.close()
    until(lambda: not _producers(), 10, "it has ended")


def _producers() -> list[str]:
    return [one.name for one in enumerate_threads() if one.name == f"connector-{REGION}-network-thread"]


def test_without_topics_it_says_how_to_make_them(broker, tmp_path: Path):
    settings = broker.model_copy(update={"data": tmp_path})
    sources = {"ZEVEN_SAMPLES_URL": "http://127.0.0.1:1"}
    manifest = manifests.load(REGION, settings, sources).model_copy(update={"hub": "zonder-onderwerpen"})
    connector = Connector(settings, manifest, mappers=manifests.mappers(REGION, settings))
    thread = Thread(target=connector.run)
    thread.start()
    try:
        until(lambda: "zeven setup" in str(connector.ready()), 30, "it says what to do")
    finally:
        connector.halt()
        thread.join()
