"""One look at one source: read, translate, compare with what stands in the log, publish what changed.

The middle of a connector. Rows are taken in chunks, however the source pages them; of each chunk only what differs
is written, and only after Kafka has it does the memory know it. What a complete look lacks is judged by `absence` and
`brake`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from connectors import absence
from connectors.absence import Proof
from connectors.brake import Brake
from connectors.hubs import Mapper, Words
from connectors.manifest import Expected
from connectors.memory import CHUNK, Before, Known, Memory
from connectors.publish import (
    Outgoing,
    Publisher,
    Stamp,
    Writer,
    rejection_digest,
    rejection_id,
)
from connectors.sources import Faulty, LookState, Page, Row, Source, Verdict
from connectors.tail import Tail
from connectors.translate import Good, Translator, original, usable
from schemas.errors import Reject

_FOREIGN: Final = "not in the source, and not written by its connector"
STATES: Final = ("idle", "live", "partial", "held", "failing")
"""From best to worst."""


@dataclass(frozen=True)
class Hands:
    """What a look works with: memory, way out, way back, and the clock."""

    memory: Memory
    publisher: Publisher
    tail: Tail
    writer: Writer
    clock: Callable[[], int]
    may: Callable[[], None]
    """Raises `Retry` when going on makes no sense: told to stop, or the right to publish is gone."""

    def send(self, batch: Sequence[Outgoing]) -> int:
        """Publish a batch and fold it into the memory; returns how many foreign records were found."""
        self.tail.wrote(self.publisher.publish(batch))
        return self.tail.catch_up(self.clock()) if batch else 0


@dataclass(frozen=True)
class Again:
    """What a re-sync wants published again: these ids, or what was changed since a moment; without either all."""

    ids: frozenset[str] = frozenset()
    since_ms: int | None = None

    def wants(self, row: Row) -> bool:
        """A row of which nobody knows when it changed is wanted."""
        if self.ids or self.since_ms is None:
            return not self.ids or row.source_id in self.ids
        return row.changed_at_ms is None or row.changed_at_ms >= self.since_ms

    def joined(self, other: Again | None) -> Again:
        """Both wishes as one."""
        if other is None:
            return self
        if not (self.ids and other.ids):
            return Again()  # two wishes that cannot be told in one: everything
        return Again(self.ids | other.ids)


@dataclass(frozen=True)
class Job:
    """What is to be looked at, and why something that differs differs."""

    kind: str
    reader: str
    source: Source
    mapper: Mapper
    words: Words
    brake: Brake
    expected: Expected
    previous: LookState | None = None
    first: bool = False
    remapped: bool = False
    again: Again | None = None
    release: str = ""

    def cause(self, row: Row, known: Known | None, digest: bytes) -> str | None:
        """Why a row is published, or None when it stands in the log as it is. What differs is told as what it is, also
        when a re-sync found it.
        """
        if known is not None and known.repair:
            return "repair"
        if known is not None and known.digest == digest:
            return "resync" if self.again is not None and self.again.wants(row) else None
        if self.first:
            return "first-load"
        return "mapping" if self.remapped else "source"


@dataclass
class Outcome:
    """What a look found, and what the next one needs."""

    kind: str
    source: str
    state: str = "failing"
    complete: bool = False
    read: int = 0
    published: int = 0
    unchanged: int = 0
    rejected: int = 0
    held: int = 0
    held_ids: list[str] = field(default_factory=list)
    removed: int = 0
    live: int = 0
    reasons: list[str] = field(default_factory=list)
    unassigned: int = 0
    left_out: int = 0
    complete_at: int | None = None
    mended: int = 0
    set_aside: int = 0
    unnamed: int = 0
    foreign: int = 0
    next_state: LookState = field(default_factory=LookState)
    pause_s: float | None = None
    left_alone: bool = False

    def record(self) -> dict[str, Any]:
        """As in the contract."""
        names = ("kind", "source", "state", "complete", "read", "published", "unchanged", "rejected")
        more = ("held", "held_ids", "removed", "live", "reasons", "complete_at", "unassigned", "left_out")
        return {name: getattr(self, name) for name in (*names, *more)}


def look(job: Job, hands: Hands) -> Outcome:
    """Look once. Raises `Retry` when Kafka or the right to publish is gone, never for the source."""
    found = Outcome(job.kind, job.reader)
    hands.memory.start_look()
    reading = job.source.look(job.previous, hands.clock)
    gone: dict[str, Proof] = {}
    try:
        lost = _read(job, hands, found, reading, gone)
    finally:
        reading.close()
    verdict = reading.verdict
    found.reasons.extend(verdict.reasons)
    found.complete, found.next_state, found.pause_s = (
        verdict.complete,
        verdict.next_state,
        verdict.resume_after_s,
    )
    if lost:
        found.next_state = LookState()
    if verdict.complete and verdict.delta:
        _take_out(job, hands, found, gone)
    elif verdict.complete and not verdict.unchanged:
        _mend(job, hands, found)
        _banish(job, hands, found)
        _bury(job, hands, found)
        _judge_volume(job, hands, found, verdict)
    return _concluded(job, hands, found, verdict)


def _read(
    job: Job, hands: Hands, found: Outcome, reading: Iterable[Page], gone: dict[str, Proof]
) -> list[str]:
    """Take the pages of a look, and what they say is gone; returns rows that are as they were, but do not stand."""
    rows: list[Row] = []
    faulty: list[Faulty] = []
    lost: list[str] = []
    for page in reading:
        hands.may()
        found.left_out += page.left_out
        for source_id in (*(row.source_id for row in page.rows), *page.same):
            gone.pop(source_id, None)
        gone.update((one.source_id, Proof(one.how, one.what)) for one in page.gone)
        lost += _same(job, hands, found, page.same)
        rows += page.rows
        faulty += page.faulty
        while len(rows) >= CHUNK or len(faulty) >= CHUNK:
            _take(job, hands, found, rows[:CHUNK], faulty[:CHUNK])
            del rows[:CHUNK], faulty[:CHUNK]
    _take(job, hands, found, rows, faulty)
    return lost


def _same(job: Job, hands: Hands, found: Outcome, source_ids: Sequence[str]) -> list[str]:
    """Take rows as they stand; returns those that do not stand, which a look without state reads anew."""
    if not source_ids:
        return []
    known = hands.memory.known(job.kind, source_ids)
    live = {source_id for source_id, one in known.items() if one.digest is not None}
    rejected = hands.memory.rejections(job.kind, source_ids)
    hands.memory.saw([(one, one not in rejected) for one in source_ids if one in live or one in rejected])
    found.read += len(source_ids)
    found.unchanged += len(live - rejected.keys())
    return [one for one in source_ids if one not in live and one not in rejected]


def _take(job: Job, hands: Hands, found: Outcome, rows: Sequence[Row], faulty: Sequence[Faulty]) -> None:
    """Translate a chunk and publish what differs from the log."""
    read = Translator(job.kind, job.mapper, job.words, hands.writer, job.release)(
        rows, _before(job, hands, rows)
    )
    bad = read.bad + [one if usable(one.source_id) else replace(one, source_id=None) for one in faulty]
    found.read += len(rows) + len(faulty)
    found.unnamed += sum(one.source_id is None for one in bad)
    found.unassigned += sum(len(one.statement.unassigned) for one in read.good.values()) + sum(
        read.same.values()
    )
    found.unchanged += len(read.same)
    batch = _differing(job, hands, found, read.good, bad)
    found.published += len(batch)
    wrong = {rejection_id(one) for one in bad}
    standing = hands.memory.rejections(job.kind, [*read.good, *wrong])
    news = [one for one in bad if standing.get(rejection_id(one)) != rejection_digest(one)]
    batch.extend(hands.writer.rejection(job.kind, one, hands.clock()) for one in news)
    found.set_aside += len(news)
    mended = [source_id for source_id in read.good if source_id in standing and source_id not in wrong]
    batch.extend(hands.writer.mended(job.kind, source_id) for source_id in mended)
    found.mended += len(mended)
    found.foreign += hands.send(batch)
    hands.memory.saw([(source_id, True) for source_id in (*read.good, *read.same)])
    hands.memory.saw([(source_id, False) for source_id in wrong])
    hands.memory.remember(
        job.kind,
        [
            (source_id, Before(one.fingerprint, len(one.statement.unassigned)), one.digest)
            for source_id, one in read.good.items()
            if one.fingerprint is not None
        ],
    )


def _before(job: Job, hands: Hands, rows: Sequence[Row]) -> Mapping[str, Before]:
    """What need not be translated again; nothing of what a re-sync wants."""
    if not job.release:
        return {}
    again = job.again
    ids = [row.source_id for row in rows if usable(row.source_id) and not (again and again.wants(row))]
    return hands.memory.before(job.kind, ids)


def _differing(
    job: Job, hands: Hands, found: Outcome, good: Mapping[str, Good], bad: list[Faulty]
) -> list[Outgoing]:
    """Records that differ from the log; what does not fit the contract goes to the bad."""
    known = hands.memory.known(job.kind, list(good))
    batch: list[Outgoing] = []
    for source_id, (row, statement, digest, _) in good.items():
        cause = job.cause(row, known.get(source_id), digest)
        if cause is None:
            found.unchanged += 1
            continue
        stamp = stamped(known.get(source_id), cause, hands.clock())
        try:
            batch.append(hands.writer.record(job.kind, row, statement, digest, stamp))
        except Reject as reject:
            bad.append(Faulty(row.place, source_id, reject, original(row)))
    return batch


def stamped(known: Known | None, cause: str, now_ms: int) -> Stamp:
    """The next revision of a record."""
    if known is None:
        return Stamp(now_ms, cause, now_ms, now_ms)
    return Stamp(max(known.revision + 1, now_ms), cause, known.first_seen, now_ms)


def _mend(job: Job, hands: Hands, found: Outcome) -> None:
    """Take back the rejections that a complete look no longer found."""
    while gone := hands.memory.mended(job.kind):
        found.foreign += hands.send([hands.writer.mended(job.kind, source_id) for source_id in gone])
        found.mended += len(gone)


def _take_out(job: Job, hands: Hands, found: Outcome, gone: Mapping[str, Proof]) -> None:
    """Remove what the source itself says is gone. More than the brake lets pass: all is read anew, and judged so."""
    known = hands.memory.known(job.kind, list(gone))
    live = [source_id for source_id in gone if source_id in known and known[source_id].digest is not None]
    held = job.brake.holds(len(live), hands.memory.live(job.kind))
    if held is not None:
        found.reasons.append(f"{held}; everything is read anew")
        found.state, found.complete, found.next_state = "partial", False, LookState()
        return
    for at in range(0, len(live), CHUNK):
        batch = [
            hands.writer.tombstone(job.kind, one, stamped(known[one], "source", hands.clock()), gone[one])
            for one in live[at : at + CHUNK]
        ]
        found.foreign += hands.send(batch)
        found.removed += len(batch)


def _banish(job: Job, hands: Hands, found: Outcome) -> None:
    """Remove what somebody else wrote under ids that this source does not have."""
    while phantoms := hands.memory.phantoms(job.kind):
        known = hands.memory.known(job.kind, phantoms)
        batch = [
            hands.writer.tombstone(
                job.kind, one, stamped(known[one], "repair", hands.clock()), Proof(_FOREIGN)
            )
            for one in phantoms
        ]
        found.foreign += hands.send(batch)
        found.removed += len(batch)


def _bury(job: Job, hands: Hands, found: Outcome) -> None:
    """Say again of ids that were asked for, and that the source does not have, that there is nothing."""
    asked = hands.memory.unseen(sorted(job.again.ids)) if job.again is not None else []
    known = hands.memory.known(job.kind, asked)
    proof = Proof("asked for again, and not in the source")
    batch = [
        hands.writer.tombstone(job.kind, one, stamped(known.get(one), "repair", hands.clock()), proof)
        for one in asked
        if one not in known or known[one].digest is None
    ]
    found.foreign += hands.send(batch)


def _judge_volume(job: Job, hands: Hands, found: Outcome, verdict: Verdict) -> None:
    """Say what is odd about the volume, then remove what is proven to be gone."""
    expected, memory = job.expected, hands.memory
    memory.all_found_again(job.kind)
    if expected.most is not None and found.read > expected.most:
        found.reasons.append(f"{found.read} rows; at most {expected.most} are expected")
    reason = absence.may_remove(verdict, found.read, memory.live(job.kind), found.unnamed)
    if reason is None and found.read < expected.least and memory.live(job.kind) > found.read:
        reason = f"{found.read} rows; at least {expected.least} are expected; nothing is removed"
    if reason is None:
        _remove(job, hands, found, verdict)
    elif verdict.absence != "nothing" and memory.count_absent(job.kind)[0]:
        found.reasons.append(reason)
        found.state = "partial"
        if not found.unnamed:
            memory.hold(job.kind)
    if reason is not None and memory.approved(job.kind):
        _remove(job, hands, found, verdict, approved_only=True)


def _remove(job: Job, hands: Hands, found: Outcome, verdict: Verdict, *, approved_only: bool = False) -> None:
    """Brake, ask for evidence, and publish removals."""
    memory = hands.memory
    fresh, _ = memory.count_absent(job.kind)
    held = None if approved_only else job.brake.holds(fresh, memory.live(job.kind))
    if held is not None:
        memory.hold(job.kind)
        found.reasons.append(f"{held}; if that is right: zeven hub approve {hands.writer.hub}")
    after, waiting = "", 0
    while missing := memory.absent(job.kind, approved_only or held is not None, after):
        after = missing[-1].source_id
        if verdict.absence == "ask":
            answers = job.source.confirm([one.source_id for one in missing], hands.clock)
            proof = absence.from_answers(missing, answers)
        else:
            proof = absence.from_snapshot(missing, verdict.snapshot)
        memory.wait(job.kind, proof.waiting, verdict.snapshot)
        memory.found_again(job.kind, proof.present)
        waiting += len(proof.waiting)
        known = memory.known(job.kind, list(proof.gone))
        batch = [
            hands.writer.tombstone(job.kind, one, stamped(known[one], "source", hands.clock()), how)
            for one, how in proof.gone.items()
        ]
        erased = [one for one, how in proof.gone.items() if how.what == "erased"]
        standing = memory.rejections(job.kind, erased)
        batch.extend(hands.writer.mended(job.kind, one) for one in standing)
        found.foreign += hands.send(batch)
        found.removed += len(proof.gone)
    if waiting:
        found.reasons.append(f"{waiting} records are missing, but not yet proven to be gone")


def _concluded(job: Job, hands: Hands, found: Outcome, verdict: Verdict) -> Outcome:
    memory = hands.memory
    memory.commit()
    found.live = memory.live(job.kind)
    found.held, found.held_ids = memory.held(job.kind), memory.held_ids(job.kind)
    found.rejected = memory.count_rejections(job.kind)
    changed = found.published or found.removed or found.mended or found.set_aside
    if verdict.state == "failing":
        found.state = "failing"
    elif not verdict.complete or verdict.state == "partial" or found.state == "partial":
        found.state = "partial"
    elif found.held:
        found.state = "held"
    else:
        found.state = "live" if changed else "idle"
    return found
