"""What can be asked of the view: lists, one record, what was rejected, what changed. Reads SQLite only."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from schemas.errors import Reject
from streams.view import cursors, facets, search
from streams.view.rows import hubs_of, instant

SAMPLE_MARK = "voorbeelddata"
PAGE_MAX = 500
PREVIEW = 400
SORTS: Final[Mapping[str, str]] = {
    "title": "lower(title)",
    "start": "coalesce(first_day, '')",
    "end": "coalesce(last_day, '')",
    "updated": "at",
}
"""By what a list can be sorted, in SQL."""
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_MAIL = re.compile(r"[^\s@<>\"',;]{1,64}@[^\s@<>\"',;]{1,255}")


@dataclass(frozen=True)
class Query:
    """What a list is asked for; empty means everything."""

    hub: str = ""
    area: str = ""
    dimension: str = ""
    q: str = ""
    status: str = ""
    since: str = ""
    until: str = ""
    cursor: str = ""
    limit: int = 50
    facets: tuple[tuple[str, str], ...] = ()
    """What the overview counts by: names and values, all of which hold."""
    updated: int | None = None
    """Epoch milliseconds: only what changed in the view then or later."""
    sort: str = ""
    """One of `SORTS`, with a minus for the other way around; empty: events by their start, others by title."""
    at: int | None = None
    """Epoch milliseconds of the moment that is asked for; None for now. Such lists are `streams.view.past`'s."""

    @property
    def cell(self) -> str:
        """The facets as the parameter `cell` says them."""
        return ",".join(f"{name}:{value}" for name, value in self.facets)


def conditions(kind: str, query: Query) -> tuple[list[str], list[Any]]:
    """What holds of the rows of a list by their own columns, whether they are of now or of the past."""
    where, values = ["kind = ?", "redirect IS NULL"], list[Any]([kind])
    for column, wanted in (("hubs", query.hub), ("areas", query.area), ("dimensions", query.dimension)):
        if wanted:
            where.append(f"instr({column}, ?)")
            values.append(f"|{wanted}|")
    asked = (
        ("status = ?", query.status),
        ("coalesce(last_day, first_day) >= ?", query.since[:10]),
        ("first_day <= ?", query.until[:10]),
        ("at >= ?", query.updated),
    )
    for condition, value in asked:
        if value not in ("", None):
            where.append(condition)
            values.append(value)
    return where, values


def _standing(db: sqlite3.Connection, kind: str, query: Query) -> tuple[str, list[Any]]:
    where, values = conditions(kind, query)
    found = [facets.condition(db, query.facets)] if query.facets else []
    found += [search.condition(query.q)] if query.q.strip() else []
    for condition, named in found:
        where.append(condition)
        values += named
    return f"FROM national WHERE {' AND '.join(where)}", values


def listed(db: sqlite3.Connection, kind: str, query: Query) -> dict[str, Any]:
    """One page of a list: items, how many there are in all, and the cursor of the next page."""
    return paged(db, *_standing(db, kind, query), query)


def paged(db: sqlite3.Connection, standing: str, values: list[Any], query: Query) -> dict[str, Any]:
    """A page of the rows that stand, sorted as it is asked for. Raises `Reject` for a cursor of another list."""
    total = db.execute(f"SELECT count(*) {standing}", values).fetchone()[0]
    column, after = _column(query), list[Any]()
    if query.cursor:
        standing += f" AND ({column}, id) {'<' if query.sort.startswith('-') else '>'} (?, ?)"
        after = _opened(query)
    limit = max(1, min(query.limit, PAGE_MAX))
    sql = f"SELECT *, {column} AS place {standing} ORDER BY {order(query)} LIMIT ?"
    rows = db.execute(sql, [*values, *after, limit + 1]).fetchall()
    page = rows[:limit]
    following = _closed(query, page[-1]) if len(rows) > limit else None
    return {"items": [item(row) for row in page], "total": total, "next": following}


def related(db: sqlite3.Connection, query: Query) -> tuple[list[dict[str, Any]], int]:
    """The first projects that a query finds, running ones first, then by what changed last; and how many there are."""
    sql, values = _standing(db, "project", query)
    total = db.execute(f"SELECT count(*) {sql}", values).fetchone()[0]
    order = "ORDER BY status = 'running' DESC, sequence DESC, id LIMIT ?"
    rows = db.execute(f"SELECT * {sql} {order}", [*values, query.limit]).fetchall()
    return [item(row) for row in rows], total


def every(db: sqlite3.Connection, kind: str, query: Query) -> Iterator[dict[str, Any]]:
    """All items that a query finds, in the order of the list; read as they are taken."""
    standing, values = _standing(db, kind, query)
    return (item(row) for row in db.execute(f"SELECT * {standing} ORDER BY {order(query)}", values))


def _column(query: Query) -> str:
    return SORTS[query.sort.removeprefix("-")] if query.sort else "sort"


def order(query: Query) -> str:
    """How a list is sorted, in SQL."""
    down = " DESC" if query.sort.startswith("-") else ""
    return f"{_column(query)}{down}, id{down}"


def _closed(query: Query, row: sqlite3.Row) -> str:
    return cursors.closed((f"{query.sort}:{row['place']}", row["id"]))


def _opened(query: Query) -> list[Any]:
    first, last = cursors.opened(query.cursor)
    sort, colon, place = first.partition(":")
    number = query.sort.removeprefix("-") == "updated"
    if sort != query.sort or not colon or (number and not _NUMBER.fullmatch(place)):
        raise Reject(
            "The cursor is not one this list gave", field="cursor", fix="Begin again without cursor."
        )
    return [int(place) if number else place, last]


def item(row: sqlite3.Row) -> dict[str, Any]:
    """One national record as an answer: golden fields, who says so, and the mark of invented data."""
    record = orjson.loads(row["json"])
    return {
        "id": row["id"],
        "kind": row["kind"],
        "title": row["title"],
        "href": f"/api/v1/{row['kind']}s/{row['id']}",
        "sample": bool(row["sample"]),
        "mark": SAMPLE_MARK if row["sample"] else None,
        "hubs": hubs_of(row["hubs"]),
        "fields": record["content"],
        "organisations": record["organisations"],
        "origins": record["origins"],
        "contributions": record["contributions"],
        "same_as": record["same_as"],
        "sequence": row["sequence"],
        "cause": row["cause"],
        "first_changed_at": record["first_changed_at"],
        "last_changed_at": record["last_changed_at"],
    }


def one(db: sqlite3.Connection, kind: str, national_id: str) -> sqlite3.Row | None:
    """One row of a kind, redirected or not."""
    found = db.execute("SELECT * FROM national WHERE id = ? AND kind = ?", (national_id, kind)).fetchone()
    return found if isinstance(found, sqlite3.Row) else None


def goes_on_as(db: sqlite3.Connection, national_id: str) -> str | None:
    """The id under which a merged record is found now, over as many merges as there were."""
    seen = {national_id}
    at = national_id
    while True:
        row = db.execute(
            "SELECT coalesce((SELECT redirect FROM national WHERE id = ?), (SELECT target FROM redirect"
            " WHERE id = ?))",
            (at, at),
        ).fetchone()
        if row[0] is None or row[0] in seen:
            return at if at != national_id else None
        at = str(row[0])
        seen.add(at)


def completeness(db: sqlite3.Connection, hubs: tuple[str, ...]) -> dict[str, Any]:
    """Per hub how complete the answers of this view are."""
    known = {
        row["hub"]: orjson.loads(row["json"]) for row in db.execute("SELECT hub, json FROM completeness")
    }
    return {hub: _shown(known.get(hub)) for hub in hubs}


def _shown(verdict: dict[str, Any] | None) -> dict[str, Any]:
    if verdict is None:
        return {"state": "unknown", "proven_up_to": None, "reason": "no look of this hub has been seen yet"}
    return verdict | {"proven_up_to": instant(verdict["proven_up_to"])}


def rejections(
    db: sqlite3.Connection, hub: str = "", stage: str = "", limit: int = 200
) -> list[dict[str, Any]]:
    """What stands in rejected, newest first."""
    rows = db.execute(
        "SELECT * FROM rejected WHERE (? = '' OR hub = ?) AND (? = '' OR stage = ?) ORDER BY at DESC LIMIT ?",
        (hub, hub, stage, stage, min(limit, PAGE_MAX)),
    )
    return [rejection(row) for row in rows]


def rejection(row: sqlite3.Row) -> dict[str, Any]:
    """One rejected record: what is wrong, where, how to mend it, and the beginning of its bytes, masked."""
    original: bytes = row["original"] or b""
    text = original[:PREVIEW].decode("utf-8", "replace")
    readable = "".join(sign if sign.isprintable() or sign in "\n\t" else "·" for sign in text)
    said = orjson.loads(row["json"])
    shown = {
        name: _MAIL.sub("***", value) if isinstance(value, str) else value for name, value in said.items()
    }
    return {
        "id": f"{row['hub']}|{row['key']}",
        **shown,
        "original_bytes": len(original),
        "original": _MAIL.sub("***", readable),
    }


def rejection_of(db: sqlite3.Connection, rejected_id: str) -> dict[str, Any] | None:
    """The rejected record with this id (hub|stage|kind|source id)."""
    hub, _, key = rejected_id.partition("|")
    row = db.execute("SELECT * FROM rejected WHERE hub = ? AND key = ?", (hub, key)).fetchone()
    return None if row is None else rejection(row)


def unreadable(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Records the view itself could not read."""
    rows = db.execute("SELECT topic, part AS partition, offset, key, cause, at FROM hostile ORDER BY at DESC")
    return [dict(row) | {"at": instant(row["at"])} for row in rows]


def changes(db: sqlite3.Connection, after: int, limit: int = 100) -> list[dict[str, Any]]:
    """Changes after a number, oldest first, each with its place in the national topic of its kind."""
    rows = db.execute("SELECT * FROM change WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [_change(row) | {"part": row["part"], "offset": row["offset"]} for row in rows]


def latest(db: sqlite3.Connection, limit: int = 20, query: Query = Query()) -> list[dict[str, Any]]:
    """The latest changes of records, newest first; of the hub and the working area that are asked for."""
    where, values = ["kind != 'hub'"], list[Any]()
    if query.hub:
        where.append("instr(hubs, ?)")
        values.append(f"|{query.hub}|")
    if query.area:
        where.append("id IN (SELECT id FROM national WHERE instr(areas, ?))")
        values.append(f"|{query.area}|")
    sql = f"SELECT * FROM change WHERE {' AND '.join(where)} ORDER BY seq DESC LIMIT ?"  # noqa: S608
    return [_change(row) for row in db.execute(sql, (*values, limit))]


def last_change(db: sqlite3.Connection) -> int:
    """Number of the last change."""
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM change").fetchone()[0])


def _change(row: sqlite3.Row) -> dict[str, Any]:
    names = ("seq", "kind", "id", "title", "what")
    shown = {name: row[name] for name in names}
    return shown | {"at": instant(row["at"]), "sample": bool(row["sample"]), "hubs": hubs_of(row["hubs"])}
