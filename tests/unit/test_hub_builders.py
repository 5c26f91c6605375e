"""What the mappings of all hubs share: tables of words, bodies, and things put together from parts."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.hubs import Words, bodies, builders, words
from connectors.hubs.said import objects, said, said_euros, several
from connectors.hubs.statements import mention
from connectors.manifest import folders, load
from schemas.errors import Reject
from schemas.reference.lists import area_of_body, areas, dimensions, rows, slugs
from schemas.settings import Settings

NOTHING = Words()
EVENT: dict[str, Any] = {
    "title": "Middag",
    "start": "2026-10-12T10:00:00Z",
    "end": "",
    "zone": "Europe/Amsterdam",
    "all_day": False,
    "event_status": "scheduled",
}


@pytest.mark.parametrize(
    ("table", "name"),
    [
        (words.STATUSES, "project_statuses"),
        (words.TYPES, "project_types"),
        (words.PHASES, "programme_phases"),
        (words.PILLARS, "pillars"),
        (words.RESEARCH, "research_kinds"),
        (words.ROLES, "membership_roles"),
        (words.HELIX, "helix"),
        (words.EVENT_STATUSES, "event_statuses"),
        (words.INDICATORS, "targets"),
    ],
)
def test_every_word_is_in_lower_case_and_stands_for_a_value_of_the_reference_lists(table, name):
    assert set(table.values()) <= slugs(name)
    assert [word for word in table if word != word.casefold()] == []


def test_the_hub_itself_is_a_body_by_every_name_of_its_manifest():
    for slug in folders(Settings()):
        manifest = load(slug, Settings(), {})
        for name in (manifest.name.nl, manifest.name.en, *manifest.aliases):
            if manifest.office:
                with pytest.raises(Reject):
                    bodies.body(name, manifest.words, "Orgaan")
            else:
                assert bodies.body(name.upper(), manifest.words, "Orgaan") == ("hub", slug)


def test_every_team_of_a_working_group_is_a_body_and_works_in_the_area_of_its_group():
    for theme in rows("themes"):
        for name in (f"Team {theme['name_nl']}", f"team {theme['name_en']}"):
            assert bodies.body(name, NOTHING, "Orgaan") == ("team", theme["slug"])
        assert area_of_body("team", theme["slug"]) == theme["area"]
    assert area_of_body("working-group", "defensie") == "defensie"
    assert area_of_body("hub", "limburg") is None


def test_every_area_and_dimension_is_a_body_by_its_dutch_and_its_english_name():
    for area in areas():
        for name in (f"Werkgroep {area.name_nl}", f"working group {area.name_en}"):
            assert bodies.body(name, NOTHING, "Orgaan") == ("working-group", area.slug)
    for dimension in dimensions():
        for name in (f"Dimensie {dimension.name_nl}", f"Dimension {dimension.name_en}"):
            assert bodies.body(name, NOTHING, "Orgaan") == ("dimension", dimension.slug)


def test_a_group_can_be_named_by_a_tag_of_the_hub_unless_the_tag_means_several():
    own = Words({"zorg": {"areas": ["gezondheid-en-zorg"]}, "alles": {"areas": ["onderwijs", "defensie"]}})

    assert bodies.body("Werkgroep  Zorg", own, "Orgaan") == ("working-group", "gezondheid-en-zorg")
    with pytest.raises(Reject) as reject:
        bodies.body("Werkgroep alles", own, "body")
    assert (reject.value.field, reject.value.got) == ("body", "Werkgroep alles")


def test_an_event_needs_only_what_every_reader_gives():
    made = builders.event(EVENT, NOTHING)

    assert (made.keys, made.organisations, made.unassigned) == ([], [], [])
    assert made.content["status"] == "scheduled"
    assert [name for name, value in made.content.items() if value not in (None, [], False)] == [
        "title",
        "summary",
        "status",
        "start",
        "zone",
    ]


def test_an_occurrence_has_its_own_keys_and_of_several_earlier_starts_the_last_is_told():
    more = {
        "series": "s",
        "instance": "2026-10-12T12:00",
        "uids": ["A@x"],
        "url": "https://x.example/a",
        "previous_starts": ["2026-10-01T10:00:00Z", "2026-10-05T10:00:00Z"],
    }
    made = builders.event(EVENT | more, NOTHING)

    assert made.keys == ["uid:a@x@2026-10-12T12:00", "url:x.example/a@2026-10-12T12:00"]
    assert made.content["previous_start"] == "2026-10-05T10:00:00Z"


@pytest.mark.parametrize(
    ("said", "venue", "online"),
    [
        (
            "Hotspot Groningen, Zernikelaan 25, 9747 AA Groningen",
            ("Hotspot Groningen, Zernikelaan 25", "Groningen"),
            None,
        ),
        ("Provinciehuis, Assen", ("Provinciehuis", "Assen"), None),
        ("Aula", ("Aula", None), None),
        ("https://webinar.example/mee", None, "https://webinar.example/mee"),
        ("", None, None),
    ],
)
def test_the_place_of_a_calendar_is_read_from_its_one_line(said, venue, online):
    fields = EVENT | {"uid": "A@x", "location": said, "categories": [], "organizers": []}
    content = builders.calendar_event(fields, NOTHING).content

    place = content["venue"]
    assert (place and (place["name"], place["municipality"])) == venue
    assert content["online_url"] == online


def test_an_organiser_of_a_calendar_is_kept_only_with_the_mailbox_of_a_role():
    seen = [
        {"name": "Jan Jansen", "email": "jan.jansen@x.example"},
        {"name": "Hanze", "email": "events@hanze.example"},
        {"name": "", "email": "info@x.example"},
    ]
    assert builders.organisers_with_role_mailbox(seen) == [{"name": "Hanze"}]


def test_a_project_needs_a_title_in_one_language_and_a_status():
    made = builders.project({"title_en": "Smart port", "status": "running"}, NOTHING)

    assert made.content["title"] == {"nl": None, "en": "Smart port"}
    assert made.content["type"] == "project"
    with pytest.raises(Reject):
        builders.project({"title": "", "status": "running"}, NOTHING)


def test_one_award_has_one_key_however_often_it_is_named():
    parts = {
        "title": "t",
        "status": "running",
        "grants": ["10.1/A", None, "https://doi.org/10.1/a"],
        "eu": "1",
    }

    assert builders.project(parts, NOTHING).keys == ["grant:10.1/a", "eu:1"]


def test_a_member_says_the_same_in_its_content_and_its_mention():
    member = mention("KPN", "partner", via="Taskforce", helix="business")
    made = builders.membership(member, ("hub", "limburg"), {"start": "2026-01-01"})

    assert made.keys == ["mem:hub:limburg"]
    assert {name: made.content[name] for name in ("role", "helix", "via", "start", "end")} == {
        "role": "partner",
        "helix": "business",
        "via": "Taskforce",
        "start": "2026-01-01",
        "end": None,
    }


@pytest.mark.parametrize(
    "build", [lambda: builders.funding(None, 1), lambda: builders.indicator("", 2026, 1)]
)
def test_money_and_figures_without_a_name_are_refused(build):
    with pytest.raises(Reject) as reject:
        build()

    assert reject.value.got == "nothing"


@pytest.mark.parametrize("nothing", ["", False, None, [], {}, "-", "n.v.t."])
def test_what_systems_write_for_nothing_is_nothing(nothing):
    assert said(nothing) is None
    assert said_euros(nothing, "bedrag") is None


def test_lists_and_single_values_read_alike():
    assert (several("a"), several(["a", ""]), several("")) == (["a"], ["a"], [])
    assert (objects({"a": 1}), objects([{"a": 1}, "x", {}]), objects(False)) == ([{"a": 1}], [{"a": 1}], [])
