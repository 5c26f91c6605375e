"""The journey of a steward, and who else tries the door: real Kafka, real stages, a real view."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner, Result

from deploy.cli import invite, sessions, token
from deploy.cli.hubs import object as hub_object
from deploy.cli.hubs import objections as hub_objections
from schemas.settings import Page, Settings
from streams.view.access import INVITATION, READER, SESSION, STEWARD, TOKEN
from streams.view.keyring import Keyring
from streams.view.materialise import wall_ms
from tests.support.stages_world import stages
from tests.support.view_world import HUB, Running, World, fresh
from tests.support.waiting import auntil

pytestmark = pytest.mark.broker
HOUR_MS = 3_600_000


@pytest.fixture
def world(broker: Settings, tmp_path: Path) -> Iterator[World]:
    made = fresh(broker, tmp_path)
    yield made
    made.close()


class Person:
    """A browser without JavaScript: follows links, fills in forms, says where its forms come from."""

    def __init__(self, view: Running) -> None:
        self._base = view.base
        self.http = httpx.AsyncClient(base_url=view.base, timeout=20, trust_env=False, follow_redirects=True)
        self.answer = httpx.Response(204)

    @property
    def page(self) -> Any:
        return BeautifulSoup(self.answer.text, "html.parser")

    async def opens(self, path: str) -> Any:
        self.answer = await self.http.get(path)
        return self.page

    async def presses(self, button: str, **filled: str | list[str]) -> Any:
        """The form with this button, its boxes filled in."""
        form = next(
            one for one in self.page.select("form") if one.button and one.button.text.strip() == button
        )
        said: dict[str, list[str]] = {}
        for box in form.select("input[name], textarea[name]"):
            if box.get("type") != "checkbox" or box.has_attr("checked"):
                said.setdefault(box["name"], []).append(box.get("value", box.text))
        said |= {name: [value] if isinstance(value, str) else value for name, value in filled.items()}
        if form["method"] == "get":
            self.answer = await self.http.get(form["action"], params=said)
        else:
            where = {"Origin": self._base, "Sec-Fetch-Site": "same-origin"}
            self.answer = await self.http.post(form["action"], data=said, headers=where)
        return self.page


@asynccontextmanager
async def person(view: Running) -> AsyncIterator[Person]:
    made = Person(view)
    try:
        yield made
    finally:
        await made.http.aclose()


def invitation(world: World, view: Running) -> str:
    """What the operator's command prints."""
    environ = world.settings.model_copy(update={"page": Page(port=view.port)}).environ()
    done = CliRunner().invoke(invite.command, ["--for", "redactie@example.org"], env=environ)
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()[0]


async def ids(view: Running, *titles: str) -> list[str]:
    """The national ids of these titles, once there is nothing else."""

    async def found() -> dict[str, str]:
        items = (await view.json("/api/v1/projects")).get("items", [])
        return {one["title"]: one["id"] for one in items}

    async def there() -> bool:
        return sorted(await found()) == sorted(titles)

    await auntil(there, 40, f"the view shows {titles}")
    known = await found()
    return [known[title] for title in titles]


async def signs_in(steward: Person, path: str) -> None:
    await steward.opens(path)
    await steward.presses("Aanmelden")
    cookie = steward.answer.history[0].headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/"))
    assert "Aangemeld als redactie" in steward.page.text


async def test_a_steward_signs_in_compares_merges_and_takes_it_back(world: World) -> None:
    """From the link to the redirect and back again, without JavaScript."""
    world.regional("a", 1, "Slimme haven")
    world.regional("b", 2, "Haven, slim")
    async with stages(world), Running(world.settings) as view, person(view) as steward:
        first, second = await ids(view, "Slimme haven", "Haven, slim")
        await signs_in(steward, invitation(world, view).removeprefix(view.base))
        await steward.presses("Toon", q="haven")
        await steward.presses("Vergelijk", id=[first, second])
        assert [row.th.text.split() for row in steward.page.select("tr.differs")] == [["Titel", "verschilt"]]
        await steward.presses("Eén ding", reason="Hetzelfde lab onder twee namen")
        winner, lost = sorted((first, second))
        assert f"{lost} verwijst door naar {winner}" in " ".join(steward.page.text.split())
        assert (await view.json("/api/v1/decisions"))["items"] == []
        await steward.presses("Besluit dit")
        decision = steward.answer.url.path

        async def followed() -> bool:
            speaks = [one.text for one in (await steward.opens(decision)).select(".now a")]
            redirect = (await view.json(f"/api/v1/projects/{lost}")).get("redirect")
            return (speaks, redirect) == ([winner], winner)

        await auntil(followed, 40, "what the preview foresaw has come about")
        await steward.opens(f"/desk/compare?id={winner}")
        refused = await steward.presses("Twee dingen", apart=[], reason="Toch niet")
        assert (steward.answer.status_code, "All sources, or none" in refused.text) == (400, True)
        await steward.opens(f"/desk/field?id={winner}&field=areas")
        await steward.presses("Bekijk eerst wat hieruit volgt", slug=["defensie"], reason="Zo ingedeeld")
        await steward.presses("Besluit dit")
        assert (await view.json("/api/v1/decisions"))["items"][0]["value"] == ["defensie"]

        await steward.opens(decision)
        await steward.presses("Neem terug")
        assert "Teruggenomen" in steward.page.h1.text
        await ids(view, "Slimme haven", "Haven, slim")
        await steward.presses("Meld af")
        await steward.opens("/desk")
        assert steward.answer.status_code == 401


async def test_an_invitation_works_once_and_says_nothing_of_itself(world: World) -> None:
    """Opening it does not use it; used, expired, taken back and unknown ones are refused alike."""
    ring = Keyring(world.settings.data, wall_ms)
    gone, expired = (ring.issue(INVITATION, STEWARD, "redactie", lasts)[1] for lasts in (HOUR_MS, -1))
    ring.revoke(_id(gone), INVITATION)
    async with Running(world.settings) as view, person(view) as steward:
        path = invitation(world, view).removeprefix(view.base)
        for _ in range(3):
            await steward.opens(path)
        await steward.presses("Aanmelden")
        assert steward.answer.status_code == 200
        pages = set()
        for code in (path.rpartition("/")[2], expired, gone, gone[:-3] + "abc", "x"):
            await steward.opens(f"/sign-in/{code}")
            page = await steward.presses("Aanmelden")
            assert steward.answer.status_code == 401
            pages.add(page.main.text)
        assert len(pages) == 1


def _id(text: str) -> str:
    return re.split("-", text)[2]


async def test_forms_of_others_are_refused(world: World) -> None:
    """A wrong or missing token of the form, a foreign or silent origin, another session's token: nothing is written."""
    ring = Keyring(world.settings.data, wall_ms)
    mine, others = (ring.issue(SESSION, STEWARD, "redactie", HOUR_MS)[1] for _ in range(2))
    async with Running(world.settings) as view, person(view) as steward:
        await view.reaches("unknown")
        steward.http.cookies.set("zeven-session", others)
        foreign = (await steward.opens("/desk")).select_one("[name=form]")["value"]
        steward.http.cookies.set("zeven-session", mine)
        own = (await steward.opens("/desk")).select_one("[name=form]")["value"]
        assert own != foreign
        here = {"Origin": view.base, "Sec-Fetch-Site": "same-origin"}
        for token_of_form, headers in (
            (foreign, here),
            ("", here),
            (own, {"Origin": "https://kwaad.example", "Sec-Fetch-Site": "cross-site"}),
            (own, here | {"Sec-Fetch-Site": "same-site"}),
            (own, {"Origin": "null"}),
            (own, {}),
        ):
            for path in ("/desk/preview", "/desk/decide", "/desk/undo", "/sign-out"):
                answer = await steward.http.post(path, data={"form": token_of_form}, headers=headers)
                assert answer.status_code == 403, (path, headers)
            body = {"action": "pin", "ids": ["p-a"], "field": "place", "value": "x", "reason": "omdat"}
            sent = headers | {"X-Zeven-Form": token_of_form}
            assert (await steward.http.post("/api/v1/decisions", json=body, headers=sent)).status_code == 403
        assert (
            await steward.http.post("/sign-in", data={"code": "x"}, headers={"Origin": "null"})
        ).status_code == 403
        assert (await steward.opens("/desk")).select_one("[name=form]")["value"] == own


async def test_programs_decide_with_a_token_of_a_steward_only(world: World) -> None:
    """Nobody, a reader, an ended token, a token in an address: refused. The same id again writes nothing twice."""
    ring = Keyring(world.settings.data, wall_ms)
    environ = world.settings.environ()
    issued = CliRunner().invoke(token.command, ["issue", "--for", "koppeling"], env=environ)
    good = issued.stdout.strip()
    reader = ring.issue(TOKEN, READER, "lezer", HOUR_MS)[1]
    world.regional("a", 1, "Slimme haven")
    async with stages(world), Running(world.settings) as view:
        [national] = await ids(view, "Slimme haven")
        title = {"nl": "Haven", "en": None}
        body = {"id": "proef-001", "action": "pin", "ids": [national], "field": "title", "value": title}
        body["reason"] = "Zo heet het"

        async def sends(said: str, path: str = "", **changed: Any) -> httpx.Response:
            headers = {"Authorization": said} if said else {}
            return await view.http.post(f"/api/v1/decisions{path}", json=body | changed, headers=headers)

        bearer = f"Bearer {good}"
        assert (await sends("")).headers["www-authenticate"] == "Bearer"
        assert (await sends(f"Bearer {reader}")).status_code == 403
        assert (await sends(bearer, f"?access_token={good}")).status_code == 400
        assert (await sends(bearer, reason="")).status_code == 400
        assert (await sends(bearer, ids=["p-none"])).status_code == 400
        made = await sends(bearer)
        assert (made.status_code, made.json()["by"]) == (201, "koppeling")
        again = await sends(bearer)
        assert (again.status_code, again.json()["at"]) == (200, made.json()["at"])
        assert (await sends(bearer, reason="Een andere reden")).status_code == 409
        await ids(view, "Haven")
        for _ in range(2):
            undone = await sends(bearer, "/proef-001/undo")
            assert undone.json()["withdrawn_at"] is not None
        await ids(view, "Slimme haven")
        assert (await sends(bearer, "/niets-123/undo")).status_code == 404
        assert CliRunner().invoke(token.command, ["revoke", _id(good)], env=environ).exit_code == 0
        assert (await sends(bearer)).status_code == 401


async def test_a_session_ends_by_time_and_by_command_and_guesses_have_a_limit(world: World) -> None:
    """Idle, over, ended from the command line; ten wrong secrets, then a wait for everything from there."""
    now = wall_ms()
    idle = Keyring(world.settings.data, lambda: now - 61 * 60_000).issue(
        SESSION, STEWARD, "redactie", 24 * HOUR_MS
    )[1]
    over = Keyring(world.settings.data, lambda: now - HOUR_MS).issue(SESSION, STEWARD, "redactie", HOUR_MS)[1]
    good = Keyring(world.settings.data, wall_ms).issue(SESSION, STEWARD, "redactie", HOUR_MS)[1]
    async with Running(world.settings) as view:

        async def desk(session: str) -> int:
            return (await view.http.get("/desk", headers={"Cookie": f"zeven-session={session}"})).status_code

        await view.reaches("unknown")
        assert [await desk(one) for one in (idle, over, good)] == [401, 401, 200]
        ended = CliRunner().invoke(sessions.command, ["revoke", _id(good)], env=world.settings.environ())
        assert ended.exit_code == 0, ended.output
        assert await desk(good) == 401
        last = Keyring(world.settings.data, wall_ms).issue(SESSION, STEWARD, "redactie", HOUR_MS)[1]
        assert [await desk(f"{last[:-3]}{number:03}") for number in range(10)] == [401] * 10
        assert await desk(last) == 429


async def test_a_hub_objects_and_hears_the_outcome(world: World) -> None:
    """From the hub's command to the record and the desk, and the answer back to the hub."""
    world.regional("a", 1, "Slimme haven")
    environ = world.settings.environ()
    async with stages(world), Running(world.settings) as view, person(view) as steward:
        [national] = await ids(view, "Slimme haven")

        async def types(command: click.Command, *words: str) -> Result:
            return await asyncio.to_thread(CliRunner().invoke, command, list(words), env=environ)

        about = (HUB, "--id", national, "--reason", "Dit is in Delft", "--field")
        sent = await types(hub_object.command, *about, "place")
        assert sent.exit_code == 0, sent.output
        assert "no field colour" in (await types(hub_object.command, *about, "colour")).output
        assert "not answered yet" in (await types(hub_objections.command, HUB)).output

        async def shown() -> bool:
            return "Dit is in Delft" in (await view.http.get(f"/projects/{national}")).text

        await auntil(shown, 20, "the objection stands with the record")
        await signs_in(steward, invitation(world, view).removeprefix(view.base))
        await steward.opens(steward.page.select_one("a[href^='/desk/objections/']")["href"])
        assert "Gegrond" not in [one.text for one in steward.page.select("button")]
        await steward.presses("Afgewezen", reason="De bron noemt Rotterdam")
        assert "afgewezen" in steward.page.h1.text
        listed = (await types(hub_objections.command, HUB)).output
        assert "declined: De bron noemt Rotterdam" in listed
        assert "afgewezen: De bron noemt Rotterdam" in (await steward.opens(f"/projects/{national}")).text
