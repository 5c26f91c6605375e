"""What programs and people get from the view: lists, redirects, lives of records, changes as they come."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bs4 import BeautifulSoup

from schemas import topics
from schemas.settings import Settings
from tests.support.view_world import HUB, NOON, Running, World, fresh, project
from tests.support.waiting import auntil

pytestmark = pytest.mark.broker
LOSING = {"hub": "limburg", "source_id": "z", "value": '{"nl": "Andere naam", "en": null}'}


@pytest.fixture
def world(broker: Settings, tmp_path: Path) -> Iterator[World]:
    """Three projects, one of which was merged into another."""
    made = fresh(broker, tmp_path)
    made.regional("a", 1)
    made.regional("b", 1, title="Zorg <b>dichtbij</b>")
    made.national(
        "p-a", {"a": 1}, content=project(areas=["haven-en-maritiem"], start="2026-02-01", end="2026-05-31")
    )
    origin = {"field": "title", "hub": HUB, "source_kind": "project", "source_id": "b", "changed_at": NOON}
    fields = {"sequence": 4, "origins": [origin | {"rule": "most-recent", "losing": [LOSING]}]}
    content = project(
        "Zorg <b>dichtbij</b>", status="ended", areas=["gezondheid-en-zorg"], link="javascript:alert(1)"
    )
    made.national("p-b", {"b": 1}, title="Zorg <b>dichtbij</b>", content=content, **fields)
    made.national("p-old", {}, redirect="p-b", content=None, sequence=9)
    made.put(topics.REDIRECT, "p-older", {"id": "p-older", "kind": "project", "to": "p-old", "at": NOON})
    made.checked()
    made.progress()
    yield made
    made.close()


def html(text: str) -> Any:
    """A parsed page."""
    return BeautifulSoup(text, "html.parser")


async def test_lists_filter_page_and_carry_proof_and_time(world: World) -> None:
    """Each filter narrows; a cursor goes on; each answer says how complete it is and as of when."""
    async with Running(world.settings) as view:
        await view.reaches("proven")
        everything = await view.json("/api/v1/projects")

        async def ids(query: str) -> list[str]:
            return [one["id"] for one in (await view.json(f"/api/v1/projects?{query}"))["items"]]

        assert await ids("area=gezondheid-en-zorg") == ["p-b"]
        assert await ids("q=SLIMME haven") == ["p-a"]
        assert await ids("status=ended") == ["p-b"]
        assert await ids("hub=limburg") == []
        assert await ids("from=2026-05-31") == ["p-a"]
        assert await ids("to=2026-01-31") == []
        first = await view.json("/api/v1/projects?limit=1")
        assert [one["id"] for one in first["items"]] + await ids(f"limit=1&cursor={first['next']}") == [
            "p-a",
            "p-b",
        ]
        wrong = ("projects?cursor=x", "projects?limit=0", "changes?since=x", "nothing")
        bad = [(await view.http.get(f"/api/v1/{path}")).status_code for path in wrong]

    assert everything["total"] == 2
    assert everything["completeness"][HUB]["state"] == "proven"
    assert everything["as_of"].endswith("Z")
    assert {one["mark"] for one in everything["items"]} == {"voorbeelddata"}
    assert everything["items"][0]["contributions"][0]["source_id"] == "a"
    assert bad == [400, 400, 400, 404]


async def test_a_merged_record_is_followed_and_named(world: World) -> None:
    """Over two merges, with 308, on the API and on the page."""
    async with Running(world.settings) as view:
        await view.reaches("proven")
        answer = await view.http.get("/api/v1/projects/p-older")
        page = await view.http.get("/projects/p-old", follow_redirects=True)
        missing = await view.http.get("/api/v1/projects/p-none")

    assert (answer.status_code, answer.headers["location"]) == (308, "/api/v1/projects/p-b")
    assert answer.json()["redirect"] == "p-b"
    assert page.url.path == "/projects/p-b"
    assert (missing.status_code, bool(missing.json()["fix"])) == (404, True)


def put_notice(world: World) -> None:
    """A delivered notice of project b."""
    notice: dict[str, Any] = {
        "id": "n1",
        "subscription": "zorg",
        "national_id": "p-b",
        "kind": "project",
        "what": "changed",
    }
    notice |= {
        "cause": "source",
        "evaluation": 1,
        "before": None,
        "after": None,
        "changes": [],
        "hubs": [HUB],
    }
    notice |= {"sample": True, "title": "Zorg", "created_at": NOON + 50, "group": None}
    channel: dict[str, Any] = {
        "channel": "webhook",
        "state": "delivered",
        "attempts": 1,
        "next_at": None,
        "error": None,
    }
    ledger: dict[str, Any] = {"notice_id": "n1", "subscription": "zorg", "state": "delivered", "reason": None}
    world.put(topics.NOTICE, "n1", notice)
    channels = [channel | {"delivered_at": NOON + 60}]
    world.put(topics.DELIVERY, "n1", ledger | {"channels": channels, "updated_at": NOON + 60})


async def test_why_tells_the_life_from_source_to_delivery(world: World) -> None:
    """By national id and by source key alike."""
    put_notice(world)
    async with Running(world.settings) as view:
        await view.reaches("proven")

        async def delivered() -> bool:
            return any(one["stage"] == "delivery" for one in (await view.json("/api/v1/why/p-b"))["steps"])

        await auntil(delivered, 10, "the delivery is in the view")
        by_id = await view.json("/api/v1/why/p-b")
        by_source = await view.json(f"/api/v1/why/{HUB}|project|b")
        unknown = await view.http.get("/api/v1/why/p-none")

    stages = ["source", "read", "regional", "national", "notice", "delivery"]
    assert [one["stage"] for one in by_id["steps"]] == stages
    assert by_source["steps"] == by_id["steps"]
    assert (by_id["sample"], unknown.status_code) == (True, 404)


async def test_changes_come_as_events_and_go_on_after_the_last_one_seen(world: World) -> None:
    """A listener hears of a new project within seconds; with Last-Event-ID it misses nothing."""
    async with Running(world.settings) as view:
        await view.reaches("proven")

        begun = asyncio.Event()

        async def heard(last: str, wanted: str) -> dict[str, Any]:
            async with view.http.stream("GET", "/api/v1/changes", headers={"Last-Event-ID": last}) as stream:
                begun.set()
                assert stream.headers["content-type"].startswith("text/event-stream")
                async for line in stream.aiter_lines():
                    if line.startswith("data: ") and f'"id":"{wanted}"' in line:
                        found: dict[str, Any] = json.loads(line[6:])
                        return found
            raise AssertionError("the stream ended")

        listening = asyncio.create_task(heard("", "p-new"))
        async with asyncio.timeout(10):
            await begun.wait()
        world.national("p-new", {"n": 1}, title="Nieuw project")
        async with asyncio.timeout(10):
            new = await listening
            again = await heard(str(new["seq"] - 1), "p-new")

    assert (new["what"], new["title"], new["sample"]) == ("new", "Nieuw project", True)
    assert again == new


async def test_the_page_shows_hubs_records_origins_and_marks_in_two_languages(world: World) -> None:
    """Readable without JavaScript; Dutch first; every text escaped; a strict content policy."""
    async with Running(world.settings) as view:
        await view.reaches("proven")
        front = await view.http.get("/")
        english = await view.http.get("/?lang=en")
        lists = html((await view.http.get("/projects?area=gezondheid-en-zorg&lang=nl")).text)
        record = html((await view.http.get("/projects/p-b?lang=nl")).text)
        part = await view.http.get("/?part=1")
        asset = await view.http.get("/assets/view.js")

    soup = html(front.text)
    assert "script-src 'self'" in front.headers["content-security-policy"]
    assert (soup.html["lang"], html(english.text).html["lang"]) == ("nl", "en")
    assert "bewezen volledig tot" in soup.select_one(f"#hub-{HUB} .proven").text
    assert soup.select_one(f"#hub-{HUB} .mark").text == "voorbeelddata"
    assert "niet aangesloten" in soup.select_one("#hub-limburg").text
    assert [one.text for one in lists.select("ul.records h2 a")] == ["Zorg <b>dichtbij</b>"]
    assert record.select_one("td.origin").text == "AI-hub Zuid-Holland · b · most-recent"
    assert "Andere waarde: Andere naam" in record.select_one(".losing").text
    assert not record.select("a[href^=javascript]")
    assert not part.text.strip().startswith("<!doctype")
    assert asset.headers["content-type"].startswith("text/javascript")
    assert not soup.select("[style], script:not([src]), [onclick], [src^=http], link[href^=http]")


async def test_every_control_has_a_name_and_every_page_one_main_part(world: World) -> None:
    """What a screen reader needs: language, landmarks, labels, headings, table heads."""
    async with Running(world.settings) as view:
        await view.reaches("proven")
        pages = [(await view.http.get(path)).text for path in ("/", "/projects", "/projects/p-a", "/why/p-a")]

    for text in pages:
        soup = html(text)
        assert [len(soup.select(one)) for one in ("main", "nav[aria-label]")] == [1, 1]
        assert soup.select("h1")
        assert all(one.find_parent("label") for one in soup.select("input, select"))
        assert all(one.get("scope") for one in soup.select("th"))
        assert soup.select_one("a.skip")["href"] == "#main"


async def test_the_door_for_operators_tells_the_truth(world: World) -> None:
    """Live, ready, figures and the description of the API."""
    async with Running(world.settings) as view:
        await view.reaches("proven")
        ready = await view.http.get("/health/ready")
        live = await view.http.get("/health/live")
        figures = (await view.http.get("/metrics")).text
        described = (await view.json("/openapi.json"))["paths"]

    assert (ready.status_code, live.status_code) == (200, 200)
    assert f'zeven_completeness{{hub="{HUB}",outcome="proven"}} 1.0' in figures
    assert "zeven_ready 1.0" in figures
    assert {"/api/v1/hubs", "/api/v1/{plural}", "/api/v1/why/{asked}", "/api/v1/changes"} <= described.keys()


async def test_programs_find_parquet_and_the_schemas_of_records(world: World) -> None:
    """A filter holds for Parquet too; a schema that does not exist is refused."""
    async with Running(world.settings) as view:
        await view.reaches("proven")
        sheet = await view.http.get("/api/v1/projects.parquet?status=ended")
        shape = await view.http.get("/api/v1/schemas/zeven.national.Project.json")
        no_shape = await view.http.get("/api/v1/schemas/zeven.Nothing.json")
        shapes = await view.json("/api/v1/schemas")

    assert pl.read_parquet(sheet.content)["id"].to_list() == ["p-b"]
    assert sheet.headers["content-type"] == "application/vnd.apache.parquet"
    assert (shape.json()["title"], no_shape.status_code) == ("zeven.national.Project", 404)
    assert shape.request.url.path in [one["href"] for one in shapes["items"]]


async def test_files_hold_all_that_a_filter_finds_with_a_digest_and_the_last_change(world: World) -> None:
    """In one moment; the description says what the columns mean and how complete it is."""
    async with Running(world.settings) as view:
        await view.reaches("proven")
        everything = await view.http.get("/api/v1/projects.csv")
        ended = await view.http.get("/api/v1/projects.ndjson?status=ended")
        book = await view.http.get("/api/v1/projects.xlsx")
        graph = await view.json("/api/v1/projects.jsonld")
        one = await view.http.get("/api/v1/projects/p-b")
        linked = await view.json("/api/v1/projects/p-older.jsonld")
        described = await view.json("/api/v1/exports")
        changes = await view.json(f"/api/v1/changes?format=json&since={everything.headers['zeven-change']}")
        bad = [
            (await view.http.get(f"/api/v1/{path}")).status_code
            for path in ("projects.exe", "nothing.csv", "projects.csv?limit=x")
        ]
        page = html((await view.http.get("/projects?status=ended")).text)

    lines = everything.content.decode("utf-8-sig").splitlines()
    assert [line.split(";")[0] for line in lines] == ["id", "p-a", "p-b"]
    digest = base64.b64encode(hashlib.sha256(everything.content).digest()).decode()
    assert everything.headers["content-digest"] == f"sha-256=:{digest}:"
    assert everything.headers["zeven-records"] == "2"
    assert everything.headers["content-disposition"].startswith('attachment; filename="zeven-projects-')
    assert [json.loads(line)["id"] for line in ended.text.splitlines()] == ["p-b"]
    assert book.content.startswith(b"PK")
    assert [node["identifier"] for node in graph["@graph"]] == ["p-a", "p-b"]
    assert '</api/v1/projects/p-b.jsonld>; rel="alternate"' in one.headers["link"]
    assert (linked["@context"], linked["name"]) == ("https://schema.org", "Zorg <b>dichtbij</b>")
    assert described["completeness"][HUB]["state"] == "proven"
    assert described["change"] == int(everything.headers["zeven-change"])
    assert [one["name"] for one in described["files"]] == [
        "projects",
        "events",
        "memberships",
        "organisations",
    ]
    assert changes["items"] == []
    assert bad == [404, 404, 400]
    assert page.find("a", href="/api/v1/projects.csv?status=ended") is not None


async def test_feeds_are_filtered_and_cost_nothing_while_nothing_changes(world: World) -> None:
    """A calendar and a feed of changes; an unchanged one is 304."""
    async with Running(world.settings) as view:
        await view.reaches("proven")
        calendar = await view.http.get("/api/v1/events.ics?hub=limburg")
        changes = await view.http.get(f"/api/v1/changes.atom?hub={HUB}&area=gezondheid-en-zorg")
        elsewhere = await view.http.get("/api/v1/changes.atom?hub=limburg")
        same = {"If-None-Match": changes.headers["etag"]}
        again = await view.http.get(str(changes.url), headers=same)

    assert calendar.text.startswith("BEGIN:VCALENDAR")
    assert "X-WR-CALNAME:Zeven · AI-hub Brightlands" in calendar.text
    assert changes.text.count("<entry>") >= 1
    assert "Zorg &lt;b&gt;dichtbij" in changes.text
    assert "Slimme haven" not in changes.text
    assert "<entry>" not in elsewhere.text
    assert (again.status_code, again.content) == (304, b"")
