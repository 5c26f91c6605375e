"""Bytes of national records: spliced for one contribution, folded in full for several."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from schemas.cloudevents import headers, source_of, type_of
from schemas.codec import decode_prefix, encode, prefix
from schemas.digest import blake
from schemas.errors import Reject
from schemas.topics import national
from streams.engine.stage import Headers
from streams.engine.wire import HEAD, Wire
from streams.national.decisions import Pin, pinned
from streams.national.fold import Last, fold, redirected, single

NOTE: Final = "zeven_note"
CONTENT: Final = b"\x02"  # second branch of the union: content is there
_NOTE: Final = struct.Struct(">16s16sQ")


class Decided(NamedTuple):
    """What else decides a national record: its successor, the ids it took over, what was last written, the pins."""

    redirect: str | None
    same_as: list[str]
    last: Last
    pins: Sequence[Pin] = ()


class Note(NamedTuple):
    """From what a national record was made, the digest of its own bytes, its sequence."""

    made: bytes
    value: bytes
    sequence: int

    def bytes_are(self, value: bytes) -> bool:
        """True when the record holds the bytes that were written."""
        return self.value == blake(value)


def note_of(found: Headers) -> Note | None:
    """The note on a national record, if it has one."""
    for name, packed in found:
        if name == NOTE and len(packed) == _NOTE.size:
            return Note(*_NOTE.unpack(packed))
    return None


class Made(NamedTuple):
    """A national record's value and sequence."""

    value: bytes
    sequence: int


class Golden:
    """Makes national records."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def revisions(
        self, kind: str, said: Iterable[tuple[bytes, bytes]]
    ) -> dict[tuple[str, str, str, str], int]:
        """Revision by source and label of these contributions; one that cannot be read has none."""
        schema = prefix(f"linked.{kind.capitalize()}", "revision")
        found = {}
        for _, value in said:
            with suppress(Reject):
                one, _ = decode_prefix(schema, value[HEAD:])
                found[one["hub"], one["source_kind"], one["source_id"], one["local"]] = one["revision"]
        return found

    def record(self, kind: str, name: str, said: tuple[tuple[bytes, bytes], ...], decided: Decided) -> Made:
        """The national record of an id. Raises `Reject` when a contribution cannot be read."""
        redirect, same_as, last, pins = decided
        topic, schema = national(kind), f"linked.{kind.capitalize()}"
        if redirect is not None:
            whole = redirected(name, redirect, last)
        elif len(said) == 1 and not pins and self._wire.is_ours(said[0][1], schema):
            value = said[0][1]
            one, end = decode_prefix(prefix(schema, "origin"), value[HEAD:])
            head = single(name, one, same_as, last)
            body = encode(prefix(f"national.{kind.capitalize()}"), head)
            return Made(self._wire.framed(topic, body, CONTENT, value[HEAD + end :]), head["sequence"])
        else:
            linked = [self._wire.decode(schema, value) for _, value in said]
            whole = pinned(fold(kind, name, linked, None, same_as, last) or {}, pins)
        return Made(self._wire.value(topic, whole), whole["sequence"])

    def headers(
        self, kind: str, name: str, made: Made, inputs: bytes, now_ms: int
    ) -> list[tuple[str, bytes]]:
        """CloudEvents attributes, the fingerprint of the schema, and the note for the next set-up."""
        event = headers(type_of("national", kind), source_of(None), f"{name}:{made.sequence}", now_ms, name)
        note = (NOTE, _NOTE.pack(inputs, blake(made.value), made.sequence))
        return [*event, self._wire.fingerprint(national(kind)), note]
