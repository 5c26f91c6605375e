"""Bytes of the linked records of one source: new headers before the unchanged rest of the regional record.

What a source says of an organisation in passing has no revision of its own. Its contribution therefore
carries the digest of the mention and the moment the source was first seen, so that a project that changes
its text does not stir every organisation it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import orjson

from schemas.codec import Schema, decode_prefix, encode, load, prefix, schema_of
from schemas.digest import blake
from schemas.errors import Reject
from schemas.topics import NATIONAL_KINDS, linked, partition_of
from streams.engine.stage import Emission
from streams.engine.wire import HEAD, Wire
from streams.national.identify import CONTENT, Holder, Target, linked_key
from streams.national.keys import source_key


class Said(NamedTuple):
    """A usable regional record: its first fields, its origin, its framed bytes, the raw bytes of
    its keys and organisations, and where the rest (origin, content) begins.
    """

    source: tuple[str, str, str]
    prefix: dict[str, Any]
    origin: dict[str, Any]
    value: bytes
    spoken: bytes
    rest: int


def schema_name(kind: str) -> str:
    """Name of the schema of a regional kind."""
    return f"regional.{kind.capitalize()}"


@cache
def _sections(kind: str) -> tuple[Schema, Schema, Schema]:
    """The fields before the keys; keys and organisations; origin: each a valid Avro schema of its own."""
    document = load(schema_name(kind)).document
    fields = document["fields"]
    at = [field["name"] for field in fields].index("keys")
    parts = (fields[:at], fields[at : at + 2], fields[at + 2 : at + 3])
    first, second, third = (schema_of({**document, "fields": part}) for part in parts)
    return first, second, third


def read(source: tuple[str, str, str], value: bytes) -> Said:
    """Read the prefix of a value that is written with our own schema. Raises `Reject`."""
    first, second, third = _sections(source[1])
    record, end = decode_prefix(first, value[HEAD:])
    start = HEAD + end
    named, length = decode_prefix(second, value[start:])
    rest = start + length
    origin, _ = decode_prefix(third, value[rest:])
    if record["source_id"] != source[2]:
        raise Reject(
            "The key is not the id of the record",
            field="source_id",
            expected=source[2],
            got=str(record["source_id"])[:200],
            fix="Publish each record under its own source id.",
        )
    return Said(source, record | named, origin["origin"], value, value[start:rest], rest)


@lru_cache(maxsize=16_384)
def _content(*values: str | None) -> bytes:
    """Encoded content of an organisation, which many sources state alike."""
    return encode(load("OrganisationContent"), dict(zip(CONTENT, values, strict=True)))


class Linker:
    """Makes the records of `linked.*`; keeps schemas and headers at hand."""

    def __init__(self, wire: Wire, partitions: int) -> None:
        self._wire = wire
        self._partitions = partitions
        self._heads = {kind: prefix(f"linked.{kind.capitalize()}") for kind in NATIONAL_KINDS}
        self._origin = load("Origin")

    def place(self, holder: Holder, source: str) -> tuple[str, int, bytes]:
        """Topic, partition and key of a contribution; `source` is hub|kind|source id."""
        kind, local, national_id = holder
        key = linked_key(national_id, source, local).encode()
        return linked(kind), partition_of(national_id, self._partitions), key

    def tombstone(self, holder: Holder, source: str) -> Emission:
        """Take a contribution away from a national id."""
        return Emission(*self.place(holder, source), None, [])

    def contribution(self, target: Target, said: Said) -> Emission:
        """What the source itself says of its thing: the rest of its bytes is spliced, never decoded."""
        return self._emission(target, said, target.header, said.value[said.rest :])

    def mentions(self, targets: Sequence[Target], said: Said) -> Iterator[Emission]:
        """What the source says of organisations in passing."""
        if not targets:
            return
        seen = said.origin["first_seen_at"]
        origin = encode(self._origin, said.origin | {"changed_at": None, "read_at": seen})
        for target in targets:
            mention = target.mention or {}
            digest = blake(orjson.dumps(mention, option=orjson.OPT_SORT_KEYS))
            header = target.header | {"revision": seen, "digest": digest}
            yield self._emission(target, said, header, origin + _content(*map(mention.get, CONTENT)))

    def _emission(self, target: Target, said: Said, header: dict[str, Any], rest: bytes) -> Emission:
        holder = (target.kind, target.local, target.national_id)
        topic, partition, key = self.place(holder, source_key(*said.source))
        value = self._wire.framed(topic, encode(self._heads[target.kind], header), rest)
        return Emission(topic, partition, key, value, [self._wire.fingerprint(topic)])
