"""The overview from national records to the page: each figure is as long as the list that it leads to."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from python_calamine import CalamineWorkbook

from schemas.bus.registry import Registry
from schemas.settings import Settings
from schemas.topics import national
from streams.agents.overview import Overview
from streams.engine.app import build
from streams.engine.pump import Place
from streams.engine.wire import Wire
from tests.support.view_world import HUB, Running, World, fresh, giver, project
from tests.support.waiting import auntil

pytestmark = pytest.mark.broker
DELFT = {"municipality": "Delft", "province": "NL-ZH", "name": None, "address": None, "country": "NL"}
ELSEWHERE = DELFT | {"municipality": "Haarlem, Noord: 1"}
LINK = {"id": "o-d", "name": "TU Delft", "role": "coordinator", "via": None}
FIGURES = [{"name": "ai-studenten", "year": year, "value": 600} for year in (2024, 2025)]


@pytest.fixture
def world(broker: Settings, tmp_path: Path) -> Iterator[World]:
    """Four projects of one or two hubs, one of them merged away, and two labs."""
    made = fresh(broker, tmp_path)
    made.national("p-a", {"a": 1}, content=project(areas=["defensie", "onderwijs"], start="2024-05-01"))
    both = [giver("b", 1, "B"), giver("c", 1, "C") | {"hub": "limburg"}]
    closed = project("B", start="2023-01-01", end="2025-02-01", indicators=FIGURES, research_kind="in-ai")
    made.national("p-b", {"b": 1}, contributions=both, organisations=[LINK], content=closed)
    made.national("p-old", {}, redirect="p-b", content=None, sequence=9)
    made.national("p-l", {"l": 1}, content=project("Lab", type="lab", place=DELFT))
    made.national("p-m", {"m": 1}, content=project("Lab", type="lab", place=ELSEWHERE, status="planned"))
    made.checked()
    made.progress()
    yield made
    made.close()


def html(text: str) -> Any:
    """A parsed page."""
    return BeautifulSoup(text, "html.parser")


@asynccontextmanager
async def counting(world: World) -> AsyncIterator[None]:
    """A worker with the stage."""
    registry = Registry(world.settings.registry.url)
    wire = Wire(registry, world.catalogue)
    stage = Overview(wire, world.settings.topics.partitions)
    app, _ = build([stage], Place(world.settings.kafka), wire)
    await app.start()
    try:
        yield
    finally:
        await app.stop()
        registry.close()


async def told(view: Running, projects: int) -> dict[str, Any]:
    """The overview, when so many projects are counted."""

    async def there() -> bool:
        found = await view.json("/api/v1/overview?table=projects")
        cells = [one["records"] for table in found.get("tables", ()) for one in table["cells"]]
        return cells == [projects] and found["not_counted_yet"] == 0

    await auntil(there, 40, f"{projects} projects are counted")
    found: dict[str, Any] = await view.json("/api/v1/overview")
    return found


def cells(found: dict[str, Any], table: str) -> dict[tuple[str, ...], dict[str, Any]]:
    """The cells of a table by their values."""
    (one,) = (one for one in found["tables"] if one["table"] == table)
    return {tuple(cell["values"].values()): cell for cell in one["cells"]}


async def test_each_figure_leads_to_as_many_records_as_it_says(world: World) -> None:
    """In every table, also after a removal; a place with commas and colons too; wrong questions are refused."""
    async with counting(world), Running(world.settings) as view:
        await told(view, 4)
        world.put(national("project"), "p-a", None)
        after = await told(view, 3)
        checked = 0
        for table in after["tables"]:
            for cell in table["cells"]:
                listed = await view.json(f"{cell['items']}{'&' if '?' in cell['items'] else '?'}limit=1")
                assert listed["total"] == cell["records"], (table["table"], cell)
                checked += cell["records"] > 0
        elsewhere = cells(after, "projects-by-place")[("Haarlem, Noord: 1",)]
        behind = await view.json(elsewhere["items"])
        wrong = await view.http.get("/api/v1/projects?cell=nothing:x")
        unknown = await view.http.get("/api/v1/overview?table=x")
        page = html((await view.http.get("/projects?cell=type:lab")).text)

    assert checked > 40
    assert [one["id"] for one in behind["items"]] == ["p-m"]
    assert (wrong.status_code, unknown.status_code) == (400, 400)
    assert cells(after, "projects-by-area")[("defensie",)]["records"] == 0
    assert [one.text for one in page.select("ul.records h2 a")] == ["Lab", "Lab"]
    assert page.select_one("form .cell strong").text == "type:lab"


async def test_figures_have_names_definitions_and_completeness_and_say_what_is_apart_from_0(
    world: World,
) -> None:
    """A project of two hubs counts under both; a year means running in that year."""
    async with counting(world), Running(world.settings) as view:
        found = await told(view, 4)

    assert cells(found, "projects-by-hub")[(HUB,)]["records"] == 4
    assert cells(found, "projects-by-hub")[("limburg",)]["records"] == 1
    apart = cells(found, "projects-by-area")[("not-assigned",)]
    assert (apart["records"], apart["state"], apart["mark"]) == (3, "not-assigned", "voorbeelddata")
    assert apart["labels"]["area"]["nl"] == "niet ingedeeld"
    years = {values[0]: cell["records"] for values, cell in cells(found, "projects-by-year").items()}
    assert (years["2023"], years["2024"], years["2025"], years["2026"]) == (1, 2, 2, 1)
    assert years["not-reported"] == 2
    assert all(one["definition"]["nl"] and one["definition"]["en"] for one in found["tables"])
    assert found["completeness"].keys() == {"limburg", HUB}


async def test_targets_labs_and_context_stand_apart_from_what_is_counted(world: World) -> None:
    """Only records in scope count towards a target, and what nobody reports is not 0."""
    async with counting(world), Running(world.settings) as view:
        found = await told(view, 4)

    targets = {one["target"]: one for one in found["targets"]}
    students = targets["ai-studenten"]
    assert [(one["year"], one["value"]) for one in students["years"]] == [(2024, 600), (2025, 600)]
    assert students["reported"] is None, "what is per year is not added up"
    assert [one["name"] for one in students["scope"]][1] == "TU Delft"
    silent = targets["studenten-basiskennis"]
    assert (silent["state"], silent["reported"], silent["years"]) == ("not-reported", None, [])
    (hub,) = (one for one in found["labs"]["hubs"] if one["hub"] == HUB)
    cities = {one["city"]: one for one in hub["cities"]}
    assert (cities["Delft"]["existing"], cities["Delft"]["named"]) == (1, "existing")
    assert (cities["Rotterdam"]["existing"], cities["Rotterdam"]["named"]) == (0, "in-preparation")
    assert (cities["Haarlem, Noord: 1"]["in_preparation"], cities["Haarlem, Noord: 1"]["named"]) == (1, None)
    assert all(one["source"] == "S-AGENDA" and one["cited_from"] for one in found["context"])


async def test_the_page_and_the_files_show_the_same_figures(world: World) -> None:
    """In two languages, without scripts or styles of its own; a row per figure, with its definition and its list."""
    async with counting(world), Running(world.settings) as view:
        found = await told(view, 4)
        page = await view.http.get("/overview")
        english = html((await view.http.get("/overview?lang=en")).text)
        sheet = await view.http.get("/api/v1/overview.csv")
        book = await view.http.get("/api/v1/overview.xlsx")

    soup = html(page.text)
    assert soup.select_one("#projects-by-hub").text == "Projecten per hub"
    assert english.select_one("#projects-by-hub").text == "Projects by hub"
    assert all(one.get("scope") for one in soup.select("th"))
    assert all(one.get("aria-hidden") for one in soup.select("svg"))
    assert not soup.select("[style], script:not([src])")
    assert "voorbeelddata" in soup.select_one("ul.totals").text
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig")), delimiter=";"))
    assert (
        int(sheet.headers["zeven-records"]) == len(rows) == sum(len(one["cells"]) for one in found["tables"])
    )
    assert all(row["definition_nl"] and row["records_at"].startswith("http") for row in rows)
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(book.content))
    assert sheets.sheet_names == ["overview", "targets", "context", "toelichting"]
    assert len(sheets.get_sheet_by_name("overview").to_python()) == len(rows) + 1
