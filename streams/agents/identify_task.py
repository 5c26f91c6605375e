"""One task of identify: the sources of one partition, what is known of them and what is to be written.

Kept per source: its last usable bytes, the keys last said, the answer, and every national id that may hold
it (`streams.agents.sources`). A set-up compares notes and decodes only what does not match.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from schemas.digest import blake
from schemas.errors import Reject
from schemas.topics import IDENTIFY_STATE, IDENTITY, IDENTITY_KEYS, hub_and_kind, regional
from streams.agents.linked_audit import LinkedAudit
from streams.agents.linking import Linker, Said, read
from streams.agents.rejecting import Rejecter
from streams.agents.sources import (
    AGAIN,
    BREATH,
    DIGEST,
    MARK,
    NOBODY,
    Held,
    Note,
    Out,
    Place,
    Source,
    kept_of,
    newest_of,
    note_of,
    noted_of,
    print_of,
    source_id_of,
    usable,
)
from streams.engine.stage import (
    APPLIED,
    CHUNK_KEYS,
    REJECTED,
    SUPERSEDED,
    UNCHANGED,
    Emission,
    Plan,
    Record,
    Run,
    Tally,
    Task,
)
from streams.national.identify import Holder, left_behind, linked_for, speak_of, things_digest
from streams.national.keys import source_key, split_source

if TYPE_CHECKING:
    from streams.agents.identify import Identify


class IdentifyTask(Task):
    """The sources of one partition."""

    def __init__(self, partition: int, stage: Identify) -> None:
        super().__init__(partition)
        self.stage, self.wire = stage, stage.wire
        self.sources: dict[str, Source] = {}
        self.linker = Linker(stage.wire, stage.partitions)
        self.rejecter = Rejecter(stage.wire, stage.name)
        self.rejections: dict[str, tuple[str, Record | Held, Reject]] = {}
        self.standing: dict[str, int | None] = {}
        self.waiting: dict[str, None] = {}
        self.touched: dict[str, Said | None] = {}
        self.batch = self.done = self.marked = 0
        self.rules, self.again = NOBODY, list[str]()  # by which keys were made; whose are to be made again
        self.audit: LinkedAudit | None = None

    def load(self, topic: str, records: Sequence[Record]) -> Tally:
        tally = self._take(topic, records, loading=True)
        self.touched.clear()
        return tally

    def apply(self, runs: Sequence[Run], now_ms: int) -> Plan:
        tally = {run.topic: self._take(run.topic, run.records, loading=False) for run in runs}
        self._rethink()
        out = self._new()
        for key, said in self.touched.items():
            self._settle(key, self.sources[key], said, out, now_ms)
        self.touched.clear()
        plan = out.plan()
        plan.tally = tally
        return plan

    def _take(self, topic: str, records: Sequence[Record], *, loading: bool) -> Tally:
        newest, older = newest_of(records)
        if topic == IDENTITY:
            tally = Counter(map(self._answered, newest.values()))
        else:
            place = Place(*hub_and_kind(topic), topic, older, loading)
            tally = Counter(self._regional(place, record) for record in newest.values())
        if older:
            tally[SUPERSEDED] += len(older)
        return tally

    def _answered(self, record: Record) -> str:
        key = (record.key or b"").decode(errors="replace")
        if key.count("|") < 2:
            return REJECTED
        source = self.sources.setdefault(key, Source())
        if self._answer_of(source) == record.value:
            return UNCHANGED
        if source.holders is None:
            source.holders = self._holders(source)
        source.answer = None if record.value is None else self.stage.answers.pack(record.value)
        self.touched.setdefault(key, None)
        return APPLIED

    def _regional(self, place: Place, record: Record) -> str:
        key = source_key(place.hub, place.kind, (record.key or b"").decode("utf-8", "backslashreplace"))
        known = self.sources.get(key)
        source = known or Source()
        source.offset = record.offset
        try:
            value, said = self._usable(place, record)
        except Reject as fault:
            self._set_aside(key, source, place, record, fault)
            return REJECTED
        if source.since is None and known is not None and value == self.value_of(place.kind, source):
            return UNCHANGED
        self._keep(place.kind, source, value)
        source.since = None
        self.sources[key] = source
        self.touched[key] = said
        self.rejections.pop(key, None)
        return APPLIED

    def _keep(self, kind: str, source: Source, value: bytes | None) -> None:
        source.value = None if value is None else self.stage.values[kind].pack(value)

    def value_of(self, kind: str, source: Source) -> bytes | None:
        return None if source.value is None else self.stage.values[kind].unpack(source.value)

    def _answer_of(self, source: Source) -> bytes | None:
        return None if source.answer is None else self.stage.answers.unpack(source.answer)

    def _usable(self, place: Place, record: Record) -> tuple[bytes | None, Said | None]:
        source_id = source_id_of(record)
        if record.value is None:
            return None, None
        value = usable(self.wire, place.kind, record, record.value)
        return value, None if place.loading else read((place.hub, place.kind, source_id), value)

    def _set_aside(self, key: str, source: Source, place: Place, record: Record, fault: Reject) -> None:
        """An unreadable new version does not remove the last usable one, be it older in the same look."""
        said = None
        for older in reversed([one for one in place.older if one.key == record.key]):
            try:
                value, said = self._usable(place, older)
            except Reject:
                continue
            self._keep(place.kind, source, value)
            source.since = None
            break
        if source.since is None:
            source.since = record.timestamp
        self.rejections[key] = (place.topic, record, fault)
        self.sources[key] = source
        self.touched[key] = said

    def answer(self, source: Source) -> tuple[bytes | None, list[dict[str, str]]]:
        """Digest of the keys that are answered (None: gone or none), and the named things."""
        answer = self._answer_of(source)
        if answer is None:
            return None, []
        said = self.wire.readable("identify", "identity.Identity", "", answer)
        if said is None:
            return None, []
        return None if said["gone"] else said["digest"], said["things"]

    def _settle(self, key: str, source: Source, said: Said | None, out: Out, now_ms: int) -> None:
        """Everything that follows for one source."""
        if self.audit is not None:
            self.audit.moved.add(key)
        self.waiting.pop(key, None)
        self._rejection(key, source, out, now_ms)
        at = split_source(key)
        value = self.value_of(at[1], source)
        if value is None:
            if source.since is None:
                self._gone(key, source, out)
            return
        try:
            said = said or read(at, value)
        except Reject as fault:
            self._spoilt(key, source, fault, now_ms)
            self._rejection(key, source, out, now_ms)
            return
        self._say(key, source, said, out)
        digest, things = self.answer(source)
        if digest != source.said:
            self.waiting[key] = None
        else:
            self._link(key, source, said, things, out)

    def _rejection(self, key: str, source: Source, out: Out, now_ms: int) -> None:
        """Say once what cannot be used; take it back when it can be used again, or is gone."""
        found = self.rejections.pop(key, None)
        if found is not None:
            topic, record, fault = found
            if self.standing.get(key) != record.offset:
                self.standing[key] = record.offset
                out.then.append(self.rejecter.emission(split_source(key), topic, record, fault, now_ms))
        elif source.since is None and key in self.standing:
            del self.standing[key]
            out.then.append(self.rejecter.tombstone(split_source(key)))

    def _spoilt(self, key: str, source: Source, fault: Reject, now_ms: int) -> None:
        """A value that was trusted at load cannot be read: what is linked stays as it is."""
        hub, kind, source_id = split_source(key)
        value = self.value_of(kind, source)
        record = Held(self.partition, source.offset, now_ms, source_id.encode(), value, ())
        self.rejections[key] = (regional(hub, kind), record, fault)
        source.value, source.since = None, now_ms

    def _gone(self, key: str, source: Source, out: Out) -> None:
        holders = self._holders(source)
        out.then.extend(self.linker.tombstone(holder, key) for holder in holders)
        if source.said is not None:
            out.first.append(Emission(IDENTITY_KEYS, 0, key.encode(), None, []))
        if holders or source.linked != NOBODY:
            out.last.append(Emission(IDENTIFY_STATE, self.partition, key.encode(), None, []))
        if source.answer is None:
            del self.sources[key]
        else:
            self.sources[key] = Source(offset=source.offset, answer=source.answer)

    def _holders(self, source: Source) -> tuple[Holder, ...]:
        if source.holders is not None:
            return source.holders
        return tuple((one["kind"], one["local"], one["id"]) for one in self.answer(source)[1])

    def _say(self, key: str, source: Source, said: Said, out: Out) -> None:
        """Write the keys when they are others than what was written last."""
        spoken = hash(said.spoken)
        if source.said is not None and source.spoken == spoken:
            return
        source.spoken = spoken
        hub, kind, source_id = said.source
        things = speak_of(hub, kind, source_id, said.prefix, self.stage.crosswalk)
        digest = things_digest(things)
        if digest == source.said:
            return
        source.said = digest
        record = {"hub": hub, "kind": kind, "source_id": source_id, "digest": digest, "things": things}
        headers = [self.wire.fingerprint(IDENTITY_KEYS), (DIGEST, digest)]
        out.first.append(
            Emission(IDENTITY_KEYS, 0, key.encode(), self.wire.value(IDENTITY_KEYS, record), headers)
        )

    def _link(self, key: str, source: Source, said: Said, things: list[dict[str, str]], out: Out) -> None:
        """First who may hold it, acknowledged; then the contributions, and tombstones for what is left behind."""
        answer = self._answer_of(source)
        made = print_of(said.value, answer, source.since)
        if made == source.linked:
            return
        sample, first_seen, address = (
            said.prefix["sample"],
            said.origin["first_seen_at"],
            said.origin["address"],
        )
        beside = f"{sample}|{source.since}|{first_seen}|{address}".encode()
        mentions = blake(said.spoken + (answer or b"") + beside)
        targets = linked_for(said.source[0], said.source[1], said.prefix, things, source.since)
        now = [(target.kind, target.local, target.national_id) for target in targets]
        before = self._holders(source)
        note = Note(made, mentions, source.said or NOBODY, self.batch, self.done)
        out.first.append(self._state(key, sorted({*before, *now}), note))
        out.then.append(self.linker.contribution(targets[0], said))
        if mentions != source.mentions:
            out.then.extend(self.linker.mentions(targets[1:], said))
        out.then.extend(self.linker.tombstone(holder, key) for holder in left_behind(before, now))
        source.linked, source.mentions, source.holders = made, mentions, None

    def _state(self, key: str, holders: Sequence[Holder], note: Note) -> Emission:
        hub, kind, source_id = split_source(key) if key != self._mark else ("", MARK, "")
        record = {
            "hub": hub,
            "kind": kind,
            "source_id": source_id,
            "batch": note.batch,
            "done": note.done,
            "holders": [{"kind": of, "local": local, "id": name} for of, local, name in holders],
        }
        value = self.wire.value(IDENTIFY_STATE, record)
        headers = [self.wire.fingerprint(IDENTIFY_STATE), note.header()]
        return Emission(IDENTIFY_STATE, self.partition, key.encode(), value, headers)

    @property
    def _mark(self) -> str:
        return f"|{MARK}|{self.partition}"

    def acknowledged(self) -> None:
        self.done = self.batch

    def rethink(self) -> None:
        """The rules changed: make the keys of all sources again, some at a time."""
        self.again = list(self.sources)

    def _rethink(self) -> None:
        some, self.again = self.again[:AGAIN], self.again[AGAIN:]
        for key in filter(self.sources.__contains__, some):
            self.sources[key].spoken = 0
            self.touched.setdefault(key, None)

    def idle(self, now_ms: int) -> Plan:
        """A done mark: everything up to here has been written in full, and by which rules."""
        if self.again:
            return self.apply((), now_ms)
        if self.marked == self.done and self.rules == self.stage.rules:
            return Plan()
        self.marked, self.rules = self.done, self.stage.rules
        return Plan([[self._state(self._mark, [], Note(NOBODY, NOBODY, self.rules, self.done, self.done))]])

    def waits(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for key in self.waiting:
            hub, kind, _ = split_source(key)
            topic, offset = regional(hub, kind), self.sources[key].offset
            found[topic] = min(offset, found.get(topic, offset))
        return found

    def forget_written(self) -> None:
        self.standing, self.audit = {}, None
        self.batch = self.done = self.marked = 0
        self.rules, self.again = NOBODY, []
        for source in self.sources.values():
            source.said, source.linked, source.mentions, source.holders = None, NOBODY, NOBODY, ()
            source.noted = None

    def state_written(self, key: str, record: Record) -> None:
        """A record of identify.state was read back."""
        note = note_of(record.headers)
        if note is not None:
            self.batch, self.done = max(self.batch, note.batch), max(self.done, note.done)
            self.rules = note.keys if key == self._mark else self.rules
        if key != self._mark and key.count("|") > 1:
            source = self.sources.setdefault(key, Source())
            source.noted = None if record.value is None else kept_of(note, record.value)

    def keys_written(self, key: str, digest: bytes | None) -> None:
        """A record of identity.keys was read back."""
        if digest is not None:
            self.sources.setdefault(key, Source()).said = digest
        elif key in self.sources:
            self.sources[key].said = None

    def reconcile(self, now_ms: int) -> Iterator[Plan]:
        done = self.done
        self.marked = done
        out = self._new()
        keys = [*self.sources, *(key for key in self.standing if key not in self.sources)]
        for number, key in enumerate(keys):
            source = self.sources.setdefault(key, Source())
            if not self._as_noted(key, source, done):
                self._settle(key, source, None, out, now_ms)
            if len(out.first) + len(out.then) >= CHUNK_KEYS:
                yield out.plan()
                out = self._new()
            elif number % BREATH == 0:
                yield Plan()
        yield out.plan()

    def _new(self) -> Out:
        self.batch += 1
        return Out([], [], [])

    def _as_noted(self, key: str, source: Source, done: int) -> bool:
        """True when the notes say that all of this was written already."""
        if self.rules != self.stage.rules:
            source.spoken = 0
        if source.noted is None:
            return False
        note, state_value = noted_of(source.noted)
        source.noted = None
        if note.batch <= done:
            source.linked, source.mentions = note.linked, note.mentions
            value = self.value_of(split_source(key)[1], source)
            if value is not None and note.linked == print_of(value, self._answer_of(source), source.since):
                source.holders = None
                settled = key not in self.rejections and key not in self.standing
                return settled and source.said == note.keys and self.rules == self.stage.rules
        state = self.wire.readable("identify", "identify.State", key, state_value)
        if state is None:
            return False
        source.holders = tuple((one["kind"], one["local"], one["id"]) for one in state["holders"])
        return False

    def audit_begins(self, number: int, slices: int) -> None:
        self.audit = LinkedAudit(number, slices)

    def audit_ends(self) -> Iterator[Plan]:
        audit, self.audit = self.audit, None
        return audit.plans(self) if audit is not None else iter(())
