"""Nothing is lost silently: per assignment and partition, offsets passed = what became of them + gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.bus.metrics import RECORDS
from schemas.errors import Stop
from schemas.topics import KINDS, NATIONAL_KINDS
from streams.engine.stage import APPLIED, REJECTED, SUPERSEDED, UNCHANGED, Tally

OUTCOMES = (APPLIED, UNCHANGED, SUPERSEDED, REJECTED)


@dataclass
class Passed:
    """What became of the offsets of one partition since it was assigned."""

    start: int
    position: int
    gaps: int = 0
    tally: Tally = field(default_factory=Counter)

    @property
    def balanced(self) -> bool:
        """Every offset passed is accounted for."""
        return self.position - self.start == sum(self.tally.values()) + self.gaps


class Counts:
    """The balance of DESIGN 3.5 for one stage in one worker, by topic and partition."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self.by_partition: dict[tuple[str, int], Passed] = {}

    def assigned(self, places: Mapping[tuple[str, int], int]) -> None:
        """A new assignment: places with the offset at which reading begins."""
        self.by_partition = {place: Passed(start, start) for place, start in places.items()}

    def position(self, place: tuple[str, int]) -> int:
        """Offset of the next record of a place; 0 when it is not known."""
        known = self.by_partition.get(place)
        return known.position if known else 0

    def passed(self, place: tuple[str, int], position: int, records: int, tally: Tally) -> None:
        """Records up to `position` are done. Raises `Stop` when a stage has lost count of them."""
        if sum(tally.values()) != records or not set(tally) <= set(OUTCOMES):
            raise Stop(
                f"{self._stage} was given {records} records of {place[0]} and accounts for {dict(tally)}"
            )
        one = self.by_partition[place]
        one.gaps += position - one.position - records
        one.position = position
        one.tally += tally
        hub, kind = labels_of(place[0])
        for outcome, count in tally.items():
            RECORDS.labels(hub=hub, kind=kind, stage=self._stage, outcome=outcome).inc(count)

    def reached(self, place: tuple[str, int], position: int) -> None:
        """The position went on without records: markers, or what compaction left open."""
        one = self.by_partition.get(place)
        if one is not None and position > one.position:
            one.gaps += position - one.position
            one.position = position

    def unbalanced(self) -> list[tuple[str, int]]:
        """Places whose offsets do not add up; must be empty at any time."""
        return [place for place, one in self.by_partition.items() if not one.balanced]


def labels_of(topic: str) -> tuple[str, str]:
    """Hub and kind of a topic for metrics; empty where it has none."""
    first, *rest = topic.split(".")
    if first == "regional" and len(rest) == 2 and rest[1] in KINDS:
        return rest[0], rest[1]
    return "", rest[0] if rest and rest[0] in NATIONAL_KINDS else topic
