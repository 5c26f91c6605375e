"""Feeds of the view: what a calendar program and a feed reader make of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import feedparser
import pytest
from icalendar import Calendar

from streams.view.calendars import calendar_of
from streams.view.feeds import atom

SITE = "https://zeven.example"
HOME = ZoneInfo("Europe/Amsterdam")


def event(**fields: Any) -> dict[str, Any]:
    """An event as the API gives it."""
    nothing = dict.fromkeys(("end", "previous_start", "venue", "online_url", "link"))
    content: dict[str, Any] = {
        "summary": {"nl": "Een middag.", "en": None},
        "status": "scheduled",
        "areas": ["a", "b"],
    }
    content |= {"start": "2026-03-28T19:00:00Z", "zone": "Europe/Amsterdam", "all_day": False}
    known = {"id": "e-a", "title": "AI, zorg; en meer", "sequence": 1_795_765_898_560, "sample": False}
    return {
        **known,
        "last_changed_at": "2026-02-01T10:00:00.000Z",
        "fields": {**content, **nothing, **fields},
    }


def read(*items: dict[str, Any]) -> list[Any]:
    """The events of a calendar as a program reads them."""
    content = calendar_of(items, "Zeven · Limburg", SITE)
    lines = content.split(b"\r\n")
    assert (lines[-1], b"\n" in b"".join(lines)) == (b"", False)
    assert max(map(len, lines)) <= 75, "octets (RFC 5545, section 3.1)"
    found = Calendar.from_ical(content)
    assert str(found["X-WR-CALNAME"]) == "Zeven · Limburg"
    return list(found.walk("VEVENT"))


def test_an_event_keeps_its_uid_and_stands_in_its_own_zone() -> None:
    """Also over the night in which the clock changes; commas and semicolons stay."""
    (found,) = read(event(end="2026-03-29T09:00:00Z"))
    assert (str(found["UID"]), int(found["SEQUENCE"])) == ("e-a@zeven", 217_929_098)
    assert [int(one["SEQUENCE"]) for one in read(event() | {"sequence": 4})] == [0]
    assert str(found["SUMMARY"]) == "AI, zorg; en meer"
    assert found["DTSTART"].dt == datetime(2026, 3, 28, 20, tzinfo=HOME)
    assert found["DTEND"].dt.astimezone(UTC) == datetime(2026, 3, 29, 9, tzinfo=UTC)
    assert found["DTSTART"].params["TZID"] == "Europe/Amsterdam"
    assert str(found["URL"]) == f"{SITE}/events/e-a"
    assert sorted(map(str, found["CATEGORIES"].cats)) == ["a", "b"]
    assert found["DTSTAMP"].dt == datetime(2026, 2, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("scheduled", "CONFIRMED"),
        ("rescheduled", "CONFIRMED"),
        ("postponed", "TENTATIVE"),
        ("cancelled", "CANCELLED"),
    ],
)
def test_what_is_cancelled_stays_as_cancelled(status: str, said: str) -> None:
    """So that a subscriber sees it, and does not only miss it."""
    (found,) = read(event(status=status))
    assert str(found["STATUS"]) == said


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-06-30T22:00:00Z", None, 1),
        ("2026-06-30T22:00:00Z", "2026-07-01T22:00:00Z", 1),
        ("2026-06-30T22:00:00Z", "2026-07-03T21:59:59Z", 3),
        ("2026-06-30T22:00:00Z", "2026-06-30T22:00:00Z", 1),
    ],
)
def test_whole_days_are_days(start: str, end: str | None, days: int) -> None:
    """The end of a calendar is the day after the last one."""
    (found,) = read(event(start=start, end=end, all_day=True))
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (
        date(2026, 7, 1),
        date(2026, 7, 1) + timedelta(days=days),
    )


def test_place_move_and_invented_data_are_said() -> None:
    """The description tells when it was; the title carries the mark."""
    venue = {"name": "Campus", "address": None, "municipality": "Delft"}
    said = event(venue=venue, previous_start="2026-03-20T19:00:00Z", link="https://hub.example/a")
    (found,) = read(said | {"sample": True})
    assert str(found["LOCATION"]) == "Campus, Delft"
    assert "was 20-03-2026 20:00" in str(found["DESCRIPTION"])
    assert str(found["SUMMARY"]).endswith("(voorbeelddata)")
    assert str(found["URL"]) == "https://hub.example/a"


def test_an_empty_calendar_is_one() -> None:
    """A subscription that has nothing yet."""
    assert read() == []


def test_changes_are_a_feed_that_readers_understand() -> None:
    """Titles with markup and control signs are text; each entry has an id of its own."""
    one = {"seq": 7, "at": "2026-11-27T06:00:00.000Z", "kind": "project", "id": "p-a", "what": "new"}
    one |= {"title": "Zorg <b>dichtbij</b> & \x08meer", "sample": True, "hubs": ["limburg"]}
    found = feedparser.parse(atom([one, one | {"seq": 6, "what": "changed"}], "Zeven", f"{SITE}/f", SITE))
    assert (found.bozo, found.version, found.feed.title) == (False, "atom10", "Zeven")
    assert found.feed.updated == one["at"]
    assert [entry.id for entry in found.entries] == [f"{SITE}/projects/p-a#7", f"{SITE}/projects/p-a#6"]
    assert found.entries[0].title == "nieuw: Zorg <b>dichtbij</b> & meer (voorbeelddata)"
    assert found.entries[0].title_detail.type == "text/plain"
    assert found.entries[0].link == f"{SITE}/projects/p-a"


def test_a_feed_without_changes_is_one() -> None:
    """It has an id, a title and a date, as the standard wants."""
    found = feedparser.parse(atom([], "Zeven · Limburg", f"{SITE}/f", SITE))
    assert (found.bozo, found.feed.title, found.entries) == (False, "Zeven · Limburg", [])
