"""Every version of every national record, as the view keeps it: written from `national.history`, asked by moment.

A version is taken from the national topic as soon as it is there, without a number; the history confirms it with one.
What the history has passed over without confirming is let go, so an erased version does not come back from a log that
was not compacted yet.
"""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from typing import Any, Final

import orjson
from zstandard import ZstdCompressor, ZstdDecompressor

from schemas.digest import blake
from streams.view.incoming import Read
from streams.view.rows import national_json, national_row, searchable

THERE: Final = 0
REDIRECTED: Final = 1
ENDED: Final = 2
SINCE: Final = "history_since"
READ: Final = "read_since"
_ROW: Final = (
    *("id", "kind", "sequence", "redirect", "sample", "cause", "title", "status", "first_day", "last_day"),
    *("sort", "text", "hubs", "areas", "dimensions"),
)
_LAST: Final = "SELECT * FROM version WHERE id = ? ORDER BY since DESC, offset DESC LIMIT 1"
_CONFIRMED: Final = (
    "SELECT 1 FROM version WHERE id = ? AND number IS NOT NULL AND (since, offset) >= (?, ?) LIMIT 1"
)
_PASSED_OVER: Final = "DELETE FROM version WHERE id = ? AND number IS NULL AND (since, offset) < (?, ?)"
_BEGAN: Final = (
    "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
    " WHERE CAST(excluded.value AS INT) < CAST(value AS INT)"
)
STANDING: Final = """
(SELECT v.id, v.kind, v.sequence, v.redirect, v.sample, v.cause, v.title, v.status, v.first_day, v.last_day,
  v.sort, searchable(v.packed, v.title) AS text, v.hubs, v.areas, v.dimensions, v.since AS at, v.gone,
  unpacked(v.packed) AS json
 FROM version v WHERE v.since <= ? AND v.gone != 2 AND NOT EXISTS
  (SELECT 1 FROM version n WHERE n.id = v.id AND n.since <= ? AND (n.since, n.offset) > (v.since, v.offset)))
"""
"""What stood at a moment, with the columns of `national` that lists ask for; the moment is given twice."""


def pack(text: bytes) -> bytes:
    """The JSON of a record as it is kept: half as large."""
    return ZstdCompressor(level=3).compress(text)


def unpack(packed: bytes | None) -> str | None:
    """The JSON again."""
    return None if packed is None else ZstdDecompressor().decompress(packed).decode()


def functions(db: sqlite3.Connection) -> None:
    """What the statements of this module call; the words of the row at hand are kept for its next word."""
    decompressor = ZstdDecompressor()

    def unpacked(packed: bytes | None) -> str | None:
        return None if packed is None else decompressor.decompress(packed).decode()

    @lru_cache(maxsize=1)
    def words(packed: bytes | None, title: str) -> str:
        return "" if packed is None else searchable(orjson.loads(decompressor.decompress(packed)), title)

    db.create_function("unpacked", 1, unpacked, deterministic=True)
    db.create_function("searchable", 2, words, deterministic=True)


def historical(db: sqlite3.Connection, one: Read, kind: str) -> None:
    """Take in a version of the history, or that one was erased."""
    name, _, number = one.key.rpartition("|")
    if not number.isdigit() or len(number) > 18:
        return
    db.execute("DELETE FROM version WHERE id = ? AND number = ?", (name, int(number)))
    if one.value is None:
        return
    db.execute(_BEGAN, (SINCE, str(one.at)))
    since, offset = (_said(one.headers, at) for at in ("zeven_since", "zeven_offset"))
    place = (one.at if since is None else since, one.part, -1 if offset is None else offset)
    ended = one.value["content"] is None and one.value["redirect"] is None
    _keep(db, name, kind, None if ended else one.value, place, int(number))
    db.execute(_PASSED_OVER, (name, place[0], place[2]))


def provisional(db: sqlite3.Connection, one: Read, kind: str) -> None:
    """Take in a national record before the history has it."""
    if db.execute(_CONFIRMED, (one.key, one.at, one.offset)).fetchone():
        return
    last = named(db.execute(_LAST, (one.key,)))
    ended = last is None or last["gone"] == ENDED
    if one.value is None:
        same = ended
    else:
        said = (one.value["sequence"], digest_of(one.value))
        same = not ended and last is not None and (last["sequence"], last["digest"]) == said
    if not same:
        _keep(db, one.key, kind, one.value, (one.at, one.part, one.offset), None)


def _keep(
    db: sqlite3.Connection,
    name: str,
    kind: str,
    record: dict[str, Any] | None,
    place: tuple[int, int, int],
    number: int | None,
) -> None:
    since, part, offset = place
    if record is None:
        before = (
            "SELECT * FROM version WHERE id = ? AND (since, offset) < (?, ?) ORDER BY since DESC, offset DESC"
        )
        last = named(db.execute(f"{before} LIMIT 1", (name, since, offset))) or {}
        shown = ("title", "status", "first_day", "last_day", "sort", "hubs", "areas", "dimensions")
        known = {"id": name, "kind": kind, "sample": last.get("sample", 0), "gone": ENDED}
        known |= {column: last.get(column) for column in shown}
    else:
        known = dict(zip(_ROW, national_row(record, kind), strict=False))
        del known["text"]
        known |= {"gone": THERE if record["redirect"] is None else REDIRECTED, "digest": digest_of(record)}
        known["packed"] = pack(national_json(record))
    known |= {"since": since, "part": part, "offset": offset, "number": number}
    columns = ", ".join(known)
    marks = ", ".join("?" * len(known))
    sql = f"INSERT OR REPLACE INTO version ({columns}) VALUES ({marks})"  # noqa: S608 (names are ours)
    db.execute(sql, list(known.values()))


def digest_of(record: dict[str, Any]) -> bytes:
    """Of what a reader sees of a record: two versions that differ in it differ."""
    seen = [record["content"], record["organisations"], record["redirect"]]
    return blake(orjson.dumps(seen, default=bytes.hex, option=orjson.OPT_SORT_KEYS))


def named(cursor: sqlite3.Cursor) -> dict[str, Any] | None:
    """The first row with its columns' names, whatever the connection makes of rows."""
    row = cursor.fetchone()
    return None if row is None else dict(zip((one[0] for one in cursor.description), row, strict=True))


def _said(headers: dict[str, bytes], name: str) -> int | None:
    text = headers.get(name, b"")
    return int(text) if text.isdigit() and len(text) < 19 else None


def at(db: sqlite3.Connection, national_id: str, moment: int) -> dict[str, Any] | None:
    """The version of an id that stood at a moment (epoch milliseconds), which may be its end; None before it began."""
    sql = "SELECT * FROM version WHERE id = ? AND since <= ? ORDER BY since DESC, offset DESC LIMIT 1"
    return named(db.execute(sql, (national_id, moment)))


def changed_between(
    db: sqlite3.Connection, span: tuple[int, int], after: str, kinds: tuple[str, ...]
) -> list[tuple[str, str]]:
    """Kind and id of what has a version that began after the first moment and not after the second, by id."""
    marks = ", ".join("?" * len(kinds))
    sql = (
        "SELECT DISTINCT id, kind FROM version WHERE since > ? AND since <= ? AND id > ?"  # noqa: S608
        f" AND kind IN ({marks}) ORDER BY id"
    )
    return [(row[1], row[0]) for row in db.execute(sql, (*span, after, *kinds))]


def of(db: sqlite3.Connection, national_id: str, limit: int) -> list[dict[str, Any]]:
    """The last versions of an id, newest first."""
    sql = "SELECT * FROM version WHERE id = ? ORDER BY since DESC, offset DESC LIMIT ?"
    cursor = db.execute(sql, (national_id, limit))
    names = [one[0] for one in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def record_of(version: dict[str, Any] | None) -> dict[str, Any] | None:
    """What was said in a version; None for an end, a redirect, or no version at all."""
    if version is None or version["gone"] != THERE:
        return None
    found: dict[str, Any] = orjson.loads(unpack(version["packed"]) or "null")
    return found


def begun(db: sqlite3.Connection) -> int | None:
    """Since when there is a history, epoch milliseconds."""
    return _noted(db, SINCE)


def read_since(db: sqlite3.Connection) -> int | None:
    """Since when this view has seen everything that passed, epoch milliseconds."""
    return _noted(db, READ)


def note_read(db: sqlite3.Connection, now_ms: int) -> None:
    """Remember that this view has caught up; only the first time counts."""
    with db:
        db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (READ, str(now_ms)))


def _noted(db: sqlite3.Connection, name: str) -> int | None:
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])
