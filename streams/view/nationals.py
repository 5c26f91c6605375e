"""The national half of the view: golden records, who contributes, redirects, notices, what was rejected."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

import orjson

from streams.view import conflicts, search, versions
from streams.view.incoming import Hostile, Read
from streams.view.mirrors import SourceKey
from streams.view.rows import national_json, national_row, plain

CHANGES_KEPT = 500
_COLUMNS: Final = (
    *("id", "kind", "sequence", "redirect", "sample", "cause", "title", "status", "first_day", "last_day"),
    *("sort", "text", "hubs", "areas", "dimensions", "part", "offset", "at", "json"),
)
_OLD: Final = "SELECT title, sample, hubs, json, number, text FROM national WHERE id = ?"
_KEEP: Final = (
    f"INSERT INTO national ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
    " RETURNING number"
)
"""A record keeps its number, by which the index of words knows it."""
HOSTILE_KEPT = 1000


def national(db: sqlite3.Connection, one: Read, kind: str) -> set[SourceKey]:
    """Take in one national record; returns the source records whose contributions it touched."""
    touched = _contributed(db, one.key)
    old = db.execute(_OLD, (one.key,)).fetchone()
    db.execute("DELETE FROM contribution WHERE id = ?", (one.key,))
    conflicts.keep(db, one.key, kind, one.value)
    versions.provisional(db, one, kind)
    if one.value is None:
        db.execute("DELETE FROM national WHERE id = ?", (one.key,))
        if old is not None:
            search.keep(db, old[4], old[5], None)
            _changed(db, one, kind, ("removed", *old[:3]))
        return touched
    row, text = national_row(one.value, kind), national_json(one.value)
    [(number,)] = db.execute(_KEEP, (*row, one.part, one.offset, one.at, text)).fetchall()
    search.keep(db, number, old[5] if old else None, row[11])
    db.executemany(
        "INSERT OR REPLACE INTO contribution VALUES (?,?,?,?,?,?,?,?)",
        [(one.key, kind, *_giver(given)) for given in one.value["contributions"]],
    )
    if old is None or old[3] != text:
        what = "redirected" if row[3] else "new" if old is None else "changed"
        _changed(db, one, kind, (what, row[6], row[4], row[12]))
    return touched | _contributed(db, one.key)


def _giver(given: dict[str, Any]) -> tuple[Any, ...]:
    names = ("hub", "source_kind", "source_id", "local", "revision", "digest")
    return tuple(given[name] for name in names)


def _contributed(db: sqlite3.Connection, national_id: str) -> set[SourceKey]:
    rows = db.execute(
        "SELECT hub, source_kind, source_id FROM contribution WHERE id = ? AND local = ''", (national_id,)
    )
    return set(rows)


def _changed(db: sqlite3.Connection, one: Read, kind: str, row: tuple[Any, ...]) -> None:
    what, title, sample, hubs = row
    db.execute(
        "INSERT INTO change (at, kind, id, title, what, sample, hubs, part, offset) VALUES (?,?,?,?,?,?,?,?,?)",
        (one.at, kind, one.key, title, what, sample, hubs, one.part, one.offset),
    )


def hub_changed(db: sqlite3.Connection, hub: str, what: str, now_ms: int) -> None:
    """Tell the readers of changes that a hub has news: a look, or another verdict."""
    db.execute(
        "INSERT INTO change (at, kind, id, title, what, sample, hubs) VALUES (?,'hub',?,?,?,0,?)",
        (now_ms, hub, hub, what, f"|{hub}|"),
    )


def linked(db: sqlite3.Connection, one: Read) -> None:
    """Remember when a source was linked to a national id; the key says all, the value is not read."""
    head, _, local = one.key.rpartition("|")
    parts = head.split("|", 3)
    if len(parts) < 4:
        return
    if one.value is None:
        where = "id = ? AND hub = ? AND source_kind = ? AND source_id = ? AND local = ?"
        db.execute(f"DELETE FROM linked WHERE {where}", (*parts, local))  # noqa: S608
        return
    db.execute(
        "INSERT OR REPLACE INTO linked VALUES (?,?,?,?,?,?,?,?)",
        (*parts, local, one.part, one.offset, one.at),
    )


def redirect(db: sqlite3.Connection, one: Read) -> None:
    """Remember under which id a merged record goes on."""
    if one.value is None:
        db.execute("DELETE FROM redirect WHERE id = ?", (one.key,))
        return
    row = (one.key, one.value["kind"], one.value["to"], one.value["at"])
    db.execute("INSERT OR REPLACE INTO redirect VALUES (?,?,?,?)", row)


def notice(db: sqlite3.Connection, one: Read) -> None:
    """Remember a notice."""
    if one.value is None:
        return
    if one.value["kind"] == "report" and one.value["after"] is not None:
        told = (one.value["hubs"][0], one.value["id"], one.value["evaluation"], one.value["after"])
        db.execute(
            "INSERT INTO told VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET id = excluded.id,"
            " number = excluded.number, json = excluded.json WHERE excluded.number > told.number",
            told,
        )
    names = ("id", "subscription", "national_id", "what", "title", "sample", "created_at")
    row = [one.value[name] for name in names]
    db.execute("INSERT OR IGNORE INTO notice VALUES (?,?,?,?,?,?,?,?,?)", (*row, one.at, one.value["group"]))


def delivery(db: sqlite3.Connection, one: Read) -> None:
    """Remember what became of a notice."""
    if one.value is None:
        db.execute("DELETE FROM delivery WHERE id = ?", (one.key,))
        return
    channels = orjson.dumps(one.value["channels"]).decode()
    row = (one.key, one.value["state"], one.value["reason"], one.value["updated_at"], channels)
    db.execute("INSERT OR REPLACE INTO delivery VALUES (?,?,?,?,?)", row)


def rejected(db: sqlite3.Connection, one: Read) -> SourceKey:
    """Remember what cannot be used, or that it was mended; returns the source record it is about."""
    hub = one.topic.split(".", 1)[1]
    _, kind, source_id = (*one.key.split("|", 2), "", "")[:3]
    if one.value is None:
        db.execute("DELETE FROM rejected WHERE hub = ? AND key = ?", (hub, one.key))
        return (hub, kind, source_id)
    value = dict(one.value)
    original = value.pop("original")
    said = (value["stage"], value["kind"], value["source_id"], value["revision"], value["at"])
    row = (hub, one.key, *said, orjson.dumps(plain(value)).decode(), original)
    db.execute("INSERT OR REPLACE INTO rejected VALUES (?,?,?,?,?,?,?,?,?)", row)
    return (hub, value["kind"], value["source_id"])


def progress(db: sqlite3.Connection, one: Read) -> None:
    """Remember how far a stage is in its inputs; it may also have stepped back to do them again."""
    value = one.value or {"offsets": [], "stage": "", "task": 0}
    db.executemany(
        "INSERT OR REPLACE INTO progress VALUES (?,?,?,?,?)",
        [
            (value["stage"], value["task"], at["topic"], at["partition"], at["offset"])
            for at in value["offsets"]
        ],
    )


def hostile(db: sqlite3.Connection, one: Hostile) -> None:
    """Remember that a record could not be read here, and why."""
    row = (one.topic, one.part, one.offset, one.key, one.cause, one.at)
    db.execute("INSERT OR REPLACE INTO hostile VALUES (?,?,?,?,?,?)", row)


def prune(db: sqlite3.Connection) -> None:
    """Keep the lists that only serve the eye short."""
    db.execute("DELETE FROM change WHERE seq <= (SELECT max(seq) FROM change) - ?", (CHANGES_KEPT,))
    db.execute("DELETE FROM hostile WHERE rowid <= (SELECT max(rowid) FROM hostile) - ?", (HOSTILE_KEPT,))
