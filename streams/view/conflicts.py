"""Where hubs contradict each other: a table beside the national records, kept in their transaction; answers and page.

One row per field and hub that says something of it, so that a hub finds its own, and their number costs nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson

from schemas.errors import Reject
from streams.national.conflicts import Conflict, Statement, conflicts

PAGE_MAX = 500
ANSWERED = "SELECT c.*, n.title, n.sample FROM conflict c JOIN national n ON n.id = c.id"


class Asked(NamedTuple):
    """What is asked for: of one hub or all, of one kind or all, from where on, how many at most."""

    hub: str = ""
    kind: str = ""
    cursor: str = ""
    limit: int = 50


def asked(hub: str, kind: str, cursor: str, limit: str) -> Asked:
    """The question as an address has it. Raises `Reject`."""
    if not (limit.isascii() and limit.isdigit()) or not 1 <= int(limit) <= PAGE_MAX:
        raise Reject("limit is no number from 1 to 500", field="limit", fix="Leave it out for 50.")
    if cursor and cursor.count("|") != 1:
        raise Reject("The cursor is not one this list gave", field="cursor", fix="Begin again without it.")
    return Asked(hub[:80], kind[:80], cursor[:200], int(limit))


def keep(db: sqlite3.Connection, national_id: str, kind: str, record: Mapping[str, Any] | None) -> None:
    """The conflicts of one national record as it is now; None when it is gone."""
    db.execute("DELETE FROM conflict WHERE id = ?", (national_id,))
    if record is None or len(record["contributions"]) < 2:
        return
    rows = []
    for one in conflicts(kind, record):
        text = orjson.dumps(_shown(one)).decode()
        rows += [(national_id, kind, one.field, hub, hub == one.winner.hub, text) for hub in one.hubs()]
    db.executemany("INSERT OR REPLACE INTO conflict VALUES (?,?,?,?,?,?)", rows)


def counted(db: sqlite3.Connection) -> dict[str, int]:
    """Number of fields that a hub and another source state differently, by hub."""
    return dict(db.execute("SELECT hub, count(*) FROM conflict GROUP BY hub").fetchall())


def listed(db: sqlite3.Connection, question: Asked) -> dict[str, Any]:
    """One page of conflicts, each once, by record and field; how many there are, and where to go on."""
    where, values = ["1"], list[Any]()
    for name, wanted in (("hub", question.hub), ("kind", question.kind)):
        if wanted:
            where.append(f"c.{name} = ?")
            values.append(wanted)
    clause = " AND ".join(where)
    number = f"SELECT count(*) FROM (SELECT 1 FROM conflict c WHERE {clause} GROUP BY c.id, c.field)"  # noqa: S608
    total = db.execute(number, values).fetchone()[0]
    if question.cursor:
        clause += " AND (c.id, c.field) > (?, ?)"
        values += question.cursor.split("|")
    sql = f"{ANSWERED} WHERE {clause} GROUP BY c.id, c.field ORDER BY c.id, c.field LIMIT ?"
    rows = db.execute(sql, [*values, question.limit + 1]).fetchall()
    page = rows[: question.limit]
    following = f"{page[-1]['id']}|{page[-1]['field']}" if len(rows) > question.limit else None
    return {"items": [_item(row) for row in page], "total": total, "next": following}


def address(path: str, question: Asked, cursor: str | None) -> str | None:
    """The address of the next page of a list."""
    if cursor is None:
        return None
    told = {"hub": question.hub, "kind": question.kind, "cursor": cursor, "limit": str(question.limit)}
    return f"{path}?{urlencode({name: value for name, value in told.items() if value})}"


def _item(row: sqlite3.Row) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(row["json"])
    about = {name: row[name] for name in ("id", "kind", "title", "field")}
    href = f"/api/v1/{row['kind']}s/{row['id']}"
    return {**about, "href": href, "sample": bool(row["sample"]), **told}


def _shown(one: Conflict) -> dict[str, Any]:
    return {"rule": one.rule, "winner": _said(one.winner), "losing": [_said(said) for said in one.losing]}


def _said(one: Statement) -> dict[str, Any]:
    return {"hub": one.hub, "source_id": one.source_id, "value": one.value}
