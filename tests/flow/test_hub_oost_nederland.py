"""The sources of AI-hub Oost-Nederland, read as its manifest says and translated as its mapping does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.samples.faces.crm import guid
from tests.support.region import Region, region

SHOP = 880_000_000_000


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Region]:
    with region("oost-nederland", tmp_path) as found:
        yield found


def test_every_project_of_the_crm_reads_as_it_is_there(hub: Region) -> None:
    """Title, status, days that are midnight here, lead and partners with their numbers, money."""
    rows, verdict = hub.look("project")
    held = hub.held("project")

    assert (verdict.complete, verdict.delta) == (True, False)
    assert rows.keys() == {guid("project", item.source_id) for item in held}
    for item in held:
        acf, said = item.body["acf"], hub.said("project", rows[guid("project", item.source_id)])
        assert said.content["title"] == {"nl": item.body["title"], "en": acf["titel_en"]}
        assert (said.content["start"] or "").replace("-", "") == acf["startdatum"]
        assert len(said.content["areas"]) == 1
        assert len(said.content["dimensions"]) == len(item.body["terms"]["dimensie"])
        assert bool(said.content["funding"]) == bool(acf["financiering"])
        keys = {key for one in said.organisations for key in one["keys"]}
        assert {f"kvk:{one['kvk']}" for one in acf["partners"] or () if one["kvk"]} <= keys
        assert said.unassigned == []


def test_a_later_look_at_projects_shows_only_what_changed(hub: Region) -> None:
    """Ended: a change. Deactivated: out of what is read. Deleted: a removal, with the word of the CRM."""
    _, first = hub.look("project")
    ended, left, gone = (item.source_id for item in hub.held("project")[:3])
    hub.change("project", ended, {"acf.status": "afgerond"})
    hub.control("unpublish", kind="project", id=left)
    hub.control("delete", kind="project", id=gone)
    look = hub.source("project").look(first.next_state, lambda: int(first.next_state.marks["whole_at"]))
    pages = list(look)
    rows = {row.source_id: row for page in pages for row in page.rows}
    told = {one.source_id: one.how for page in pages for one in page.gone}

    assert look.verdict.delta
    assert rows.keys() == {guid("project", ended)}
    assert hub.said("project", rows[guid("project", ended)]).content["status"] == "completed"
    assert told == {
        guid("project", left): "delta: statecode is 1 (Inactief)",
        guid("project", gone): "delta: deleted",
    }


def test_every_connection_of_an_account_is_read_once_with_its_account(hub: Region) -> None:
    """Not its mirror image; the KvK number has its zero back; the first day is the one that was picked."""
    rows, verdict = hub.look("membership")
    held = hub.held("membership")

    assert (verdict.complete, verdict.next_state.marks) == (True, {})
    assert rows.keys() == {guid("connection", item.source_id) for item in held}
    for item in held:
        said = hub.said("membership", rows[guid("connection", item.source_id)])
        assert said.organisations[0]["name"] == item.body["Organisatie"]
        keys = said.organisations[0]["keys"]
        assert (f"kvk:{item.body['KvK-nummer']}" in keys) == bool(item.body["KvK-nummer"])
        day, month, year = (item.body["Lid sinds"] or "--").split("-")
        assert said.content["start"] == (f"{year}-{month}-{day}" if year else None)


def test_a_connection_that_is_deactivated_or_deleted_is_gone_and_says_how(hub: Region) -> None:
    ended, gone = (item.source_id for item in hub.held("membership")[:2])
    hub.control("unpublish", kind="membership", id=ended)
    hub.control("delete", kind="membership", id=gone)
    rows, _ = hub.look("membership")
    ids = [guid("connection", one) for one in (ended, gone)]
    found = hub.confirm("membership", ids)

    assert not rows.keys() & set(ids)
    assert [found[one].state for one in ids] == ["gone", "gone"]
    assert "no longer among" in found[ids[0]].how
    assert "404" in found[ids[1]].how


def test_every_event_of_the_shop_reads_and_drafts_are_left_out(hub: Region) -> None:
    """Called off is a status; withdrawn and deleted are gone."""
    single = [item.source_id for item in hub.held("event") if int(item.source_id) < 10_000_000]
    off, draft, gone = single[:3]
    hub.change("event", off, {"event_status": "canceled"})
    hub.control("unpublish", kind="event", id=draft)
    hub.control("delete", kind="event", id=gone)
    rows, verdict = hub.look("event")
    held = [item for item in hub.held("event") if item.state == "live"]

    assert verdict.complete
    assert rows.keys() == {str(SHOP + int(item.source_id)) for item in held}
    said = {source_id: hub.said("event", row) for source_id, row in rows.items()}
    assert said[str(SHOP + int(off))].content["status"] == "cancelled"
    assert len([one for one in said.values() if one.content["series"]]) == 4
    assert {name for one in said.values() for name in one.unassigned} == {"Science & Technology"}
    confirmed = hub.confirm("event", [str(SHOP + int(draft)), str(SHOP + int(gone))])
    assert [one.state for one in confirmed.values()] == ["gone", "gone"]
