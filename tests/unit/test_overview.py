"""What one national record contributes to the overview, figure by figure; and what the view makes of the sums."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from schemas import codec
from schemas.errors import Reject
from schemas.hubs import Hub
from schemas.reference import lists
from streams.national.overview import NOTHING, Sums, cells_of, changed, facets_of, listed
from streams.view import facets, figures, labs
from streams.view.incoming import Read
from streams.view.tables import open_reader, open_writer
from tests.contract.examples import example
from tests.support.view_world import project

RULES = listed()
NORTH = Hub("noord-nederland", "AI-hub Noord-Nederland", "AI Hub Northern Netherlands")
SOUTH = Hub("zuid-holland", "AI-hub Zuid-Holland", "AI Hub Zuid-Holland")
NOW = 1_795_000_000_000  # November 2026


def national(kind: str = "project", content: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A national record that one hub reports."""
    found: dict[str, Any] = example(codec.load(f"national.{kind.capitalize()}"))
    found["contributions"] = [found["contributions"][0] | {"hub": "limburg"}]
    found |= {"redirect": None, "sample": False, "organisations": []}
    return found | {"content": content or project()} | fields


def cells(record: dict[str, Any], kind: str = "project") -> dict[tuple[str, ...], Sums]:
    """Its cells by table and values."""
    return cells_of(facets_of(kind, record), RULES)


def of(record: dict[str, Any], table: str, kind: str = "project") -> set[tuple[str, ...]]:
    """Its places in one table."""
    return {place[1:] for place in cells(record, kind) if place[0] == table}


def test_a_thing_counts_once_in_the_total_and_under_each_of_its_hubs_and_areas() -> None:
    record = national(content=project(areas=["defensie", "onderwijs", "defensie"]))
    giver = record["contributions"][0]
    record["contributions"] = [giver, giver | {"hub": "zuid-holland"}, giver | {"source_id": "twice"}]
    assert cells(record)["projects",] == Sums(1, 0, 0, 0)
    assert of(record, "projects-by-hub") == {("limburg",), ("zuid-holland",)}
    assert len(of(record, "projects-by-hub-and-area")) == 4


def test_not_reported_and_not_assigned_are_cells_of_their_own() -> None:
    record = national()
    assert of(record, "projects-by-area") == {("not-assigned",)}
    assert of(record, "projects-by-phase") == of(record, "projects-by-year") == {("not-reported",)}
    assert of(record, "indicators-by-year") == {("not-reported", "not-reported")}
    assert of(record, "targets-by-year") == set()


@pytest.mark.parametrize(
    ("start", "end", "status", "years"),
    [
        ("2023-05-01", "2025-01-01", "running", {"2023", "2024", "2025"}),
        ("2024-05-01", None, "running", {"2024+"}),
        ("2024-05-01", None, "completed", {"2024"}),
        ("2025-05-01", "2023-01-01", "running", {"not-reported"}),
        (None, "2025-01-01", "running", {"not-reported"}),
        ("0001-01-01", "9999-12-31", "running", {"not-reported"}),
        ("soon", None, "running", {"not-reported"}),
    ],
)
def test_a_year_means_running_in_that_year(start: str, end: str, status: str, years: set[str]) -> None:
    record = national(content=project(start=start, end=end, status=status))
    assert {year for (year,) in of(record, "projects-by-year")} == years


def test_a_call_counts_in_the_year_of_its_deadline_and_an_event_in_that_of_its_own_zone() -> None:
    assert of(national(content=project(deadline="2026-03-01")), "projects-by-year") == {("2026",)}
    event = example(codec.load("EventContent"))
    event |= {"start": "2026-12-31T23:30:00Z", "end": None, "zone": "Europe/Amsterdam", "venue": None}
    assert of(national("event", event), "events-by-year", "event") == {("2027",)}
    assert of(national("event", event | {"zone": "no/where"}), "events-by-year", "event") == {("2026",)}


def test_only_records_in_its_scope_count_towards_a_target() -> None:
    """The same figure of a project without the universities is an indicator, and nothing else."""
    told = [{"name": "ai-studenten", "year": 2025, "value": 40}, {"name": "pilots", "year": 2025, "value": 2}]
    partner = {"id": "o-1", "name": "Technische Universiteit Delft", "role": "partner", "via": None}
    within = national(content=project(indicators=told), organisations=[partner], sample=True)
    assert cells(within)["targets-by-year", "ai-studenten", "2025"] == Sums(1, 1, 40, 40)
    assert of(within, "targets-by-year") == {("ai-studenten", "2025")}
    for other in (partner | {"name": "Voorbeeld BV"}, partner | {"role": "invited"}):
        outside = within | {"organisations": [other]}
        assert of(outside, "targets-by-year") == set()
        assert cells(outside)["indicators-by-year", "ai-studenten", "2025"].value == 40


def test_two_years_of_an_indicator_are_one_record_in_a_cell_without_years() -> None:
    told = [{"name": "pilots", "year": year, "value": 3} for year in (2024, 2025)]
    told.append({"name": "pilots", "year": 2025, "value": 10**13})
    assert cells(national(content=project(indicators=told)))[
        "indicators-by-hub", "pilots", "limburg"
    ] == Sums(1, 0, 6, 0)


def test_a_merged_record_counts_nowhere_and_a_change_is_a_difference() -> None:
    before, after = national(), national(content=project(areas=["defensie"]))
    assert cells(national(content=None) | {"content": None}) == {}
    old, new = (facets_of("project", one) for one in (before, after))
    assert changed(old, old, RULES) == {}
    difference = changed(old, new, RULES)
    assert difference["projects-by-area", "not-assigned"] == Sums(-1, 0, 0, 0)
    assert difference["projects-by-area", "defensie"] == Sums(1, 0, 0, 0)
    assert ("projects",) not in difference


def test_text_of_a_source_cannot_leave_its_cell() -> None:
    """The sign that parts values, a line break, and a text without end."""
    place = {
        "municipality": "a|b\n" + "c" * 500,
        "province": None,
        "name": None,
        "address": None,
        "country": "NL",
    }
    ((value,),) = of(national(content=project(place=place)), "projects-by-place")
    assert value.startswith("a/b ccc")
    assert len(value) == 80


def test_every_table_has_names_and_a_definition_in_both_languages_and_every_target_its_scope() -> None:
    for row in lists.rows("overview_tables"):
        assert all(row[name] for name in ("name_nl", "name_en", "definition_nl", "definition_en")), row[
            "slug"
        ]
        assert len(row["dimensions"].split("|")) <= 3
    known = {one.slug for one in lists.organisations()}
    for row in lists.rows("targets"):
        assert set(row["scope"].split("|")) <= known
        assert row["per"] in ("year", "cumulative")
        assert row["owner_nl"]
        assert row["owner_en"]
        assert row["source"]


@pytest.fixture
def db(tmp_path: Path) -> Any:
    """A view's database with one project that began in 2024 and one lab, counted by two tasks."""
    writer = open_writer(tmp_path)
    records = {
        "p-1": national(content=project(start="2024-01-01")),
        "p-2": national(content=project(start="2026-01-01", end="2026-02-01")),
    }
    for part, (name, record) in enumerate(records.items()):
        facets.record(writer, Read("national.project", part, 0, NOW, name, record, {}), "project")
        for cell, sums in cells_of(facets_of("project", record), RULES).items():
            value = {"table": cell[0], "values": cell[1:], "task": part} | sums._asdict()
            key = "|".join((*cell, str(part)))
            facets.cell(writer, Read("national.overview", part, 0, NOW, key, value, {}))
    writer.commit()
    reader = open_reader(tmp_path)
    yield reader
    reader.close()
    writer.close()


def test_open_periods_stand_under_each_year_until_this_one(db: sqlite3.Connection) -> None:
    (table,) = (one for one in RULES.tables if one.slug == "projects-by-year")
    found = figures.figures_of(db, table, 2026)
    assert {year: sums.records for (year,), sums in found.items()} == {"2024": 1, "2025": 1, "2026": 2}
    (total,) = (one for one in RULES.tables if one.slug == "projects")
    assert figures.figures_of(db, total, 2026) == {(): Sums(2, 0, 0, 0)}


def test_a_hub_without_labs_and_cities_is_none_known(db: sqlite3.Connection) -> None:
    north, south = labs.labs(db, [NORTH, SOUTH])["hubs"]
    assert (north["state"], north["named_by_icai"], north["cities"]) == ("none-known", "none-known", [])
    assert south["state"] == "counted"
    assert south["named_by_icai"] == ["Delft", "Rotterdam"]
    assert {one["existing"] for one in south["cities"]} == {0}


def test_what_is_behind_a_cell_is_found_by_its_link(db: sqlite3.Connection) -> None:
    def found(text: str) -> list[str]:
        where, values = facets.condition(db, facets.parts(text))
        return [
            row["id"] for row in db.execute(f"SELECT id FROM (SELECT id FROM facet) WHERE {where}", values)
        ]

    assert found("year:2025") == ["p-1"]
    assert sorted(found("year:2026,hub:limburg")) == ["p-1", "p-2"]
    assert found("year:2026,hub:zuid-holland") == []
    for wrong in ("x", "unknown:x", "year:", "hub:limburg,nothing:1"):
        with pytest.raises(Reject):
            list(facets.parts(wrong))


def test_sums_of_nothing_are_nothing() -> None:
    assert Sums(2, 1, 5, 0).plus(Sums(2, 1, 5, 0), -1) == NOTHING
