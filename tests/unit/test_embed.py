"""Related projects on pages of others: what they show, that they may be framed, and that they are never an error."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup

from streams.view import embed, page
from streams.view.api import View, application
from streams.view.materialise import Bell
from streams.view.tables import open_writer
from tests.support.view_past import Past, fed
from tests.support.view_world import HUBS

DOCS = Path(__file__).parents[2] / "docs/howto/embed.md"
HEALTH = ("gezondheid-en-zorg",)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Any]:
    """Three projects on health, one of them over and one with a title that is no HTML."""
    told = Past()
    told.say("p-a", "Een <b>lab</b>", areas=[*HEALTH])
    told.say("p-b", "Twee", hub="zuid-holland", areas=[*HEALTH], status="completed")
    told.say("p-c", "Drie", areas=[*HEALTH])
    writer = open_writer(tmp_path)
    fed(writer, [*told.national, *told.history])
    app = application(View(tmp_path, HUBS, lambda: told.now, Bell(), lambda: None))
    page.attach(app, app.state.view)
    yield app
    writer.close()


def ask(door: Any, query: str, **headers: str) -> httpx.Response:
    """What the page of a working group gets."""

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(door)
        async with httpx.AsyncClient(transport=transport, base_url="https://zeven.example") as client:
            return await client.get(f"/embed/projects?{query}", headers=headers)

    return asyncio.run(get())


def shown(answer: httpx.Response) -> list[str]:
    return [one.text for one in BeautifulSoup(answer.text, "html.parser").select("li a")]


@pytest.mark.parametrize("area", ["Healthcare", "healthcare", "Gezondheid en zorg", "gezondheid-en-zorg"])
def test_an_area_is_found_by_every_name_running_projects_first(door: Any, area: str) -> None:
    answer = ask(door, f"area={area}")
    assert shown(answer) == ["Drie", "Een <b>lab</b>", "Twee"]
    assert "Gerelateerde projecten: Gezondheid en zorg" in answer.text
    assert "Alle projecten (3)" in answer.text
    assert "lopend" in answer.text.casefold()


def test_it_is_whole_without_scripts_and_may_stand_in_a_frame(door: Any) -> None:
    answer = ask(door, "area=Healthcare&limit=1&lang=en")
    soup = BeautifulSoup(answer.text, "html.parser")
    assert not soup.select("script, style, [style], img, form")
    assert soup.html is not None
    assert soup.html["lang"] == "en"
    assert {one["target"] for one in soup.select("a")} == {"_top"}
    assert all(str(one["href"]).startswith("https://zeven.example/") for one in soup.select("a, link"))
    assert len(soup.select("li")) == 1
    assert "frame-ancestors *" in answer.headers["content-security-policy"]
    assert "x-frame-options" not in answer.headers
    assert "stale-if-error" in answer.headers["cache-control"]
    again = ask(door, "area=Healthcare&limit=1&lang=en", **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_bare_is_the_section_alone(door: Any) -> None:
    text = ask(door, "area=Healthcare&bare=1").text.strip()
    assert text.startswith("<section")
    assert text.endswith("</section>")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("area=Ruimtevaart", "Deze selectie is niet bekend."),
        ("hub=nergens", "Deze selectie is niet bekend."),
        ("area=onderwijs", "Hier zijn nog geen projecten gemeld."),
        ("area=onderwijs&lang=en", "No projects have been reported here yet."),
        ("area=%00&limit=x&lang=%3Cb%3E", "Deze selectie is niet bekend."),
    ],
)
def test_what_cannot_be_shown_is_a_friendly_line(door: Any, query: str, says: str) -> None:
    answer = ask(door, query)
    assert answer.status_code == 200
    assert says in answer.text
    assert "/projects" in answer.text


def test_a_database_in_trouble_shows_what_was_shown_before(
    door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ask(door, "area=Healthcare")

    def broken(_folder: Path) -> Any:
        raise sqlite3.OperationalError("disk I/O error")

    trouble = embed.EMBEDDED.labels("trouble")._value.get()
    monkeypatch.setattr(embed, "open_reader", broken)
    after, other = ask(door, "area=Healthcare"), ask(door, "area=defensie")
    assert (after.status_code, after.text) == (200, before.text)
    assert (other.status_code, "zo weer te zien" in other.text) == (200, True)
    assert "max-age=30" in other.headers["cache-control"]
    assert embed.EMBEDDED.labels("trouble")._value.get() == trouble + 2


def test_the_page_about_it_names_every_parameter_and_class(door: Any) -> None:
    text = DOCS.read_text(encoding="utf-8")
    named = set(
        re.findall(r"said(?:\.get\(|\[)\"([a-z]+)\"", Path(embed.__file__).read_text(encoding="utf-8"))
    )
    assert named | {"area", "dimension"} <= set(re.findall(r"`([a-z]+)`", text))
    classes = {
        name
        for one in BeautifulSoup(ask(door, "area=Healthcare").text, "html.parser").select("[class]")
        for name in one["class"]
    }
    assert classes
    assert all(f"`{name}`" in text for name in classes)
