"""What stewards decided, as the view shows it: every decision, withdrawn or not, and what it speaks of now."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

import orjson

from schemas.errors import Reject
from streams.national.keys import split_source
from streams.view import answers
from streams.view.incoming import Read
from streams.view.rows import instant


def decision(db: sqlite3.Connection, one: Read) -> None:
    """Remember a decision."""
    if one.value is None:
        db.execute("DELETE FROM decision WHERE id = ?", (one.key,))
        return
    said = one.value
    row = (
        one.key,
        said["action"],
        said["kind"],
        said["at"],
        said["withdrawn_at"],
        orjson.dumps(said).decode(),
    )
    db.execute("INSERT OR REPLACE INTO decision VALUES (?,?,?,?,?,?)", row)


def doubt(db: sqlite3.Connection, one: Read) -> None:
    """Remember a doubtful match, or that it is none any more."""
    db.execute("DELETE FROM doubt WHERE id = ?", (one.key,))
    if one.value is not None:
        said = one.value
        row = (one.key, said["kind"], said["key"], said["at"], orjson.dumps(said["sources"]).decode())
        db.execute("INSERT INTO doubt VALUES (?,?,?,?,?)", row)


def doubts(db: sqlite3.Connection, limit: int = answers.PAGE_MAX) -> list[dict[str, Any]]:
    """Keys that would put together what cannot be one, newest first, with the things that share them."""
    rows = db.execute("SELECT * FROM doubt ORDER BY at DESC, id LIMIT ?", (limit,))
    return [
        {
            "id": row["id"],
            "kind": row["kind"],
            "key": row["key"],
            "at": instant(row["at"]),
            "sources": (sources := orjson.loads(row["json"])),
            "now": sorted({one for source in sources for one in _speaks_of(db, row["kind"], source)}),
        }
        for row in rows
    ]


def _speaks_of(db: sqlite3.Connection, kind: str, source: str) -> list[str]:
    """Ids of the things of a kind that a source speaks of, under whatever label."""
    where = "hub = ? AND source_kind = ? AND source_id = ? AND kind = ?"
    rows = db.execute(f"SELECT id FROM contribution WHERE {where}", (*split_source(source), kind))  # noqa: S608
    return [row[0] for row in rows]


def recent(db: sqlite3.Connection, limit: int = answers.PAGE_MAX) -> list[dict[str, Any]]:
    """Decisions, newest first."""
    rows = db.execute("SELECT json FROM decision ORDER BY at DESC, id LIMIT ?", (limit,))
    return [shown(db, orjson.loads(row[0])) for row in rows]


def stored(db: sqlite3.Connection, decision_id: str) -> dict[str, Any] | None:
    """The record of a decision as it stands on the topic."""
    row = db.execute("SELECT json FROM decision WHERE id = ?", (decision_id,)).fetchone()
    found: dict[str, Any] | None = None if row is None else orjson.loads(row[0])
    return found


def things(db: sqlite3.Connection, ids: Iterable[str]) -> list[dict[str, Any]]:
    """National records by id, under whatever id they go on now. Raises `Reject` naming all that are not there."""
    found, missing = [], []
    for asked in ids:
        now = answers.goes_on_as(db, asked) or asked
        row = db.execute("SELECT * FROM national WHERE id = ? AND redirect IS NULL", (now,)).fetchone()
        if row is None:
            missing.append(asked)
        else:
            found.append(answers.item(row))
    if missing:
        raise Reject(
            f"There is no record {', '.join(missing)}", field="ids", fix="Take ids from a list or a page."
        )
    return found


def shown(db: sqlite3.Connection, said: dict[str, Any]) -> dict[str, Any]:
    """A decision as an answer, with the national ids that it speaks of now."""
    value = said["value"]
    return {
        **said,
        "value": None if value is None else orjson.loads(value),
        "at": instant(said["at"]),
        "withdrawn_at": instant(said["withdrawn_at"]),
        "now": sorted(set(_ids(db, said["kind"], said["spoken"]))),
    }


def _ids(db: sqlite3.Connection, kind: str, spoken: Iterable[dict[str, Any]]) -> Iterable[str]:
    """Ids of the things that these sources speak of today."""
    for one in spoken:
        at = (one["hub"], one["source_kind"], one["source_id"], one["local"], kind)
        where = "hub = ? AND source_kind = ? AND source_id = ? AND local = ? AND kind = ?"
        yield from (row[0] for row in db.execute(f"SELECT id FROM contribution WHERE {where}", at))  # noqa: S608


def source_of(text: str) -> tuple[str, str]:
    """A source and its label as a person writes them: `hub|kind|source id`, and ` as LABEL` for a mention."""
    source, _, local = text.partition(" as ")
    if source.count("|") < 2:
        raise Reject(f"{text} names no source", field="source", fix="Write hub|kind|source id.")
    return "|".join(split_source(source)), local
