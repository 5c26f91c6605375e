"""A calendar feed over HTTP: what is read, what is not read again, and what proves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from connectors.sources import Faulty, Row, Source, Verdict, open_source
from tests.support.sample import QUICK, read
from tests.support.site import Site, say

EVENT = "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:{start}\r\nSUMMARY:{uid}\r\n{more}END:VEVENT\r\n"


def feed(*events: str) -> bytes:
    """A calendar of these events."""
    return ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + "".join(events) + "END:VCALENDAR\r\n").encode()


def event(uid: str, start: str = "20260501T180000Z", **more: str) -> str:
    """One event; further properties by name."""
    lines = "".join(f"{name}:{value}\r\n" for name, value in more.items())
    return EVENT.format(uid=uid, start=start, more=lines)


@pytest.fixture
def reader(site: Site) -> Iterator[Source]:
    found = open_source("ical", {"url": f"{site.url}/feed.ics", "mode": "snapshot", "manners": QUICK})
    yield found
    found.close()


def serve(site: Site, body: bytes, status: int = 200) -> None:
    """Answer every question so, with an entity tag that is honoured."""
    tag = f'"{hash(body)}"'

    def reply(to: BaseHTTPRequestHandler, _: int) -> None:
        known = to.headers.get("If-None-Match") == tag and status == 200
        say(to, 304 if known else status, b"" if known else body, ETag=tag, Content_Type="text/calendar")

    site.reply = reply


def look(reader: Source, **options: Any) -> tuple[list[Row], list[Faulty], Verdict]:
    return read(reader, **options)


def test_a_feed_is_read_whole_and_not_again_while_it_stays_the_same(site: Site, reader: Source) -> None:
    """304 to a conditional question, and the same bytes without one, both mean: nothing new."""
    serve(site, feed(event("a"), event("b", STATUS="CANCELLED")))
    rows, faulty, first = look(reader)
    assert [(row.source_id, row.fields["event_status"]) for row in rows] == [
        ("a", "scheduled"),
        ("b", "cancelled"),
    ]
    assert (faulty, first.complete, first.absence, first.state) == ([], True, "snapshot", "live")
    rows, _, second = look(reader, previous=first.next_state)
    assert (rows, second.unchanged, second.snapshot) == ([], True, first.snapshot)
    assert "If-None-Match" in site.asked[-1][1]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"<html>Onderhoud</html>", 200, "no iCalendar"),
        (feed(event("a"))[:-20], 200, "breaks off"),
        (feed(), 200, "leeg"),
        (b"weg", 404, "404"),
        (b"stuk", 500, "500"),
    ],
    ids=["a page", "half", "empty", "gone", "broken"],
)
def test_what_is_no_whole_feed_proves_nothing(
    site: Site, reader: Source, body: bytes, status: int, words: str
) -> None:
    """No rows, not complete, and a reason; so nothing is removed for it."""
    serve(site, body, status)
    rows, faulty, verdict = look(reader)
    assert (rows, faulty, verdict.complete) == ([], [], False)
    assert words in verdict.reasons[0]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=100000000",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4;BYMINUTE=0,1,2,3,4,5",
        "FREQ=DAILY;COUNT=999999999",
        "FREQ=DAILY;INTERVAL=0",
    ],
)
def test_a_hostile_rule_is_set_aside_at_once_and_the_rest_is_read(
    site: Site, reader: Source, rule: str
) -> None:
    """It is refused before it is followed."""
    serve(site, feed(event("goed"), event("kwaad", RRULE=rule), event("ook-goed")))
    rows, faulty, verdict = look(reader)
    assert [row.source_id for row in rows] == ["goed", "ook-goed"]
    assert [one.source_id for one in faulty] == ["kwaad"]
    assert verdict.complete
    assert b"RRULE" in faulty[0].original


def test_an_occurrence_that_moves_keeps_its_id_and_one_that_is_cancelled_leaves_the_others(
    site: Site, reader: Source
) -> None:
    """The id of an occurrence is its original start on the clock of its place."""
    series = event("reeks", "20260301T180000Z", RRULE="FREQ=WEEKLY;COUNT=6")
    moved = event("reeks", "20260309T190000Z", **{"RECURRENCE-ID": "20260308T180000Z"})
    off = event("reeks", "20260315T180000Z", STATUS="CANCELLED", **{"RECURRENCE-ID": "20260315T180000Z"})
    serve(site, feed(series))
    before = {row.source_id for row in look(reader)[0]}
    serve(site, feed(series, moved, off))
    rows = {row.source_id: row.fields for row in look(reader)[0]}
    assert rows.keys() == before
    assert len(before) == 6
    assert rows["reeks@2026-03-08T19:00"]["start"] == "2026-03-09T19:00:00Z"
    assert [one for one, fields in rows.items() if fields["event_status"] == "cancelled"] == [
        "reeks@2026-03-15T19:00"
    ]
    assert rows["reeks@2026-03-29T20:00"]["start"] == "2026-03-29T18:00:00Z", (
        "the clock change moves the hour"
    )


def test_only_a_snapshot_says_that_something_is_gone(site: Site, reader: Source) -> None:
    """A feed that drops what is past says nothing of it; and a broken one says nothing at all."""
    serve(site, feed(event("a")))
    assert {
        one: found.state for one, found in reader.confirm(["a", "weg"], lambda: 1_790_000_000_000).items()
    } == {
        "a": "present",
        "weg": "gone",
    }
    adding = open_source("ical", {"url": f"{site.url}/feed.ics", "mode": "addition", "manners": QUICK})
    assert adding.confirm(["weg"], lambda: 1_790_000_000_000)["weg"].state == "unknown"
    adding.close()
    serve(site, feed(event("a"))[:-20])
    assert reader.confirm(["weg"], lambda: 1_790_000_000_000)["weg"].state == "unknown"


def test_an_event_that_happens_once_ends_as_it_says_and_counts_within_the_window_only(
    site: Site, reader: Source
) -> None:
    """By its end, by its length, or by neither; one of long ago is left out."""
    serve(
        site,
        feed(
            event("einde", DTEND="20260501T200000Z"),
            event("lengte", DURATION="PT90M"),
            event("geen"),
            event("oud", start="19980501T180000Z"),
        ),
    )
    rows, faulty, _ = look(reader)
    assert faulty == []
    assert {row.source_id: row.fields["end"] for row in rows} == {
        "einde": "2026-05-01T20:00:00Z",
        "lengte": "2026-05-01T19:30:00Z",
        "geen": "2026-05-01T18:00:00Z",
    }
