"""The stand-in calendars: what three programs write reads as what the calendar holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.sources.calendar import Window, calendars, series_of
from deploy.samples.faces import ical
from deploy.samples.faces.ical import Calendar, Flavour
from deploy.samples.store import Stored

CHANGED = 1_790_000_000_000
FLAVOURS: list[Flavour] = ["plain", "google", "outlook"]
HOME = ZoneInfo("Europe/Amsterdam")


def item(number: int, start: str, **more: Any) -> Stored:
    body = {
        "title": "Middag; over “zorg”, deel 1",
        "slug": f"middag-{number}",
        "description": "<p>Eerste regel<br>tweede, met een komma</p>",
        "start": start,
        "minutes": 90,
        "all_day": False,
        "event_status": "",
        "venue": "Groningen",
        "online_url": "",
        "organizer": [{"organizer": "Hanze, Groningen"}],
    }
    return Stored(str(number), body | more, CHANGED, "live")


def seen(flavour: Flavour, *items: Stored) -> list[dict[str, Any]]:
    """What the reader of calendars makes of a feed."""
    said = {one.source_id: ("Gezondheid en zorg", "Een, twee") for one in items}
    body = ical.feed(Calendar("Agenda", "hub.example", "https://hub.example/agenda", flavour), items, said, 0)
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    window = Window("2026-01-01", 2027, "Europe/Amsterdam", 100)
    found = [one for part in series_of(calendars(body)[0]) for one in part.occurrences(window)]
    return [fields | {"source_id": source_id} for source_id, fields in found]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_an_event_reads_with_its_texts_moment_and_categories(flavour: Flavour) -> None:
    """Also where a program leaves the zone out, or writes a whole day."""
    one, day = seen(flavour, item(18, "2026-07-01 13:30:00"), item(19, "2026-07-02 09:00:00", all_day=True))

    assert (one["title"], one["start"], one["zone"]) == (
        "Middag; over “zorg”, deel 1",
        "2026-07-01T11:30:00Z",
        "Europe/Amsterdam",
    )
    assert one["description"] == "Eerste regel\ntweede, met een komma"
    assert one["categories"] == ["Gezondheid en zorg", "Een, twee"]
    assert one["location"] == "Hotspot Groningen, Groningen"
    assert one["organizers"] == [{"name": "Hanze, Groningen", "email": "agenda@hanze-groningen.example"}]
    assert (day["all_day"], day["start"], day["end"]) == (
        True,
        "2026-07-01T22:00:00Z",
        "2026-07-02T21:59:59Z",
    )


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_series_reads_as_its_occurrences_over_the_clock_change(flavour: Flavour) -> None:
    """One moved, one called off, one taken away: the others keep their moment on the clock, and all their names."""
    start = datetime.fromisoformat("2026-10-12 15:00:00")
    items = [item(10_000_001 + week, str(start + timedelta(weeks=week))) for week in range(5)]
    whole = {one["instance"]: one for one in seen(flavour, *items)}
    items[1] = item(10_000_002, "2026-10-20 16:00:00")
    items[3] = item(10_000_004, str(start + timedelta(weeks=3)), event_status="canceled")
    changed = {one["instance"]: one for one in seen(flavour, *items[:2], *items[3:])}

    slots = [f"{start + timedelta(weeks=week):%Y-%m-%dT%H:%M}" for week in range(5)]
    assert list(whole) == slots
    assert {one["local_start"][11:] for one in whole.values()} == {"15:00:00"}
    assert sorted(changed) == [slot for slot in slots if slot != slots[2]]
    assert changed[slots[1]]["local_start"] == "2026-10-20T16:00:00"
    assert [changed[slot]["event_status"] for slot in sorted(changed)] == [
        "scheduled",
        "scheduled",
        "cancelled",
        "scheduled",
    ]
    assert {one["uid"] for one in whole.values()} == {one["uid"] for one in changed.values()}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_series_keeps_its_name_when_its_first_occurrence_is_taken_away(flavour: Flavour) -> None:
    start = datetime.fromisoformat("2026-05-04 15:00:00")
    items = [item(10_000_101 + week, str(start + timedelta(weeks=week))) for week in range(3)]

    before, after = seen(flavour, *items), seen(flavour, *items[1:])

    assert [one["source_id"] for one in after] == [one["source_id"] for one in before][1:]
    assert [one["start"] for one in after] == [one["start"] for one in before][1:]


def test_a_text_is_escaped_and_folded_by_octets() -> None:
    assert ical.escaped("a,b;c\\d\ne") == "a\\,b\\;c\\\\d\\ne"
    line = ical.folded("SUMMARY:" + "ë" * 100)
    assert all(len(part.encode()) <= 75 for part in line.split("\r\n"))
    assert line.replace("\r\n ", "").strip() == "SUMMARY:" + "ë" * 100
