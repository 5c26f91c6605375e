"""The connector and its own log on a real Kafka: lost memory, foreign records, orders."""

from __future__ import annotations

import io
import json
import shutil

import pytest
from rich.console import Console

from deploy.cli.following import watching
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
    assert causes.count("resync") == causes.count("first-load") == len(world.standing("membership"))
    assert len(world.told("event")) == 60
    world.check_manifest()


def test_only_what_changed_since_a_moment_is_published_again(world: World):
    now = world.samples.ticker.now
    world.samples.ticker.now = lambda: now() + 3_600_000
    changed = world.ids_of("project")[7]
    world.steer("set", kind="project", id=changed, fields={"title": "Een uur later"})
    world.look()
    world.order("resync", kind="project", since=now() + 1_800_000)
    world.look()

    again = [one.key for one in world.told("project") if one.headers["zeven_cause"] == "resync"]
    assert again == [changed]


def test_a_resync_can_be_followed_to_its_end(world: World):
    world.look()
    count = len(world.standing("membership"))
    with watching(world.settings, world.hub, ["membership"]) as watcher:
        order = world.order("resync", kind="membership")
        screen = io.StringIO()
        with world.running():
            came = watcher.follow(order, count, Console(file=screen, force_terminal=True, width=120))

    assert came == count
    assert f"{count}/{count}" in screen.getvalue()
    assert "/s" in screen.getvalue()


def test_a_real_change_that_a_resync_sees_first_is_a_change_at_the_source(world: World):
    world.look()
    changed = world.ids_of("project")[5]
    world.steer("set", kind="project", id=changed, fields={"title": "De nieuwe titel"})
    world.order("resync", kind="project")
    world.look()

    causes = [(one.key, one.headers["zeven_cause"]) for one in world.told("project")]
    assert [key for key, cause in causes if cause == "source"] == [changed]
    assert sum(cause == "resync" for _, cause in causes) == len(world.standing("project")) - 1


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
