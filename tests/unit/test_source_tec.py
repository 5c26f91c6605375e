"""One event of The Events Calendar as plain fields."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sources.eventfields import event_fields, occurrence
from schemas.errors import Reject

BARE: dict[str, Any] = {
    "id": 5,
    "title": "Demo &amp; borrel",
    "start_date": "2026-07-01 12:00:00",
    "end_date": "2026-07-01 13:00:00",
    "utc_start_date": "2026-07-01 10:00:00",
    "utc_end_date": "2026-07-01 11:00:00",
    "timezone": "Europe/Amsterdam",
}


def fields(**said: Any) -> dict[str, Any]:
    return event_fields(BARE | said, "Europe/Amsterdam", "home")


def test_entities_are_undone_once_and_twice() -> None:
    assert fields()["title"] == "Demo & borrel"
    assert fields(title="AI &#8216;live&#8217;&nbsp;&#8211; deel 2")["title"] == "AI ‘live’ – deel 2"
    assert fields(title="Caf&amp;eacute;")["title"] == "Café"


@pytest.mark.parametrize("absent", [[], {}, False, None, "", {"id": 7}, {"venue": ""}])
def test_every_php_way_of_no_venue_is_none(absent: Any) -> None:
    assert fields(venue=absent)["venue"] is None


@pytest.mark.parametrize("shape", [{"id": "7", "venue": "Hal 7"}, [{"id": 7, "venue": "Hal 7"}]])
def test_a_venue_is_one_thing_in_both_php_shapes(shape: Any) -> None:
    found = fields(venue=shape)["venue"]
    assert (found["id"], found["name"], found["lat"]) == ("7", "Hal 7", None)


def test_coordinates_of_zero_or_out_of_range_or_half_are_unknown() -> None:
    for lat, lng in ((0, 0), ("", ""), (91, 4), ("52.1", None), ("NaN", "4")):
        found = fields(venue={"venue": "Hal", "geo_lat": lat, "geo_lng": lng})["venue"]
        assert (found["lat"], found["lon"]) == (None, None)
    found = fields(venue={"venue": "Hal", "geo_lat": "52.1", "geo_lng": 4.4})["venue"]
    assert (found["lat"], found["lon"]) == (52.1, 4.4)


@pytest.mark.parametrize("shape", [[], None, False, {}, ""])
def test_no_organizer_is_an_empty_list(shape: Any) -> None:
    assert fields(organizer=shape)["organizers"] == []


def test_organizers_come_as_list_object_or_array_with_a_hole() -> None:
    one = {"id": 3, "organizer": "TNO"}
    for shape in ([one], one, {"1": one}):
        assert [each["name"] for each in fields(organizer=shape)["organizers"]] == ["TNO"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"event_status": "canceled"}, "cancelled"),
        ({"event_status": "postponed"}, "postponed"),
        ({"event_status": "scheduled"}, "scheduled"),
        ({"json_ld": {"eventStatus": "https://schema.org/EventCancelled"}}, "cancelled"),
        ({"json_ld": []}, "scheduled"),
        ({"meta": {"_tribe_events_status": ["canceled"]}}, "cancelled"),
        ({"title": "GEANNULEERD: Demo"}, "cancelled"),
        ({"title": "[Uitgesteld] Demo"}, "postponed"),
        ({"title": "Uitgesteld geluk: AI in de zorg"}, "scheduled"),
        ({"status": "publish"}, "scheduled"),
    ],
)
def test_cancelled_is_read_wherever_plugins_and_people_write_it(said: dict[str, Any], status: str) -> None:
    assert fields(**said)["event_status"] == status


def test_a_status_in_the_title_leaves_the_title_and_is_noted() -> None:
    found = fields(title="Geannuleerd: Demo")
    assert found["title"] == "Demo"
    assert found["notes"]


def test_local_time_holds_where_the_stated_utc_differs() -> None:
    found = fields(utc_start_date="2026-07-01 12:00:00")
    assert found["start"] == "2026-07-01T10:00:00Z"
    assert found["utc_start_stated"] == "2026-07-01 12:00:00"
    assert "UTC" in found["notes"][0]


def test_an_end_before_the_start_or_no_end_is_the_start() -> None:
    assert fields(end_date="2026-07-01 11:00:00")["end"] == "2026-07-01T10:00:00Z"
    assert fields(end_date="")["end"] == "2026-07-01T10:00:00Z"


def test_an_occurrence_is_named_by_series_and_start_because_its_id_shifts() -> None:
    one = BARE | {"id": 10_000_004, "slug": "overleg", "url": "https://x.example/event/overleg/2026-07-01/"}
    raised = one | {"id": 20_000_004}
    assert occurrence(one) == ("overleg", "2026-07-01T12:00") == occurrence(raised)
    assert occurrence(BARE | {"series": [{"id": 88}]}) == ("88", "2026-07-01T12:00")
    assert occurrence(BARE) is None


def test_fields_of_other_plugins_are_kept_as_they_are() -> None:
    assert fields(itc_platzbelegung=["1|2"])["custom"] == {"itc_platzbelegung": ["1|2"]}


@pytest.mark.parametrize(
    "said", [{"start_date": "0000-00-00 00:00:00"}, {"start_date": None}, {"title": " "}]
)
def test_an_event_without_start_or_title_is_rejected(said: dict[str, Any]) -> None:
    with pytest.raises(Reject):
        fields(**said)


@pytest.mark.parametrize("weird", [None, False, [], {}, 0, "x", 3.5, [[]], {"a": {"b": []}}])
@pytest.mark.parametrize(
    "key",
    [
        "description",
        "excerpt",
        "venue",
        "organizer",
        "categories",
        "tags",
        "cost",
        "website",
        "json_ld",
        "meta",
        "series",
        "timezone",
        "all_day",
        "utc_start_date",
        "utc_end_date",
        "global_id_lineage",
        "event_status",
        "virtual_url",
        "url",
        "image",
    ],
)
def test_any_shape_in_any_field_is_read_without_a_crash(key: str, weird: Any) -> None:
    assert fields(**{key: weird})["title"] == "Demo & borrel"
