"""Stewards' decisions through resolve and fold on the real broker."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.topics import DECISION
from streams.national import decisions
from streams.national.decisions import Author
from tests.support.engine_world import Nation, nation, quiet, ready
from tests.support.waiting import auntil

__all__ = ["nation"]
pytestmark = pytest.mark.broker
AUTHOR = Author("steward", "Hetzelfde lab", 7)


async def thing(nation: Nation, title: str) -> dict[str, Any]:
    """A national record as the view gives it."""
    [found] = [one for one in (await nation.table("national.project")).values() if titled(one) == title]
    return {**found, "kind": "project", "fields": found["content"]}


def titled(record: dict[str, Any]) -> Any:
    return record["content"] and record["content"]["title"]["nl"]


async def settled(nation: Nation, pumps: Any, titles: list[str]) -> None:
    async def as_wanted() -> bool:
        return ready(pumps) and sorted((await nation.titles()).values()) == titles

    await auntil(as_wanted, 40, f"national titles {titles}")
    await auntil(lambda: quiet(pumps), 20, "quiet")


async def decide(nation: Nation, record: dict[str, Any]) -> None:
    await nation.record(DECISION, record["id"], record)


async def test_a_merge_holds_over_resyncs_and_restarts_until_it_is_taken_back(nation: Nation) -> None:
    """Two hubs, no key in common: one project by decision, and two again without it."""
    async with nation.worker() as pumps:
        await nation.publish("zuid-holland", nation.project("a", "A", ["url:https://x/a"]))
        await nation.publish("limburg", nation.project("b", "B", ["url:https://x/b"]))
        await settled(nation, pumps, ["A", "B"])
        merge = decisions.merge("d1", [await thing(nation, "A"), await thing(nation, "B")], AUTHOR)
        await decide(nation, merge)
        await settled(nation, pumps, ["B"])
        loser = next(one for one in (await nation.table("national.project")).values() if not one["content"])
        assert (await thing(nation, "B"))["same_as"] == [loser["id"]]
        await nation.publish("zuid-holland", nation.project("a", "A, maar later", ["url:https://x/a2"]))
        await settled(nation, pumps, ["A, maar later"])
    async with nation.worker() as pumps:
        await settled(nation, pumps, ["A, maar later"])
        assert len((await thing(nation, "A, maar later"))["contributions"]) == 2
        await decide(nation, decisions.withdrawn(merge, AUTHOR))
        await settled(nation, pumps, ["A, maar later", "B"])


async def test_one_source_is_split_off_though_it_shares_a_key(nation: Nation) -> None:
    """The key no longer joins them; the source that was split off gets a new id."""
    async with nation.worker() as pumps:
        await nation.publish("zuid-holland", nation.project("a", "A", ["url:https://x/a"]))
        await nation.publish("limburg", nation.project("b", "B", ["url:https://x/a"]))
        await settled(nation, pumps, ["B"])
        split = decisions.split("d1", [await thing(nation, "B")], [("limburg|project|b", "")], AUTHOR)
        await decide(nation, split)
        await settled(nation, pumps, ["A", "B"])
        await decide(nation, decisions.withdrawn(split, AUTHOR))
        await settled(nation, pumps, ["B"])


async def test_a_pinned_field_holds_whatever_the_source_says(nation: Nation) -> None:
    """The origin names the decision and what the source says; a foreign decision that cannot be is nothing."""
    async with nation.worker() as pumps:
        await nation.publish("limburg", nation.project("b", "B", ["url:https://x/b"]))
        await settled(nation, pumps, ["B"])
        pin = decisions.pin("d1", await thing(nation, "B"), "title", {"nl": "Vast", "en": None}, AUTHOR)
        await decide(nation, {**pin, "id": "d0", "field": "colour"})
        await decide(nation, pin)
        await settled(nation, pumps, ["Vast"])
        found = await thing(nation, "Vast")
        [origin] = [one for one in found["origins"] if one["field"] == "title"]
        assert (origin["rule"], origin["source_id"], found["cause"]) == ("pinned", "d1", "steward")
        assert origin["losing"][0]["value"] == '{"en":null,"nl":"B"}'
        await nation.publish(
            "limburg", nation.project("b", "Anders", ["url:https://x/b"], areas=["defensie"])
        )

        async def follows() -> Any:
            return (await thing(nation, "Vast"))["content"]["areas"] == ["defensie"]

        await auntil(follows, 40, "the other fields go on following their source")
        await decide(nation, decisions.withdrawn(pin, AUTHOR))
        await settled(nation, pumps, ["Anders"])
    async with nation.worker() as pumps:
        await settled(nation, pumps, ["Anders"])
