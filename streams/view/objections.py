"""What hubs object to, and what was answered, as the view keeps it; the hub is that of the topic."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

import orjson

from streams.view import answers
from streams.view.incoming import Read
from streams.view.rows import instant

UPHELD = "upheld"
DECLINED = "declined"


def objection(db: sqlite3.Connection, one: Read) -> None:
    """Remember an objection of a hub."""
    hub = one.topic.partition(".")[2]
    db.execute("DELETE FROM objection WHERE hub = ? AND id = ?", (hub, one.key))
    if one.value is not None:
        row = (hub, one.key, one.value["national_id"], one.value["at"], orjson.dumps(one.value).decode())
        db.execute("INSERT INTO objection VALUES (?,?,?,?,?)", row)


def outcome(db: sqlite3.Connection, one: Read) -> None:
    """Remember what was answered."""
    hub, _, objection_id = one.key.partition("|")
    db.execute("DELETE FROM outcome WHERE hub = ? AND id = ?", (hub, objection_id))
    if one.value is not None:
        text = orjson.dumps(one.value).decode()
        db.execute("INSERT INTO outcome VALUES (?,?,?,?)", (hub, objection_id, one.value["at"], text))


_SQL = """SELECT o.hub, o.id, o.json, a.json AS answer FROM objection o
    LEFT JOIN outcome a ON a.hub = o.hub AND a.id = o.id"""


def recent(db: sqlite3.Connection, limit: int = answers.PAGE_MAX) -> list[dict[str, Any]]:
    """Objections, those without an answer first, then newest first."""
    order = "ORDER BY a.json IS NOT NULL, o.at DESC, o.hub, o.id LIMIT ?"
    return [_shown(db, row) for row in db.execute(f"{_SQL} {order}", (limit,))]


def of_record(db: sqlite3.Connection, item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Objections to one national record, under whatever ids it had."""
    ids = [item["id"], *item["same_as"]][:500]
    where = f"WHERE o.national_id IN ({','.join('?' * len(ids))}) ORDER BY o.at DESC, o.hub, o.id"
    return [_shown(db, row) for row in db.execute(f"{_SQL} {where}", ids)]


def one(db: sqlite3.Connection, hub: str, objection_id: str) -> dict[str, Any] | None:
    """One objection."""
    where = "WHERE o.hub = ? AND o.id = ?"
    row = db.execute(f"{_SQL} {where}", (hub, objection_id)).fetchone()
    return None if row is None else _shown(db, row)


def _shown(db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    said = orjson.loads(row["json"])
    answer = None if row["answer"] is None else orjson.loads(row["answer"])
    national_id = said["national_id"]
    return {
        **said,
        "hub": row["hub"],
        "id": row["id"],
        "at": instant(said["at"]),
        "now": answers.goes_on_as(db, national_id) or national_id,
        "state": "open" if answer is None else answer["state"],
        "outcome": None if answer is None else answer | {"at": instant(answer["at"])},
    }
