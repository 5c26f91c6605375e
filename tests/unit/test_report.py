"""Reports: figures beside their definitions, what changed, and the same again from the permanent link."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup
from python_calamine import CalamineWorkbook

from streams.view import page, report
from streams.view.api import View, application
from streams.view.materialise import Bell
from streams.view.report_words import DEFINITIONS
from streams.view.tables import open_writer
from tests.support.view_past import Past, fed
from tests.support.view_world import HUBS

YEAR = ("2025-01-01", "2025-12-31")


class Door:
    """A view that goes on reading, and its door."""

    def __init__(self, folder: Path) -> None:
        self.told, self._folder = Past(), folder
        self._writer = open_writer(folder)
        self._read = 0
        view = View(folder, HUBS, lambda: self.told.now - 1, Bell(), lambda: None)
        self._app = application(view)
        page.attach(self._app, view)

    def catch_up(self) -> None:
        """Read what was written since."""
        fresh = self.told.national[self._read :], self.told.history[self._read :]
        fed(self._writer, [*fresh[0], *fresh[1]])
        self._read = len(self.told.national)

    def ask(self, path: str) -> httpx.Response:
        """Ask the door."""

        async def get() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="https://zeven.example") as client:
                return await client.get(path)

        return asyncio.run(get())

    def close(self) -> None:
        """Close the database."""
        self._writer.close()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """Three projects of Limburg, one of which is over, and one of Zuid-Holland."""
    found = Door(tmp_path)
    days = {"start": "2024-03-01", "end": "2024-12-31"}
    found.told.say("p-a", "=SOM(A1)", areas=["onderwijs", "defensie"], start="2025-03-01", end=None)
    found.told.say("p-b", "Klaar", areas=["onderwijs"], status="completed", **days)
    found.told.say("p-c", "Zonder dagen")
    found.told.say("p-d", "Elders", hub="zuid-holland", start="2025-01-01", end="2026-01-01")
    found.catch_up()
    yield found
    found.close()


def shown(answer: httpx.Response) -> dict[str, str]:
    """The key figures of the page."""
    soup = BeautifulSoup(answer.text, "html.parser")
    cells = [
        [cell.text.strip() for cell in row.select("th, td")]
        for row in soup.select("table")[0].select("tbody tr")
    ]
    assert all(row[2] for row in cells), "a definition stands beside each"
    return {row[0]: row[1] for row in cells}


def test_a_report_counts_the_selection_with_definitions_completeness_and_date(door: Door) -> None:
    answer = door.ask(f"/report?hub=limburg&from={YEAR[0]}&to={YEAR[1]}")
    found = shown(answer)
    assert (answer.status_code, found["Projecten"], found["Projecten die lopen in de periode"]) == (
        200,
        "3",
        "1",
    )
    assert found["Evenementen in de periode"] == "Niets gemeld."
    soup = BeautifulSoup(answer.text, "html.parser")
    assert soup.h1 is not None
    assert "AI-hub Brightlands" in soup.h1.text
    assert "voorbeelddata" in soup.h1.text
    assert "Elders" not in answer.text
    assert "AI-hub Brightlands" in soup.select("ul.proofs")[0].text
    assert "Stand van" in answer.text
    everywhere = door.ask("/report?lang=en&area=Education")
    assert shown(everywhere)["Projects"] == "2"
    assert "Projects by hub" in everywhere.text


def test_the_permanent_link_gives_the_same_report_after_everything_changed(door: Door) -> None:
    before = door.ask(f"/report?hub=limburg&from={YEAR[0]}&to={YEAR[1]}")
    links = [str(one["href"]) for one in BeautifulSoup(before.text, "html.parser").select("a")]
    (link,) = {one for one in links if one.startswith("/report?hub=limburg") and "as_of=" in one}
    door.told.say("p-e", "Nieuw", start="2025-05-01")
    door.told.gone("p-a")
    door.catch_up()
    after, again = door.ask(f"/report?hub=limburg&from={YEAR[0]}&to={YEAR[1]}"), door.ask(link)
    assert shown(again) == shown(before)
    assert "SOM(A1)" in again.text
    assert shown(after)["Projecten die lopen in de periode"] == "1"
    assert "Nieuw" in after.text
    assert "Nieuw" not in again.text


def test_what_changed_in_the_period_stands_in_it(door: Door) -> None:
    door.told.say("p-a", "Andere titel", start="2025-03-01")
    door.catch_up()
    text = door.ask(f"/report?hub=limburg&from={YEAR[0]}&to={YEAR[1]}").text
    changed = [one.text for one in BeautifulSoup(text, "html.parser").select("ul.records")[0].select("li")]
    assert any("gewijzigd: Andere titel" in one and "Titel" in one for one in changed), changed
    assert any("nieuw: Zonder dagen" in one for one in changed), changed
    assert "geschiedenis begint later" in text


def test_a_report_on_a_dimension_tells_what_changed_in_it_alone(door: Door) -> None:
    door.told.say("p-f", "Erin", dimensions=["infrastructuur"])
    door.told.say("p-g", "Erbuiten", dimensions=["innovatie-en-transitie"])
    door.catch_up()
    text = door.ask("/report?dimension=infrastructuur&from=2025-01-01").text
    assert "nieuw: <a" in text
    assert ("Erin" in text, "Erbuiten" in text) == (True, False)


def test_the_workbook_has_the_same_and_no_formula(door: Door) -> None:
    answer = door.ask(f"/api/v1/report.xlsx?hub=limburg&from={YEAR[0]}&to={YEAR[1]}")
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    assert book.sheet_names == ["Overzicht", "Projecten", "Evenementen", "Veranderingen", "Definities"]
    rows = {row[0]: row for row in book.get_sheet_by_name("Overzicht").to_python()}
    assert (rows["Projecten"][1], rows["Evenementen in de periode"][1]) == (3, "Niets gemeld.")
    assert "as_of=" in str(rows["Vaste link naar dit rapport"][1])
    titles = [row[0] for row in book.get_sheet_by_name("Projecten").to_python()]
    assert titles == ["Titel", "=SOM(A1)", "Klaar", "Zonder dagen"]
    assert b"<f>" not in answer.content
    assert {row[0] for row in book.get_sheet_by_name("Definities").to_python()[1:]} == {*DEFINITIONS}
    assert answer.headers["content-digest"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("hub=nergens", "There is no hub nergens"),
        ("area=ruimtevaart", "ruimtevaart"),
        ("from=gisteren", "from is no day"),
        ("from=2025-02-01&to=2025-01-01", "before the first"),
        ("as_of=1999-01-01", "history"),
    ],
)
def test_a_question_that_makes_no_sense_says_why(door: Door, query: str, says: str) -> None:
    page_of, file = door.ask(f"/report?{query}"), door.ask(f"/api/v1/report.xlsx?{query}")
    assert (page_of.status_code, file.status_code) == (400, 400)
    assert says in page_of.text
    assert says in file.json()["detail"]


@pytest.mark.parametrize(
    ("start", "end", "runs"),
    [
        (None, None, False),
        ("2025-06-01", None, True),
        ("2026-01-01", None, False),
        ("2024-01-01", "2024-12-31", False),
        ("2024-01-01", "2025-01-01", True),
    ],
)
def test_when_a_project_runs(start: str | None, end: str | None, runs: bool) -> None:
    first, last = map(date.fromisoformat, YEAR)
    assert report.runs({"start": start, "end": end}, first, last) is runs


def test_indicators_add_up_per_year_with_the_invented_part_apart() -> None:
    def item(sample: bool, value: int) -> dict[str, Any]:
        return {
            "sample": sample,
            "fields": {"indicators": [{"name": "studenten", "year": 2025, "value": value}]},
        }

    assert report.indicators([item(True, 3), item(False, 4)]) == [("studenten", 2025, 7, 3)]
    assert report.indicators([{"sample": False, "fields": {"indicators": []}}]) == []
