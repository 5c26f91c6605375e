"""Pages of hubs, areas, dimensions, labs and changes: what they tell, from texts of the office and from records."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas import topics
from schemas.hubs import Hub
from schemas.reference import lists
from streams.view import page, tiles
from streams.view.api import View, application
from streams.view.incoming import Read
from streams.view.materialise import Bell
from streams.view.tables import open_writer
from tests.house.test_sizes import REPO
from tests.support.view_past import Past, fed, record
from tests.support.view_world import NOON, giver

HUBS = (
    Hub("limburg", "AI-hub Brightlands", "Brightlands AI Hub", provinces=("NL-LI",)),
    Hub(
        "zuid-holland",
        "AI-hub Zuid-Holland",
        "AI Hub Zuid-Holland",
        provinces=("NL-ZH",),
        coordinator="tu-delft",
        contact="ai-hub@zuid-holland.example",
    ),
    Hub("office", "Landelijk bureau", "National office", office=True),
)
TODAY = datetime.fromtimestamp(NOON / 1000, UTC).date().isoformat()


def member(name: str, body: tuple[str, str], role: str = "partner", via: str | None = None) -> dict[str, Any]:
    """A national membership."""
    content = {"body_kind": body[0], "body": body[1], "role": role, "helix": "business", "via": via}
    content |= dict.fromkeys(("start", "end", "note", "link"))
    link = {"id": f"o-{name}", "name": name, "role": "member", "via": via}
    giving = [giver("m", 1, name) | {"hub": "limburg", "source_kind": "membership"}]
    made = record(f"m-{name}", 1, name, None)
    return made | {"content": content, "organisations": [link], "contributions": giving}


def event(name: str, start: str) -> dict[str, Any]:
    """A national event in health care."""
    made = record(f"e-{name}", 1, name, None)
    made["content"] |= {"start": start, "end": None, "areas": ["gezondheid-en-zorg"], "venue": None}
    made["content"] |= {"zone": "Europe/Amsterdam", "registration_link": None}
    return made


def office_row(name: str, row: str, **fields: str) -> Read:
    """What the national office says of a row of a list."""
    key = f"{name}|{row}|1"
    said = [{"name": column, "value": value} for column, value in ({"slug": row} | fields).items()]
    value = {"list": name, "row": row, "version": 1, "state": "said", "fields": said}
    return Read("office.row", 0, 0, NOON, key, value | {"reason": "x", "by": "office", "at": NOON}, {})


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[[str], httpx.Response]]:
    """Ask the door of a view with a hub that has partners, projects and an event."""
    told = Past()
    money = [{"funder": "Provincie", "award": None, "stream": None, "amount_eur": 1_500_000}]
    told.say(
        "p-a",
        "Zorglab",
        areas=["gezondheid-en-zorg"],
        phase="programma-uitvoering",
        instruments=["elsa-labs"],
        funding=money,
    )
    told.say("p-b", "<b>Twee</b>", hub="zuid-holland", dimensions=["infrastructuur"])
    others = [
        (topics.national("membership"), member("ORTEC", ("hub", "limburg"), via="Taskforce")),
        (topics.national("membership"), member("Radboudumc", ("working-group", "gezondheid-en-zorg"))),
        (topics.national("event"), event("straks", "2099-01-01T09:00:00+01:00")),
        (topics.national("event"), event("geweest", "2020-01-01T09:00:00+01:00")),
    ]
    more = [Read(topic, 0, at, NOON, one["id"], one, {}) for at, (topic, one) in enumerate(others)]
    changed = dict(lists.rows("texts")[0]) | {"goal_nl": "Een doel van het bureau."}
    writer = open_writer(tmp_path)
    fed(writer, [*told.national, *more, office_row("texts", **_row(changed))])
    view = View(tmp_path, HUBS, lambda: told.now, Bell(), lambda: None, certificates=tmp_path)
    app = application(view)
    page.attach(app, view)

    async def get(path: str) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://zeven.example") as client:
            return await client.get(path)

    yield lambda path: asyncio.run(get(path))
    writer.close()


def _row(fields: dict[str, str]) -> dict[str, str]:
    return {"row": fields.pop("slug")} | fields


def test_the_page_of_a_hub_is_the_regions_front_door(ask: Callable[[str], httpx.Response]) -> None:
    text = ask("/hubs/zuid-holland").text
    for said in (
        "Eén uithangbord",
        "AI-hub Zuid-Holland van start",
        "mailto:ai-hub@zuid-holland.example",
        "<dd>TU Delft</dd>",
        "/areas/haven-en-maritiem",
        "hotspot Leiden",
        "via Taskforce Digital",
        "Kickstartfinanciering",
        "&lt;b&gt;Twee&lt;/b&gt;",
    ):
        assert said in text, said


def test_partners_and_money_of_a_hub_come_from_records(ask: Callable[[str], httpx.Response]) -> None:
    text = ask("/hubs/limburg").text
    assert '<a href="/organisations/o-ORTEC">ORTEC</a> <span class="about">via Taskforce</span>' in text
    assert "<h3>Partner (1)</h3>" in text
    assert "€ 1.500.000" in text
    assert "€ 1,500,000" in ask("/hubs/limburg?lang=en").text


def test_a_certificate_stands_on_the_page_and_a_broken_one_does_not(
    ask: Callable[[str], httpx.Response], tmp_path: Path
) -> None:
    assert "geen bij dit beeld" in ask("/hubs/limburg").text
    checks = [{"outcome": one} for one in ("passed", "passed", "failed")]
    made = {"at": "2026-01-01T00:00:00Z", "release": "r1", "kinds": [{"checks": checks}]}
    (tmp_path / "limburg").mkdir()
    place = tmp_path / "limburg" / "certificate.json"
    place.write_text(json.dumps(made))
    assert "2 proeven doorstaan, 1 niet doorstaan" in ask("/hubs/limburg").text
    place.write_bytes(b'{"kinds": [')
    assert "geen bij dit beeld" in ask("/hubs/limburg").text


def test_an_area_tells_goal_community_programme_instruments_hubs_and_events(
    ask: Callable[[str], httpx.Response],
) -> None:
    text = ask("/areas/gezondheid-en-zorg").text
    for said in (
        "één ecosysteem voor AI in de zorg",
        "Agenda 2025-2027",
        "Bedrijf (1)",
        "Kennisinstelling",
        "o-Radboudumc",
        "/projects?area=gezondheid-en-zorg&amp;phase=programma-uitvoering",
        "ELSA-labs",
        "/projects?area=gezondheid-en-zorg&amp;hub=limburg",
        "e-straks",
    ):
        assert said in text, said
    assert "e-geweest" not in text


def test_every_area_and_dimension_has_its_page_in_both_languages(
    ask: Callable[[str], httpx.Response],
) -> None:
    index = ask("/areas?lang=en").text
    for plural in ("areas", "dimensions"):
        for one in lists.listed(plural):
            found = ask(f"/{plural}/{one.slug}?lang=en")
            assert found.status_code == 200
            assert f"<h1>{one.name_en}</h1>" in found.text
            assert f'href="/{plural}/{one.slug}"' in index


@pytest.mark.parametrize(
    ("asked", "leads"),
    [
        ("/areas/Healthcare", "/areas/gezondheid-en-zorg"),
        ("/areas/FINANCIELE%20DIENSTVERLENING", "/areas/financiele-dienstverlening"),
        ("/areas/vrede,%20recht%20en%20veiligheid", "/areas/veiligheid-vrede-en-recht"),
        ("/dimensions/human%20capital", "/dimensions/talent-kennis-en-vaardigheden"),
        ("/hubs", "/#hubs"),
        ("/dimensions", "/areas#dimensions"),
    ],
)
def test_an_area_is_found_under_its_other_names(
    ask: Callable[[str], httpx.Response], asked: str, leads: str
) -> None:
    found = ask(asked)
    assert (found.status_code, found.headers["location"]) == (308, leads)


@pytest.mark.parametrize("path", ["/areas/niets", "/dimensions/onderwijs", "/hubs/niets", "/hubs/%00"])
def test_what_there_is_not_is_said_on_a_page(ask: Callable[[str], httpx.Response], path: str) -> None:
    found = ask(path)
    assert found.status_code == 404
    assert "Niet gevonden" in found.text


def test_what_the_office_says_of_a_text_is_on_the_page(ask: Callable[[str], httpx.Response]) -> None:
    slug = lists.rows("texts")[0]["slug"]
    assert "Een doel van het bureau." in ask(f"/areas/{slug}").text


def test_changes_are_sentences_and_can_be_chosen(ask: Callable[[str], httpx.Response]) -> None:
    text = " ".join(ask("/changes").text.split())
    assert '>AI-hub Brightlands</a> <span class="what new">meldt een nieuw</span> project:' in text
    chosen = ask("/changes?hub=zuid-holland").text
    assert "Twee" in chosen
    assert "Zorglab" not in chosen
    assert "Zorglab" in ask("/changes?area=zorg").text
    assert ask("/changes?area=niets").status_code == 400


def test_the_lab_network_has_every_hub_and_no_office(ask: Callable[[str], httpx.Response]) -> None:
    text = ask("/labs").text
    assert 'id="labs-limburg"' in text
    assert "Maastricht" in text
    assert "labs-office" not in text


def test_the_map_has_twelve_provinces_and_says_where_no_hub_is() -> None:
    looked = {"connected": True, "freshness": {"fresh": True}, "state": "live", "provinces": ["NL-LI"]}
    late = looked | {"state": "failing", "provinces": ["NL-ZH"]}
    unseen = looked | {"connected": False, "provinces": ["NL-UT"]}
    found = {one["code"]: one["fresh"] for one in tiles.tiles([looked, late, unseen])}
    assert len(found) == 12
    assert {code: found[code] for code in ("NL-LI", "NL-ZH", "NL-UT", "NL-ZE")} == {
        "NL-LI": "fresh",
        "NL-ZH": "late",
        "NL-UT": "unseen",
        "NL-ZE": "no-hub",
    }


def test_the_front_page_says_the_map_as_text(ask: Callable[[str], httpx.Response]) -> None:
    text = ask("/").text
    assert text.count('<li class="tile ') == 12
    assert text.count("geen hub") == 10
    assert (
        text.index('id="hub-zuid-holland"') < text.index('<h2 id="office">') < text.index('id="hub-office"')
    )


def test_every_text_is_of_a_hub_area_or_dimension_and_has_both_languages_and_a_source() -> None:
    known = {row["source"] for row in lists.rows("sources")}
    places = lists.slugs("areas") | lists.slugs("dimensions")
    rows = {row["slug"]: row for row in lists.rows("texts")}
    assert places <= rows.keys()
    for slug, row in rows.items():
        assert row["source"] in known, slug
        for part in ("goal", "community", "development", "execution", "funding"):
            assert bool(row[f"{part}_nl"]) == bool(row[f"{part}_en"]), (slug, part)
        assert row["goal_nl"], slug
        assert {*row["sought"].split("|"), *row["present"].split("|")} <= lists.slugs("helix") | {""}


def test_values_of_lists_are_said_in_words(ask: Callable[[str], httpx.Response]) -> None:
    record, found = ask("/projects/p-a").text, ask("/projects?lang=en").text
    assert "<td>Gezondheid en zorg" in record
    assert "<td>ELSA-labs" in record
    assert '<option value="gezondheid-en-zorg">Health and care</option>' in found
    assert "AI Hub Zuid-Holland" in found


def test_every_page_has_a_title_of_its_own(ask: Callable[[str], httpx.Response]) -> None:
    paths = (
        "/",
        "/areas",
        "/areas/onderwijs",
        "/hubs/limburg",
        "/projects",
        "/projects/p-a",
        "/labs",
        "/changes",
    )
    titles = [ask(path).text.partition("<title>")[2].partition("</title>")[0] for path in paths]
    assert len(set(titles)) == len(paths)
    assert titles[2].startswith("Onderwijs – ")


def test_every_address_that_the_document_names_is_there(ask: Callable[[str], httpx.Response]) -> None:
    text = (REPO / "docs/howto/pages.md").read_text(encoding="utf-8")
    named = re.findall(r"`(/[^`]*)`", text)
    assert len(named) >= 12
    assert [path for path in named if ask(path).status_code not in (200, 308)] == []


def test_a_list_behind_a_figure_says_which_and_keeps_it_when_filtered(
    ask: Callable[[str], httpx.Response],
) -> None:
    text = ask("/projects?cell=hub:limburg").text
    assert '<input type="hidden" name="cell" value="hub:limburg">' in text
    assert "<strong>hub:limburg</strong>" in text
