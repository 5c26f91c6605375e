"""One token for one state of the national view, on the topics, in the API, in the stream of changes and in files.

It holds the next offset of each national partition, the cluster that gives these offsets their meaning, and when it
was given. Who has the state and the token goes on from there without a gap: `/api/v1/changes?since=TOKEN`, or a Kafka
consumer that begins at the offsets. Base64url of one byte version and Avro; readers keep it as it is.
"""

from __future__ import annotations

import base64
import binascii
import io
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastavro import parse_schema, schemaless_reader, schemaless_writer

from schemas.errors import Reject
from schemas.topics import NATIONAL_KINDS, national

VERSION: Final = b"\x01"
LONGEST: Final = 4_000
Place = tuple[str, int]
"""Kind and partition."""
_KINDS: Final = {national(kind): kind for kind in NATIONAL_KINDS}
_SCHEMA: Final = parse_schema(
    {
        "type": "record",
        "name": "zeven.Watermark",
        "fields": [
            {"name": "cluster", "type": "string"},
            {"name": "at", "type": "long"},
            {"name": "next", "type": {"type": "map", "values": {"type": "array", "items": "long"}}},
        ],
    }
)


@dataclass(frozen=True)
class Watermark:
    """The next offset of each partition (kind, number) in a cluster, as it was at a moment in epoch milliseconds."""

    cluster: str
    at: int
    next: Mapping[Place, int]

    def after(self, place: Place, offset: int) -> Watermark:
        """The state after one more record."""
        return Watermark(self.cluster, self.at, {**self.next, place: offset + 1})

    def token(self) -> str:
        """As text."""
        parts = range(max((part for _, part in self.next), default=-1) + 1)
        kinds = sorted({kind for kind, _ in self.next})
        told = {kind: [self.next.get((kind, part), 0) for part in parts] for kind in kinds}
        out = io.BytesIO(VERSION)
        out.seek(len(VERSION))
        schemaless_writer(out, _SCHEMA, {"cluster": self.cluster, "at": self.at, "next": told})
        return base64.urlsafe_b64encode(out.getvalue()).decode().rstrip("=")

    def topics(self) -> list[tuple[str, int, int]]:
        """Topic, partition and next offset, for a consumer of Kafka."""
        return [(national(kind), part, offset) for (kind, part), offset in sorted(self.next.items())]


def read(token: str) -> Watermark:
    """The watermark of a token. Raises `Reject`."""
    try:
        if len(token) > LONGEST:
            raise ValueError(token)
        raw = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
        if raw[:1] != VERSION:
            raise ValueError(token)
        said: Any = schemaless_reader(io.BytesIO(raw[1:]), _SCHEMA, None)
        offsets = {
            (str(kind), part): int(offset)
            for kind, all_ in said["next"].items()
            for part, offset in enumerate(all_)
        }
    except (ValueError, EOFError, IndexError, KeyError, TypeError, binascii.Error) as fault:
        raise Reject(
            "This is no watermark of Zeven",
            field="since",
            fix="Give the watermark of an answer or a file as it is, or leave it out to begin now.",
        ) from fault
    return Watermark(said["cluster"], said["at"], offsets)


def of(db: sqlite3.Connection, now_ms: int) -> Watermark | None:
    """Of the state that this connection sees; None before the view has read anything."""
    cluster = db.execute("SELECT value FROM meta WHERE name = 'cluster'").fetchone()
    rows = db.execute("SELECT topic, part, next FROM position WHERE topic LIKE 'national.%'").fetchall()
    known = {(_KINDS[topic], part): offset for topic, part, offset in rows if topic in _KINDS}
    if cluster is None:
        return None
    parts = range(max((part for _, part in known), default=-1) + 1)
    return Watermark(
        cluster[0],
        now_ms,
        {(kind, part): known.get((kind, part), 0) for kind in NATIONAL_KINDS for part in parts},
    )


def at_moment(db: sqlite3.Connection, now: Watermark, moment: int) -> Watermark:
    """Of the state that stood at a moment: before the first version that began after it."""
    sql = "SELECT kind, part, min(offset) FROM version WHERE since > ? GROUP BY kind, part"
    first = {(kind, part): offset for kind, part, offset in db.execute(sql, (moment,)) if offset >= 0}
    return Watermark(now.cluster, moment, {**now.next, **{at: first[at] for at in first if at in now.next}})


def behind(one: Watermark, other: Watermark) -> bool:
    """Whether a state lacks something that the other one, of the same cluster, has; a partition not named is at 0."""
    return any(offset > one.next.get(place, 0) for place, offset in other.next.items())


def stale(asked: Watermark, here: Watermark, first_ms: int | None) -> str | None:
    """Why one cannot go on from a watermark, or None."""
    if asked.cluster != here.cluster:
        return f"the watermark is of another cluster: {asked.cluster}, not {here.cluster}"
    if behind(here, asked):
        return "the watermark is ahead of the topics: they were made anew"
    from_nothing = not any(asked.next.values())
    if not behind(asked, here) or from_nothing or (first_ms is not None and asked.at >= first_ms):
        return None
    return "the watermark is older than the history"
