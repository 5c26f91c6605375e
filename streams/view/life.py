"""Gathers the life of one record from the view's tables, for `zeven why` and the page; the words: `why`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

import orjson

from streams.view import answers, why
from streams.view.why import Step

SourceKey = tuple[str, str, str]
_NOTICES = """
SELECT n.id, n.subscription, n.what, n.created_at, d.state, d.reason, d.updated_at, d.channels
FROM notice n LEFT JOIN delivery d ON d.id = n.id WHERE n.national_id = ? ORDER BY n.created_at DESC LIMIT 50
"""


def life(db: sqlite3.Connection, asked: str) -> dict[str, Any] | None:
    """Everything known of a national id or of `hub|kind|source id`; None when nothing is."""
    parts = asked.split("|", 2)
    source = (parts[0], parts[1], parts[2]) if len(parts) == 3 else None
    ids = _ids_of(db, source) if source else [asked]
    sources = [source] if source else _sources_of(db, asked)
    steps = [step for key in sources for step in _of_source(db, key)]
    steps += [step for one in ids for step in _of_national(db, one)]
    if not steps:
        return None
    now = {one: answers.goes_on_as(db, one) for one in ids}
    return {
        "asked": asked,
        "national_ids": ids,
        "goes_on_as": {one: to for one, to in now.items() if to},
        "sources": ["|".join(key) for key in sources],
        "titles": _titles(db, ids),
        "sample": _sample(db, ids, sources),
        "steps": [step.shown() for step in why.in_order(steps)],
    }


def _ids_of(db: sqlite3.Connection, key: SourceKey) -> list[str]:
    rows = db.execute(
        "SELECT id FROM contribution WHERE hub = ? AND source_kind = ? AND source_id = ? AND local = ''", key
    )
    return [row[0] for row in rows]


def _sources_of(db: sqlite3.Connection, national_id: str) -> list[SourceKey]:
    rows = db.execute(
        "SELECT DISTINCT hub, source_kind, source_id FROM contribution WHERE id = ?"
        " UNION SELECT DISTINCT hub, source_kind, source_id FROM linked WHERE id = ? LIMIT 50",
        (national_id, national_id),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _of_source(db: sqlite3.Connection, key: SourceKey) -> Iterable[Step]:
    where = "hub = ? AND kind = ? AND source_id = ?"
    for row in db.execute(f"SELECT * FROM regional WHERE {where}", key):  # noqa: S608
        yield from why.of_source(row)
    for row in db.execute(f"SELECT * FROM rejected WHERE {where}", key):  # noqa: S608
        said = answers.rejection(row)
        yield why.of_rejected(row, str(said["cause"]), str(said["fix"]))


def _of_national(db: sqlite3.Connection, national_id: str) -> Iterable[Step]:
    row = db.execute("SELECT * FROM national WHERE id = ?", (national_id,)).fetchone()
    kind = row["kind"] if row else "?"
    for link in db.execute("SELECT * FROM linked WHERE id = ? LIMIT 100", (national_id,)):
        yield why.of_link(link, kind)
    if row:
        yield why.of_national(row)
    for moved in db.execute("SELECT * FROM redirect WHERE id = ?", (national_id,)):
        where = f"redirect/{national_id}"
        yield Step("redirect", moved["at"], f"{national_id} goes on as {moved['target']}", where)
    for told in db.execute(_NOTICES, (national_id,)):
        channels = orjson.loads(told["channels"]) if told["channels"] else []
        yield from why.of_notice(told, channels)


def _titles(db: sqlite3.Connection, ids: list[str]) -> dict[str, str]:
    found = [db.execute("SELECT id, title FROM national WHERE id = ?", (one,)).fetchone() for one in ids]
    return {row["id"]: row["title"] for row in found if row}


def _sample(db: sqlite3.Connection, ids: list[str], sources: list[SourceKey]) -> bool:
    marks = [db.execute("SELECT sample FROM national WHERE id = ?", (one,)).fetchone() for one in ids]
    where = "SELECT sample FROM regional WHERE hub = ? AND kind = ? AND source_id = ?"
    marks += [db.execute(where, key).fetchone() for key in sources]
    return any(row[0] for row in marks if row)
