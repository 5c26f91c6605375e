"""From Kafka's bytes to plain records for the view; what cannot be read becomes `Hostile`, no exception.

Schema ids are learned before a batch is read (in a thread, because the registry speaks HTTP). Of regional
records only the first fields are decoded, and only if the writer's schema is ours to the letter.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from schemas.bus.registry import Registry
from schemas.codec import Schema, decode, decode_prefix, load, prefix, unframe
from schemas.errors import Reject, Stop
from schemas.topics import Topic

HEADER_LAST = "origin"


class Incoming(NamedTuple):
    """One record as Kafka gives it."""

    topic: str
    part: int
    offset: int
    at: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]


class Read(NamedTuple):
    """One record the view can use; `value` is None for a tombstone."""

    topic: str
    part: int
    offset: int
    at: int
    key: str
    value: dict[str, Any] | None
    headers: dict[str, bytes]


class Hostile(NamedTuple):
    """One record the view cannot use, and why."""

    topic: str
    part: int
    offset: int
    at: int
    key: str
    cause: str


class Writers:
    """The schemas that values were written with, by id; unknown ids are remembered as a `Reject`."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._known: dict[int, Schema | Reject] = {}

    def learn(self, batch: Iterable[Incoming]) -> None:
        """Look up the ids of a batch that are new. Raises `Retry` when the registry does not answer."""
        for schema_id in {_schema_id(one.value) for one in batch} - self._known.keys() - {None}:
            if schema_id is not None:
                self._known[schema_id] = self._asked(schema_id)

    def forget_unknown(self) -> None:
        """Ask again, next time, for ids the registry did not know."""
        self._known = {number: found for number, found in self._known.items() if isinstance(found, Schema)}

    def _asked(self, schema_id: int) -> Schema | Reject:
        try:
            return self._registry.by_id(schema_id)
        except (Reject, Stop) as refusal:
            return (
                refusal
                if isinstance(refusal, Reject)
                else Reject(refusal.what, where=refusal.where, fix=refusal.fix)
            )

    def of(self, schema_id: int, ours: Schema, fingerprint: bytes | None) -> Schema:
        """The writer's schema. Raises `Reject` when it is unknown or not the one the header names."""
        found = self._known.get(schema_id)
        said = fingerprint.decode("ascii", "replace") if fingerprint else None
        if said == ours.fingerprint:
            return ours
        if not isinstance(found, Schema):
            raise found or Reject(f"Schema {schema_id} was never asked for")
        if said is not None and said != found.fingerprint:
            raise Reject(
                f"Schema id {schema_id} means something else now",
                expected=said,
                got=found.fingerprint,
                fix="The registry was wiped: publish the record again.",
            )
        return found


def _schema_id(value: bytes | None) -> int | None:
    if value is None or len(value) < 5 or value[0] != 0:
        return None
    return int.from_bytes(value[1:5], "big")


@cache
def _header(schema_name: str) -> Schema:
    return prefix(schema_name, HEADER_LAST)


def read(one: Incoming, topic: Topic, writers: Writers) -> Read | Hostile:
    """Decode one record: regional ones up to their origin, the others in full."""
    place = (one.topic, one.part, one.offset, one.at)
    try:
        if one.key is None:
            raise Reject("The record has no key", fix=f"The key is the {topic.key}.")
        key = one.key.decode("utf-8")
        value = None if one.value is None else _value(one, one.value, topic, writers)
    except Reject as refusal:
        return Hostile(*place, (one.key or b"").decode("utf-8", "replace")[:200], str(refusal)[:500])
    except UnicodeDecodeError:
        return Hostile(*place, (one.key or b"").hex()[:200], "The key is no UTF-8 text")
    return Read(*place, key, value, one.headers)


def _value(one: Incoming, value: bytes, topic: Topic, writers: Writers) -> dict[str, Any]:
    schema_id, body = unframe(value)
    ours = load(topic.schema)
    writer = writers.of(schema_id, ours, one.headers.get("zeven_schema"))
    if topic.name.startswith("regional.") and not topic.name.endswith(".checked"):
        return _regional(topic.schema, ours, writer, body)
    return decode(ours, body, writer)


def _regional(name: str, ours: Schema, writer: Schema, body: bytes) -> dict[str, Any]:
    if writer.fingerprint != ours.fingerprint:
        return decode(ours, body, writer)
    return decode_prefix(_header(name), body)[0]


def revision_of(one: Read, default: int) -> int:
    """Revision of a tombstone, from its headers."""
    said = one.headers.get("zeven_revision", b"")
    return int(said) if said.isdigit() and len(said) < 19 else default
