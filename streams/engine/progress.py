"""Progress: which input offsets a stage has done, acknowledged downstream; the proof of completeness reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.topics import PROGRESS
from streams.engine.stage import Emission, Task
from streams.engine.wire import Wire


class Progress:
    """Remembers what was said last, so that silence follows when nothing moves."""

    def __init__(self, stage: str, wire: Wire) -> None:
        self._stage = stage
        self._wire = wire
        self._said: dict[int, dict[tuple[str, int], int]] = {}

    def forget(self) -> None:
        """A new assignment: say everything once more."""
        self._said.clear()

    def due(
        self, tasks: Iterable[Task], offsets: Mapping[tuple[str, int], int], now_ms: int
    ) -> list[Emission]:
        """Records for the tasks that moved; what a task waits for holds its offset back."""
        found = []
        for task in tasks:
            waits = task.waits()
            mine = {
                (topic, partition): min(offset, waits.get(topic, offset))
                for (topic, partition), offset in offsets.items()
                if partition == task.partition
            }
            if self._said.get(task.partition) != mine:
                self._said[task.partition] = mine
                found.append(self._record(task.partition, mine, now_ms))
        return found

    def _record(self, task: int, offsets: Mapping[tuple[str, int], int], now_ms: int) -> Emission:
        record = {
            "stage": self._stage,
            "task": task,
            "offsets": [
                {"topic": topic, "partition": partition, "offset": offset}
                for (topic, partition), offset in sorted(offsets.items())
            ],
            "at": now_ms,
        }
        key = f"{self._stage}|{task}".encode()
        headers = [self._wire.fingerprint(PROGRESS)]
        return Emission(PROGRESS, 0, key, self._wire.value(PROGRESS, record), headers)
