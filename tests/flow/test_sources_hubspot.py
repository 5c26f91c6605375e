"""Objects of a CRM by polling: pages, merges, archives, and what proves that one is gone."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from connectors.sources import Source, open_source
from connectors.sources.rows import AsksAlso
from tests.support.crm import TOKEN, Crm
from tests.support.sample import QUICK, read
from tests.support.site import Site, say


@pytest.fixture
def crm(site: Site) -> Crm:
    """A portal of five companies."""
    found = Crm(site)
    for number in range(5):
        found.put(f"{number}", name=f"Bedrijf {number}", domain="")
    return found


@pytest.fixture
def reader(crm: Crm) -> Iterator[Source]:
    found = open_source("hubspot", options(crm, token=TOKEN))
    yield found
    found.close()


def options(crm: Crm, **more: Any) -> dict[str, Any]:
    """What a manifest says of the portal."""
    said = {"url": crm.site.url, "object": "companies", "properties": ["name", "domain"], "manners": QUICK}
    return said | more


def test_every_page_is_read_also_when_it_is_busy(crm: Crm, reader: Source) -> None:
    """429 is waited out; empty properties are nothing; a merge is told by the one that stays."""
    crm.merge("1", "0")
    crm.busy = 1
    rows, faulty, verdict = read(reader)
    assert (faulty, verdict.complete, verdict.absence) == ([], True, "ask")
    assert [row.source_id for row in rows] == ["0", "2", "3", "4"]
    assert rows[0].fields == {
        "name": "Bedrijf 0",
        "domain": None,
        "created": "2026-01-01T00:00:00.000Z",
        "updated": "2026-05-01T10:00:00.000Z",
        "merged": ["1"],
    }


def test_merged_and_archived_are_gone_each_with_its_own_words(crm: Crm, reader: Source) -> None:
    """And without a login nothing is known."""
    crm.merge("1", "0")
    del crm.objects["2"]
    found = reader.confirm(["0", "1", "2"], lambda: 0)
    assert {name: said.state for name, said in found.items()} == {"0": "present", "1": "gone", "2": "gone"}
    assert "merged into 0" in found["1"].how
    assert "archived or erased" in found["2"].how
    stranger = open_source("hubspot", options(crm))
    assert stranger.confirm(["2"], lambda: 0)["2"].state == "unknown"
    rows, _, verdict = read(stranger)
    assert (rows, verdict.state) == ([], "failing")
    stranger.close()


def test_a_list_that_breaks_off_and_an_object_without_shape(crm: Crm, reader: Source) -> None:
    """The one proves nothing, the other is set aside while the rest is read."""
    crm.objects["2"] = {"id": "2"}
    rows, faulty, verdict = read(reader)
    assert ([row.source_id for row in rows], len(faulty), verdict.complete) == (["0", "1", "3", "4"], 1, True)
    working = crm.reply

    def half(to: BaseHTTPRequestHandler, number: int) -> None:
        if "after=2" in to.path:
            say(to, 200, b'{"results": [{"id"')
        else:
            working(to, number)

    crm.site.reply = half
    rows, _, verdict = read(reader)
    assert (len(rows), verdict.complete, verdict.state) == (2, False, "partial")
    assert all(TOKEN not in path for path, _ in crm.site.asked)


def test_what_a_webhook_named_is_asked_for_past_the_list(crm: Crm, reader: Source) -> None:
    """In batches after the list; a list that lags hides nothing, and is not believed over what was asked for."""
    crm.late = {"3"}
    crm.put("3", name="Nieuwe naam")
    for number in range(100, 220):
        crm.put(f"{number}", name="Ook")
    crm.late |= {f"{number}" for number in range(100, 220)}
    assert isinstance(reader, AsksAlso)
    reader.ask_also({"3": False, "999": False} | {f"{number}": False for number in range(100, 220)})
    rows, faulty, verdict = read(reader)
    assert (faulty, verdict.complete, len(crm.site.sent)) == ([], True, 2)
    assert {row.source_id for row in rows} == set(crm.objects)
    assert {row.source_id: row.fields["name"] for row in rows}["3"] == "Nieuwe naam"


def test_that_something_was_erased_is_only_said_of_what_is_gone(crm: Crm, reader: Source) -> None:
    """Who forged it, or is late, removes nothing."""
    del crm.objects["2"]
    crm.merge("1", "0")
    assert isinstance(reader, AsksAlso)
    reader.ask_also({"1": True, "2": True, "3": True})
    found = reader.confirm(["1", "2", "3"], lambda: 0)
    assert {one: (said.state, said.what) for one, said in found.items()} == {
        "1": ("gone", "merged"),
        "2": ("gone", "erased"),
        "3": ("present", "deleted"),
    }


def test_a_batch_that_is_refused_takes_nothing_from_the_list_and_one_that_fails_is_repeated(
    crm: Crm, reader: Source
) -> None:
    """The poll is complete by itself; what may pass is partial, so that it is asked again."""
    assert isinstance(reader, AsksAlso)
    reader.ask_also({"3": False})
    crm.batches = 400
    rows, _, verdict = read(reader)
    assert (len(rows), verdict.complete) == (5, True)
    assert "400" in verdict.reasons[0]
    crm.batches = 503
    rows, _, verdict = read(reader)
    assert (len(rows), verdict.complete, verdict.state) == (5, False, "partial")


def test_a_list_that_lags_tells_nothing_backwards(crm: Crm, reader: Source) -> None:
    """What was asked for by itself is newer, until the list has caught up."""
    crm.stale = {"3": crm.objects["3"]}
    crm.put("3", name="Nieuwe naam")
    crm.objects["3"]["updatedAt"] = "2026-05-01T10:00:01.000Z"
    assert isinstance(reader, AsksAlso)
    for named in ({"3": False}, {}, {}):
        reader.ask_also(named)
        rows, _, verdict = read(reader)
        assert (verdict.complete, [row.fields["name"] for row in rows if row.source_id == "3"][-1]) == (
            True,
            "Nieuwe naam",
        )
    crm.stale.clear()
    crm.put("3", name="Nog nieuwer")
    crm.objects["3"]["updatedAt"] = "2026-05-01T10:00:02.000Z"
    assert {row.source_id: row.fields["name"] for row in read(reader)[0]}["3"] == "Nog nieuwer"
