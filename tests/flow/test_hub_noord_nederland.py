"""The sources of AI-hub Noord-Nederland, read as its manifest says and translated as its mapping does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import Reject
from tests.support.region import Region, region

CRIS = "oai:cris.example:Projects/"
HOST = "@aihub-noord.example"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Region]:
    with region("noord-nederland", tmp_path) as found:
        yield found


def test_every_project_that_the_university_has_reads_as_it_is_there(hub: Region) -> None:
    """Title in two languages, status, period, lead and partners; nothing is rejected."""
    rows, verdict = hub.look("project")
    held = hub.held("project")

    assert (verdict.complete, verdict.state) == (True, "live")
    assert rows.keys() == {f"{CRIS}{item.source_id}" for item in held}
    for item in held:
        acf, said = item.body["acf"], hub.said("project", rows[f"{CRIS}{item.source_id}"])
        assert said.content["title"] == {"nl": item.body["title"], "en": acf["titel_en"]}
        assert (said.content["start"] or "").replace("-", "") == acf["startdatum"]
        assert (len(said.content["areas"]), said.unassigned) == (1, [])
        assert len(said.content["dimensions"]) == len(item.body["terms"]["dimensie"])
        named = [acf["penvoerder"]["naam"], *(one["naam"] for one in acf["partners"] or ())]
        assert [one["name"] for one in said.organisations] == list(dict.fromkeys(named))
        assert any(key.startswith("grant:") for key in said.keys) == bool(acf["subsidienummer"])


def test_a_project_that_ends_and_one_that_is_withdrawn_are_found_out(hub: Region) -> None:
    """The repository keeps a header that says deleted, and says so again when asked for that record."""
    ended, gone = (item.source_id for item in hub.held("project")[:2])
    _, first = hub.look("project")
    hub.change("project", ended, {"acf.status": "afgerond"})
    hub.control("unpublish", kind="project", id=gone)
    rows, verdict = hub.look("project")

    assert verdict.complete
    assert hub.said("project", rows[f"{CRIS}{ended}"]).content["status"] == "completed"
    assert f"{CRIS}{gone}" not in rows
    assert hub.confirm("project", [f"{CRIS}{gone}"])[f"{CRIS}{gone}"].state == "gone"
    look = hub.source("project").look(first.next_state, lambda: int(first.next_state.marks["read_at"]))
    assert [one.source_id for page in look for one in page.gone] == [f"{CRIS}{gone}"]
    assert look.verdict.delta


def test_every_event_of_the_calendar_reads_with_its_moment_and_area(hub: Region) -> None:
    """A series reads as its occurrences, each under its own name."""
    rows, verdict = hub.look("event")
    held = hub.held("event")
    single = [item for item in held if int(item.source_id) < 10_000_000]

    assert verdict.complete
    assert len(rows) == len(held)
    for item in single:
        said = hub.said("event", rows[f"{item.source_id}{HOST}"])
        local = rows[f"{item.source_id}{HOST}"].fields["local_start"].replace("T", " ")
        assert local[:10] == item.body["start"][:10]
        assert said.content["title"]["nl"] == item.body["title"]
        assert (len(said.content["areas"]), said.unassigned) == (1, [])
        assert [one["name"] for one in said.organisations] == [item.body["organizer"][0]["organizer"]]
    assert len({hub.said("event", row).keys[0] for row in rows.values()}) == len(held)


def test_an_occurrence_is_called_off_and_the_series_goes_on(hub: Region) -> None:
    first, second = (str(10_000_001 + week) for week in range(2))
    hub.change("event", first, {"event_status": "canceled"})
    hub.control("delete", kind="event", id=second)
    rows, _ = hub.look("event")
    occurrences = [row for row in rows.values() if row.fields["series"]]

    assert len(occurrences) == 3
    assert [hub.said("event", row).content["status"] for row in occurrences] == [
        "cancelled",
        "scheduled",
        "scheduled",
    ]


def test_every_member_of_the_workbook_reads_with_its_body_and_number(hub: Region) -> None:
    """A KvK number gets back the zero that Excel took; a second look at the same workbook reads nothing."""
    rows, verdict = hub.look("membership")
    held = hub.held("membership")

    assert rows.keys() == {item.source_id for item in held}
    for item in held:
        said = hub.said("membership", rows[item.source_id])
        keys = said.organisations[0]["keys"]
        assert (f"kvk:{item.body['KvK-nummer']}" in keys) == bool(item.body["KvK-nummer"])
        day, month, year = (item.body["Lid sinds"] or "--").split("-")
        assert said.content["start"] == (f"{year}-{month}-{day}" if year else None)
    assert any(item.body["KvK-nummer"].startswith("0") for item in held)
    assert hub.look("membership", verdict.next_state)[1].unchanged


def test_a_word_that_the_hub_does_not_know_is_rejected_with_those_it_does(hub: Region) -> None:
    source_id = hub.held("project")[0].source_id
    hub.change("project", source_id, {"acf.status": "wie weet"})
    rows, _ = hub.look("project")

    with pytest.raises(Reject) as reject:
        hub.said("project", rows[f"{CRIS}{source_id}"])
    assert (reject.value.field, reject.value.got) == ("Status", "unknown")
