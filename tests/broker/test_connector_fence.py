"""The right to publish on a real Kafka: one connector of a hub writes, others stand by."""

from __future__ import annotations

import signal
from pathlib import Path
from threading import Event

import pytest

from connectors.fence import ORPHANED_S, Fence, NotOwner
from connectors.publish import Outgoing
from schemas import topics
from schemas.bus.admin import ensure_topics
from schemas.settings import Settings
from tests.broker.test_connector_crash import start
from tests.support.connector_world import World, world
from tests.support.waiting import until

__all__ = ["world"]
pytestmark = pytest.mark.broker


def test_of_two_connectors_one_publishes_and_the_other_takes_over(world: World):
    second_folder = world.settings.data / "second"
    with world.running() as first:
        until(lambda: first.ready() is None, 30, "the first is ready")
        with world.running(second_folder) as second:
            until(lambda: "stands by" in str(second.ready()), 30, "the second stands by")
            world.steer("change", name="move_event")
            until(lambda: len(world.told("event")) == 61, 30, "the change is published")
            world.wait_looks()
            assert len(world.told("event")) == 61, "once, not by both"
            assert "fence not held" in str(second.ready())
            with pytest.raises(NotOwner):
                second._publisher.publish([Outgoing(topics.regional(world.hub, "event"), 0, "x", None, [])])
            first.halt()
            until(lambda: second.ready() is None, 30, "the second takes over")
            world.steer("change", name="cancel_event")
            until(lambda: len(world.told("event")) == 62, 30, "the second publishes the next change")
            world.wait_looks()
    assert {one.headers["zeven_cause"] for one in world.told("event")} == {"first-load", "source"}
    assert len(world.told("event")) == 62
    looks = [sign["look"] for sign in world.signs()]
    assert looks == sorted(set(looks)), "looks are counted on"
    world.check_manifest()


def test_a_right_that_nobody_got_is_asked_for_anew(broker: Settings):
    """The topic is made after the fence joined its group, and the group gave it to nobody."""
    hub = "proef-laat"
    fence = Fence(broker, hub, Event())
    fence.start()
    try:
        until(lambda: "there is no topic" in str(fence.lacking()), 30, "it says what lacks")
        late = {topic.name: topic for topic in topics.of_hub(hub, 1) if topic.name == topics.control(hub)}
        ensure_topics(broker, late)
        until(lambda: fence.lacking() is None, 3 * ORPHANED_S, "it holds the right")
    finally:
        fence.close()


def test_a_connector_stopped_beyond_its_session_finds_itself_replaced_when_it_goes_on(
    world: World, tmp_path: Path
):
    """The sleeper wakes in the middle of its life and writes nothing over what its successor wrote."""
    log = tmp_path / "sleeper.log"
    sleeper = start(world, log)
    try:
        until(world.signs, 60, "the sleeper's first look")
        with world.running(world.settings.data / "second") as second:
            sleeper.send_signal(signal.SIGSTOP)
            until(lambda: second.ready() is None, 60, "the second takes over")
            world.steer("change", name="move_event")
            until(lambda: len(world.told("event")) == 61, 30, "the second publishes the change")
            sleeper.send_signal(signal.SIGCONT)
            until(lambda: "stands by" in log.read_text(encoding="utf-8"), 60, "the sleeper stands by")
            world.wait_looks()
            assert second.ready() is None
    finally:
        sleeper.kill()
        sleeper.wait()

    assert len(world.told("event")) == 61
    world.check_manifest()


def test_ready_says_when_the_last_look_failed_and_when_it_is_well_again(world: World):
    with world.running() as connector:
        until(lambda: connector.ready() is None, 30, "it is ready")
        world.steer("fail", way="500", times=1000, path="/wp-json/wp/v2")
        until(lambda: "last look failing: project" in str(connector.ready()), 30, "it says what fails")
        world.steer("whole")
        until(lambda: connector.ready() is None, 30, "it is well again")
