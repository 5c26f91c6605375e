"""An organisation that many sources name is folded once per backlog, and all the same in full."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.topics import linked
from streams.agents import fold
from tests.support.engine_world import Nation, nation, quiet, ready
from tests.support.waiting import auntil

__all__ = ["nation"]
pytestmark = pytest.mark.broker
SOURCES = 3_000
KEY = "ror:02e2c7k09"
NAMED: dict[str, Any] = {
    "local": KEY,
    "name": "Hogeschool Voorbeeld",
    "role": "partner",
    "via": None,
    "helix": None,
    "website": None,
    "place": None,
    "keys": [KEY],
}


async def test_a_backlog_is_folded_in_full_and_held_back_until_then(
    nation: Nation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every source ends up as a contribution; there are far fewer versions than batches; nothing waits at the end."""
    monkeypatch.setattr(fold, "FEW_AT_ONCE", 0)
    for number in range(SOURCES):
        await nation.soon("limburg", nation.project(f"p{number}", f"P {number}", organisations=[NAMED]))
    await nation.producer.flush()
    async with nation.worker() as pumps:

        async def whole() -> bool:
            table = await nation.table("national.organisation")
            return [len(one["contributions"]) for one in table.values()] == [SOURCES]

        await auntil(whole, 120, "all contributions")
        await auntil(lambda: quiet(pumps), 30, "quiet")
        assert ready(pumps)
        assert {topic for task in pumps["fold"].tasks.values() for topic in task.waits()} == set()
        assert (
            len(await nation.log("national.organisation"))
            < len(await nation.log(linked("organisation"))) / 10
        )
