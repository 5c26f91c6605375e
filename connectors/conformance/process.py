"""A connector's process as the suite runs it: the real loop on the log, which can be ended at every step.

An end is like `kill -9`: what was not committed to the memory's file is lost, what was written to the log stays.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any, cast

from connectors.conformance.bench import Subject
from connectors.conformance.log import (
    PARTITIONS,
    Alone,
    Log,
    LogPublisher,
    LogRegistry,
    LogTail,
    Step,
)
from connectors.fence import Fence
from connectors.manifest import Manifest
from connectors.memory import Memory
from connectors.run import Connector
from connectors.sources import Clock, Evidence, Look, LookState, Page, Source, Verdict, open_source
from schemas.settings import Settings


class Ended(BaseException):
    """The process is gone. No exception of the product's: nothing may catch it."""


class Steps:
    """Counts the steps of a process and ends it at one of them."""

    def __init__(self, end_at: int | None = None) -> None:
        self.names: list[str] = []
        self._end_at = end_at

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self._end_at:
            raise Ended(name)


class SteppedMemory(Memory):
    """The memory; told before and after each commit."""

    step: Step

    def commit(self) -> None:
        """Make everything durable, unless the process ends before."""
        self.step("before remembering")
        super().commit()
        self.step("remembered")


class SteppedSource:
    """A reader; told before and after each page and each question."""

    def __init__(self, source: Source, step: Step) -> None:
        self._source, self._step = source, step

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read, page by page."""
        return Look(self._pages(self._source.look(previous, clock)))

    def _pages(self, reading: Look) -> Generator[Page, None, Verdict]:
        try:
            self._step("before reading")
            for page in reading:
                self._step("a page is read")
                yield page
            self._step("read to the end")
        finally:
            reading.close()
        return reading.verdict

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """Ask."""
        self._step("before asking")
        found = self._source.confirm(source_ids, clock)
        self._step("asked")
        return found

    def close(self) -> None:
        """Let go."""
        self._source.close()


class Process(Connector):
    """One process of the connector, from its start to its end."""

    def __init__(
        self, subject: Subject, manifest: Manifest, log: Log, folder: Path, clock: Callable[[], int]
    ) -> None:
        settings = Settings.at(folder)
        parts = settings.topics.model_copy(update={"partitions": PARTITIONS})
        settings = settings.model_copy(update={"topics": parts})
        super().__init__(settings, manifest, clock, {subject.kind: subject.mapper})
        self._registry.close()
        self._memory.close()
        self._memory = SteppedMemory(folder / "connectors" / self.hub / "memory.sqlite")
        self._publisher = LogPublisher(settings, self.hub, self._may)
        self._registry = LogRegistry(settings.registry.url)
        self._tail = LogTail(settings, self.hub, self._memory, self._registry)
        self._registry.log = self._tail.log = self._publisher.log = log
        self._fence = cast("Fence", Alone())
        if subject.open is not open_source:
            self._sources[subject.kind].close()
            part = manifest.sources[subject.kind]
            self._sources = {subject.kind: subject.open(part.reader, part.options)}
        self.stepping(lambda _: None)

    def stepping(self, step: Step) -> None:
        """Tell `step` of everything that happens from now on."""
        cast("SteppedMemory", self._memory).step = step
        cast("LogPublisher", self._publisher).step = step
        self._sources = {
            kind: cast("Source", SteppedSource(one, step)) for kind, one in self._sources.items()
        }

    def once(self, step: Step) -> dict[str, Any] | None:
        """One look at everything; the life sign, or None when it could not be given."""
        self.stepping(step)
        return self.run(once=True)
