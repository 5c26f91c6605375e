"""What a faust agent is given: what one look at Kafka brought for one stage, in runs per task.

`async for batch in batches: async with batch: ...`: leaving the block well tells the pump that all is
acknowledged; leaving it by an exception ends the process, because faust acknowledges what failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from types import TracebackType
from typing import Self

import structlog

from streams.engine.fence import Leave, leave
from streams.engine.stage import Emission, Plan, Run, Task

Send = Callable[[Sequence[Sequence[Emission]]], Awaitable[int]]


class Batch:
    """Runs of records per task, and the way to write what follows from them."""

    def __init__(
        self,
        work: Sequence[tuple[Task, Sequence[Run]]],
        now_ms: int,
        send: Send,
        ends: Leave = leave,
    ) -> None:
        self._work = work
        self._now_ms = now_ms
        self._send = send
        self._ends = ends
        self.emitted = 0
        self.tallies: Mapping[int, Plan] = {}
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if fault is not None:
            structlog.get_logger().error("batch failed", exc_info=fault)
            self._ends(f"a batch failed: {fault}")
        for task, _ in self._work:
            task.acknowledged()
        if not self.done.done():
            self.done.set_result(None)

    async def apply(self) -> list[list[Emission]]:
        """Apply the records to their tasks; returns what is to be written, in ordered groups."""
        plans: dict[int, Plan] = {}
        for task, runs in self._work:
            plans[task.partition] = task.apply(runs, self._now_ms)
            await asyncio.sleep(0)
        self.tallies = plans
        return list(merged(plan.groups for plan in plans.values()))

    async def emit(self, groups: Sequence[Sequence[Emission]]) -> None:
        """Write the groups in order; each is acknowledged before the next."""
        self.emitted += await self._send(groups)


def merged(plans: Iterator[list[list[Emission]]]) -> Iterator[list[Emission]]:
    """First groups of all plans, then second groups: fewer waits in a row, the same order per task."""
    for level in zip_longest(*plans, fillvalue=()):
        yield [one for group in level for one in group]
