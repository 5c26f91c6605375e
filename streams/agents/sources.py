"""What identify keeps per source record, and the small notes it leaves on its own records to read them back.

Regional values are kept as bytes and read when something has to follow from them. A note on a record of
`identify.state` says from which bytes the linked records were made, so that a set-up compares without
decoding.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from schemas.codec import load
from schemas.digest import blake
from schemas.errors import Reject
from streams.agents.linking import schema_name
from streams.engine.stage import Emission, Headers, Plan, Record
from streams.engine.wire import FINGERPRINT, Wire
from streams.national.identify import Holder

NOTE: Final = "zeven_note"
DIGEST: Final = "zeven_digest"
NOBODY: Final = bytes(16)
MARK: Final = "mark"
BREATH: Final = 1_000
AGAIN: Final = 5_000
"""Sources whose keys are made again at a time, when the rules changed."""
_NOTE: Final = struct.Struct(">16s16s16sQQ")


@dataclass(slots=True)
class Source:
    """One source record: its last usable bytes, what was said of its keys, the answer, who may hold it.

    `value` and `answer` are packed (`streams.engine.cold`).
    """

    value: bytes | None = None
    offset: int = -1
    said: bytes | None = None  # digest of the keys last written to identity.keys
    answer: bytes | None = None  # last record of identity
    holders: tuple[Holder, ...] | None = ()  # None: exactly the things of the answer
    linked: bytes = NOBODY  # from what the own contribution was made
    mentions: bytes = NOBODY  # from what the mentioned organisations were made
    since: int | None = None  # a newer version cannot be read, since (epoch milliseconds)
    spoken: int = 0  # hash of the bytes of keys and organisations that `said` was computed from
    noted: bytes | None = None  # its state record as it was read back, note first, until that is compared


@dataclass(frozen=True, slots=True)
class Note:
    """From what linked records were made, in which batch, and which batch was known to be done."""

    linked: bytes
    mentions: bytes
    keys: bytes
    batch: int
    done: int

    def header(self) -> tuple[str, bytes]:
        """As a header of a state record."""
        return (NOTE, self.packed())

    def packed(self) -> bytes:
        """As bytes of a fixed length."""
        return _NOTE.pack(self.linked, self.mentions, self.keys, self.batch, self.done)


class Out(NamedTuple):
    """The three groups of a plan, in their order."""

    first: list[Emission]
    then: list[Emission]
    last: list[Emission]

    def plan(self) -> Plan:
        """As the engine takes it."""
        return Plan([self.first, self.then, self.last] if any(self) else [])


class Held(NamedTuple):
    """A record made again from what was kept of it."""

    partition: int
    offset: int | None
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


UNNOTED: Final = Note(NOBODY, NOBODY, NOBODY, (1 << 64) - 1, 0)
"""Stands for a note that is not there: of a batch that was never done."""


def kept_of(note: Note | None, value: bytes) -> bytes:
    """A state record as it is kept until it is compared."""
    return (note or UNNOTED).packed() + value


def noted_of(kept: bytes) -> tuple[Note, bytes]:
    """Note and value of what `kept_of` made."""
    return Note(*_NOTE.unpack_from(kept)), kept[_NOTE.size :]


def print_of(value: bytes | None, answer: bytes | None, since: int | None) -> bytes:
    """What the own contribution follows from."""
    return blake((value or b"") + (answer or b"") + str(since).encode())


class Place(NamedTuple):
    """Where a regional record came in, and the older ones of the same look."""

    hub: str
    kind: str
    topic: str
    older: Sequence[Record]
    loading: bool


def note_of(headers: Headers) -> Note | None:
    """The note on a state record, if it has one."""
    for name, packed in headers:
        if name == NOTE and len(packed) == _NOTE.size:
            return Note(*_NOTE.unpack(packed))
    return None


def newest_of(records: Sequence[Record]) -> tuple[dict[bytes | None, Record], list[Record]]:
    """The newest record of each key, in the order of their offsets, and the older ones."""
    newest: dict[bytes | None, Record] = {}
    older = []
    for record in records:
        if record.key in newest:
            older.append(newest.pop(record.key))
        newest[record.key] = record
    return newest, older


def digest_of(headers: Headers) -> bytes | None:
    """The digest on a record of identity.keys."""
    return next((value for name, value in headers if name == DIGEST and len(value) == len(NOBODY)), None)


def source_id_of(record: Record) -> str:
    """The key of a regional record. Raises `Reject` when it is no text."""
    try:
        text = (record.key or b"").decode()
    except UnicodeDecodeError as fault:
        raise Reject("The key is no UTF-8 text", field="key", got=repr(record.key)[:200]) from fault
    if not text:
        raise Reject("The record has no key", field="key", expected="the source id", fix="Set the key.")
    return text


def usable(wire: Wire, kind: str, record: Record, value: bytes) -> bytes:
    """The value in our own schema. Raises `Reject`.

    Only what our connector wrote (fingerprint in the header equal to the registry's and to ours) may be read
    by its prefix; anything else is decoded in full, resolved and encoded anew.
    """
    name = schema_name(kind)
    ours = load(name)
    wrote = next((text for key, text in record.headers if key == FINGERPRINT), None)
    if wrote == ours.fingerprint.encode() and wire.is_ours(value, name):
        return value
    return wire.rewritten(name, value, record.headers)
