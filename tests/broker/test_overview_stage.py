"""The overview on the real broker: kept up through changes, merges and removals, it equals a recount."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from schemas.topics import NATIONAL_KINDS, OVERVIEW, national
from streams.engine.pump import Pump
from tests.oracle.overview import Figures, recount
from tests.support.engine_world import Nation, nation, quiet
from tests.support.waiting import auntil

__all__ = ["nation"]
pytestmark = pytest.mark.broker
STAGES = ("identify", "resolve", "fold", "overview")
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


async def counted(nation: Nation, pumps: Mapping[str, Pump], wanted: Figures) -> Figures:
    """At rest the topic equals a recount of the national records; these cells are among it."""

    async def there() -> bool:
        found = await stands(nation)
        return all(found.get(cell, (0, 0, 0, 0)) == sums for cell, sums in wanted.items())

    await auntil(there, 40, f"the cells {wanted}")
    await auntil(lambda: quiet(pumps), 30, "quiet")
    found = await stands(nation)
    assert found == recount({kind: (await nation.table(national(kind))).values() for kind in NATIONAL_KINDS})
    assert [pump.counts.unbalanced() for pump in pumps.values()] == [[] for _ in pumps]
    return found


async def test_changes_merges_and_removals_leave_what_a_recount_gives(nation: Nation) -> None:
    """A merged project is one with one figure per indicator; parting, moving and removing are undone in every cell."""
    figures = [{"name": "ai-studenten", "year": 2025, "value": 40}]
    shared: dict[str, Any] = {"areas": ["onderwijs"], "place": DELFT, "organisations": [PARTNER]}
    target = ("targets-by-year", "ai-studenten", "2025")
    async with nation.worker(*STAGES) as pumps:
        for number in range(6):
            fields = shared | {"start": f"{2020 + number}-01-01"}
            await nation.publish("limburg", nation.project(f"n{number}", f"N{number}", **fields))
        one = nation.project("a", "A", ["url:https://x/a"], indicators=figures, **shared)
        two = nation.project("b", "B", ["url:https://x/b"], indicators=figures, **shared)
        await nation.publish("zuid-holland", one)
        await nation.publish("limburg", two)
        await counted(nation, pumps, {("projects",): (8, 8, 0, 0), target: (2, 2, 80, 80)})

        newer = [{"name": "ai-studenten", "year": 2025, "value": 50}]
        two = nation.project("b", "B", ["url:https://x/a"], indicators=newer, **shared)
        await nation.publish("limburg", two)
        merged: Figures = {("projects",): (7, 7, 0, 0), target: (1, 1, 50, 50)}
        merged |= {
            ("projects-by-hub", "limburg"): (7, 7, 0, 0),
            ("projects-by-hub", "zuid-holland"): (1, 1, 0, 0),
        }
        await counted(nation, pumps, merged)

        await nation.publish("limburg", nation.project("n0", "N0", areas=["defensie"], start=None))
        await nation.raw("regional.limburg.project", "n1", None)
        await nation.publish("limburg", nation.project("b", "B", ["url:https://x/b"]))
        after: Figures = {("projects",): (7, 7, 0, 0), ("projects-by-area", "defensie"): (1, 1, 0, 0)}
        after |= {("projects-by-year", "2020+"): (0, 0, 0, 0), target: (1, 1, 40, 40)}
        found = await counted(nation, pumps, after)

    log = await nation.log(OVERVIEW)
    partitions = {record.key: record.partition for record in log}
    assert all(key.endswith(f"|{part}".encode()) for key, part in partitions.items())
    assert len(set(partitions.values())) == 2, "both tasks count"
    ghost = next(record for record in log if record.value and record.key.startswith(b"projects|"))
    for key, value in ((ghost.key, None), (b"projects-by-hub|spook|0", ghost.value)):
        await nation.producer.send_and_wait(
            nation.prefix + OVERVIEW, value, key=key, partition=partitions.get(key, 0)
        )
    async with nation.worker("overview") as pumps:
        await auntil(lambda: quiet(pumps), 30, "the next worker is set up")
        assert pumps["overview"].set_up.figures["emitted"] == 2, "the lost and the phantom cell, nothing else"
        assert await stands(nation) == found
