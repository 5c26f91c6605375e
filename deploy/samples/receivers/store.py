"""What the sample receivers got, kept in a file so that it survives a restart."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Any

KEPT = 5_000
_TABLE = """
CREATE TABLE IF NOT EXISTS received (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, channel TEXT NOT NULL, id TEXT NOT NULL,
  receiver TEXT NOT NULL, answer TEXT NOT NULL, accepted INTEGER NOT NULL, content TEXT NOT NULL)
"""


class Store:
    """Every arrival in order, also refused ones and second copies."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(_TABLE)
        self._db.commit()

    def add(self, arrival: dict[str, Any]) -> None:
        """Keep one arrival; the oldest beyond a limit go."""
        values = {**arrival, "content": json.dumps(arrival["content"], ensure_ascii=False)}
        with self._lock:
            self._db.execute(
                "INSERT INTO received (at, channel, id, receiver, answer, accepted, content)"
                " VALUES (:at, :channel, :id, :receiver, :answer, :accepted, :content)",
                values,
            )
            self._db.execute("DELETE FROM received WHERE seq <= (SELECT max(seq) FROM received) - ?", (KEPT,))
            self._db.commit()

    def since(self, seq: int = 0, limit: int = 1_000) -> list[dict[str, Any]]:
        """The first arrivals after a number, oldest first: who asks on after the last of them misses none."""
        query = "SELECT * FROM received WHERE seq > ? ORDER BY seq LIMIT ?"
        with self._lock, closing(self._db.cursor()) as cursor:
            cursor.execute(query, (seq, limit))
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return [
            {**row, "accepted": bool(row["accepted"]), "content": json.loads(row["content"])} for row in rows
        ]

    def close(self) -> None:
        """Close the file."""
        self._db.close()
