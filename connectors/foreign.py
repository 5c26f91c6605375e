"""Judges records that another program wrote into a hub's own topics, by the words of the contract. Pure.

A hub may publish with a program of its own, in any language. What it must hold to is checked here record by record,
in the order of each partition: framing and schema, key and partition, digest (`schemas/digest.py`), revision,
headers, values of the reference lists, personal data, tombstones with evidence, and the manifest in `checked`.
Every fault of a record is named, not the first one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from connectors.hubs.statements import role_mailbox
from schemas import cloudevents, topics
from schemas.codec import MAX_VALUE_BYTES, Schema, decode, load, unframe
from schemas.digest import MODULUS, bucket_hash, bucket_of, content_digest
from schemas.errors import Reject
from schemas.reference.lists import LISTED, slugs

CAUSES: Final = frozenset({"source", "first-load", "resync", "mapping", "repair", "steward"})
LONGEST_KEY: Final = 500
DAY_MS: Final = topics.DAY_MS


class Fault(NamedTuple):
    """One thing that is wrong with one record."""

    rule: str
    what: str
    fix: str


class Seen(NamedTuple):
    """One record as Kafka gives it; `writer` is the registry's schema of its value, or why there is none."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]
    timestamp: int
    writer: Schema | Reject | None = None


class Standing(NamedTuple):
    """What stands under a source id."""

    revision: int
    digest: bytes | None


@dataclass
class Judge:
    """Keeps what stands per kind and id while it goes through the topics of one hub; `now_ms` is the time.

    First `checked` with the last life sign, then `regional` with every record in order, then `manifest`.
    """

    hub: str
    partitions: int
    now_ms: int
    standing: dict[tuple[str, str], Standing] = field(default_factory=dict)
    ends: dict[tuple[str, int], int] = field(default_factory=dict)
    records: Counter[str] = field(default_factory=Counter)
    stated: dict[tuple[str, int], int] = field(default_factory=dict)
    buckets: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    held: dict[tuple[str, str], bytes | None] = field(default_factory=dict)
    moved: set[tuple[str, int]] = field(default_factory=set)

    def regional(self, seen: Seen) -> list[Fault]:
        """A record of a regional topic."""
        kind = seen.topic.rpartition(".")[2]
        self.records[kind] += 1
        self.ends[seen.topic, seen.partition] = seen.offset + 1
        faults = list(_key(seen, self.partitions))
        key = (seen.key or b"").decode("utf-8", "replace")
        if seen.value is None:
            revision = _number(seen.headers.get("zeven_revision"))
            faults += self._tombstone(seen, kind, key, revision)
            self._stands(seen, kind, key, Standing(max(revision or 0, self._last(kind, key)), None))
            return faults
        record, broken = _decoded(seen, f"regional.{kind.capitalize()}")
        faults += broken
        if record is not None:
            faults += self._stated(seen, kind, key, record)
            self._stands(seen, kind, key, Standing(record["revision"], record["digest"]))
        return faults

    def _last(self, kind: str, key: str) -> int:
        return self.standing.get((kind, key), Standing(0, None)).revision

    def _tombstone(self, seen: Seen, kind: str, key: str, revision: int | None) -> Iterator[Fault]:
        yield from self._revision(kind, key, revision)
        try:
            how = json.loads(seen.headers.get("zeven_evidence", b""))["how"]
        except (ValueError, KeyError, TypeError):
            how = None
        if not isinstance(how, str) or not how.strip():
            fix = 'Give the header zeven_evidence: {"how": "GET …: 404", "at": "2026-01-31T12:00:00Z"}.'
            yield Fault("evidence", "A removal without evidence", fix)
        yield from _attributes(seen, self.hub, kind)

    def _stated(self, seen: Seen, kind: str, key: str, record: Mapping[str, Any]) -> Iterator[Fault]:
        if record["source_id"] != key:
            yield Fault(
                "key", f"The key is not the source id {record['source_id']!r}", "Write the source id as key."
            )
        yield from self._revision(kind, key, record["revision"])
        wanted = content_digest(f"regional.{kind.capitalize()}", record)
        if record["digest"] != wanted:
            fix = f"It is {wanted.hex()}; schemas/digest_vectors.json has cases to compare with."
            yield Fault("digest", f"The digest {record['digest'].hex()} is not that of what is stated", fix)
        for name, said in (("digest", record["digest"].hex()), ("revision", str(record["revision"]))):
            found = seen.headers.get(f"zeven_{name}", b"").decode("ascii", "replace")
            if found != said:
                what = f"The header zeven_{name} is {found!r}, the record says {said!r}"
                yield Fault("headers", what, "Write the same in both.")
        if record["cause"] not in CAUSES:
            yield Fault("cause", f"The cause is {record['cause']!r}", f"One of {', '.join(sorted(CAUSES))}.")
        yield from _attributes(seen, self.hub, kind)
        yield from _values(record)

    def _revision(self, kind: str, key: str, revision: int | None) -> Iterator[Fault]:
        last = self._last(kind, key)
        fix = (
            "max(previous + 1, epoch milliseconds at reading), per source id; a removal has it in its header."
        )
        if revision is None:
            yield Fault("revision", "A removal without a revision", fix)
        elif revision <= last:
            yield Fault("revision", f"The revision {revision} does not follow {last}", fix)
        elif revision > self.now_ms + DAY_MS:
            yield Fault("revision", f"The revision {revision} lies in the future", fix)

    def checked(self, seen: Seen) -> list[Fault]:
        """The last life sign, before the records: what it says of them is judged by `manifest`, after them."""
        record, faults = _decoded(seen, "regional.Checked")
        if record is None:
            return faults
        if record["hub"] != self.hub or seen.key != self.hub.encode():
            faults.append(
                Fault("key", "Key and hub of a life sign are those of the hub", f"Write {self.hub!r}.")
            )
        self.stated = {(one["topic"], one["partition"]): one["offset"] for one in record["offsets"]}
        self.buckets = {
            (one["kind"], one["bucket"]): (one["count"], int.from_bytes(one["hash"], "big"))
            for one in record["buckets"]
        }
        return faults

    def manifest(self) -> list[Fault]:
        """Whether the life sign says of the topics, at its offsets, what a recount says. Buckets that moved on since
        are not judged: compaction may have removed what they held.
        """
        faults = [
            Fault(
                "manifest",
                f"The manifest says {self.stated.get(place)} of {place[0]}/{place[1]}, which ends at {end}",
                "Name the end of every own regional partition, after all that the look published.",
            )
            for place, end in sorted(self.ends.items())
            if not 0 <= self.stated.get(place, -1) <= end
        ]
        counted: dict[tuple[str, int], tuple[int, int]] = {}
        for (kind, key), digest in self.held.items():
            if digest is not None:
                place = (kind, bucket_of(kind, key))
                count, total = counted.get(place, (0, 0))
                counted[place] = (count + 1, (total + bucket_hash(kind, key, digest)) % MODULUS)
        wrong = sorted(
            place
            for place in counted.keys() | self.buckets.keys()
            if counted.get(place) != self.buckets.get(place) and place not in self.moved
        )
        if wrong and not faults:
            shown = ", ".join(f"{kind} {bucket}" for kind, bucket in wrong[:5])
            what = f"{len(wrong)} buckets of the manifest are not what stands in the topics: {shown}"
            faults.append(Fault("manifest", what, "Count and sum per bucket are told in schemas/digest.py."))
        return faults

    def _stands(self, seen: Seen, kind: str, key: str, one: Standing) -> None:
        self.standing[kind, key] = one
        if seen.offset < self.stated.get((seen.topic, seen.partition), 0):
            self.held[kind, key] = one.digest
        else:
            self.moved.add((kind, bucket_of(kind, key)))


def _key(seen: Seen, partitions: int) -> Iterator[Fault]:
    try:
        key = (seen.key or b"").decode("utf-8")
    except UnicodeDecodeError:
        yield Fault("key", "The key is no UTF-8 text", "Write the source id as UTF-8.")
        return
    if not key or len(key) > LONGEST_KEY or "\0" in key:
        yield Fault("key", f"The key has {len(key)} signs", f"1 to {LONGEST_KEY} signs of plain text.")
    wanted = topics.partition_of(key, partitions)
    if seen.partition != wanted:
        what = f"The record lies in partition {seen.partition}, not in {wanted}"
        yield Fault(
            "partition",
            what,
            "Use the default partitioner of Java; in librdkafka partitioner=murmur2_random.",
        )


def _decoded(seen: Seen, name: str) -> tuple[dict[str, Any] | None, list[Fault]]:
    """The record, when its bytes can be read by our schema, and what is wrong with them."""
    ours = load(name)
    if isinstance(seen.writer, Reject):
        return None, [Fault("schema", seen.writer.what, seen.writer.fix)]
    try:
        if len(seen.value or b"") > MAX_VALUE_BYTES:
            return None, [
                Fault("size", f"The value has {len(seen.value or b'')} bytes", f"At most {MAX_VALUE_BYTES}.")
            ]
        record = decode(ours, unframe(seen.value or b"")[1], seen.writer)
    except Reject as reject:
        return None, [Fault("schema", reject.what, reject.fix)]
    said = seen.headers.get("zeven_schema", b"").decode("ascii", "replace")
    writer = seen.writer or ours
    if said != writer.fingerprint:
        fix = f"Give the header zeven_schema: {writer.fingerprint}."
        return record, [Fault("headers", "The fingerprint of the writer's schema is missing or another", fix)]
    return record, []


def _attributes(seen: Seen, hub: str, kind: str) -> Iterator[Fault]:
    """CloudEvents 1.0 in Kafka headers, binary mode, NL GOV profile."""
    wanted = {
        "ce_specversion": "1.0",
        "ce_source": cloudevents.source_of(hub),
        "ce_type": cloudevents.type_of("regional", kind),
    }
    for name, value in wanted.items():
        found = seen.headers.get(name, b"").decode("utf-8", "replace")
        if found != value:
            yield Fault("headers", f"The header {name} is {found!r}", f"Write {value!r}.")
    for name in ("ce_id", "ce_time"):
        if not seen.headers.get(name):
            yield Fault("headers", f"The header {name} is missing", "An id of its own, and an RFC 3339 time.")


def _values(record: Mapping[str, Any]) -> Iterator[Fault]:
    """Values that the reference lists do not have, and what may be about a person."""
    content = record["content"]
    for name, lists in LISTED.items():
        said = content.get(name)
        allowed = frozenset[str]().union(*(slugs(one) for one in lists))
        given = said if isinstance(said, list) else [said] if said else []
        for value in given:
            if value not in allowed:
                fix = "Leave out what no list has; what a tag stands for is said in the manifest."
                yield Fault("values", f"{name}: {value!r} is in no reference list", fix)
    contact = content.get("contact")
    if contact and role_mailbox(contact) is None:
        yield Fault("personal", "contact may be a person's address", "Give a role mailbox, or nothing.")


def _number(text: bytes | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 20 else None
