"""The connector and its own log on a real Kafka: lost memory, foreign records, orders."""

from __future__ import annotations

import json
import shutil

import pytest

from schemas import topics
from tests.support.connector_world import World, world
from tests.support.waiting import until

__all__ = ["world"]
pytestmark = pytest.mark.broker


def counts(world: World) -> dict[str, int]:
    return {kind: len(world.told(kind)) for kind in topics.KINDS}


def test_a_lost_memory_comes_back_from_the_log_and_nothing_is_published_again(world: World):
    world.look()
    world.steer("set", kind="project", id=world.ids_of("project")[3], fields={"acf.status": "wie weet"})
    assert world.look()["project"]["rejected"] == 1
    before, rejections = counts(world), len(world.records(topics.rejected(world.hub)))
    first_seen = {key: value["origin"]["first_seen_at"] for key, value in world.standing("event").items()}
    shutil.rmtree(world.settings.data / "connectors")
    world.steer("change", name="move_event")
    found = world.look()

    assert counts(world) == before | {"event": before["event"] + 1}
    assert len(world.records(topics.rejected(world.hub))) == rejections
    assert found["event"]["published"] == 1
    assert found["checked"]["look"] == 3
    assert found["checked"]["first_look"] is False
    again = {key: value["origin"]["first_seen_at"] for key, value in world.standing("event").items()}
    assert again == first_seen
    assert {one.headers["zeven_cause"] for one in world.told("event")} == {"first-load", "source"}
    world.check_manifest()


def test_a_memory_of_other_topics_is_not_trusted(world: World):
    """The file of another hub (or of topics that were wiped) lies where ours should be."""
    world.look()
    other = World(world.settings, world.settings.data / "other")
    try:
        mine = world.settings.data / "connectors" / world.hub
        theirs = other.settings.data / "connectors" / other.hub
        theirs.parent.mkdir(parents=True)
        shutil.copytree(mine, theirs)
        found = other.look()
        assert found["event"]["published"] == 60
        other.check_manifest()
    finally:
        other.close()


def test_a_foreign_older_record_is_overwritten_by_the_connector(world: World):
    with world.running():
        until(world.signs, 30, "a first look")
        victim = sorted(world.standing("project"))[2]
        world.steer("set", kind="project", id=victim, fields={"title": "De nieuwe titel"})
        until(
            lambda: world.standing("project")[victim]["content"]["title"]["nl"] == "De nieuwe titel",
            30,
            "news",
        )
        value, headers = world.raw("project", victim)
        world.inject("project", victim, value, headers)
        until(lambda: world.standing("project")[victim]["cause"] == "repair", 30, "a repair")
        world.wait_looks()

    assert world.standing("project")[victim]["content"]["title"]["nl"] == "De nieuwe titel"
    told = [one for one in world.told("project") if one.key == victim]
    assert [one.headers["zeven_cause"] for one in told] == ["first-load", "source", "first-load", "repair"]
    revisions = [int(one.headers["zeven_revision"]) for one in told]
    assert revisions[3] > max(revisions[:3])
    world.check_manifest()


def test_a_foreign_removal_is_undone_and_a_phantom_is_banished(world: World):
    with world.running():
        until(world.signs, 30, "a first look")
        victim = min(world.standing("event"))
        value, headers = world.raw("event", victim)
        world.inject("event", victim, None)
        world.inject("event", "phantom", value, headers)
        world.inject("event", "garbage", b"no Avro at all")
        until(lambda: victim in world.standing_keys("event"), 30, "the event is back")
        until(lambda: not {"phantom", "garbage"} & world.standing_keys("event"), 30, "the phantoms are gone")
        world.wait_looks()

    banished = [one for one in world.told_loosely("event") if one.key == "phantom" and one.value is None]
    assert "not written by its connector" in json.loads(banished[0].headers["zeven_evidence"])["how"]
    assert banished[0].headers["zeven_cause"] == "repair"
    assert world.signs()[-1]["state"] == "idle"


def test_a_resync_publishes_everything_again_and_says_so(world: World):
    world.look()
    world.order("resync", kind="membership")
    world.look()
    world.look()

    causes = [one.headers["zeven_cause"] for one in world.told("membership")]
    assert causes.count("resync") == causes.count("first-load") == 45
    assert len(world.told("event")) == 60
    world.check_manifest()


def test_single_records_can_be_published_again(world: World):
    world.look()
    wanted = sorted(world.standing("project"))[:2]
    world.order("republish", kind="project", source_ids=tuple(wanted))
    world.look()

    assert (
        sorted(one.key for one in world.told("project") if one.headers["zeven_cause"] == "resync") == wanted
    )


def test_a_paused_connector_gives_life_signs_but_looks_at_nothing(world: World):
    world.look()
    world.order("pause")
    world.steer("change", name="move_event")
    paused = world.look()
    assert paused["event"]["published"] == 0
    assert not paused["event"]["complete"]
    assert f"zeven hub resume {world.hub}" in " ".join(paused["event"]["reasons"])
    assert paused["checked"]["state"] == "idle"

    world.order("resume")

    assert world.look()["event"]["published"] == 1
