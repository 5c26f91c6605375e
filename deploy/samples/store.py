"""What the stand-in sources hold now: one SQLite file, so that a second start goes on where it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, Literal, NamedTuple

import orjson

from deploy.samples.world import Item

State = Literal["live", "trash", "draft"]
_TABLES = """
CREATE TABLE IF NOT EXISTS item (
    kind TEXT, id TEXT, number INT, sort TEXT, state TEXT, modified INT, body BLOB, PRIMARY KEY (kind, id));
CREATE INDEX IF NOT EXISTS listed ON item (kind, state, sort, number);
CREATE INDEX IF NOT EXISTS numbered ON item (kind, state, number);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT);
"""


class Stored(NamedTuple):
    """An item with when it was last changed (milliseconds) and whether it is published."""

    source_id: str
    body: dict[str, Any]
    modified: int
    state: str


class Store:
    """The items by kind; safe for several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_TABLES)
        self.version = int(self.fact("version", "0"))

    def fact(self, name: str, default: str) -> str:
        """A remembered fact."""
        with self.lock:
            found = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else default

    def remember(self, name: str, value: str) -> None:
        """Keep a fact for the next start."""
        with self.lock:
            self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))

    @contextmanager
    def together(self) -> Iterator[None]:
        """Several changes as one."""
        with self.lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("COMMIT")

    def fill(self, items: Iterable[Item], now: int) -> int:
        """Put many items at once; returns how many."""
        count = 0
        with self.together():
            for item in items:
                self._put(item.kind, item.source_id, item.body, now)
                count += 1
            self._counted()
        return count

    def put(self, kind: str, source_id: str, body: dict[str, Any], now: int) -> None:
        """Make or change an item; it is published."""
        with self.together():
            self._put(kind, source_id, body, now)
            self._counted()

    def mark(self, kind: str, source_id: str, state: State, now: int) -> bool:
        """Delete, unpublish or bring back; False when there is no such item."""
        with self.together():
            changed = self._db.execute(
                "UPDATE item SET state = ?, modified = max(modified + 1000, ?) WHERE kind = ? AND id = ?",
                (state, now, kind, source_id),
            ).rowcount
            self._counted()
        return changed > 0

    def get(self, kind: str, source_id: str) -> Stored | None:
        """One item in whatever state."""
        with self.lock:
            found = self._db.execute(
                "SELECT id, body, modified, state FROM item WHERE kind = ? AND id = ?", (kind, source_id)
            ).fetchone()
        return _stored(found) if found else None

    def count(self, kind: str, first: str = "", last: str = "~") -> int:
        """How many are published, between two sort values."""
        with self.lock:
            found = self._db.execute(
                "SELECT count(*) FROM item WHERE kind = ? AND state = 'live' AND sort BETWEEN ? AND ?",
                (kind, first, last),
            ).fetchone()
        return int(found[0])

    def page(self, kind: str, offset: int, limit: int, first: str = "", last: str = "~") -> list[Stored]:
        """Published items in the order of their list."""
        with self.lock:
            found = self._db.execute(
                "SELECT id, body, modified, state FROM item WHERE kind = ? AND state = 'live'"
                " AND sort BETWEEN ? AND ? ORDER BY sort, number, id LIMIT ? OFFSET ?",
                (kind, first, last, limit, offset),
            ).fetchall()
        return [_stored(row) for row in found]

    def every(self, kind: str) -> Iterator[Stored]:
        """All published items, a page at a time."""
        offset = 0
        while page := self.page(kind, offset, 1000):
            yield from page
            offset += len(page)

    def all(self, kind: str) -> list[Stored]:
        """All items in whatever state, in the order of their list."""
        with self.lock:
            found = self._db.execute(
                "SELECT id, body, modified, state FROM item WHERE kind = ? ORDER BY sort, number, id", (kind,)
            ).fetchall()
        return [_stored(row) for row in found]

    def near(self, kind: str, index: int) -> Stored | None:
        """The published item whose number follows `index`, counted round: a pick that costs one look-up."""
        number = index % self.next_number(kind)
        query = (
            "SELECT id, body, modified, state FROM item WHERE kind = ? AND state = 'live' AND number >= ?"
            " ORDER BY number LIMIT 1"
        )
        with self.lock:
            found = self._db.execute(query, (kind, number)).fetchone()
            found = found or self._db.execute(query, (kind, 0)).fetchone()
        return _stored(found) if found else None

    def next_number(self, kind: str, below: int = 10_000_000) -> int:
        """A number for a new item."""
        with self.lock:
            found = self._db.execute(
                "SELECT max(number) FROM item WHERE kind = ? AND number < ?", (kind, below)
            ).fetchone()
        return int(found[0] or 0) + 1

    def clear(self) -> None:
        """Forget all items."""
        with self.lock:
            self._db.execute("DELETE FROM item")
            self._counted()

    def close(self) -> None:
        self._db.close()

    def _put(self, kind: str, source_id: str, body: dict[str, Any], now: int) -> None:
        digits = "".join(letter for letter in source_id if letter.isdigit())
        number = int(digits or 0)
        sort = str(body["start"]) if kind == "event" else f"{number:012}"
        self._db.execute(
            "INSERT INTO item VALUES (?1, ?2, ?3, ?4, 'live', ?5, ?6) ON CONFLICT DO UPDATE SET"
            " sort = ?4, state = 'live', modified = max(modified + 1000, ?5), body = ?6",
            (kind, source_id, number, sort, now, orjson.dumps(body)),
        )

    def _counted(self) -> None:
        self.version += 1
        self._db.execute("INSERT OR REPLACE INTO fact VALUES ('version', ?)", (str(self.version),))


def _stored(row: tuple[str, bytes, int, str]) -> Stored:
    return Stored(row[0], orjson.loads(row[1]), row[2], row[3])
