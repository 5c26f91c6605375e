"""How the API answers what it cannot answer: problems with what to do, each parameter known, nothing that crashes."""

from __future__ import annotations

import asyncio
import re
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
import uvicorn

from streams.view import answers, fields, page
from streams.view.api import View, application
from streams.view.asked import API
from streams.view.doorman import VERSION, Head
from streams.view.filters import AS_OF, PAGE, SORT, WORDS
from streams.view.materialise import Bell
from streams.view.problems import TYPES, WHERE
from streams.view.serve import listening
from streams.view.tables import FILE, open_writer
from tests.house.test_sizes import REPO
from tests.support.view_past import Past, fed
from tests.support.view_world import HUBS
from tests.support.waiting import auntil


class Ask(Protocol):
    """Asks the door."""

    def __call__(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None
    ) -> httpx.Response: ...


HEAD_BYTES = 10_000_000


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Any]:
    """The door of a view that holds three projects."""
    told = Past()
    told.say("p-a", "Een", areas=["gezondheid-en-zorg"], type="lab")
    told.say("p-b", "Twee", hub="zuid-holland")
    told.say("p-c", "Drie", areas=["onderwijs"])
    writer = open_writer(tmp_path)
    fed(writer, [*told.national, *told.history])
    view = View(tmp_path, HUBS, lambda: told.now, Bell(), lambda: None)
    app = application(view)
    page.attach(app, view)
    yield app
    writer.close()


@pytest.fixture
def ask(door: Any) -> Ask:
    """Ask the door; an error of ours is an answer too."""

    async def get(path: str, method: str, headers: dict[str, str] | None) -> httpx.Response:
        transport = httpx.ASGITransport(door, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://zeven.example") as client:
            return await client.request(method, path, headers=headers)

    def ask(path: str, method: str = "GET", headers: dict[str, str] | None = None) -> httpx.Response:
        return asyncio.run(get(path, method, headers))

    return ask


def ids(answer: httpx.Response) -> list[str]:
    return [one["id"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("projects?colour=red", 400, "colour: no such parameter"),
        ("projects?statsu=running", 400, "status?"),
        ("projects?hub=limburg&hub=utrecht", 400, "hub: given twice"),
        ("projects?limit=0&from=gisteren&area=zorgg", 400, "from: gisteren is no day"),
        ("projects?limit=0&from=gisteren&area=zorgg", 400, "limit: no number from 1 to 500"),
        ("projects?limit=0&from=gisteren&area=onderwys", 400, "onderwijs?"),
        ("projects?limit=999999999999999999999", 400, "limit"),
        ("projects?limit=%D9%A3", 400, "limit"),
        ("projects?cursor=x", 400, "cursor"),
        ("projects?cell=nothing", 400, "cell"),
        ("projects?fields=title,colour", 400, "colour"),
        ("projects?q=" + "a" * 2001, 400, "longer than 2000"),
        ("hubs?x=1", 400, "x: no such parameter"),
        ("projects.csv?limit=2", 400, "limit: no such parameter"),
        ("nothing", 404, "nothing at /api/v1/nothing"),
        ("projects/", 404, "nothing at"),
        ("projects/p-none", 404, "no project p-none"),
        ("lists/areas", 404, "no list areas"),
        ("schemas/zeven.Nothing.json", 404, "no schema"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_that_says_what_to_do(
    ask: Ask, path: str, status: int, says: str
) -> None:
    answer = ask(f"{API}/{path}")
    found = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert says in found["detail"]
    assert (found["status"], found["type"]) == (
        status,
        f"{API}/problems#{'bad-request' if status == 400 else 'not-found'}",
    )
    assert found["title"] in ("Bad Request", "Not Found")
    assert found["fix"]
    assert answer.headers["api-version"] == VERSION


def test_all_faults_stand_beside_each_other(ask: Ask) -> None:
    found = ask(f"{API}/projects?limit=0&from=gisteren&area=zorgg").json()
    assert [one["name"] for one in found["errors"]] == ["area", "from", "limit"]


def test_another_way_of_asking_is_405_and_says_which_there_is(ask: Ask) -> None:
    answer = ask(f"{API}/hubs", "DELETE")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["fix"] == "Use GET."


def test_an_error_of_ours_is_a_problem_without_its_insides(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise sqlite3.OperationalError("secret place")

    monkeypatch.setattr(answers, "rejections", broken)
    answer = ask(f"{API}/rejected")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text


def test_a_page_that_there_is_not_is_a_page(ask: Ask) -> None:
    for path in ("/nothing", "/projects/p-none", "/a/b/c/d"):
        answer = ask(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_filters_take_names_and_aliases_and_what_the_overview_counts_by(ask: Ask) -> None:
    assert ids(ask(f"{API}/projects?area=Healthcare")) == ["p-a"]
    assert ids(ask(f"{API}/projects?area=Onderwijs&type=project")) == ["p-c"]
    assert ids(ask(f"{API}/projects?type=lab&cell=hub:limburg")) == ["p-a"]
    assert ids(ask(f"{API}/projects?type=lab&hub=zuid-holland")) == []


def test_only_the_parts_that_are_asked_for(ask: Ask) -> None:
    (first, *_) = ask(f"{API}/projects?fields=title,status,areas").json()["items"]
    assert first.keys() == {"id", "kind", "href", "title", "fields"}
    assert first["fields"].keys() == {"title", "status", "areas"}
    one = ask(f"{API}/projects/p-b?fields=hubs").json()
    assert one["hubs"] == ["zuid-holland"]
    assert "fields" not in one
    assert one["completeness"]


def test_the_next_page_is_a_link_and_ends(ask: Ask) -> None:
    path, seen = f"{API}/projects?limit=2", list[str]()
    while path:
        answer = ask(path)
        seen += ids(answer)
        path = answer.links.get("next", {}).get("url", "")
    assert seen == ["p-c", "p-a", "p-b"]


def test_every_address_says_its_parameters_and_its_problems(door: Any) -> None:
    described = door.openapi()
    assert described["info"]["version"] == VERSION
    for path, ways in described["paths"].items():
        for way in ways.values():
            if path.startswith(API):
                assert "application/problem+json" in way["responses"]["4XX"]["content"], path
            for one in way.get("parameters", ()):
                assert one["name"] == one["name"].lower()


async def test_a_head_of_ten_megabytes_or_none_is_a_problem(door: Any) -> None:
    """By a real server on a real socket."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(door, http=Head, log_config=None, lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        await auntil(lambda: _true(server.started), 10, "the server answers")
        for sent in (
            b"GET /api/v1/hubs HTTP/1.1\r\nHost: x\r\nX: " + b"a" * HEAD_BYTES + b"\r\n\r\n",
            b"GET /api/v1/projects?q=" + b"a" * HEAD_BYTES + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"\x16\x03\x01\x02\x00 no http\r\n\r\n",
        ):
            said = await _said(port, sent)
            head, _, body = said.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 400"), said[:200]
            assert b"application/problem+json" in head
            assert b"64 KiB" in body
        server.should_exit = True
        await task


async def _true(value: bool) -> bool:
    return value


async def _said(port: int, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for at in range(0, len(sent), 65_536):
            writer.write(sent[at : at + 65_536])
            await writer.drain()
    except ConnectionError:
        pass  # it has answered and hung up
    try:
        return await reader.read()
    finally:
        writer.close()


def test_what_did_not_change_costs_nothing(door: Any, ask: Ask) -> None:
    """A weak tag of the records: another question, or another record, has another one."""
    with sqlite3.connect(door.state.view.folder / FILE) as writer:
        writer.execute("INSERT INTO meta VALUES ('cluster', 'here')")
    first = ask(f"{API}/projects?limit=1")
    tag = {"If-None-Match": first.headers["etag"]}
    again = ask(f"{API}/projects?limit=1", headers=tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert ask(f"{API}/projects?limit=2", headers=tag).status_code == 200
    one = ask(f"{API}/projects/p-a")
    assert ask(f"{API}/projects/p-a", headers={"If-None-Match": one.headers["etag"]}).status_code == 304
    writer.execute("UPDATE position SET next = next + 1 WHERE topic = 'national.project'")
    writer.commit()
    writer.close()
    assert ask(f"{API}/projects?limit=1", headers=tag).status_code == 200


def test_the_type_of_a_problem_leads_to_its_meaning(ask: Ask) -> None:
    """On the page of the view and in the reference; one place for each."""
    page, reference = ask(WHERE), (REPO / "docs/reference/api.md").read_text(encoding="utf-8")
    assert page.headers["content-type"].startswith("text/html")
    for status, one in TYPES.items():
        assert f'<dt id="{one.name}">' in page.text
        assert f'| <a id="{one.name}"></a>`{one.name}` | {status} | {one.means} |' in reference


def test_the_reference_names_every_parameter_of_lists_and_every_address(door: Any) -> None:
    """And no other."""
    reference = (REPO / "docs/reference/api.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([a-z_]+)` \| (.+) \|$", reference, re.MULTILINE))
    assert told == WORDS | SORT | PAGE | AS_OF | fields.WORDS
    paths = {path for path in door.openapi()["paths"] if path.startswith(API)}
    assert paths <= set(re.findall(r"`(?:GET )?(/api/v1/[^`]+)`", reference))
    assert f"`API-Version: {VERSION}`" in reference


def test_the_description_says_who_may_and_whom_to_ask(door: Any) -> None:
    """What the NL API Design Rules ask of it."""
    said = door.openapi()
    assert said["info"]["contact"]
    assert said["components"]["securitySchemes"].keys() == {"bearer", "session"}
    files = said["paths"][f"{API}/projects.{{form}}"]["get"]["responses"]["200"]["content"]
    assert {"text/csv", "application/vnd.apache.parquet"} <= files.keys()
    assert all("422" not in way["responses"] for ways in said["paths"].values() for way in ways.values())


def test_whom_the_door_lets_in_is_answered_without_waiting_for_more() -> None:
    """Nagle's algorithm is off on every connection, though asyncio does not see to it for this socket."""
    with listening("127.0.0.1", 0) as door, socket.create_connection(door.getsockname()[:2]):
        there, _ = door.accept()
        with there:
            assert there.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
