"""The first step of the journey: what every reader of a source system gives to the connector's loop.

A reader is made with `connectors.sources.open_source(kind, options)`. One look reads the whole source:

    look = reader.look(previous_state, clock)
    for page in look:            # pages are streamed; nothing is kept
        page.rows, page.faulty
    look.verdict                 # only after the last page

* A look never raises for what the source does: an unreachable, half or garbled answer ends the iteration and
  the verdict says `failing` or `partial`, with reasons. Wrong options raise `Stop` when the reader is made.
* The same source id can come twice in one look, because lists shift while they are read: the later row holds.
* `complete` means: whatever was not among the rows or the faulty ones is absent from the source's own scope.
  It is never proof of deletion alone; `absence` says what proof this kind of source can give.
* `delta` (a source that tells what changed) shows changes and, in `Page.gone`, removals; the rest is as it was.
* `unchanged` (304 or the same file again) gives no rows, is complete, and says: all is as at the last look.
* `next_state` is for the next look, whether this one was complete or not; keep it only after publishing.
  It is plain JSON (`model_dump_json`, `LookState.model_validate_json`). Without it everything is read.
* `confirm` asks the source about single items; `unknown` whenever the answer could also mean a broken site.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, Protocol, Self, runtime_checkable

from pydantic import BaseModel, ConfigDict

from schemas.errors import Reject, Retry, ZevenError

LIMITED_S: Final = 60.0
"""How long a source is left alone that says "too many" without saying until when."""
CONTINUES: Final = "Gaat daarna verder / continues then."
Clock = Callable[[], int]
"""The time in milliseconds since 1970."""

State = Literal["live", "idle", "partial", "failing"]
"""live: rows were read; idle: nothing new; partial: some of it; failing: nothing usable."""

Absence = Literal["ask", "snapshot", "nothing"]
"""What follows from a row that a complete look did not show: ask with `confirm` per item; the file is a
snapshot, so it is gone when a second, different snapshot lacks it too or the steward agrees; or nothing."""


HOUR_MS: Final = 3_600_000
SET_RIGHT_MS: Final = 60_000


class Limited(Retry):
    """A limit of the source, or one that was set for it, is reached: to be continued after `after_s`."""


class Options(BaseModel):
    """What a hub's manifest gives a reader; unknown names are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LookState(BaseModel):
    """What one look leaves for the next: validators per page address, digests; opaque to the loop."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    marks: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Row:
    """One record as its source has it; `place` is page and row for people, `address` its page on the web."""

    source_id: str
    fields: Mapping[str, Any]
    place: str
    address: str
    changed_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Faulty:
    """A record that could not be read: it goes to `rejected` with its original bytes."""

    place: str
    source_id: str | None
    reject: Reject
    original: bytes


What = Literal["deleted", "unpublished", "erased", "merged", "deselected"]
"""What became of a record that is gone: deleted at the source; withdrawn, but still there; erased for privacy; merged
into another; or left out by the manifest's own selection. That something ended or was cancelled is a state of a
record, never a removal.
"""


class Gone(NamedTuple):
    """A record that the source itself says is gone, in answer to what changed; `how` is for people."""

    source_id: str
    how: str
    what: What = "deleted"


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of the source, in its order; `gone` only in a look that brings changes alone; `left_out`: how many
    were read but are not selected; `same`: ids of rows that are there and are, says the source, as at the last look.
    """

    rows: Sequence[Row] = ()
    faulty: Sequence[Faulty] = ()
    gone: Sequence[Gone] = ()
    left_out: int = 0
    same: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be concluded from a look."""

    complete: bool
    state: State
    absence: Absence
    reasons: Sequence[str] = ()
    unchanged: bool = False
    delta: bool = False
    """Only changes were shown: what was not is as before."""
    next_state: LookState = field(default_factory=LookState)
    resume_after_s: float | None = None
    """The earliest sensible next look, if the other side asked for a pause."""
    snapshot: str | None = None
    """Digest of the file that was read; equal digests are one and the same snapshot."""


def unfinished(state: State, absence: Absence, *reasons: str, after: float | None = None) -> Verdict:
    """The verdict of a look that did not come to its end: nothing may be concluded from what it did not show."""
    return Verdict(complete=False, state=state, absence=absence, reasons=reasons, resume_after_s=after)


def recent(then_ms: int, now_ms: int, hours: int) -> bool:
    """Whether less than so many hours have passed; not when the clock has gone back, by more than it is set right."""
    return -SET_RIGHT_MS <= now_ms - then_ms < hours * HOUR_MS


def stopped(fault: ZevenError, absence: Absence, *, shown: object) -> Verdict:
    """The verdict of a look that a fault ended. A limit that was reached is no failure: the look goes on later."""
    after = fault.after_s if isinstance(fault, Retry) else None
    if isinstance(fault, Limited):
        return unfinished(
            "partial", absence, f"{fault} {CONTINUES}", after=LIMITED_S if after is None else after
        )
    return unfinished("partial" if shown else "failing", absence, str(fault), after=after)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a source says of one item now; `how` names request and answer for people."""

    state: Literal["gone", "present", "unknown"]
    how: str
    what: What = "deleted"


class Look(Iterator[Page]):
    """One reading of a source; `verdict` can be asked once it is exhausted."""

    def __init__(self, pages: Generator[Page, None, Verdict]) -> None:
        self._pages = pages
        self._verdict: Verdict | None = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Page:
        try:
            return next(self._pages)
        except StopIteration as end:
            if self._verdict is None:
                self._verdict = end.value
            raise

    @property
    def verdict(self) -> Verdict:
        if self._verdict is None:
            raise RuntimeError("the look has not been read to its end")
        return self._verdict

    def close(self) -> None:
        """Give up reading."""
        self._pages.close()


@runtime_checkable
class Counting(Protocol):
    """A reader that is asked for less than its source shows, and can say how much less."""

    def outside(self, clock: Clock) -> int | None:
        """Records of this kind that the source shows, but that are not asked for; None when it does not say."""
        ...


@runtime_checkable
class AsksAlso(Protocol):
    """A reader that can ask for single records beside the whole, because somebody said that they changed."""

    def ask_also(self, named: Mapping[str, bool]) -> None:
        """Ask for these by themselves in the next look; True: it was said that this one was erased for privacy, which
        `confirm` says of it when it is gone.
        """
        ...


class Source(Protocol):
    """A reader of one kind of source system."""

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read the whole source, page by page."""
        ...

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """Ask the source about single items that a complete look did not show."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
