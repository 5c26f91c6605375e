"""What the national office says of its lists, through identify on the real broker, and at the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result

from deploy.cli import office
from schemas.reference import kept
from schemas.reference.kept import Kept
from schemas.settings import Page, Settings
from schemas.topics import ROW
from streams.agents.identify_task import IdentifyTask
from tests.support.engine_world import Nation, nation, quiet, ready
from tests.support.view_world import Running, World, fresh
from tests.support.waiting import auntil

__all__ = ["nation"]
pytestmark = pytest.mark.broker
NEW = {"slug": "nieuw-lab", "name": "Nieuw Lab", "aliases": "N-Lab"}
SAID = ("twee namen, een lab", "national office", 7)


def partner(name: str) -> Mapping[str, Any]:
    """A mention without an identifier."""
    mention = {"local": f"name:{name.casefold()}", "name": name, "role": "partner", "keys": []}
    return mention | dict.fromkeys(("via", "helix", "website", "place"))


async def organisations(nation: Nation, pumps: Any, wanted: list[int]) -> None:
    """How many sources stand behind each organisation."""

    async def as_wanted() -> bool:
        table = await nation.table("national.organisation")
        found = sorted(len(one["contributions"]) for one in table.values() if one["content"])
        return ready(pumps) and found == wanted

    await auntil(as_wanted, 40, f"organisations of {wanted} sources")
    await auntil(lambda: quiet(pumps), 20, "quiet")


async def test_a_name_that_the_office_lists_joins_at_once_and_while_nobody_runs(nation: Nation) -> None:
    """Live; taken back while no worker runs; and a set-up after that has nothing left to do."""
    now = Kept()
    [row] = kept.versions_of(
        now, "organisations", kept.changes(now, "organisations", [NEW], whole=False), *SAID
    )
    now.put(kept.key_of(row), row)
    async with nation.worker() as pumps:
        for hub, name in (("zuid-holland", "Nieuw Lab"), ("limburg", "N-Lab")):
            await nation.publish(hub, nation.project(hub, hub, organisations=[partner(name)]))
        await organisations(nation, pumps, [1, 1])
        await nation.record(ROW, kept.key_of(row), row)
        await organisations(nation, pumps, [2])
    back = kept.undone(now, "organisations", "nieuw-lab", *SAID)
    await nation.record(ROW, kept.key_of(back), back)
    async with nation.worker() as pumps:
        await organisations(nation, pumps, [1, 1])
        assert pumps["identify"].set_up.figures["emitted"] > 0, "the keys were made again"

        async def marked() -> bool:
            tasks = cast("list[IdentifyTask]", list(pumps["identify"].tasks.values()))
            return all(task.rules == task.stage.rules and task.marked == task.done for task in tasks)

        await auntil(marked, 20, "the rules are marked as done")
    async with nation.worker() as pumps:
        await organisations(nation, pumps, [1, 1])
        assert pumps["identify"].set_up.figures["emitted"] == 0


async def test_a_list_is_changed_by_file_and_taken_back(broker: Settings, tmp_path: Path) -> None:
    """Shown, written to a file, previewed, applied, undone; faults in words."""
    world = fresh(broker, tmp_path)
    try:
        async with Running(world.settings) as view:
            await auntil(lambda: ready_view(view), 20, "the view is ready")
            file = tmp_path / "targets.csv"
            assert (await typed(world, view, "show", "targets", "--csv", str(file))).exit_code == 0
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace("1500", "1600"), encoding="utf-8")
            why = ("--reason", "bijgesteld")
            preview = await typed(world, view, "apply", "targets", str(file), "--preview", *why)
            assert "value = 1600" in preview.output
            assert "1600" not in (await typed(world, view, "show", "targets")).output
            done = await typed(world, view, "apply", "targets", str(file), *why)
            assert "1 rows of targets changed" in done.output, done.output
            assert "1600" in (await typed(world, view, "show", "targets")).output
            assert "nothing changes" in (await typed(world, view, "apply", "targets", str(file), *why)).output
            assert (await typed(world, view, "undo", "targets", "ai-studenten", *why)).exit_code == 0
            assert "1600" not in (await typed(world, view, "show", "targets")).output
            file.write_text("slug,colour\nx,red\n", encoding="utf-8")
            refused = await typed(world, view, "apply", "targets", str(file), *why)
            assert "columns that targets does not have: colour" in str(refused.exception)
            assert "targets" in (await typed(world, view, "list")).output
    finally:
        world.close()


async def ready_view(view: Running) -> bool:
    return (await view.json("/health/ready")).get("ready") is True


async def typed(world: World, view: Running, *words: str) -> Result:
    environ = world.settings.model_copy(update={"page": Page(port=view.port)}).environ()
    return await asyncio.to_thread(CliRunner().invoke, office.command, list(words), env=environ)
