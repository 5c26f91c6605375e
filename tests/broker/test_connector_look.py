"""One look after the other on a real Kafka: what is published, why, and what is not."""

from __future__ import annotations

import pytest

from schemas import topics
from schemas.digest import content_digest
from tests.support.connector_world import World, world

__all__ = ["world"]
pytestmark = pytest.mark.broker


def test_the_first_look_publishes_all_that_the_sources_hold_and_one_life_sign(world: World):
    found = world.look()

    for kind in topics.KINDS:
        told = world.told(kind)
        keys = [one.key for one in told]
        assert len(keys) == len(set(keys)) == len(world.ids_of(kind))
        plain = {key for key in keys if "@" not in key}
        assert plain == {one for one in world.ids_of(kind) if len(one) < 8}, (
            "occurrences have ids of their own"
        )
        assert {one.headers["zeven_cause"] for one in told} == {"first-load"}
        assert found[kind]["state"] == "live"
        assert found[kind]["complete"]
        assert found[kind]["published"] == found[kind]["live"] == len(told)
    signs = world.signs()
    assert len(signs) == 1
    assert signs[0]["state"] == "live"
    assert signs[0]["sample"]
    assert signs[0]["look"] == 1
    assert world.rejected() == {}
    world.check_manifest()


def test_a_record_carries_what_the_contract_asks_for(world: World):
    world.look()
    one = world.told("project")[0]

    assert one.value is not None
    assert one.value["digest"] == content_digest("regional.Project", one.value)
    assert one.headers["zeven_digest"] == one.value["digest"].hex()
    assert one.headers["zeven_revision"] == str(one.value["revision"])
    assert one.headers["ce_type"] == "nl.ai-hubs.regional.project.v1"
    assert one.headers["ce_source"] == f"urn:nld:ai-hub:{world.hub}"
    assert one.headers["content-type"] == "application/avro"
    assert one.value["sample"] is True
    assert one.value["origin"]["first_seen_at"] == one.value["origin"]["read_at"]
    assert one.partition == topics.partition_of(one.key, world.settings.topics.partitions)


def test_a_second_look_at_unchanged_sources_publishes_a_life_sign_and_nothing_else(world: World):
    world.look()
    before = {kind: len(world.told(kind)) for kind in topics.KINDS}
    found = world.look()

    assert {kind: len(world.told(kind)) for kind in topics.KINDS} == before
    assert found["checked"]["state"] == "idle"
    assert [sign["look"] for sign in world.signs()] == [1, 2]
    assert world.signs()[-1]["first_look"] is False
    world.check_manifest()


def test_a_moved_date_publishes_that_event_once_as_a_change_at_the_source(world: World):
    world.look()
    world.steer("change", name="move_event")
    found = world.look()

    changed = [one for one in world.told("event") if one.headers["zeven_cause"] == "source"]
    assert len(changed) == found["event"]["published"] == 1
    (first,) = [one for one in world.told("event") if one.key == changed[0].key and one != changed[0]]
    assert changed[0].value is not None
    assert first.value is not None
    assert changed[0].value["content"]["start"] != first.value["content"]["start"]
    assert changed[0].value["revision"] > first.value["revision"]
    assert changed[0].value["origin"]["first_seen_at"] == first.value["origin"]["first_seen_at"]
    assert found["project"]["published"] == found["membership"]["published"] == 0


def test_another_table_of_tags_is_a_change_of_the_mapping_not_of_the_source(world: World):
    world.look()
    tags = {name: said for name, said in world.manifest.tags.items() if "haven" not in name}
    found = world.look(world.manifest.model_copy(update={"tags": tags}))

    causes = {one.headers["zeven_cause"] for kind in ("event", "project") for one in world.told(kind)}
    assert causes == {"first-load", "mapping"}
    assert found["event"]["published"] > 0


def test_rows_that_cannot_be_used_are_rejected_with_their_row_and_taken_back_when_mended(world: World):
    world.look()
    project, event = world.ids_of("project")[3], world.ids_of("event")[0]
    good = world.samples.store.get("project", project)
    assert good is not None
    world.steer("set", kind="project", id=project, fields={"acf.status": "wie weet"})
    with world.samples.list_path.open("ab") as file:
        file.write(b"9999;Nieuw BV;123;;;AI-hub Zuid-Holland;partner;bedrijf;;;;\r\n")
        file.write(b";Zonder nummer;;;;AI-hub Zuid-Holland;partner;bedrijf;;;;\r\n")
    found = world.look()
    standing = world.rejected()

    wrong = standing[f"connector|project|{project}"]
    assert (wrong["field"], wrong["got"]) == ("status", "wie weet")
    assert "gepland" in wrong["expected"]
    assert wrong["fix"]
    assert b"wie weet" in wrong["original"]
    kvk = standing["connector|membership|9999"]
    assert kvk["field"] == "KvK-nummer"
    assert "rij" in kvk["row"]
    assert kvk["got"] == "123"
    nameless = next(one for key, one in standing.items() if "|row:" in key)
    assert "rij" in nameless["row"]
    assert b"Zonder nummer" in nameless["original"]
    assert found["project"]["rejected"] == 1
    assert found["membership"]["rejected"] == 2
    assert project in world.standing("project"), "the last usable version stays"

    again = world.look()
    assert len(world.records(topics.rejected(world.hub))) == 3, "the same fault is not told twice"
    assert again["membership"]["rejected"] == 2

    world.steer("set", kind="project", id=project, fields={"acf.status": good.body["acf"]["status"]})
    world.steer("list", way="whole")
    mended = world.look()
    assert world.rejected() == {}
    assert mended["project"]["rejected"] == mended["membership"]["rejected"] == 0
    assert event in world.standing("event")
    world.check_manifest()
