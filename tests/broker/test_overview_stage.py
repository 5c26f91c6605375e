"""The overview on the real broker: kept up through changes, merges and removals, it equals a recount."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from schemas.reference import kept as rules
from schemas.reference.kept import Kept
from schemas.topics import NATIONAL_KINDS, OVERVIEW, ROW, national
from streams.engine.pump import Pump
from tests.oracle.overview import Figures, recount
from tests.support.engine_world import Nation, nation, quiet
from tests.support.waiting import auntil

__all__ = ["nation"]
pytestmark = pytest.mark.broker
STAGES = ("identify", "resolve", "fold", "overview")
RELEASED = Kept()
DELFT = {"municipality": "Delft", "province": "NL-ZH", "name": None, "address": None, "country": "NL"}
PARTNER = {
    "local": "ror:02e2c7k09",
    "name": "TU Delft",
    "role": "partner",
    "via": None,
    "helix": "knowledge",
    "website": None,
    "place": "Delft",
    "keys": ["ror:02e2c7k09"],
}


async def stands(nation: Nation) -> Figures:
    """What the topic holds, added up over the tasks."""
    found: Figures = {}
    for one in (await nation.table(OVERVIEW)).values():
        cell = (one["table"], *one["values"])
        mine = (one["records"], one["samples"], one["value"], one["sample_value"])
        found[cell] = tuple(map(sum, zip(found.get(cell, (0, 0, 0, 0)), mine, strict=True)))  # type: ignore[assignment]
    return found


async def counted(
    nation: Nation, pumps: Mapping[str, Pump], wanted: Figures, kept: Kept = RELEASED
) -> Figures:
    """At rest the topic equals a recount of the national records; these cells are among it."""

    async def there() -> bool:
        found = await stands(nation)
        return all(found.get(cell, (0, 0, 0, 0)) == sums for cell, sums in wanted.items())

    await auntil(there, 40, f"the cells {wanted}")
    await auntil(lambda: quiet(pumps), 30, "quiet")
    found = await stands(nation)
    kinds = {kind: (await nation.table(national(kind))).values() for kind in NATIONAL_KINDS}
    assert found == recount(kinds, kept)
    assert [pump.counts.unbalanced() for pump in pumps.values()] == [[] for _ in pumps]
    return found


SHARED: dict[str, Any] = {"areas": ["onderwijs"], "place": DELFT, "organisations": [PARTNER]}
TARGET = ("targets-by-year", "ai-studenten", "2025")


def students(value: int) -> list[dict[str, Any]]:
    """What a source reports of one indicator."""
    return [{"name": "ai-studenten", "year": 2025, "value": value}]


async def published(nation: Nation) -> None:
    """Eight projects of two hubs, two of which report students."""
    for number in range(6):
        record = nation.project(f"n{number}", f"N{number}", **SHARED, start=f"{2020 + number}-01-01")
        await nation.publish("limburg", record)
    for hub, name in (("zuid-holland", "a"), ("limburg", "b")):
        record = nation.project(name, name, [f"url:https://x/{name}"], **SHARED, indicators=students(40))
        await nation.publish(hub, record)


async def test_changes_merges_and_removals_leave_what_a_recount_gives(nation: Nation) -> None:
    """A merged project is one with one figure per indicator; parting, moving and removing are undone in every cell."""
    async with nation.worker(*STAGES) as pumps:
        await published(nation)
        await counted(nation, pumps, {("projects",): (8, 8, 0, 0), TARGET: (2, 2, 80, 80)})

        two = nation.project("b", "B", ["url:https://x/a"], **SHARED, indicators=students(50))
        await nation.publish("limburg", two)
        merged: Figures = {("projects",): (7, 7, 0, 0), TARGET: (1, 1, 50, 50)}
        merged |= {
            ("projects-by-hub", hub): (many, many, 0, 0)
            for hub, many in (("limburg", 7), ("zuid-holland", 1))
        }
        await counted(nation, pumps, merged)

        await nation.publish("limburg", nation.project("n0", "N0", areas=["defensie"], start=None))
        await nation.raw("regional.limburg.project", "n1", None)
        await nation.publish("limburg", nation.project("b", "B", ["url:https://x/b"]))
        after: Figures = {("projects",): (7, 7, 0, 0), ("projects-by-area", "defensie"): (1, 1, 0, 0)}
        after |= {("projects-by-year", "2020+"): (0, 0, 0, 0), TARGET: (1, 1, 40, 40)}
        await counted(nation, pumps, after)

        kept = Kept()
        await aimed(nation, kept, "universiteit-leiden")
        await counted(nation, pumps, {TARGET: (0, 0, 0, 0)}, kept)
    await aimed(nation, kept, "tu-delft")
    async with nation.worker("overview") as pumps:
        await counted(nation, pumps, {TARGET: (1, 1, 40, 40)}, kept)


async def aimed(nation: Nation, kept: Kept, scope: str) -> None:
    """The office says whose the target is."""
    (row,) = (row for row in kept.rows("targets") if row["slug"] == "ai-studenten")
    found = rules.changes(kept, "targets", [{**row, "scope": scope}], whole=False)
    for one in rules.versions_of(kept, "targets", found, "bijgesteld", "national office", 7):
        kept.put(rules.key_of(one), one)
        await nation.record(ROW, rules.key_of(one), one)


async def test_a_lost_and_a_phantom_cell_are_mended_by_the_next_start(nation: Nation) -> None:
    """With exactly two writes; both tasks count, each in its own partition."""
    async with nation.worker(*STAGES) as pumps:
        await published(nation)
        found = await counted(nation, pumps, {("projects",): (8, 8, 0, 0)})
    partitions = {record.key: (record.partition, record.value) for record in await nation.log(OVERVIEW)}
    assert all(key.endswith(f"|{part}".encode()) for key, (part, _) in partitions.items())
    assert {part for part, _ in partitions.values()} == {0, 1}
    lost = next(key for key in partitions if key.startswith(b"projects|"))
    part, value = partitions[lost]
    for key, planted in ((lost, None), (b"projects-by-hub|spook|0", value)):
        await nation.producer.send_and_wait(nation.prefix + OVERVIEW, planted, key=key, partition=part)
    async with nation.worker("overview") as pumps:
        await auntil(lambda: quiet(pumps), 30, "the next worker is set up")
        assert pumps["overview"].set_up.figures["emitted"] == 2
        assert await stands(nation) == found
