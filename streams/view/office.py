"""What the national office brings in, as the view keeps it: decisions, and rows of the lists that it keeps."""

from __future__ import annotations

import sqlite3
from typing import Any

import orjson

from schemas.reference.kept import KEPT, columns
from schemas.topics import DECISION, OUTCOME
from streams.view import decisions, objections
from streams.view.incoming import Read
from streams.view.kept import kept
from streams.view.rows import instant


def office(db: sqlite3.Connection, one: Read) -> None:
    """Remember a record of the office."""
    if one.topic == DECISION:
        decisions.decision(db, one)
        return
    if one.topic == OUTCOME:
        objections.outcome(db, one)
        return
    name, _, rest = one.key.partition("|")
    row, _, version = rest.rpartition("|")
    db.execute("DELETE FROM office_row WHERE list = ? AND row = ? AND version = ?", (name, row, version))
    if one.value is not None:
        text = orjson.dumps(one.value).decode()
        db.execute("INSERT INTO office_row VALUES (?,?,?,?)", (name, row, one.value["version"], text))


def summaries(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """The lists, with how many rows each has and how many of them the office changed."""
    now = kept(db)
    return [
        {
            "list": name,
            "columns": columns(name),
            "rows": len(now.rows(name)),
            "changed": sum(row is not None and row["state"] != "released" for row in now.said(name).values()),
            "href": f"/api/v1/lists/{name}",
        }
        for name in KEPT
    ]


def shown(db: sqlite3.Connection, name: str) -> list[dict[str, Any]]:
    """A list: each row with its versions by the office, newest first; none: as the release has it."""
    now = kept(db)
    key = columns(name)[0]
    rows = {row[key]: row for row in now.rows(name)}
    return [
        {
            "row": row,
            "fields": rows.get(row),
            "versions": [_version(one) for one in reversed(now.versions(name, row))],
        }
        for row in (*rows, *sorted(set(now.said(name)) - set(rows)))
    ]


def _version(one: Any) -> dict[str, Any]:
    fields = {each["name"]: each["value"] for each in one["fields"]}
    said = {name: one[name] for name in ("version", "state", "reason", "by")}
    return {**said, "at": instant(one["at"]), "fields": fields}
