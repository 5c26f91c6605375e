"""What operators type about the view: status, why, rejected and tail, with a view running and without."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from deploy.cli import export, rejected, status, tail, why
from deploy.cli.hubs import approve
from schemas import topics
from schemas.settings import Page, Settings
from tests.support.view_world import HUB, NOON, Running, World, fresh, look

pytestmark = pytest.mark.broker
NOBODY = 9
ROOT = Path(__file__).parents[2]


@pytest.fixture
def world(broker: Settings, tmp_path: Path) -> Iterator[World]:
    """One project that travelled, one that identify rejected."""
    made = fresh(broker, tmp_path)
    made.regional("a", 1)
    made.national("p-a", {"a": 1})
    value = {"stage": "identify", "hub": HUB, "kind": "project", "source_id": "c", "revision": 5, "at": NOON}
    text = {"cause": "no title", "fix": "Give it a title.", "original": b"?"}
    rest = dict.fromkeys(("topic", "partition", "offset", "row", "field", "expected", "got"))
    made.put(topics.rejected(HUB), "identify|project|c", value | text | rest)
    made.checked()
    made.progress()
    yield made
    made.close()


async def typed(settings: Settings, port: int, command: click.Command, *words: str) -> Result:
    """Run a command as a user would, against the view at a port."""
    environ = settings.model_copy(update={"page": Page(port=port)}).environ()
    return await asyncio.to_thread(CliRunner().invoke, command, list(words), env=environ)


async def test_status_shows_every_hub_and_fails_for_a_silent_one(world: World) -> None:
    """A table for people, JSON for programs; exit code 1, because this hub's last look is long ago."""
    async with Running(world.settings) as view:
        await view.reaches("proven")
        people = await typed(world.settings, view.port, status.command)
        programs = await typed(world.settings, view.port, status.command, "--json")

    found = {hub["hub"]: hub for hub in json.loads(programs.output)["items"]}
    assert (people.exit_code, programs.exit_code) == (1, 1)
    assert "proven up to 2025-10-09 08:53:21Z" in people.output
    assert "voorbeelddata" in people.output
    assert (found[HUB]["state"], found["limburg"]["state"]) == ("silent", "not connected")


async def test_why_tells_a_life_and_says_when_it_knows_nothing(world: World) -> None:
    """By national id and by source; unknown is exit code 1 with words."""
    async with Running(world.settings) as view:
        await view.reaches("proven")
        people = await typed(world.settings, view.port, why.command, "p-a")
        programs = await typed(world.settings, view.port, why.command, f"{HUB}|project|a", "--json")
        unknown = await typed(world.settings, view.port, why.command, "p-none")

    assert people.exit_code == 0
    assert "published as revision 1" in people.output
    assert [step["stage"] for step in json.loads(programs.output)["steps"]][-1] == "national"
    assert (unknown.exit_code, "Nothing is known of p-none" in unknown.output) == (1, True)


async def test_export_writes_files_and_what_they_are(world: World, tmp_path: Path) -> None:
    """Whole files only, each with its digest; a list that does not exist is a wrong word."""
    async with Running(world.settings) as view:
        await view.reaches("proven")
        words = ("--to", str(tmp_path / "uit"), "--format", "csv", "--format", "ndjson", "--list", "projects")
        done = await typed(world.settings, view.port, export.command, *words, "--format", "parquet")
        wrong = await typed(world.settings, view.port, export.command, "--list", "niets")

    said = json.loads((tmp_path / "uit" / "zeven-export.json").read_text(encoding="utf-8"))
    assert done.exit_code == 0, done.output
    assert sorted(one.name for one in (tmp_path / "uit").iterdir()) == [
        "projects.csv",
        "projects.ndjson",
        "projects.parquet",
        "zeven-export.json",
    ]
    for one in said["files"]:
        content = (tmp_path / "uit" / one["file"]).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content), one["records"]) == (
            one["sha256"],
            one["bytes"],
            1,
        )
    assert said["completeness"][HUB]["state"] == "proven"
    assert (wrong.exit_code, "There are projects, events" in wrong.output) == (2, True)


async def test_what_is_held_is_shown_by_name_before_it_is_approved(world: World) -> None:
    """With the words of the brake; the removals that a life sign does not name are counted."""
    held = look("project", 1) | {
        "state": "held",
        "held": 51,
        "held_ids": ["a"],
        "reasons": ["51 removals at once"],
    }
    world.checked(NOON + 2000, kinds=[held])
    async with Running(world.settings) as view:
        await view.reaches("proven")
        shown = await typed(world.settings, view.port, approve.command, HUB, "--list")
        other = await typed(world.settings, view.port, approve.command, HUB, "--list", "--kind", "event")
    nobody = await typed(world.settings, NOBODY, approve.command, HUB, "--list")

    assert "Slimme haven" in shown.output
    assert "51 of 1 records, 50 of them not named here; 51 removals at once" in shown.output
    assert f"Nothing of {HUB} is held." in other.output
    assert "cannot be shown now" in nobody.output
    assert {one.exit_code for one in (shown, other, nobody)} == {0}
    assert not any("was sent" in one.output for one in (shown, other, nobody))


async def test_rejected_lists_and_shows_cause_and_cure(world: World) -> None:
    """What the list names can be shown."""
    async with Running(world.settings) as view:
        await view.reaches("proven")
        listed = await typed(world.settings, view.port, rejected.command, "list", "--json")
        (one,) = json.loads(listed.output)["items"]
        shown = await typed(world.settings, view.port, rejected.command, "show", one["id"])
        gone = await typed(world.settings, view.port, rejected.command, "show", "nothing")

    assert "Give it a title." in shown.output
    assert (shown.exit_code, gone.exit_code) == (0, 1)


async def test_tail_decodes_what_passed_by(world: World) -> None:
    """Lines a person can read, or one document each; a prefix names several topics; bad bytes say so."""
    world.raw("national.project", b"bad", b"\x00\x00")
    lines = await typed(world.settings, 1, tail.command, "national.", "--from-start")
    read = await typed(world.settings, 1, tail.command, f"regional.{HUB}.project", "--from-start", "--json")
    first = await typed(world.settings, 1, tail.command, "--from-start", "--count", "1")

    found: list[dict[str, Any]] = [json.loads(line) for line in read.output.splitlines()]
    assert [(one["key"], one["value"]["revision"]) for one in found] == [("a", 1)]
    assert any("p-a" in line and "Slimme haven" in line for line in lines.output.splitlines())
    assert any(" bad " in line and "Confluent framing" in line for line in lines.output.splitlines())
    assert (first.exit_code, len(first.output.splitlines())) == (0, 1)


@pytest.mark.parametrize("words", [("status",), ("why", "p-a"), ("rejected", "list")])
def test_without_a_view_a_command_ends_with_3_and_says_what_to_do(words: tuple[str, ...]) -> None:
    """Nobody answers: the address and the way to start, in words, without a trace."""
    environ = os.environ | Settings(page=Page(port=NOBODY)).environ()
    command = [sys.executable, "-m", "deploy.cli.main", *words]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)

    assert done.returncode == 3
    assert f"127.0.0.1:{NOBODY}" in done.stderr
    assert "zeven up" in done.stderr
    assert "Traceback" not in done.stderr
