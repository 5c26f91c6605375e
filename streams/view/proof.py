"""The proof of completeness: does the national view hold what a hub's connector says its source holds?

A hub's `checked` record is a manifest: the end offset of each of its regional partitions after the look, and
per bucket the count and hash of the records alive *at those offsets*. Regional topics go on after that, so
the view keeps a *mirror* of the regional log exactly at the offsets of the manifest under judgement. Records
beyond them wait in `ahead`; when a manifest has been judged, the newest waiting one takes its place, what
lies before its offsets moves from `ahead` into the mirror, and nothing is ever read twice. Per bucket the
view holds count and hash of its mirror as running sums; 256 buckets a kind are all a judgement looks at.

The second half runs from the other end: every record of the mirror must have a contribution in the national
view with its revision and digest, or stand in `rejected`; no contribution may be without its record
(`settle`, per source record, only when something about it changed). Records that moved on since the manifest
are not asked for: their turn comes with the next one. Removals held for approval stay alive in the regional
log and in the view, so they need no excuse; their number is shown beside the proof.

Between both ends stands a *round*: identify has passed the manifest's offsets, then fold has passed what
stood in `linked` at that moment, then the view has read what stood in `national` at that moment. Only what
is wrong after a whole round is a difference; what appeared during one may be on its way and gets the next.
Compaction may remove the version a manifest counted when a newer one followed: then the newer one is in
`ahead`, its bucket is *unsettled*, and the next manifest decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple

from schemas.digest import MODULUS, bucket_hash, bucket_of

Place = tuple[str, int]
Bucket = tuple[str, int]
Sum = tuple[int, int]
State = Literal["proven", "catching up", "differs", "unknown"]
STATES: Final[tuple[State, ...]] = ("proven", "catching up", "differs", "unknown")
SHOWN: Final = 20
PATIENCE_MS: Final = 15_000


class Version(NamedTuple):
    """Revision and digest of a source record."""

    revision: int
    digest: bytes


class Source(NamedTuple):
    """One source record, seen from both ends of the journey."""

    kept: Version | None
    moved_on: bool
    given: Version | None
    holders: int
    set_aside: int | None


def settle(source: Source) -> str | None:
    """What is wrong with one source record (missing, stale, different, double, phantom), or None."""
    if source.moved_on:
        return None
    if source.kept is None:
        return None if source.given is None else "phantom"
    if source.given is None:
        return None if _excused(source) else "missing"
    if source.given.revision < source.kept.revision:
        return None if _excused(source) else "stale"
    if source.given.revision > source.kept.revision:
        return "phantom"
    if source.given.digest != source.kept.digest:
        return "different"
    return "double" if source.holders > 1 else None


def _excused(source: Source) -> bool:
    """Rejected at this revision or later; a rejection without a revision speaks for all (0)."""
    if source.set_aside is None or source.kept is None:
        return False
    return source.set_aside == 0 or source.set_aside >= source.kept.revision


class Sums:
    """Count and hash per bucket of the records in a mirror, kept as they come and go."""

    def __init__(self) -> None:
        self._sums: dict[Bucket, Sum] = {}

    def add(self, kind: str, source_id: str, digest: bytes) -> None:
        """A record came."""
        self._move(kind, source_id, digest, 1)

    def take(self, kind: str, source_id: str, digest: bytes) -> None:
        """A record went."""
        self._move(kind, source_id, digest, -1)

    def _move(self, kind: str, source_id: str, digest: bytes, sign: int) -> None:
        place = (kind, bucket_of(kind, source_id))
        count, total = self._sums.get(place, (0, 0))
        moved = (count + sign, (total + sign * bucket_hash(kind, source_id, digest)) % MODULUS)
        if moved == (0, 0):
            self._sums.pop(place, None)
        else:
            self._sums[place] = moved

    def differing(self, wanted: Mapping[Bucket, Sum]) -> list[Bucket]:
        """Buckets in which the mirror is not what the manifest says."""
        places = self._sums.keys() | wanted.keys()
        return sorted(place for place in places if self._sums.get(place, (0, 0)) != wanted.get(place, (0, 0)))

    def count(self, kind: str) -> int:
        """Records of a kind in the mirror."""
        return sum(count for (of, _), (count, _) in self._sums.items() if of == kind)


@dataclass(frozen=True)
class Manifest:
    """What a connector says its regional topics hold, at which offsets."""

    look: int
    finished_at: int
    offsets: Mapping[Place, int]
    buckets: Mapping[Bucket, Sum]


@dataclass(frozen=True)
class Reached:
    """How far everyone is at one moment: the view in all topics, identify and fold in their inputs."""

    view: Mapping[Place, int]
    identify: Mapping[Place, int]
    fold: Mapping[Place, int]
    linked_ends: Mapping[Place, int]
    national_ends: Mapping[Place, int]


@dataclass(frozen=True)
class Round:
    """One pass along the journey for one manifest; see the module's text."""

    number: int = 1
    started_at: int = 0
    linked: Mapping[Place, int] | None = None
    national: Mapping[Place, int] | None = None

    def onward(self, manifest: Manifest, reached: Reached) -> tuple[Round, int]:
        """Go as far as one can; returns the round and how many records are still to pass (0: it is over)."""
        here = behind(manifest.offsets, reached.view)
        if here:
            return self, here
        waiting = behind(manifest.offsets, reached.identify)
        if self.linked is None and waiting:
            return self, waiting
        linked = reached.linked_ends if self.linked is None else self.linked
        gone = replace(self, linked=linked)
        waiting = behind(linked, reached.fold)
        if gone.national is None and waiting:
            return gone, waiting
        national = reached.national_ends if gone.national is None else gone.national
        gone = replace(gone, national=national)
        return gone, behind(national, reached.view)

    def next(self, now_ms: int) -> Round:
        """The round after this one."""
        return Round(self.number + 1, now_ms)


def behind(wanted: Mapping[Place, int], reached: Mapping[Place, int]) -> int:
    """Records between where one should be and where one is."""
    return sum(max(0, offset - reached.get(place, 0)) for place, offset in wanted.items())


class Fault(NamedTuple):
    """A source record whose two ends do not agree, and the round in which that was first seen."""

    kind: str
    source_id: str
    why: str
    born: int


@dataclass(frozen=True)
class Verdict:
    """The answer for one hub; `proven_up_to` is the end of the last look that was proven."""

    state: State = "unknown"
    proven_up_to: int | None = None
    behind: int = 0
    differences: int = 0
    ids: Sequence[Mapping[str, str]] = ()
    buckets: Sequence[Mapping[str, object]] = ()
    look: int | None = None
    records: int = 0
    reason: str = ""
    over: bool = field(default=False, compare=False)

    def shown(self) -> dict[str, object]:
        """As plain values, for JSON."""
        names = ("state", "proven_up_to", "behind", "differences", "look", "records", "reason")
        plain: dict[str, object] = {name: getattr(self, name) for name in names}
        return plain | {
            "ids": [dict(one) for one in self.ids],
            "buckets": [dict(one) for one in self.buckets],
        }


@dataclass(frozen=True)
class Case:
    """All that a judgement of one hub needs."""

    manifest: Manifest | None
    differing: Sequence[Bucket] = ()
    unsettled: Collection[Bucket] = ()
    faults: Sequence[Fault] = ()
    left: int = 0
    records: int = 0


def judge(case: Case, turn: Round, before: Verdict, now_ms: int) -> Verdict:
    """The verdict; `over` says that the round ended with it, so that the next manifest may be taken up."""
    if case.manifest is None:
        return Verdict(reason="no look of this hub has been seen yet")
    base = Verdict("catching up", before.proven_up_to, look=case.manifest.look, records=case.records)
    if case.left:
        return _waiting(before, replace(base, behind=case.left, reason=_words(case.left)), turn, now_ms)
    broken = [place for place in case.differing if place not in case.unsettled]
    old = [fault for fault in case.faults if fault.born < turn.number]
    if broken or old:
        return _different(base, broken, old)
    if case.faults or case.differing:
        left = len(case.faults) + len(case.differing)
        reason = f"{left} records or buckets changed since the look; the next one decides"
        return replace(_waiting(before, replace(base, behind=left, reason=reason), turn, now_ms), over=True)
    return replace(base, state="proven", proven_up_to=case.manifest.finished_at, over=True)


def _waiting(before: Verdict, now: Verdict, turn: Round, now_ms: int) -> Verdict:
    """What was proven stays so up to its time while the next manifest is, for a short while, on its way."""
    if before.state == "proven" and now_ms - turn.started_at < PATIENCE_MS:
        return replace(before, behind=now.behind, over=False)
    if before.state == "differs":
        return replace(before, behind=now.behind, over=False)
    return now


def _different(base: Verdict, broken: Sequence[Bucket], old: Sequence[Fault]) -> Verdict:
    ids = tuple({"kind": one.kind, "source_id": one.source_id, "why": one.why} for one in old[:SHOWN])
    buckets = tuple({"kind": kind, "bucket": number} for kind, number in broken[:SHOWN])
    reasons = [f"{len(old)} source records are not in the view as they should be"] if old else []
    reasons += (
        [f"{len(broken)} buckets of the regional log are not what the connector says"] if broken else []
    )
    return replace(
        base,
        state="differs",
        differences=len(old) + len(broken),
        ids=ids,
        buckets=buckets,
        reason="; ".join(reasons),
        over=True,
    )


def _words(left: int) -> str:
    return f"{left} records behind"


def sums_of(records: Iterable[tuple[str, str, bytes]]) -> Sums:
    """Sums over (kind, source id, digest)."""
    sums = Sums()
    for kind, source_id, digest in records:
        sums.add(kind, source_id, digest)
    return sums
