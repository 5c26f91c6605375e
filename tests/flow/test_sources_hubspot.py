"""Objects of a CRM by polling: pages, merges, archives, and what proves that one is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.sources import Source, open_source
from tests.support.sample import QUICK, read
from tests.support.site import Site, say

TOKEN = "heel-geheim"
PATH = "/crm/v3/objects/companies"


class Crm:
    """A portal with pages of two."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.objects: dict[str, dict[str, Any]] = {}
        self.merged: dict[str, str] = {}
        self.busy = 0
        site.reply = self.reply

    def put(self, source_id: str, **properties: Any) -> None:
        """A new or changed object."""
        stamp = {"createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-05-01T10:00:00.000Z"}
        self.objects[source_id] = {"id": source_id, "properties": properties, "archived": False, **stamp}

    def merge(self, losing: str, winning: str) -> None:
        """As a person merges two companies."""
        del self.objects[losing]
        self.merged[losing] = winning
        self.objects[winning]["properties"]["hs_merged_object_ids"] = losing

    def reply(self, to: BaseHTTPRequestHandler, _: int) -> None:
        """Answer one question."""
        path, query = urlsplit(to.path).path, dict(parse_qsl(urlsplit(to.path).query))
        if to.headers.get("Authorization") != f"Bearer {TOKEN}":
            _tell(to, 401, {})
        elif self.busy:
            self.busy -= 1
            say(to, 429, b"{}", Retry_After="0")
        elif path != PATH:
            source_id = path.rpartition("/")[2]
            found = self.objects.get(self.merged.get(source_id, source_id))
            _tell(to, *((200, found) if found else (404, {})))
        else:
            assert "hs_merged_object_ids" in query["properties"]
            ids = sorted(self.objects)
            skip = ids.index(query["after"]) if query.get("after") in ids else 0
            more = {"paging": {"next": {"after": ids[skip + 2]}}} if len(ids) > skip + 2 else {}
            _tell(to, 200, {"results": [self.objects[one] for one in ids[skip : skip + 2]]} | more)


def _tell(to: BaseHTTPRequestHandler, status: int, document: Any) -> None:
    say(to, status, json.dumps(document).encode())


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
