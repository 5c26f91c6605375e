"""One look at one source: read, translate, compare with what stands in the log, publish what changed.

The middle of a connector. Rows are taken in chunks; of each chunk only what differs is written, and only
after Kafka has it does the memory know it. What a complete look lacks is judged by `absence` and `brake`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from connectors import absence
from connectors.brake import Brake
from connectors.hubs import Mapper, Statement, Words
from connectors.manifest import Expected
from connectors.memory import CHUNK, Known, Memory
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
from schemas.errors import Reject

_FOREIGN: Final = "not in the source, and not written by its connector"
LONGEST_ID: Final = 500
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
    again: frozenset[str] | None = None
    """Ids to publish again, empty for all; None for no re-sync."""

    def cause(self, source_id: str, known: Known | None, digest: bytes) -> str | None:
        """Why a row is published, or None when it stands in the log as it is."""
        if known is not None and known.repair:
            return "repair"
        if self.again is not None and (not self.again or source_id in self.again):
            return "resync"
        if known is not None and known.digest == digest:
            return None
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
    removed: int = 0
    live: int = 0
    reasons: list[str] = field(default_factory=list)
    unassigned: int = 0
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
        return {name: getattr(self, name) for name in (*names, "held", "removed", "live", "reasons")}


def look(job: Job, hands: Hands) -> Outcome:
    """Look once. Raises `Retry` when Kafka or the right to publish is gone, never for the source."""
    found = Outcome(job.kind, job.reader)
    hands.memory.start_look()
    reading = job.source.look(job.previous, hands.clock)
    gone: dict[str, str] = {}
    try:
        for page in reading:
            hands.may()
            for row in page.rows:
                gone.pop(row.source_id, None)
            gone.update(page.gone)
            for rows, faulty in _chunks(page):
                _take(job, hands, found, rows, faulty)
    finally:
        reading.close()
    verdict = reading.verdict
    found.reasons.extend(verdict.reasons)
    found.complete, found.next_state, found.pause_s = (
        verdict.complete,
        verdict.next_state,
        verdict.resume_after_s,
    )
    if verdict.complete and verdict.delta:
        _take_out(job, hands, found, gone)
    elif verdict.complete and not verdict.unchanged:
        _mend(job, hands, found)
        _banish(job, hands, found)
        _judge_volume(job, hands, found, verdict)
    return _concluded(job, hands, found, verdict)


def _chunks(page: Page) -> Iterator[tuple[Sequence[Row], Sequence[Faulty]]]:
    for at in range(0, max(len(page.rows), len(page.faulty)), CHUNK):
        yield page.rows[at : at + CHUNK], page.faulty[at : at + CHUNK]


def _take(job: Job, hands: Hands, found: Outcome, rows: Sequence[Row], faulty: Sequence[Faulty]) -> None:
    """Translate a chunk and publish what differs from the log."""
    good, bad = translated(job, hands.writer, rows)
    bad.extend(one if usable(one.source_id) else replace(one, source_id=None) for one in faulty)
    found.read += len(rows) + len(faulty)
    found.unnamed += sum(one.source_id is None for one in bad)
    found.unassigned += sum(len(statement.unassigned) for _, statement, _ in good.values())
    known = hands.memory.known(job.kind, list(good))
    batch: list[Outgoing] = []
    for source_id, (row, statement, digest) in good.items():
        cause = job.cause(source_id, known.get(source_id), digest)
        if cause is None:
            found.unchanged += 1
            continue
        stamp = stamped(known.get(source_id), cause, hands.clock())
        try:
            batch.append(hands.writer.record(job.kind, row, statement, digest, stamp))
        except Reject as reject:
            bad.append(Faulty(row.place, source_id, reject, original(row)))
    found.published += len(batch)
    wrong = {rejection_id(one) for one in bad}
    standing = hands.memory.rejections(job.kind, [*good, *wrong])
    news = [one for one in bad if standing.get(rejection_id(one)) != rejection_digest(one)]
    batch.extend(hands.writer.rejection(job.kind, one, hands.clock()) for one in news)
    found.set_aside += len(news)
    mended = [source_id for source_id in good if source_id in standing and source_id not in wrong]
    batch.extend(hands.writer.mended(job.kind, source_id) for source_id in mended)
    found.mended += len(mended)
    found.foreign += hands.send(batch)
    hands.memory.saw([(source_id, True) for source_id in good])
    hands.memory.saw([(source_id, False) for source_id in wrong])


def usable(source_id: str | None) -> bool:
    """Whether an id can be a key: text in sound Unicode, not empty, not endless."""
    if not source_id or len(source_id) > LONGEST_ID or "\0" in source_id:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in source_id)


def translated(
    job: Job, writer: Writer, rows: Sequence[Row]
) -> tuple[dict[str, tuple[Row, Statement, bytes]], list[Faulty]]:
    """Statements with their digests by id; of an id that comes twice the later row holds."""
    good: dict[str, tuple[Row, Statement, bytes]] = {}
    bad: list[Faulty] = []
    for row in rows:
        if not usable(row.source_id):
            bad.append(Faulty(row.place, None, _unusable(row.source_id), original(row)))
            continue
        try:
            statement = job.mapper(row, job.words)
            good[row.source_id] = (row, statement, writer.digest(job.kind, statement))
        except Reject as reject:
            bad.append(Faulty(row.place, row.source_id, reject, original(row)))
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as fault:
            bad.append(Faulty(row.place, row.source_id, _unknown_shape(fault), original(row)))
    return good, bad


def _unusable(source_id: str) -> Reject:
    return Reject(
        "The id of the row cannot be used",
        field="id",
        expected=f"1 to {LONGEST_ID} signs of sound text",
        got=ascii(source_id[:60]),
        fix="Give the row a short, plain id.",
    )


def _unknown_shape(fault: Exception) -> Reject:
    return Reject(
        f"The row has a shape that the mapping does not know: {type(fault).__name__}: {fault}"[:300],
        fix="Compare the row with others of this source; else mend the mapping of this hub.",
    )


def original(row: Row) -> bytes:
    """The fields of a row as bytes, for `rejected`."""
    try:
        return orjson.dumps(
            dict(row.fields), default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS
        )
    except (TypeError, ValueError):  # halves of surrogate pairs, endless nesting
        return ascii(row.fields).encode()


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


def _take_out(job: Job, hands: Hands, found: Outcome, gone: Mapping[str, str]) -> None:
    """Remove what the source itself says is gone. More than the brake lets pass: all is read anew, and judged so."""
    known = hands.memory.known(job.kind, list(gone))
    live = [source_id for source_id in gone if source_id in known and known[source_id].digest is not None]
    held = job.brake.holds(len(live), hands.memory.live(job.kind))
    if held is not None:
        found.reasons.append(f"{held}; alles wordt opnieuw gelezen / everything is read anew")
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
            hands.writer.tombstone(job.kind, one, stamped(known[one], "repair", hands.clock()), _FOREIGN)
            for one in phantoms
        ]
        found.foreign += hands.send(batch)
        found.removed += len(batch)


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
        found.foreign += hands.send(batch)
        found.removed += len(batch)
    if waiting:
        found.reasons.append(f"{waiting} records are missing, but not yet proven to be gone")


def _concluded(job: Job, hands: Hands, found: Outcome, verdict: Verdict) -> Outcome:
    memory = hands.memory
    memory.commit()
    found.live = memory.live(job.kind)
    found.held = memory.held(job.kind)
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
