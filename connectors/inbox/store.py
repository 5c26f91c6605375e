"""What lies in the inbox of a hub: named objects and uploads that wait, in SQLite that is written through to the disk.

The one thing on a worker's disk that Kafka does not hold yet, so it is backed up. Door and connector both open it.
What an event said of an object is not kept, only that it was named: no personal data lies here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

from connectors.inbox.hubspot import Named

MOST: Final = 200_000
"""Objects that may wait; beyond, the sender is asked to come again."""
FILE: Final = "file:"
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS arrival (number INTEGER PRIMARY KEY AUTOINCREMENT, object TEXT NOT NULL, id TEXT NOT NULL,
    erased INTEGER NOT NULL, at INTEGER NOT NULL, UNIQUE (object, id));
CREATE TABLE IF NOT EXISTS upload (id TEXT PRIMARY KEY, kind TEXT NOT NULL, digest TEXT NOT NULL, stood TEXT,
    state TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
"""


class Arrival(NamedTuple):
    """A named object; `number` grows with every naming, `at_ms` is the first since it was last dealt with."""

    number: int
    id: str
    erased: bool
    at_ms: int


class Upload(NamedTuple):
    """A file that waits: its digest, that of what stood in its place when it was shown, and what became of it:
    staged, published, superseded or gone.
    """

    id: str
    kind: str
    digest: str
    stood: str | None
    state: str
    until_ms: int


class Inbox:
    """The inbox in the file `path`. Raises `sqlite3.Error` when it cannot be read or written."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=4.0, isolation_level=None)
        self._lock = Lock()
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_TABLES)
        except sqlite3.Error:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _together(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # the first fault is the one to tell
                    self._db.execute("ROLLBACK")
                raise

    def put(self, found: Iterable[Named], now_ms: int) -> bool:
        """Keep what was named, once each and safe on the disk; False when the inbox is full."""
        with self._together() as db:
            if self._count(db) >= MOST:
                return False
            _named(db, found, now_ms)
        return True

    def waiting(self, kind: str) -> dict[str, Arrival]:
        """What waits of an object type, by id."""
        with self._lock:
            rows = self._db.execute("SELECT number, id, erased, at FROM arrival WHERE object = ?", (kind,))
            return {row[1]: Arrival(row[0], row[1], bool(row[2]), row[3]) for row in rows}

    def done(self, kind: str, arrivals: Iterable[Arrival]) -> None:
        """These were dealt with; one that was named again since then stays."""
        with self._together() as db:
            db.executemany(
                "DELETE FROM arrival WHERE object = ? AND id = ? AND number <= ?",
                [(kind, one.id, one.number) for one in arrivals],
            )

    def forget_others(self, kinds: Iterable[str]) -> int:
        """Drop what waits of object types that are not read; returns how many."""
        kept = list(kinds)
        with self._together() as db:
            return db.execute(
                f"DELETE FROM arrival WHERE object NOT IN ({','.join('?' * len(kept))})",  # noqa: S608 (marks)
                kept,
            ).rowcount

    def state(self) -> tuple[int, int | None, int]:
        """How many wait, since when the longest, and the number of the latest naming among them."""
        query = "SELECT COUNT(*), MIN(at), COALESCE(MAX(number), 0) FROM arrival"
        with self._lock:
            count, oldest, last = self._db.execute(query).fetchone()
        return int(count), oldest, int(last)

    def stage(self, upload: Upload) -> list[str]:
        """Keep a new upload; returns the ids of those of its kind that it supersedes."""
        with self._together() as db:
            rows = db.execute("SELECT id FROM upload WHERE kind = ? AND state = 'staged'", (upload.kind,))
            earlier = [str(row[0]) for row in rows]
            db.executemany("UPDATE upload SET state = 'superseded' WHERE id = ?", [(one,) for one in earlier])
            db.execute("INSERT INTO upload VALUES (?, ?, ?, ?, ?, ?)", upload)
        return earlier

    def upload(self, kind: str, upload_id: str) -> Upload | None:
        """An upload, in whatever state."""
        with self._lock:
            query = "SELECT * FROM upload WHERE kind = ? AND id = ?"
            row = self._db.execute(query, (kind, upload_id)).fetchone()
        return Upload(*row) if row else None

    def uploads(self) -> dict[str, Upload]:
        """Every upload by id."""
        with self._lock:
            return {row[0]: Upload(*row) for row in self._db.execute("SELECT * FROM upload")}

    def set_aside(self, upload_id: str) -> None:
        """An upload was thrown away, or is too old."""
        with self._together() as db:
            db.execute("UPDATE upload SET state = 'gone' WHERE id = ?", (upload_id,))

    def published(self, upload: Upload, now_ms: int) -> None:
        """An upload lies where the connector reads; the connector is to look."""
        with self._together() as db:
            db.execute("UPDATE upload SET state = 'published' WHERE id = ?", (upload.id,))
            _named(db, [Named(FILE + upload.kind, "")], now_ms)

    def prune(self, before_ms: int) -> None:
        """Forget uploads that ended long ago."""
        with self._together() as db:
            db.execute("DELETE FROM upload WHERE state != 'staged' AND until < ?", (before_ms,))

    @staticmethod
    def _count(db: sqlite3.Connection) -> int:
        return int(db.execute("SELECT COUNT(*) FROM arrival").fetchone()[0])


def _named(db: sqlite3.Connection, found: Iterable[Named], now_ms: int) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO arrival (object, id, erased, at) VALUES (?1, ?2,"
        " MAX(?3, COALESCE((SELECT erased FROM arrival WHERE object = ?1 AND id = ?2), 0)),"
        " COALESCE((SELECT at FROM arrival WHERE object = ?1 AND id = ?2), ?4))",
        [(one.object, one.id, int(one.erased), now_ms) for one in found],
    )
