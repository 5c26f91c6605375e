"""What vanishes from a source on a real Kafka: removed with evidence, held, or left alone."""

from __future__ import annotations

import json

import pytest

from tests.support.connector_world import World, world

__all__ = ["world"]
pytestmark = pytest.mark.broker


def tombstones(world: World, kind: str):
    return [one for one in world.told(kind) if one.value is None]


def test_a_deleted_item_is_removed_with_the_answer_that_proves_it(world: World):
    world.look()
    gone = world.ids_of("event")[5]
    revision = world.standing("event")[gone]["revision"]
    world.steer("delete", kind="event", id=gone)
    found = world.look()

    (tombstone,) = tombstones(world, "event")
    assert tombstone.key == gone
    assert "404 event-not-found" in json.loads(tombstone.headers["zeven_evidence"])["how"]
    assert int(tombstone.headers["zeven_revision"]) > revision
    assert tombstone.headers["zeven_digest"] == ""
    assert found["event"]["removed"] == 1
    world.check_manifest()


def test_an_item_that_comes_back_gets_a_higher_revision(world: World):
    world.look()
    gone = world.ids_of("event")[5]
    world.steer("delete", kind="event", id=gone)
    world.look()
    world.steer("restore", kind="event", id=gone)
    world.look()

    back = world.standing("event")[gone]
    assert back["revision"] > int(tombstones(world, "event")[0].headers["zeven_revision"])
    assert back["cause"] == "source"


def test_a_member_is_gone_when_a_second_version_of_the_list_lacks_it_too(world: World):
    world.look()
    first, second = world.ids_of("membership")[5], world.ids_of("membership")[6]
    world.steer("delete", kind="membership", id=first)
    once = world.look()
    assert tombstones(world, "membership") == []
    assert "not yet proven" in " ".join(once["membership"]["reasons"])

    world.steer("delete", kind="membership", id=second)
    world.look()

    assert [one.key for one in tombstones(world, "membership")] == [first]


@pytest.mark.parametrize("way", ["empty", "500", "html", "half", "close", "not_json"])
def test_a_failed_half_or_empty_answer_removes_nothing(world: World, way: str):
    world.look()
    gone = world.ids_of("event")[0]
    world.steer("delete", kind="event", id=gone)
    if way == "empty":
        world.steer("shrink", kind="event", keep=0)
    else:
        world.steer("fail", way=way, times=1000, path="/wp-json/tribe")
    found = world.look()

    assert found["event"]["state"] in ("partial", "failing")
    assert found["event"]["state"] == ("partial" if way == "empty" else "failing")
    assert not found["event"]["complete"]
    assert found["event"]["reasons"]
    assert tombstones(world, "event") == []
    assert found["project"]["state"] == "idle", "the other sources go on"
    assert found["checked"]["state"] == found["event"]["state"]


@pytest.mark.parametrize("way", ["half", "empty"])
def test_a_half_or_empty_list_removes_nobody(world: World, way: str):
    world.look()
    world.steer("list", way=way)
    found = world.look()

    assert found["membership"]["state"] in ("partial", "held")
    assert tombstones(world, "membership") == []


def test_most_of_the_records_gone_at_once_are_held_until_approved(world: World):
    world.look()
    every = world.ids_of("project")
    gone = every[: len(every) * 6 // 10]
    for source_id in gone:
        world.steer("delete", kind="project", id=source_id)
    held = world.look()
    assert held["project"]["state"] == "held"
    assert held["project"]["held"] == len(gone)
    assert f"zeven hub approve {world.hub}" in " ".join(held["project"]["reasons"])
    assert tombstones(world, "project") == []
    world.check_manifest()

    world.order("approve", kind="project")
    released = world.look()

    assert sorted(one.key for one in tombstones(world, "project")) == sorted(gone)
    assert released["project"]["state"] == "live"
    assert released["project"]["held"] == 0
    world.check_manifest()


def test_approval_removes_nothing_that_the_source_still_has(world: World):
    """A list cut short by a fault of the site: even approved, the items' own answers decide."""
    world.look()
    world.steer("shrink", kind="project", keep=4)
    assert world.look()["project"]["state"] == "held"
    world.order("approve")
    world.look()

    assert tombstones(world, "project") == []


def test_rows_that_show_up_again_are_held_no_longer(world: World):
    world.look()
    world.steer("shrink", kind="project", keep=4)
    world.look()
    world.steer("whole")
    found = world.look()

    assert found["project"]["held"] == 0
    assert found["project"]["state"] == "idle"
