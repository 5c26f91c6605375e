"""Rows in the words of the contract, or why not; a row that reads as it did before is not translated again.

What a row read as is remembered with a fingerprint of all that a mapping may read of it, and of the release of readers,
mapping and tags. `place` is for people: lists shift.
It counts only while the record that came of it stands in the log as our own, so that losing it costs time alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, NamedTuple

import orjson

from connectors.hubs import Mapper, Statement, Words
from connectors.memory import Before
from connectors.publish import Writer
from connectors.sources import Faulty, Row
from schemas.errors import Reject

LONGEST_ID: Final = 500
_FINGERPRINT_BYTES: Final = 16


class Good(NamedTuple):
    """A row that can be used: what it says, the digest of that, and its fingerprint (None: it has none)."""

    row: Row
    statement: Statement
    digest: bytes
    fingerprint: bytes | None


@dataclass
class Translated:
    """Rows by source id, and those that cannot be used. `same`: rows that read as before, with their tags that stand
    for nothing.
    """

    good: dict[str, Good] = field(default_factory=dict)
    same: dict[str, int] = field(default_factory=dict)
    bad: list[Faulty] = field(default_factory=list)


@dataclass(frozen=True)
class Translator:
    """How rows of one kind read. Without a `release` every row is translated."""

    kind: str
    mapper: Mapper
    words: Words
    writer: Writer
    release: str = ""

    def __call__(self, rows: Sequence[Row], before: Mapping[str, Before]) -> Translated:
        """Translate; of an id that comes twice the later row holds. `before`: what may be taken as read."""
        found = Translated()
        base = blake2b(self.release.encode(), digest_size=_FINGERPRINT_BYTES)
        for row in rows:
            if not usable(row.source_id):
                found.bad.append(Faulty(row.place, None, _unusable(row.source_id), original(row)))
                continue
            fingerprint = _fingerprint(row, base) if self.release else None
            known = before.get(row.source_id)
            if known is not None and known.fingerprint == fingerprint:
                found.good.pop(row.source_id, None)
                found.same[row.source_id] = known.unassigned
                continue
            self._take(row, fingerprint, found)
        return found

    def _take(self, row: Row, fingerprint: bytes | None, found: Translated) -> None:
        try:
            statement = self.mapper(row, self.words)
            digest = self.writer.digest(self.kind, statement)
            found.good.pop(row.source_id, None)  # its place among the others is that of the row that holds
            found.good[row.source_id] = Good(row, statement, digest, fingerprint)
            found.same.pop(row.source_id, None)
        except Reject as reject:
            found.bad.append(Faulty(row.place, row.source_id, reject, original(row)))
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as fault:
            found.bad.append(Faulty(row.place, row.source_id, _unknown_shape(fault), original(row)))


def _fingerprint(row: Row, base: blake2b) -> bytes | None:
    """None for what has no plain form: halves of surrogate pairs, endless nesting, keys that are no text."""
    try:
        raw = orjson.dumps(
            [dict(row.fields), row.address, row.changed_at_ms],
            default=_typed,
            option=orjson.OPT_PASSTHROUGH_DATETIME,
        )
    except (TypeError, ValueError):
        return None
    one = base.copy()
    one.update(raw)
    return one.digest()


def _typed(value: object) -> str:
    """A value that JSON does not have, told apart from the text that reads alike."""
    return f"{type(value).__name__} {value}"


def usable(source_id: str | None) -> bool:
    """Whether an id can be a key: text in sound Unicode, not empty, not endless."""
    if not source_id or len(source_id) > LONGEST_ID or "\0" in source_id:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in source_id)


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
