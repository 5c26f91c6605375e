"""The view on a real Kafka: what it holds, what it proves, and what becomes of it when Kafka misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas import topics
from schemas.digest import blake
from schemas.settings import Settings
from streams.view.tables import open_reader
from tests.support.view_world import HUB, NOON, Running, World, fresh, fresh_topics
from tests.support.waiting import auntil

pytestmark = pytest.mark.broker
PROJECT = topics.regional(HUB, "project")


@pytest.fixture
def world(broker: Settings, tmp_path: Path) -> Iterator[World]:
    """Empty topics and a hand to publish by."""
    found = fresh(broker, tmp_path)
    yield found
    found.close()


def two_projects(world: World) -> None:
    """Two projects that travelled the whole journey, and the manifest that says so."""
    world.regional("a", 1)
    world.regional("b", 1)
    world.national("p-a", {"a": 1})
    world.national("p-b", {"b": 1})
    world.checked()
    world.progress()


async def test_a_finished_journey_is_proven_up_to_the_look(world: World) -> None:
    """Log equals manifest, stages have passed, every record contributes: proven, and up to when."""
    two_projects(world)

    async with Running(world.settings) as view:
        hub = await view.reaches("proven")

    assert hub["completeness"]["proven_up_to"] == "2025-10-09T08:53:21.000Z"
    assert hub["counts"] == {"project": {"regional": 2, "national": 2}}
    assert (hub["connected"], hub["sample"], hub["mark"]) == (True, True, "voorbeelddata")


async def test_a_record_the_stages_have_not_passed_is_catching_up(world: World) -> None:
    """Without progress there is no proof, however complete it looks."""
    world.regional("a", 1)
    world.national("p-a", {"a": 1})
    world.checked()

    async with Running(world.settings) as view:
        hub = await view.reaches("catching up")
        assert hub["completeness"]["behind"] == 1

        world.progress()
        await view.reaches("proven")


@pytest.mark.parametrize(
    ("why", "mistake"),
    [
        ("missing", lambda world: world.national("p-a", {}, content=None)),
        ("stale", lambda world: world.national("p-a", {"a": 0})),
        ("different", lambda world: world.national("p-a", {"a": 1}, title="Iets anders")),
        ("double", lambda world: world.national("p-c", {"a": 1})),
        ("phantom", lambda world: world.national("p-c", {"x": 7})),
    ],
)
async def test_a_planted_fault_in_the_national_view_is_named(world: World, why: str, mistake: object) -> None:
    """Lost, stale, changed, doubled and invented contributions each end as a difference with the id."""
    two_projects(world)
    mistake(world)  # type: ignore[operator]

    async with Running(world.settings) as view:
        hub = await view.reaches("differs")
        world.national("p-c", {})
        world.national("p-a", {"a": 1})
        await view.reaches("proven")

    culprit = "x" if why == "phantom" else "a"
    assert hub["completeness"]["ids"] == [{"kind": "project", "source_id": culprit, "why": why}]


async def test_a_record_missing_from_the_regional_log_breaks_its_bucket(world: World) -> None:
    """A manifest that counts what the log does not hold is not proven."""
    two_projects(world)
    world.alive["project", "never-published"] = blake("x")
    world.checked(NOON + 2000)

    async with Running(world.settings) as view:
        hub = await view.reaches("differs")

    assert len(hub["completeness"]["buckets"]) == 1


async def test_what_came_after_the_manifest_waits_for_the_next_one(world: World) -> None:
    """New, changed and removed records since the look do not spoil its proof, and are in the next."""
    two_projects(world)
    world.regional("a", 2, title="Nieuwe naam")
    world.gone("b", 2)
    world.regional("c", 2)

    async with Running(world.settings) as view:
        await view.reaches("proven")
        world.checked(NOON + 60_000)
        world.national("p-a", {"a": 2}, title="Nieuwe naam")
        world.put(topics.national("project"), "p-b", None)
        world.national("p-c", {"c": 2})
        world.progress()

        async def proven_anew() -> bool:
            hubs = (await view.json("/api/v1/hubs"))["items"]
            return any(one["completeness"]["proven_up_to"] == "2025-10-09T08:54:20.000Z" for one in hubs)

        await auntil(proven_anew, 20, "the second manifest is proven")
        assert (await view.json("/api/v1/projects"))["total"] == 2


async def test_a_rejected_record_is_excused_and_shown(world: World) -> None:
    """What identify or fold set aside is no loss: it is counted, with cause and cure."""
    two_projects(world)
    world.regional("c", 5)
    world.checked(NOON + 2000)
    world.progress()
    value = {"stage": "identify", "hub": HUB, "kind": "project", "source_id": "c", "revision": 5, "at": NOON}
    text = {"cause": "no title", "fix": "Give it a title.", "original": b"mail jan@example.org \x00"}
    rest = dict.fromkeys(("topic", "partition", "offset", "row", "field", "expected", "got"))
    world.put(topics.rejected(HUB), "identify|project|c", value | text | rest)

    async with Running(world.settings) as view:
        await view.reaches("proven")
        found = (await view.json("/api/v1/rejected"))["items"]

    assert [(one["id"], one["fix"]) for one in found] == [(f"{HUB}|identify|project|c", "Give it a title.")]
    assert "example.org" not in found[0]["original"]


async def test_hostile_bytes_are_counted_and_shown_and_stop_nothing(world: World) -> None:
    """No framing, an unknown schema, torn Avro, a key that is no text: the rest goes on."""
    known = world.ids[PROJECT].to_bytes(4, "big")
    world.raw(PROJECT, b"h1", b"no avro at all")
    world.raw(PROJECT, b"h2", b"\x00\x00\x00\xff\xff" + b"\x02" * 30)
    world.raw(PROJECT, b"h3", b"\x00" + known + b"\xff" * 40)
    world.raw(PROJECT, b"\xff\xfe", b"\x00" + known + b"\x00")
    two_projects(world)

    async with Running(world.settings) as view:
        await view.reaches("proven")
        found = (await view.json("/api/v1/rejected"))["unreadable"]

    assert sorted(one["key"] for one in found) == ["fffe", "h1", "h2", "h3"]
    assert all(one["cause"] for one in found)


async def test_a_restart_goes_on_where_it_was(world: World) -> None:
    """Positions lie beside the data: nothing is read twice and nothing is left out."""
    two_projects(world)
    async with Running(world.settings) as view:
        await view.reaches("proven")
        before = await view.json("/api/v1/changes?format=json")
    world.regional("c", 3)
    world.national("p-c", {"c": 3})
    world.checked(NOON + 9000)
    world.progress()

    async with Running(world.settings) as view:

        async def there() -> bool:
            return bool((await view.json("/api/v1/projects")).get("total") == 3)

        await auntil(there, 20, "the third project is in the view")
        await view.reaches("proven")
        after = await view.json("/api/v1/changes?format=json")

    told = [one["id"] for one in after["items"] if one["kind"] == "project"]
    assert before["items"] == after["items"][: len(before["items"])]
    assert sorted(told) == ["p-a", "p-b", "p-c"]


async def test_topics_made_anew_make_the_view_anew(world: World) -> None:
    """Nothing of the old topics stays, also when the new ones are already longer than the old ones were."""
    two_projects(world)
    async with Running(world.settings) as view:
        await view.reaches("proven")
    fresh_topics(world.settings)
    again = World(world.settings)
    for number in range(5):
        again.regional(f"n{number}", 1)
        again.national(f"p-n{number}", {f"n{number}": 1})
    again.checked(NOON + 5000)
    again.progress()
    again.close()

    async with Running(world.settings) as view:

        async def rebuilt() -> bool:
            return bool((await view.json("/api/v1/projects")).get("total") == 5)

        await auntil(rebuilt, 30, "the view holds the new topics and nothing else")
        await view.reaches("proven")


async def test_nothing_is_scanned_when_nothing_changed(world: World) -> None:
    """A judgement at rest reads the buckets' sums, not the records: no row of the mirror is touched."""
    two_projects(world)
    async with Running(world.settings) as view:
        await view.reaches("proven")
        db = open_reader(world.settings.data / "view")
        faults = db.execute("SELECT count(*) FROM fault").fetchone()[0]
        waiting = db.execute("SELECT count(*) FROM ahead").fetchone()[0]
        db.close()

    assert (faults, waiting) == (0, 0)
