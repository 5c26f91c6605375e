"""What the view says by itself: reports to a hub, and orders to publish again what the proof finds wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from kafka import KafkaConsumer, TopicPartition

from schemas import topics
from schemas.codec import decode, load, unframe
from schemas.settings import Settings
from streams.view.materialise import wall_ms
from tests.support.view_world import HUB, Running, World, fresh
from tests.support.waiting import auntil

pytestmark = pytest.mark.broker


@pytest.fixture
def world(broker: Settings, tmp_path: Path) -> Iterator[World]:
    """Empty topics and a hand to publish by."""
    found = fresh(broker, tmp_path)
    yield found
    found.close()


def said(world: World, topic: str) -> list[dict[str, Any]]:
    """Every record of a topic, in order of partition and offset."""
    consumer = KafkaConsumer(enable_auto_commit=False, **world.settings.kafka.for_kafka_python())
    try:
        parts = [TopicPartition(topic, number) for number in range(world.catalogue[topic].partitions)]
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        ends, found = consumer.end_offsets(parts), []
        while any(consumer.position(part) < ends[part] for part in parts):
            for records in consumer.poll(timeout_ms=200).values():
                schema = load(world.catalogue[topic].schema)
                found += [decode(schema, unframe(record.value)[1]) for record in records]
        return found
    finally:
        consumer.close()


def a_record_is_missing(world: World) -> None:
    """The connector says that it published two; only one of them reached the national view."""
    world.regional("a", 1)
    world.regional("b", 1)
    world.national("p-a", {"a": 1})
    world.checked(wall_ms())
    world.progress()


async def test_ids_that_differ_are_asked_of_the_connector_again_and_only_these(world: World) -> None:
    """The proof names the id; the hub's control topic gets an order for just this one."""
    a_record_is_missing(world)

    async with Running(world.settings) as view:
        await view.reaches("differs")
        await auntil(lambda: _some(said(world, topics.control(HUB))), 30, "the connector is asked")

    (order,) = said(world, topics.control(HUB))
    assert (order["action"], order["kind"], order["source_ids"]) == ("republish", "project", ["b"])
    assert order["by"] == "view"


async def test_a_hub_hears_that_its_connector_fell_silent_and_that_it_is_back_each_once(world: World) -> None:
    """A change of state is one report, also for a view that was built anew; an unchanged one is none."""
    world.regional("a", 1)
    world.national("p-a", {"a": 1})
    world.checked()
    world.progress()

    async with Running(world.settings) as view:
        await view.reaches("proven")
        await auntil(lambda: _some(said(world, topics.NOTICE)), 60, "the hub is told")
    anew = world.settings.model_copy(update={"data": world.settings.data / "anew"})
    async with Running(anew) as view:
        await view.reaches("proven")
        world.checked(wall_ms(), interval_s=600, freshness_target_s=600)
        await auntil(lambda: _some(said(world, topics.NOTICE), 2), 60, "the hub is told again")

    first, second = sorted(said(world, topics.NOTICE), key=lambda one: one["evaluation"])
    assert (first["subscription"], first["kind"], first["sample"]) == (f"hub-{HUB}", "report", True)
    assert orjson.loads(first["after"])["kinds"]["project"]["state"] == "silent"
    assert orjson.loads(second["after"])["kinds"]["project"]["state"] == "well"
    assert first["id"] != second["id"]


async def _some(found: list[Any], count: int = 1) -> bool:
    return len(found) >= count
