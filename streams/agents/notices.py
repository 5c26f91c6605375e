"""The notices stage: from national records to notices, each decided once and never told twice.

Its state topic holds per national id the version last judged and the notices of that judgement; it is written
and acknowledged before the notices are. `done` in a state is the highest batch known to be written in full:
at set-up the notices of later batches are sent again, unchanged. A partition without any state is a first
start: what lies there already is told as a first look, in one summary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from schemas import cloudevents, codec, topics
from schemas.errors import Reject
from streams.engine.cold import Cold
from streams.engine.stage import (
    APPLIED,
    CHUNK_KEYS,
    REJECTED,
    SUPERSEDED,
    UNCHANGED,
    Emission,
    Headers,
    Plan,
    Record,
    Run,
    Stage,
    Tally,
    Task,
)
from streams.engine.wire import HEAD, Wire
from streams.notices.judge import Kept, Seen, Thing, judge
from streams.notices.subscriptions import Subscription
from streams.notices.versions import version_of

BREATH = 500
NOTICE, STATE = "notice.Notice", "notices.State"


@dataclass(slots=True)
class Known:
    """What is remembered of one national id; `last` is packed JSON (`streams.engine.cold`)."""

    kind: str
    evaluation: int
    sequence: int
    batch: int
    last: bytes | None
    pending: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Newest:
    """The newest record of one national id that was not judged yet."""

    kind: str
    value: bytes | None
    headers: Headers
    cause: str
    sequence: int = 0
    passed: tuple[Newest, ...] = ()  # with another cause than source: what came before it, from the source on


class NoticesTask(Task):
    """One partition of all national topics."""

    def __init__(
        self, partition: int, subscriptions: Sequence[Subscription], wire: Wire, partitions: int
    ) -> None:
        super().__init__(partition)
        self._subscriptions, self._wire, self._partitions = subscriptions, wire, partitions
        self._known: dict[str, Known] = {}
        self._cold = Cold()
        self._newest: dict[str, Newest] = {}
        self._open: dict[str, Newest] = {}  # judged, but not acknowledged yet
        self._batch, self._done, self._sent, self._marked = 0, 0, 0, 0
        self._last_key: str | None = None
        self._first_start = True
        self._log = structlog.get_logger().bind(stage="notices", partition=partition)

    def load(self, topic: str, records: Sequence[Record]) -> Tally:
        tally: Tally = Counter()
        for record in records:
            tally[self._take(topic, record)] += 1
        return tally

    def forget_written(self) -> None:
        self._newest, self._open = {**self._open, **self._newest}, {}
        self._known.clear()
        self._batch, self._done, self._sent, self._marked = 0, 0, 0, 0
        self._last_key, self._first_start = None, True

    def remember(self, record: Record) -> None:
        """Take in a state that was written before."""
        key = (record.key or b"").decode(errors="replace")
        self._first_start = False
        if record.value is None:
            self._known.pop(key, None)
            return
        state = self._wire.readable("notices", STATE, key, record.value, record.headers)
        if state is None:
            return
        self._batch, self._done = max(self._batch, state["batch"]), max(self._done, state["done"])
        last = None if state["last"] is None else self._cold.pack(state["last"].encode())
        self._known[key] = Known(
            state["kind"], state["evaluation"], state["sequence"], state["batch"], last, state["pending"]
        )

    def reconcile(self, now_ms: int) -> Iterator[Plan]:
        """First what may not have been sent, then what changed meanwhile."""
        again = [one for known in self._known.values() if known.batch > self._done for one in known.pending]
        for known in self._known.values():
            known.pending = []
        self._sent = self._batch
        for start in range(0, len(again), CHUNK_KEYS):
            yield Plan([[self._sending(one) for one in again[start : start + CHUNK_KEYS]]])
        self._done = self._batch
        if again:
            self._log.info("sent again", notices=len(again))
        keys = list(self._newest)
        first = self._first_start
        self._first_start = False
        for start in range(0, len(keys), BREATH):
            yield self._plan(keys[start : start + BREATH], now_ms, first)
        self._newest.clear()

    def apply(self, runs: Sequence[Run], now_ms: int) -> Plan:
        tally: dict[str, Tally] = {}
        for run in runs:
            counts = tally.setdefault(run.topic, Counter())
            for record in run.records:
                counts[self._take(run.topic, record)] += 1
        plan = self._plan(list(self._newest), now_ms)
        self._newest, self._open = {}, self._newest
        plan.tally = tally
        return plan

    def acknowledged(self) -> None:
        self._done = max(self._done, self._sent)
        self._open.clear()

    def idle(self, now_ms: int) -> Plan:
        """A done mark after notices, so that a restart has nothing to send again."""
        if self._last_key is None or self._marked == self._done:
            return Plan()
        self._marked = self._done
        key, self._last_key = self._last_key, None
        return Plan([[self._state(key, self._known[key])]])

    def _take(self, topic: str, record: Record) -> str:
        """Note the newest record of a key; says what becomes of the record for the counts."""
        key, kind = (record.key or b"").decode(), topic.rpartition(".")[2]
        older = self._newest.get(key)
        newest = Newest(kind, None, (), _header(record, "zeven_cause") or "source")
        if record.value is not None:
            try:
                head = self._head(f"national.{kind.capitalize()}", record)
            except Reject as fault:
                self._log.warning("national record cannot be read", id=key, error=str(fault))
                return REJECTED
            newest = Newest(kind, record.value, record.headers, head["cause"], head["sequence"])
            if newest.cause != "source" and older and (older.cause == "source" or older.passed):
                newest.passed = (*older.passed, older)
                older.passed = ()
            known = self._known.get(key)
            if known is not None and known.last is not None and head["sequence"] < known.sequence:
                return UNCHANGED
        self._newest[key] = newest
        return APPLIED if older is None else SUPERSEDED

    def _plan(self, keys: Sequence[str], now_ms: int, first_start: bool = False) -> Plan:
        """Judge the newest records of these keys: states first, then notices."""
        states: list[Emission] = []
        notices: list[Emission] = []
        self._batch += 1
        for key in keys:
            notices.extend(self._sending(one) for one in self._judged(key, now_ms, first_start))
            known = self._known.get(key)
            if known is not None and known.batch == self._batch:
                states.append(self._state(key, known))
                self._last_key = key if known.pending else self._last_key
                known.pending = []
        if not states:
            self._batch -= 1
            return Plan()
        self._sent = self._batch
        if notices:
            self._log.info("notices", batch=self._batch, evaluated=len(states), notices=len(notices))
        return Plan([states, notices] if notices else [states])

    def _judged(self, key: str, now_ms: int, first_start: bool) -> list[dict[str, Any]]:
        """Judge one key; what is remembered moves on, and the notices are returned as pending."""
        newest, known = self._newest[key], self._known.get(key)
        kept = None if known is None or known.last is None else Kept.of(self._cold.unpack(known.last))
        evaluation = known.evaluation + 1 if known else 1
        try:
            seen = self._seen(newest, known, kept, first_start)
        except Reject as fault:
            self._log.warning("national record cannot be read", id=key, error=str(fault))
            return []
        step = judge(self._subscriptions, Thing(key, newest.kind, evaluation), kept, seen, now_ms)
        if step is None:
            return []
        last = None if step.kept is None else self._cold.pack(step.kept.text().encode())
        pending = [
            {
                "notice_id": one["id"],
                "subscription": one["subscription"],
                "value": codec.encode(codec.load(NOTICE), one),
            }
            for one in step.notices
        ]
        self._known[key] = Known(newest.kind, evaluation, newest.sequence, self._batch, last, pending)
        return pending

    def _seen(self, newest: Newest, known: Known | None, kept: Kept | None, first_start: bool) -> Seen:
        if newest.value is None:
            return Seen(None, None, newest.cause)
        record = self._record(newest)
        cause = newest.cause
        if first_start and known is None:
            cause = "first-load"
        elif self._source_passed(newest, known, kept):
            cause = "source"
        return Seen(version_of(newest.kind, record), record["redirect"], cause)

    def _source_passed(self, newest: Newest, known: Known | None, kept: Kept | None) -> bool:
        """Whether something changed at the source, though another cause came after it unjudged."""
        before = kept.version if kept else None
        for one in newest.passed:
            if known is not None and one.sequence <= known.sequence:
                continue
            version = None if one.value is None else version_of(one.kind, self._record(one))
            if one.cause == "source" and version != before:
                return True
            before = version
        return False

    def _record(self, one: Newest) -> dict[str, Any]:
        return self._wire.decode(f"national.{one.kind.capitalize()}", one.value or b"", one.headers)

    def _head(self, name: str, record: Record) -> dict[str, Any]:
        """Sequence and cause, read alone when the writer's schema is ours."""
        value = record.value or b""
        if self._wire.is_ours(value, name):
            return codec.decode_prefix(codec.prefix(name, "cause"), value[HEAD:])[0]
        return self._wire.decode(name, value, record.headers)

    def _state(self, key: str, known: Known) -> Emission:
        state = {
            "id": key,
            "kind": known.kind,
            "batch": known.batch,
            "done": self._done,
            "evaluation": known.evaluation,
            "sequence": known.sequence,
            "last": None if known.last is None else self._cold.unpack(known.last).decode(),
            "pending": known.pending,
        }
        value = self._wire.value(topics.NOTICES_STATE, state)
        headers = [self._wire.fingerprint(topics.NOTICES_STATE)]
        return Emission(topics.NOTICES_STATE, self.partition, key.encode(), value, headers)

    def _sending(self, pending: Mapping[str, Any]) -> Emission:
        notice = codec.decode(codec.load(NOTICE), pending["value"])
        headers = cloudevents.headers(
            cloudevents.type_of("notice", notice["kind"]),
            cloudevents.source_of(None),
            notice["id"],
            notice["created_at"],
            notice["national_id"],
        )
        headers.append(self._wire.fingerprint(topics.NOTICE))
        partition = topics.partition_of(notice["subscription"], self._partitions)
        value = self._wire.framed(topics.NOTICE, pending["value"])
        return Emission(topics.NOTICE, partition, notice["id"].encode(), value, headers)


def _header(record: Record, name: str) -> str | None:
    return next((value.decode() for key, value in record.headers if key == name), None)


class NoticesStage(Stage):
    """Who should hear of it: rules over the version before and the version after."""

    name = "notices"
    inputs = tuple(topics.national(kind) for kind in topics.NATIONAL_KINDS)
    outputs = (topics.NOTICES_STATE, topics.NOTICE)

    def __init__(self, subscriptions: Sequence[Subscription], wire: Wire, partitions: int) -> None:
        self._subscriptions, self._wire, self._partitions = subscriptions, wire, partitions

    def task(self, partition: int) -> NoticesTask:
        return NoticesTask(partition, self._subscriptions, self._wire, self._partitions)

    def read_back(self, partition: int) -> Sequence[tuple[str, int | None]]:
        return [(topics.NOTICES_STATE, partition)]

    def written(self, tasks: Mapping[int, Task], topic: str, records: Sequence[Record]) -> None:
        for record in records:
            task = tasks.get(record.partition)
            if isinstance(task, NoticesTask):
                task.remember(record)
