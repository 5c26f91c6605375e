"""kill -9 of a connector process on a real Kafka, again and again while its sources change."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition

from schemas import topics
from tests.support.connector_world import FAST, REGION, World, world
from tests.support.waiting import until

__all__ = ["world"]
pytestmark = pytest.mark.broker
ROWS = 12_000
REPO = Path(__file__).parents[2]


def start(world: World, log: Path) -> subprocess.Popen[bytes]:
    environ = {"PATH": os.environ["PATH"], **world.settings.environ(), **FAST}
    environ["ZEVEN_SAMPLES_URL"] = world.samples.base
    if "PYTHONPATH" in os.environ:
        environ["PYTHONPATH"] = os.environ["PYTHONPATH"]
    said = json.dumps({"region": REGION, "hub": world.hub})
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.support.connector_process", said], cwd=REPO, env=environ, stderr=out
        )


def total(world: World, consumer: KafkaConsumer) -> int:
    """Records in the regional topics so far."""
    parts = [
        TopicPartition(topics.regional(world.hub, kind), part)
        for kind in topics.KINDS
        for part in range(world.settings.topics.partitions)
    ]
    return sum(consumer.end_offsets(parts).values())


def kill_after(world: World, log: Path, more: int) -> int:
    """Start a connector, kill -9 it when so many further records are written; returns how many there are."""
    consumer = KafkaConsumer(**world.settings.kafka.for_kafka_python())
    process = start(world, log)
    try:
        goal = total(world, consumer) + more
        until(lambda: process.poll() is not None or total(world, consumer) > goal, 90, f"{more} records")
        assert process.poll() is None, "the connector ended by itself"
        process.send_signal(signal.SIGKILL)
        process.wait()
        return total(world, consumer)
    finally:
        process.kill()
        process.wait()
        consumer.close()


def test_killed_at_any_moment_it_ends_with_what_the_sources_hold_and_publishes_nothing_twice(
    world: World, tmp_path: Path
):
    """Five kills, each while records are being written; then the log says what the sources say."""
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance = random.Random(seed)
    world.steer("load", rows=ROWS, seed=seed)
    log = tmp_path / "connector.log"
    for _ in range(5):
        written = kill_after(world, log, chance.randrange(1, 700))
        print(f"killed after {written} of {ROWS} records")
        assert written < ROWS, "the kill must strike while work is waiting"
        world.steer("churn", steps=40, seed=chance.randrange(1 << 30))
    process = start(world, log)
    try:
        until(lambda: world.signs() and world.signs()[-1]["state"] == "idle", 120, "all is published")
    finally:
        process.terminate()
        process.wait()

    truth = {kind: {one.source_id for one in world.samples.store.every(kind)} for kind in topics.KINDS}
    for kind in ("project", "membership"):
        assert set(world.standing(kind)) == truth[kind]
    for kind in topics.KINDS:
        seen: dict[str, tuple[bytes, int]] = {}
        for one in world.told(kind):
            revision = int(one.headers["zeven_revision"])
            digest = one.value["digest"] if one.value else b""
            before = seen.get(one.key)
            assert before is None or before[1] < revision
            assert before is None or before[0] != digest, f"{one.key} was published twice unchanged"
            seen[one.key] = (digest, revision)
    world.check_manifest()
