"""Reading by "what changed since": how far back to ask so that nothing is missed. Pure.

A stamp says when a row was written, not when it became visible: a transaction that takes a minute, a replica that lags,
or a clock that is behind shows rows with stamps that a look has passed already. So every look asks again for an
*overlap* before the moment of the look before it. How large is learned: a row that becomes visible with a stamp older
than the last look was late by at most its age now. The overlap is `MARGIN` times the latest that was seen within the
last `KEPT` late rows, never less than `floor_s` and never more than `ceiling_s`; what is later than that is found by
the next whole reading, which teaches as well. It begins wide, and narrows once enough was measured. Rows of the
overlap are shown again and compared by what they say, not by their stamp: two changes can have one stamp. Rows are
asked for in strict order of (stamp, id), so that equal stamps are neither skipped nor doubled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final, NamedTuple, Self

US: Final = 1_000_000
MARGIN: Final = 2.0
KEPT: Final = 200
ENOUGH: Final = 20
START_S: Final = 10_800.0
"""Overlap until `ENOUGH` changes were measured: wide enough for a clock that is off by a time zone."""
REMEMBERED: Final = 4_000
"""Rows whose stamps are remembered, the newest; of older ones no lateness is learned, and nothing is lost."""


class Bounds(NamedTuple):
    """Least and greatest overlap in seconds."""

    floor_s: float = 60.0
    ceiling_s: float = 86_400.0


class Stamp(NamedTuple):
    """When a row was changed, in microseconds since 1970, and its id."""

    at_us: int
    source_id: str


@dataclass(frozen=True)
class Tracker:
    """What one look knows of those before it. `looked_us` is the moment of the last look on the source's clock."""

    bounds: Bounds
    looked_us: int | None = None
    late_us: tuple[int, ...] = ()
    seen: Mapping[str, int] = field(default_factory=dict)
    """Rows that were shown, each at its stamp."""
    known_us: int = 0
    """From this stamp on `seen` holds every row that was shown; earlier ones are forgotten."""
    fresh: int = 0
    """How many changes were measured, up to `ENOUGH`."""

    @property
    def overlap_us(self) -> int:
        """How far before the last look is asked again."""
        learned = max(self.bounds.floor_s * US, MARGIN * max(self.late_us, default=0))
        if self.fresh < ENOUGH:
            learned = max(learned, START_S * US)
        return int(min(learned, self.bounds.ceiling_s * US))

    def since_us(self) -> int | None:
        """Ask for rows with this stamp or a later one; None: for everything."""
        return None if self.looked_us is None else self.looked_us - self.overlap_us

    def after(self, rows: Iterable[Stamp], now_us: int) -> Self:
        """What the next look knows: this one asked at `now_us` (on the source's clock) and was shown `rows`.

        `rows` are the newest `REMEMBERED + 1` of what was shown, or all. A whole reading teaches too: what it shows
        for the first time although its stamp was passed, the looks before it missed.
        """
        shown = {mark(row): row.at_us for row in rows}
        new = [at for one, at in shown.items() if one not in self.seen and at >= self.known_us]
        late: list[int] = []
        fresh = self.fresh
        if self.looked_us is not None:
            late = [now_us - at for at in sorted(new) if at <= self.looked_us]
            fresh = min(ENOUGH, fresh + len(new))
        newest = sorted({**self.seen, **shown}.items(), key=lambda one: one[1], reverse=True)
        known = self.known_us
        if len(newest) > REMEMBERED:
            known = max(known, newest[REMEMBERED][1] + 1)
        kept = {one: at for one, at in newest[:REMEMBERED] if at >= known}
        return replace(
            self,
            looked_us=now_us,
            late_us=(*self.late_us, *late)[-KEPT:],
            seen=kept,
            known_us=known,
            fresh=fresh,
        )

    def marks(self) -> dict[str, str]:
        """As text, for the state of a look."""
        return {
            "looked_us": str(self.looked_us),
            "late_us": json.dumps(self.late_us),
            "seen": json.dumps(self.seen),
            "known_us": str(self.known_us),
            "fresh": str(self.fresh),
        }

    @classmethod
    def of(cls, marks: Mapping[str, str], bounds: Bounds) -> Self:
        """From the state of the last look; without one, or with nonsense, everything is asked for."""
        try:
            return cls(
                bounds,
                int(marks["looked_us"]),
                tuple(int(one) for one in json.loads(marks["late_us"])),
                {str(one): int(at) for one, at in json.loads(marks["seen"]).items()},
                int(marks["known_us"]),
                int(marks["fresh"]),
            )
        except (KeyError, ValueError, TypeError, AttributeError):
            return cls(bounds)


def mark(row: Stamp) -> str:
    """A row at one stamp, in few signs."""
    return blake2b(f"{row.at_us}|{row.source_id}".encode("utf-8", "replace"), digest_size=8).hexdigest()
