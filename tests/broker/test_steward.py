"""`zeven steward` with real stages and a real view: what it decides shows, and what it undoes no longer does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli import steward
from schemas.settings import Page, Settings
from tests.support.stages_world import stages
from tests.support.view_world import Running, World, fresh
from tests.support.waiting import auntil

pytestmark = pytest.mark.broker
WHY = ("--reason", "Hetzelfde lab onder twee namen")


@pytest.fixture
def world(broker: Settings, tmp_path: Path) -> Iterator[World]:
    made = fresh(broker, tmp_path)
    yield made
    made.close()


class Desk:
    """A steward at a command line."""

    def __init__(self, world: World, view: Running) -> None:
        self._world, self._view = world, view

    async def types(self, *words: str) -> Result:
        environ = self._world.settings.model_copy(update={"page": Page(port=self._view.port)}).environ()
        return await asyncio.to_thread(CliRunner().invoke, steward.command, list(words), env=environ)

    async def titles(self) -> dict[str, str]:
        items = (await self._view.json("/api/v1/projects")).get("items", [])
        return {one["title"]: one["id"] for one in items}

    async def sees(self, *titles: str) -> dict[str, str]:
        async def there() -> bool:
            return sorted(await self.titles()) == sorted(titles)

        await auntil(there, 40, f"the view shows {titles}")
        return await self.titles()


async def test_a_steward_merges_pins_and_undoes(world: World) -> None:
    """Each command ends when the view shows what follows; the list tells what holds."""
    world.regional("a", 1, "Slimme haven")
    world.regional("b", 2, "Haven, slim")
    async with stages(world), Running(world.settings) as view:
        desk = Desk(world, view)
        ids = await desk.sees("Slimme haven", "Haven, slim")
        merged = await desk.types("merge", *ids.values(), *WHY)
        assert merged.exit_code == 0, merged.output
        [winner] = (await desk.titles()).values()
        lost = next(one for one in ids.values() if one != winner)
        assert (await view.json(f"/api/v1/projects/{lost}"))["redirect"] == winner
        refused = await desk.types("merge", lost, winner, *WHY)
        assert "needs two things" in str(refused.exception)

        pinned = await desk.types("pin", winner, "title", '{"nl": "Haven", "en": null}', *WHY)
        assert pinned.exit_code == 0, pinned.output
        await desk.sees("Haven")
        classified = await desk.types("classify", winner, "--area", "Haven en maritiem", *WHY)
        assert classified.exit_code == 0, classified.output
        found = await view.json(f"/api/v1/projects/{winner}")
        assert found["fields"]["areas"] == ["haven-en-maritiem"]

        listed = json.loads((await desk.types("list", "--json")).output)
        assert [one["action"] for one in listed] == ["pin", "pin", "merge"]
        for one in listed:
            undone = await desk.types("undo", one["id"])
            assert undone.exit_code == 0, undone.output
        await desk.sees("Slimme haven", "Haven, slim")
        assert "No decision holds now" in (await desk.types("list")).output


async def test_what_cannot_be_decided_is_said_in_words(world: World) -> None:
    """Unknown ids, fields, areas and sources; a split that still holds forbids a merge."""
    world.regional("a", 1, "Slimme haven")
    world.regional("b", 2, "Haven, slim")
    async with stages(world), Running(world.settings) as view:
        desk = Desk(world, view)
        first, second = (await desk.sees("Slimme haven", "Haven, slim")).values()
        for words, said in (
            (("merge", first, "p-none", *WHY), "There is no record p-none"),
            (("merge", first, *WHY), "needs two things"),
            (("pin", first, "colour", "red", *WHY), "has no field colour"),
            (("split", first, "--source", "limburg|project|x", *WHY), "speak not of"),
            (("undo", "d-none"), "There is no decision d-none"),
            (("merge", first, second, "--by", "an@example.org", *WHY), "a role, not a person"),
        ):
            assert said in str((await desk.types(*words)).exception), words
        for words, said in (
            (("classify", first, "--area", "voetbal", *WHY), "voetbal is none of the areas"),
            (("split", first, "--source", "x", *WHY), "names no source"),
        ):
            assert said in (await desk.types(*words)).output
        apart = await desk.types("split", first, second, *WHY)
        assert apart.exit_code == 0, apart.output
        refused = await desk.types("merge", first, second, *WHY)
        assert "says that these are several things" in str(refused.exception)


async def test_a_wrong_identifier_is_a_doubt_until_it_is_mended(world: World) -> None:
    """Two projects with one address and two grants: shown with both, joined by none, gone when the hub mends it."""
    shared, first, second = "url:x/haven", "grant:10.1/a", "grant:10.1/b"
    world.regional("a", 1, "Slimme haven", [first, shared])
    world.regional("b", 2, "Haven, slim", [second, shared])
    async with stages(world), Running(world.settings) as view:
        desk = Desk(world, view)
        ids = await desk.sees("Slimme haven", "Haven, slim")

        async def doubted() -> bool:
            found = json.loads((await desk.types("doubts", "--json")).output)
            return [(one["key"], one["now"]) for one in found] == [(shared, sorted(ids.values()))]

        await auntil(doubted, 20, "the doubt shows")
        assert "url:x/haven" in (await desk.types("doubts")).output
        world.regional("b", 3, "Haven, slim", [second])

        async def mended() -> bool:
            return "Nothing is in doubt" in (await desk.types("doubts")).output

        await auntil(mended, 20, "the doubt is gone")
