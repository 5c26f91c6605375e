"""The log of the conformance suite behaves as Kafka does: one schedule of looks and ends, run on both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.conformance.bench import Clock, Subject
from connectors.conformance.log import Step
from connectors.conformance.process import Ended, Process, Steps
from connectors.conformance.suite import BEGIN_MS
from connectors.conformance.trial import Figures, Trial
from connectors.publish import Outgoing, Place, Publisher
from connectors.tail import Tail
from deploy.samples import benches
from schemas import topics
from schemas.bus.registry import Registry
from schemas.settings import Settings
from tests.support.connector_world import World, world

__all__ = ["world"]
pytestmark = pytest.mark.broker
ENDS = (4, 7, 8, 9, 11, 15, None, 6, 8, 10, 12, 14, None, None)
Told = dict[str, list[tuple[str, str, str]]]


class SteppedPublisher(Publisher):
    """The real way out, with the steps of the log's."""

    step: Step

    def publish(self, batch: Sequence[Outgoing]) -> list[Place]:
        if not batch:
            return []
        self.step("before publishing")
        half = len(batch) // 2
        places = super().publish(batch[:half])
        self.step("half of a batch is published, nothing acknowledged")
        places += super().publish(batch[half:])
        self.step("published, not acknowledged")
        return places


def on_kafka(trial: Trial, world: World) -> Process:
    """A process of the trial, with Kafka in the place of the log."""
    settings = world.settings
    process = Process(trial.subject, trial.manifest, trial.log, trial.folder, trial.clock.connector)
    publisher = SteppedPublisher(settings, world.hub, process._may)
    process._settings, process._publisher = settings, publisher
    process._registry.close()
    process._registry = Registry(settings.registry.url)
    process._tail = Tail(settings, world.hub, process._memory, process._registry)
    return process


def in_memory(trial: Trial) -> Process:
    """A process of the trial as the suite runs it."""
    return Process(trial.subject, trial.manifest, trial.log, trial.folder, trial.clock.connector)


def run(subject: Subject, folder: Path, made: Callable[[Trial], Process]) -> Trial:
    """Looks, changes, removals and ends, the same for both."""
    folder.mkdir()
    clock = Clock(BEGIN_MS)
    trial = Trial(subject, folder, subject.bench(folder, clock), clock, Figures())
    try:
        for turn, end in enumerate(ENDS):
            trial.put(*range(1, 9)) if turn == 0 else trial.put(1 + turn % 8, 20 + turn)
            trial.take(*[number for number in (20 + turn - 4,) if number in trial.live])
            clock.on(61_000)
            trial.web.fresh() if trial.web else None
            process = made(trial)
            with suppress(Ended):
                process.once(Steps(end))
    finally:
        trial.close()
    return trial


def from_log(trial: Trial) -> Told:
    """What the log holds, by key, in its order."""
    found: Told = defaultdict(list)
    for part in trial.log.partitions(topics.regional(trial.log.hub, trial.subject.kind)):
        for record in trial.log.read(part):
            _add(found, record.key.decode(), {name: said.decode() for name, said in record.headers})
    return found


def _add(found: Told, key: str, headers: dict[str, Any]) -> None:
    found[key].append((headers["zeven_digest"], headers["zeven_cause"], headers["zeven_revision"]))


def numbered(told: Told) -> Told:
    """Digests as the how-many-th content of their key: addresses of the two sources have other ports."""
    found: Told = {}
    for key, records in told.items():
        order = list(dict.fromkeys(digest for digest, _, _ in records))
        found[key] = [
            (str(order.index(digest)) if digest else "gone", cause, revision)
            for digest, cause, revision in records
        ]
    return found


def test_the_same_schedule_gives_the_same_records_on_kafka_and_on_the_log(
    world: World, tmp_path: Path
) -> None:
    """Key by key: content, cause and revision of every record, in order, whatever step a process ended at."""
    subject = next(
        one for one in benches.subjects("zuid-holland", Settings.at(tmp_path)) if one.kind == "project"
    )
    subject = replace(subject, manifest=subject.manifest.model_copy(update={"hub": world.hub}))
    doubled = from_log(run(subject, tmp_path / "log", in_memory))
    run(subject, tmp_path / "kafka", lambda trial: on_kafka(trial, world))
    real: Told = defaultdict(list)
    for one in world.told(subject.kind):
        _add(real, one.key, one.headers)
    assert sum(map(len, real.values())) > 30
    assert any(digest == "" for told in real.values() for digest, _, _ in told)
    assert numbered(real) == numbered(doubled)
