"""Events of a ticket shop: pages by its own token, cancellations, drafts, and proof of what is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.sources import Source, open_source
from deploy.samples.faces import eventbrite
from tests.support.sample import QUICK, read
from tests.support.site import Site, say

TOKEN = "heel-geheim"


def event(number: int, **more: Any) -> dict[str, Any]:
    """An event as the API gives it."""
    return {
        "id": str(number),
        "name": {"text": f"Avond {number}", "html": f"Avond {number}"},
        "summary": "Kort &amp; goed",
        "description": {"html": "<p>Lang</p>"},
        "url": f"https://tickets.example/e/{number}",
        "start": {
            "timezone": "Europe/Amsterdam",
            "local": "2026-05-01T20:00:00",
            "utc": "2026-05-01T18:00:00Z",
        },
        "end": {
            "timezone": "Europe/Amsterdam",
            "local": "2026-05-01T22:00:00",
            "utc": "2026-05-01T20:00:00Z",
        },
        "changed": "2026-04-01T10:00:00Z",
        "capacity": 80,
        "status": "live",
        "venue": {"name": "Zaal", "address": {"address_1": "Plein 1", "city": "Utrecht", "country": "NL"}},
        "organizer": {"name": "Hub", "website": "https://hub.example"},
    } | more


class Shop:
    """A shop that wants the token in the header and nowhere else."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.events: dict[str, dict[str, Any]] = {}
        site.reply = self.reply

    def put(self, *events: dict[str, Any]) -> None:
        """New or changed events."""
        self.events |= {one["id"]: one for one in events}

    def reply(self, to: BaseHTTPRequestHandler, _: int) -> None:
        """Answer one question."""
        path, query = urlsplit(to.path).path, dict(parse_qsl(urlsplit(to.path).query))
        if to.headers.get("Authorization") != f"Bearer {TOKEN}":
            _tell(to, 401, {"error": "NO_AUTH"})
            return
        if "status" in query:
            assert "draft" not in query["status"], "what is not published is not asked for"
        status, said, _headers = eventbrite.answer(
            list(self.events.values()), path.removeprefix("/v3"), query
        )
        _tell(to, status, said)


def _tell(to: BaseHTTPRequestHandler, status: int, document: Any) -> None:
    say(to, status, json.dumps(document).encode())


@pytest.fixture
def shop(site: Site) -> Shop:
    """It stands on a server of its own."""
    return Shop(site)


@pytest.fixture
def reader(shop: Shop) -> Iterator[Source]:
    said = {"url": f"{shop.site.url}/v3", "organisation": "7", "token": TOKEN, "manners": QUICK}
    found = open_source("eventbrite", said)
    yield found
    found.close()


def test_every_page_is_read_and_every_event_says_what_it_is(shop: Shop, reader: Source) -> None:
    """Cancelled, online, without a venue, part of a series; a draft is left out."""
    shop.put(
        event(1),
        event(2, status="canceled"),
        event(3, venue=None, online_event=True),
        event(4, status="draft"),
        event(5, series_id="77", start={"timezone": "UTC", "utc": "2026-06-01T18:00:00Z"}, end=None),
    )
    rows, faulty, verdict = read(reader)
    found = {row.source_id: row.fields for row in rows}
    assert (faulty, verdict.complete, verdict.absence) == ([], True, "ask")
    assert found.keys() == {"1", "2", "3", "5"}
    assert (found["1"]["start"], found["1"]["zone"], found["1"]["summary"]) == (
        "2026-05-01T18:00:00Z",
        "Europe/Amsterdam",
        "Kort & goed",
    )
    assert [found[one]["event_status"] for one in ("1", "2")] == ["scheduled", "cancelled"]
    assert (found["3"]["venue"], found["3"]["online_url"]) == (None, "https://tickets.example/e/3")
    assert (found["5"]["series"], found["5"]["instance"], found["5"]["zone"]) == (
        "77",
        "2026-06-01T18:00:00Z",
        "Europe/Amsterdam",
    )


def test_a_long_list_goes_on_by_the_tokens_of_the_shop(shop: Shop, reader: Source) -> None:
    """Three pages, each event once; the parent of a series is none of them."""
    shop.put(*(event(number) for number in range(1, 121)), event(500, is_series_parent=True))
    rows, _, verdict = read(reader)
    assert [row.source_id for row in rows[:120]] == [str(number) for number in range(1, 121)]
    assert (len({row.source_id for row in rows}), verdict.complete) == (120, True)
    assert any("continuation=" in path for path, _ in shop.site.asked)


def test_categories_are_all_the_tags_there_are(shop: Shop, reader: Source) -> None:
    """An event without one has none; a format is no tag."""
    shop.put(
        event(1, category={"name": "Health &amp; Wellness"}, format={"name": "Seminar or Talk"}), event(2)
    )
    rows, _, _ = read(reader)
    found = {row.source_id: row.fields["categories"] for row in rows}
    assert found == {"1": ["Health & Wellness"], "2": []}
    assert rows[0].fields["format"] == "Seminar or Talk"


def test_a_broken_event_is_set_aside_and_the_rest_is_read(shop: Shop, reader: Source) -> None:
    """Without a title, without a start: each with its field."""
    shop.put(event(1), event(2, name=None), event(3, start={"utc": "morgen"}))
    rows, faulty, verdict = read(reader)
    assert [row.source_id for row in rows][:1] == ["1"]
    assert {(one.source_id, one.reject.field) for one in faulty} == {("2", "name.text"), ("3", "start.utc")}
    assert verdict.complete


def test_only_the_shop_itself_says_that_an_event_is_gone(shop: Shop, reader: Source) -> None:
    """Unknown there or a draft again: gone. Without a login nothing is known."""
    shop.put(event(1), event(2, status="draft"))
    found = reader.confirm(["1", "2", "3"], lambda: 0)
    assert {name: said.state for name, said in found.items()} == {"1": "present", "2": "gone", "3": "gone"}
    stranger = open_source(
        "eventbrite", {"url": f"{shop.site.url}/v3", "organisation": "7", "manners": QUICK}
    )
    assert stranger.confirm(["3"], lambda: 0)["3"].state == "unknown"
    rows, _, verdict = read(stranger)
    assert (rows, verdict.complete, verdict.state) == ([], False, "failing")
    stranger.close()


def test_the_token_stands_in_no_address_and_no_reason(shop: Shop, reader: Source) -> None:
    """Only in its header."""
    shop.put(event(1))
    read(reader)
    assert all(TOKEN not in path for path, _ in shop.site.asked)
