"""Every version on the real broker: what was, what changed, and going on from a watermark without a gap."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner, Result
from kafka import KafkaConsumer, TopicPartition

from deploy.cli import erase, export, watermark
from schemas import topics
from schemas.bus.registry import Registry
from schemas.codec import decode, load
from schemas.settings import Page, Settings
from streams.agents.history import History
from streams.engine.app import build
from streams.engine.pump import Place, Pump
from streams.engine.wire import Wire
from streams.view.watermark import read
from tests.support.broker import free_ports
from tests.support.view_process import running
from tests.support.view_world import HUB, Running, World, fresh, project
from tests.support.waiting import auntil, until

pytestmark = pytest.mark.broker
State = dict[str, tuple[int, str]]


@pytest.fixture
def world(broker: Settings, tmp_path: Path) -> Iterator[World]:
    """Empty topics."""
    made = fresh(broker, tmp_path / "data")
    yield made
    made.close()


@asynccontextmanager
async def historian(world: World) -> AsyncIterator[Pump]:
    """The stage, in this process, set up."""
    registry = Registry(world.settings.registry.url)
    wire = Wire(registry, world.catalogue, 2.0)
    stage = History(wire, world.settings.topics.partitions, 1000)
    app, (pump,) = build([stage], Place(world.settings.kafka), wire)
    await app.start()
    try:
        await auntil(lambda: ready(pump), 40, "the stage is set up")
        yield pump
    finally:
        await app.stop()
        registry.close()


async def ready(pump: Pump) -> bool:
    """It has what it needs."""
    return pump.health.reason() is None


def say(world: World, name: str, sequence: int, title: str, **fields: Any) -> None:
    """fold writes a version; no two in one millisecond."""
    time.sleep(0.002)
    if "redirect" in fields:
        world.national(name, {}, content=None, sequence=sequence, **fields)
    else:
        world.national(name, {"a": sequence}, title, content=project(title, **fields), sequence=sequence)


def state_of(items: list[dict[str, Any]]) -> State:
    """Sequence and title by id."""
    return {one["id"]: (one["sequence"], one["title"]) for one in items}


async def versions(view: Running, name: str) -> list[dict[str, Any]]:
    """What the view tells of the versions of a project, newest first."""
    return list((await view.json(f"/api/v1/projects/{name}/history")).get("items", []))


async def copied(view: Running, name: str, count: int) -> list[dict[str, Any]]:
    """The versions, once the history has confirmed so many of them."""

    async def there() -> bool:
        found = await versions(view, name)
        return len(found) == count and all(one["number"] for one in found)

    await auntil(there, 60, f"{count} versions of {name}")
    return await versions(view, name)


async def typed(settings: Settings, port: int, command: click.Command, *words: str) -> Result:
    """Run a command as a user would, against the view at a port."""
    environ = settings.model_copy(update={"page": Page(port=port)}).environ()
    return await asyncio.to_thread(CliRunner().invoke, command, list(words), env=environ)


async def told(world: World, view: Running) -> tuple[str, str]:
    """Two projects: one changes, one is merged into it; a moment between, and when it was merged."""
    say(world, "p-a", 1, "Een")
    say(world, "p-b", 2, "Bee")
    await copied(view, "p-a", 1)
    await copied(view, "p-b", 1)
    between = (await view.json("/api/v1/projects"))["as_of"]
    say(world, "p-a", 3, "Twee", areas=["haven-en-maritiem"])
    say(world, "p-b", 4, "", redirect="p-a")
    await copied(view, "p-a", 2)
    merged, _ = await copied(view, "p-b", 2)
    return between, merged["since"]


async def test_what_was_is_answered_and_compared(world: World) -> None:
    """Lists, records and files as of a moment; differences; outside of the history words that say since when."""
    async with historian(world), Running(world.settings) as view:
        between, at = await told(world, view)
        was = await view.json(f"/api/v1/projects?as_of={between}")
        one = await view.json(f"/api/v1/projects/p-b?as_of={between}")
        merged = await view.http.get("/api/v1/projects/p-b", params={"as_of": at})
        diff = await view.json(f"/api/v1/diff?from={between}")
        file = await view.http.get(f"/api/v1/projects.ndjson?as_of={between}")
        early = await view.http.get("/api/v1/projects?as_of=2001-01-01")
        bad = [
            (await view.http.get(f"/api/v1/{path}")).status_code
            for path in ("diff", "diff?from=x", "projects.csv?as_of=2100-01-01", "projects/p-a?as_of=x")
        ]

    assert state_of(was["items"]) == {"p-a": (1, "Een"), "p-b": (2, "Bee")}
    assert (was["as_of"], one["title"]) == (between, "Bee")
    assert (merged.status_code, merged.json()["redirect"]) == (308, "p-a")
    assert {item["id"]: item["what"] for item in diff["items"]} == {"p-a": "changed", "p-b": "merged"}
    changed = {item["field"]: (item["from"], item["to"]) for item in diff["items"][0]["changes"]}
    assert changed["areas"] == ([], ["haven-en-maritiem"])
    assert [json.loads(line)["title"] for line in file.text.splitlines()] == ["Bee", "Een"]
    assert file.headers["zeven-as-of"] == between
    assert early.status_code == 400
    assert "begins at" in early.text
    assert bad == [400, 400, 400, 400]


async def test_what_was_is_told_on_the_page_and_written_to_files(world: World, tmp_path: Path) -> None:
    """Versions in words; `zeven export --as-of`, which says so when the history does not reach that far."""
    folder = str(tmp_path / "x")
    async with historian(world), Running(world.settings) as view:
        between, _ = await told(world, view)
        page = BeautifulSoup((await view.http.get("/projects/p-a")).text, "html.parser")
        then = BeautifulSoup((await view.http.get(f"/projects?as_of={between}")).text, "html.parser")
        asked = ("--to", folder, "--list", "projects", "--as-of")
        files = await typed(world.settings, view.port, export.command, *asked, between)
        early = await typed(world.settings, view.port, export.command, *asked, "2001-01-01")

    (told_so,) = page.select("#history ~ ol > li:has(del)")
    assert "Titel: van Een naar Twee AI-hub Zuid-Holland" in " ".join(told_so.get_text().split())
    assert [one.get_text() for one in then.select("ul.records h2 a")] == ["Bee", "Een"]
    assert [one["datetime"] for one in then.select("p.about > time")] == [between]
    assert files.exit_code == 0, files.output
    assert (tmp_path / "x" / "projects.csv").read_bytes().count(b"\r\n") == 3
    assert "begins at" in str(early.exception)


@pytest.mark.parametrize("rebuilt", [False, True], ids=["its file stays", "its file is gone"])
async def test_a_state_and_the_changes_since_its_watermark_are_the_later_state(
    world: World, rebuilt: bool
) -> None:
    """Over a kill of the view, and over a Kafka consumer that begins at the watermark."""
    say(world, "p-a", 1, "Een")
    say(world, "p-b", 2, "Bee")
    async with (
        historian(world),
        running(world.settings, free_ports(1)) as view,
        httpx.AsyncClient(base_url=view.base, timeout=20, trust_env=False) as http,
    ):
        answer = await http.get("/api/v1/projects")
        file = await http.get("/api/v1/projects.csv")
        state, token = state_of(answer.json()["items"]), answer.headers["zeven-watermark"]
        say(world, "p-c", 3, "Cee")

        async def seen() -> bool:
            return (await http.get("/api/v1/projects/p-c")).status_code == 200

        await auntil(seen, 20, "the view has read on")
        view.kill()
        say(world, "p-a", 4, "Twee")
        world.put(topics.national("project"), "p-b", None)
        say(world, "p-c", 5, "Cee ook")
        say(world, "p-d", 6, "", redirect="p-a")
        if rebuilt:
            shutil.rmtree(world.settings.data / "view")
        await asyncio.to_thread(view.start)
        later = await caught_up(http, dict(state), token)
        say(world, "p-e", 7, "Daarna")
        live, last = await followed(http, dict(state), token, "p-e")
        now = state_of((await http.get("/api/v1/projects")).json()["items"])
        again = (await http.get(f"/api/v1/changes?format=json&since={last}")).json()["items"]

    assert state == {"p-a": (1, "Een"), "p-b": (2, "Bee")}
    assert later == {"p-a": (4, "Twee"), "p-c": (5, "Cee ook")}
    assert live == now == later | {"p-e": (7, "Daarna")}
    assert again == []
    assert answer.json()["watermark"] == token
    assert consumed(world, dict(state), file.headers["zeven-watermark"]) == now


async def caught_up(http: httpx.AsyncClient, state: State, token: str) -> State:
    """The state after the changes since a watermark, in answers."""
    while True:
        answer = (await http.get(f"/api/v1/changes?format=json&since={token}")).json()
        for one in answer["items"]:
            await apply(http, state, one)
        if not answer["items"]:
            return state
        token = answer["watermark"]


async def followed(http: httpx.AsyncClient, state: State, token: str, until_id: str) -> tuple[State, str]:
    """The state after the events since a watermark up to one of this id, and where the stream was then."""
    number = ""
    async with http.stream("GET", f"/api/v1/changes?since={token}") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("id: "):
                number = line[4:]
            if not line.startswith("data: ") or "what" not in (one := json.loads(line[6:])):
                continue
            await apply(http, state, one)
            if one["id"] == until_id:
                return state, number
    raise AssertionError("the stream ended")


async def apply(http: httpx.AsyncClient, state: State, one: dict[str, Any]) -> None:
    """What a reader does with a change: forget the record, or ask for it."""
    if one["kind"] == "hub":
        return
    found = await http.get(f"/api/v1/{one['kind']}s/{one['id']}")
    if one["what"] in ("removed", "redirected") or found.status_code != 200:
        state.pop(one["id"], None)
    else:
        state |= state_of([found.json()])


def consumed(world: World, state: State, token: str) -> State:
    """The state after what a Kafka consumer reads that begins where `zeven watermark` says."""
    said = json.loads(CliRunner().invoke(watermark.command, [token, "--json"]).output)
    begin = {
        one["partition"]: one["offset"]
        for one in said["offsets"]
        if one["topic"] == topics.national("project")
    }
    places = [
        TopicPartition(topics.national("project"), part) for part in range(world.settings.topics.partitions)
    ]
    consumer = KafkaConsumer(group_id=None, **world.settings.kafka.for_kafka_python())
    consumer.assign(places)
    for place in places:
        consumer.seek(place, begin.get(place.partition, 0))
    ends, schema = consumer.end_offsets(places), load("national.Project")

    def whole() -> bool:
        for records in consumer.poll(timeout_ms=200).values():
            for record in records:
                value = None if record.value is None else decode(schema, record.value[5:])
                name = record.key.decode()
                if value is None or value["redirect"]:
                    state.pop(name, None)
                else:
                    state[name] = (value["sequence"], value["content"]["title"]["nl"])
        return all(consumer.position(place) >= end for place, end in ends.items())

    until(whole, 20, "read to the end")
    consumer.close()
    return state


async def test_who_cannot_go_on_is_told_to_take_the_state_again(world: World) -> None:
    """Another cluster, or a mark that is ahead of the topics: an event `resync`, or 410."""
    say(world, "p-a", 1, "Een")
    async with Running(world.settings) as view:
        await view.reaches("unknown")

        async def caught() -> bool:
            return (await view.http.get("/health/ready")).status_code == 200

        await auntil(caught, 20, "ready")
        here = read((await view.json("/api/v1/projects"))["watermark"])
        ahead = here.after(("project", 0), 99).token()
        other = type(here)("elders", here.at, here.next).token()
        gone = [await view.http.get(f"/api/v1/changes?format=json&since={one}") for one in (ahead, other)]
        async with view.http.stream("GET", "/api/v1/changes", headers={"Last-Event-ID": other}) as stream:
            lines = aiter(stream.aiter_lines())
            told = [line async for line in take(lines, "event: resync")]
            data = json.loads((await anext(lines), await anext(lines))[1][6:])

    assert [one.status_code for one in gone] == [410, 410]
    assert "made anew" in gone[0].text
    assert told
    assert read(data["watermark"]).next == here.next


async def take(lines: AsyncIterator[str], last: str) -> AsyncIterator[str]:
    """Lines up to this one."""
    async for line in lines:
        yield line
        if line == last:
            return


async def test_an_erased_version_is_gone_from_every_answer_and_stays_away(world: World) -> None:
    """By an order of the command line; the standing version is refused; neither a restart nor a new view finds it."""
    async with historian(world), Running(world.settings) as view:
        say(world, "p-a", 1, "Jan Jansen")
        say(world, "p-a", 2, "Een")
        await copied(view, "p-a", 2)
        listed = await typed(world.settings, view.port, erase.command, "p-a")
        refused = await typed(world.settings, view.port, erase.command, "p-a", "2")
        unknown = await typed(world.settings, view.port, erase.command, "p-none", "1")
        done = await typed(world.settings, view.port, erase.command, "p-a", "1", "--json")
        after = await copied(view, "p-a", 1)
    shutil.rmtree(world.settings.data / "view")
    async with historian(world), Running(world.settings) as view:
        again = await copied(view, "p-a", 1)

    assert (listed.exit_code, "│ 1" in listed.output, "│ 2" in listed.output) == (0, True, True)
    assert "standing" in str(refused.exception)
    assert unknown.exit_code == 1
    assert '"key": "p-a|1"' in done.output
    assert [one["title"] for one in (*after, *again)] == ["Een", "Een"]
    assert HUB in after[0]["hubs"]
