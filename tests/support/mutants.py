"""Connectors that are broken on purpose, each as real ones are, to show that the suite finds it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.conformance.process import Process
from connectors.look import Again, Hands
from connectors.memory import Seen
from connectors.publish import Outgoing
from connectors.sources import (
    Clock,
    Evidence,
    Look,
    LookState,
    Page,
    Row,
    Source,
    Verdict,
    open_source,
)
from connectors.sources.http import Http
from schemas.errors import Retry

Pages = Generator[Page, None, Verdict]


class Wrapped:
    """A reader around the right one."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        return Look(self.pages(self.source.look(previous, clock)))

    def pages(self, reading: Look) -> Pages:
        yield from reading
        return reading.verdict

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        return self.source.confirm(source_ids, clock)

    def close(self) -> None:
        self.source.close()


class BelievesAnything(Wrapped):
    """What a look does not show is gone, however the look ended."""

    def pages(self, reading: Look) -> Pages:
        yield from reading
        return replace(reading.verdict, complete=True, state="live", absence="ask", unchanged=False)

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        return {one: Evidence("gone", "it was not in the list") for one in source_ids}


class OneFirstPage(Wrapped):
    """Stops after the first page, and calls that all."""

    def pages(self, reading: Look) -> Pages:
        for page in reading:
            yield Page(page.rows[:50], page.faulty)
            break
        return Verdict(complete=True, state="live", absence="nothing")


class FirstOfDoubles(Wrapped):
    """Of a row that comes twice the first holds."""

    def pages(self, reading: Look) -> Pages:
        seen: set[str] = set()
        for page in reading:
            first = {one.source_id: one for one in reversed(page.rows) if one.source_id not in seen}
            rows = list(first.values())
            seen |= set(first)
            yield Page(rows, page.faulty)
        return reading.verdict


class AfterTheLast(Wrapped):
    """A cursor: only rows that changed after the latest moment seen so far, equal moments left out."""

    def __init__(self, source: Source, latest: list[int]) -> None:
        super().__init__(source)
        self._latest = latest

    def pages(self, reading: Look) -> Pages:
        before = self._latest[0]
        for page in reading:
            rows = [one for one in page.rows if (one.changed_at_ms or 0) > before]
            self._latest[0] = max([self._latest[0], *((one.changed_at_ms or 0) for one in page.rows)])
            yield Page(rows)
        return replace(reading.verdict, absence="nothing")


class ClockCursor(Wrapped):
    """A cursor of the connector's own clock: only what changed since the last look began."""

    def __init__(self, source: Source, latest: list[int]) -> None:
        super().__init__(source)
        self._latest = latest

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        since, self._latest[0] = self._latest[0], clock()
        return Look(self._since(self.source.look(previous, clock), since))

    def _since(self, reading: Look, since: int) -> Pages:
        for page in reading:
            yield Page([one for one in page.rows if (one.changed_at_ms or 0) >= since])
        return replace(reading.verdict, absence="nothing")


class Restless(Wrapped):
    """Puts the moment of reading into what it read."""

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        return Look(self._stamped(self.source.look(None, clock), clock()))

    def _stamped(self, reading: Look, now: int) -> Pages:
        for page in reading:
            yield Page([_with(one, cost=f"gelezen op {now}") for one in page.rows], page.faulty)
        return reading.verdict


def _with(row: Row, **fields: Any) -> Row:
    return replace(row, fields={**row.fields, **fields})


class Stubborn(Wrapped):
    """Asks again at once whatever the other side says, without end."""

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        return Look(self._until_it_works(previous, clock))

    def _until_it_works(self, previous: LookState | None, clock: Clock) -> Pages:
        while True:
            reading = self.source.look(previous, clock)
            pages = list(reading)
            if reading.verdict.complete:
                yield from pages
                return reading.verdict


class Swallows(Wrapped):
    """Rows that cannot be used vanish without a word."""

    def pages(self, reading: Look) -> Pages:
        for page in reading:
            yield Page(page.rows, [])
        return reading.verdict


class SwallowsAndRemoves(Swallows):
    """What cannot be read is not there, and what is not there is gone."""

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        return {one: Evidence("gone", "it could not be read") for one in source_ids}


class Impatient(Http):
    """Does not care about Retry-After."""

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        try:
            return super().get(url, headers)
        except Retry as fault:
            if fault.after_s is None:
                raise
        return super().get(url, headers)


@dataclass(frozen=True)
class Ahead(Hands):
    """Hands that write down first and publish then."""

    def send(self, batch: Sequence[Outgoing]) -> int:
        for one in batch:
            headers = dict(one.headers)
            if "zeven_revision" in headers:
                digest = bytes.fromhex(headers["zeven_digest"].decode()) or None
                seen = Seen(int(headers["zeven_revision"]), digest, self.clock())
                self.memory.apply(one.topic.rpartition(".")[2], one.key, seen, foreign=False)
        self.memory.commit()
        return super().send(batch)


class MemoryFirst(Process):
    """Remembers a row as published before the log has it."""

    def _stand(self) -> None:
        super()._stand()
        if self._hands is not None:
            self._hands = Ahead(**vars(self._hands))


class NoMemory(Process):
    """Publishes everything at every look."""

    def once(self, step: Any) -> Any:
        self._orders.again = dict.fromkeys(self._sources, Again())
        return super().once(step)


def opened(mutant: Callable[[Source], Source]) -> Callable[[str, Mapping[str, Any]], Source]:
    """A way to open a source that breaks it."""
    return lambda reader, options: mutant(open_source(reader, options))


def impatient(reader: str, options: Mapping[str, Any]) -> Source:
    """A reader whose HTTP does not care about Retry-After."""
    source: Any = open_source(reader, options)
    source._http.close()
    source._http = Impatient(source._options.manners.model_copy(update={"patience_s": 1e9}), wait=_briefly)
    return source  # type: ignore[no-any-return]


def _briefly(_: float) -> None:
    time.sleep(0)
