"""What a connector remembers: its own topics, folded into rows of SQLite. Losable, rebuilt from Kafka.

The identity of a connector is its topic, so nothing is written here that Kafka did not hold first: the tail
of the own topics is the only way in for records and rejections. What stands in a row is the last version in
the log; `revision` never goes back. Notes beside it (looks, marks of sources, removals that wait) may be lost
at the price of one more full look. Flat in the number of rows: nothing but 256 sums a kind is kept in memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from connectors.absence import Missing
from schemas.digest import MODULUS, bucket_hash, bucket_of

VERSION: Final = "2"
CHUNK: Final = 500
NAMED: Final = 50
OURS_STOOD: Final = 1
NOTHING_STOOD: Final = 2
_TABLES = """
CREATE TABLE IF NOT EXISTS record (kind TEXT, source_id TEXT, revision INTEGER NOT NULL, digest BLOB,
    first_seen INTEGER NOT NULL, repair INTEGER NOT NULL, PRIMARY KEY (kind, source_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rejection (kind TEXT, source_id TEXT, digest BLOB NOT NULL,
    PRIMARY KEY (kind, source_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS missing (kind TEXT, source_id TEXT, snapshot TEXT, held INTEGER NOT NULL,
    approved INTEGER NOT NULL, PRIMARY KEY (kind, source_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bucket (kind TEXT, bucket INTEGER, count INTEGER NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (kind, bucket)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS position (topic TEXT, part INTEGER, next INTEGER NOT NULL,
    PRIMARY KEY (topic, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS before (kind TEXT, source_id TEXT, fingerprint BLOB NOT NULL, unassigned INTEGER NOT NULL,
    digest BLOB NOT NULL, PRIMARY KEY (kind, source_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS seen (source_id TEXT PRIMARY KEY, good INTEGER NOT NULL) WITHOUT ROWID;
"""
HELD, KEPT = 1, 2
"""Of a missing record: held until approved; brought back by a steward, and kept whatever the source lacks."""
_KEPT = "SELECT source_id FROM missing WHERE kind = record.kind AND held = 2 AND approved = 0"
_ABSENT = (
    "FROM record WHERE kind = ? AND digest IS NOT NULL AND source_id NOT IN (SELECT source_id FROM seen)"
)


class Known(NamedTuple):
    """What stands in the log under one id; without a digest it was removed. `repair`: not our last word,
    which was a record (OURS_STOOD) or nothing (NOTHING_STOOD).
    """

    revision: int
    digest: bytes | None
    first_seen: int
    repair: int

    @property
    def nothing(self) -> bool:
        """Whether our last word was that there is nothing."""
        return self.repair == NOTHING_STOOD or (not self.repair and self.digest is None)


class Seen(NamedTuple):
    """One record as it was read from an own topic."""

    revision: int
    digest: bytes | None
    first_seen: int


class Before(NamedTuple):
    """How a row of the source read when it was last translated: its fingerprint, and how many of its tags stood for
    nothing.
    """

    fingerprint: bytes
    unassigned: int


class Memory:
    """The memory of one hub's connector in the file `path`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._db = self._opened()
        self._sums = self._load_sums()
        self._moved: set[tuple[str, int]] = set()

    def _opened(self) -> sqlite3.Connection:
        try:
            return _connect(self.path)
        except sqlite3.DatabaseError:
            for tail in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + tail).unlink(missing_ok=True)
            return _connect(self.path)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def forget(self) -> None:
        """Begin anew; the tail brings everything back."""
        for table in ("record", "rejection", "missing", "bucket", "position", "before", "note"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 (fixed names)
        self._sums.clear()
        self._moved.clear()
        self.note("version", VERSION)
        self.commit()

    def commit(self) -> None:
        """Make everything since the last commit durable at once."""
        rows = [(k, b, *self._stored(k, b)) for k, b in self._moved]
        self._db.executemany("INSERT OR REPLACE INTO bucket VALUES (?, ?, ?, ?)", rows)
        self._moved.clear()
        self._db.commit()

    def _stored(self, kind: str, bucket: int) -> tuple[int, bytes]:
        count, total = self._sums.get((kind, bucket), (0, 0))
        return count, total.to_bytes(16, "big")

    def _load_sums(self) -> dict[tuple[str, int], tuple[int, int]]:
        rows = self._db.execute("SELECT kind, bucket, count, hash FROM bucket")
        return {(kind, bucket): (count, int.from_bytes(total, "big")) for kind, bucket, count, total in rows}

    def known(self, kind: str, source_ids: Sequence[str]) -> dict[str, Known]:
        """What stands under these ids."""
        found: dict[str, Known] = {}
        for ids in _chunks(source_ids):
            rows = self._db.execute(
                "SELECT source_id, revision, digest, first_seen, repair FROM record"  # noqa: S608 (marks)
                f" WHERE kind = ? AND source_id IN ({_marks(ids)})",
                (kind, *ids),
            )
            found |= {row[0]: Known(*row[1:]) for row in rows}
        return found

    def before(self, kind: str, source_ids: Sequence[str]) -> dict[str, Before]:
        """How these rows read before, where what came of them stands in the log as our own and nothing is rejected."""
        found: dict[str, Before] = {}
        for ids in _chunks(source_ids):
            rows = self._db.execute(
                "SELECT source_id, fingerprint, unassigned FROM before JOIN record USING (kind, source_id)"  # noqa: S608
                f" WHERE kind = ? AND source_id IN ({_marks(ids)})"
                " AND record.digest = before.digest AND record.repair = 0 AND NOT EXISTS"
                " (SELECT 1 FROM rejection r WHERE r.kind = before.kind AND r.source_id = before.source_id)",
                (kind, *ids),
            )
            found |= {source_id: Before(*rest) for source_id, *rest in rows}
        return found

    def remember(self, kind: str, rows: Iterable[tuple[str, Before, bytes]]) -> None:
        """Note how rows read, and the digest of what they said."""
        self._db.executemany(
            "INSERT OR REPLACE INTO before VALUES (?, ?, ?, ?, ?)",
            [(kind, source_id, *before, digest) for source_id, before, digest in rows],
        )

    def apply(self, kind: str, source_id: str, seen: Seen, foreign: bool) -> bool:
        """Fold one record of the log in; returns whether it must be repaired."""
        old = self.known(kind, [source_id]).get(source_id)
        standing = old.digest if old else None
        if old and not foreign and (seen.revision, seen.digest) == (old.revision, standing):
            return bool(old.repair)
        repair = 0
        if foreign or (old is not None and seen.revision <= old.revision):
            nothing = old is None or old.nothing
            repair = (NOTHING_STOOD if seen.digest is not None else 0) if nothing else OURS_STOOD
        revision = max(seen.revision, old.revision if old else 0)
        first_seen = old.first_seen if old else seen.first_seen
        row = (kind, source_id, revision, seen.digest, first_seen, repair)
        self._db.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?)", row)
        if standing is not None:
            self._move(kind, source_id, standing, -1)
        if seen.digest is not None:
            self._move(kind, source_id, seen.digest, 1)
        else:
            self.found_again(kind, [source_id])
            self._db.execute("DELETE FROM before WHERE kind = ? AND source_id = ?", (kind, source_id))
        return bool(repair)

    def _move(self, kind: str, source_id: str, digest: bytes, sign: int) -> None:
        place = (kind, bucket_of(kind, source_id))
        count, total = self._sums.get(place, (0, 0))
        self._sums[place] = (count + sign, (total + sign * bucket_hash(kind, source_id, digest)) % MODULUS)
        self._moved.add(place)

    def buckets(self) -> list[tuple[str, int, int, bytes]]:
        """Kind, bucket, count and hash of every bucket with records."""
        return [
            (kind, bucket, count, total.to_bytes(16, "big"))
            for (kind, bucket), (count, total) in sorted(self._sums.items())
            if count
        ]

    def live(self, kind: str) -> int:
        """Number of records of a kind that stand in the log."""
        return sum(count for (of, _), (count, _) in self._sums.items() if of == kind)

    def wants_all(self, kind: str) -> bool:
        """Whether the next look must read everything: repairs, approved removals, or unanswered questions."""
        repair = "SELECT 1 FROM record WHERE kind = ? AND repair > 0 LIMIT 1"
        asked = "approved = 1 OR (held = 0 AND snapshot IS NULL)"
        missing = f"SELECT 1 FROM missing WHERE kind = ? AND ({asked}) LIMIT 1"  # noqa: S608 (fixed text)
        return any(self._db.execute(query, (kind,)).fetchone() is not None for query in (repair, missing))

    def phantoms(self, kind: str) -> list[str]:
        """Some records that this look did not show and under whose id we never left anything."""
        rows = self._db.execute(
            f"SELECT source_id {_ABSENT} AND repair = {NOTHING_STOOD} LIMIT {CHUNK}",
            (kind,),
        )
        return [source_id for (source_id,) in rows]

    def start_look(self) -> None:
        """Forget which rows the last look showed."""
        self._db.execute("DELETE FROM seen")

    def saw(self, rows: Iterable[tuple[str, bool]]) -> None:
        """Note rows of this look by id, and whether they could be used."""
        self._db.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", rows)

    def count_absent(self, kind: str) -> tuple[int, int]:
        """Live records that this look did not show: not approved for removal, approved."""
        fresh = f"SELECT COUNT(*) {_ABSENT} AND source_id NOT IN ({_KEPT})"
        absent: int = self._db.execute(fresh, (kind,)).fetchone()[0]
        approved: int = self._db.execute(
            f"SELECT COUNT(*) {_ABSENT} AND source_id IN"  # noqa: S608 (fixed text)
            " (SELECT source_id FROM missing WHERE kind = record.kind AND approved = 1)",
            (kind,),
        ).fetchone()[0]
        return absent - approved, approved

    def absent(self, kind: str, approved_only: bool, after: str) -> list[Missing]:
        """Up to `CHUNK` live records that this look did not show, in order of id."""
        rows = self._db.execute(
            "SELECT a.source_id, COALESCE(m.approved, 0), m.snapshot FROM"  # noqa: S608 (fixed text)
            f" (SELECT kind, source_id {_ABSENT} AND source_id > ?) a"
            " LEFT JOIN missing m ON m.kind = a.kind AND m.source_id = a.source_id"
            " WHERE (? = 0 AND COALESCE(m.held, 0) != 2) OR m.approved = 1 ORDER BY a.source_id LIMIT ?",
            (kind, after, int(approved_only), CHUNK),
        )
        return [Missing(source_id, bool(approved), snapshot) for source_id, approved, snapshot in rows]

    def hold(self, kind: str) -> None:
        """Hold every absent record until approved."""
        self._db.execute(
            f"INSERT INTO missing SELECT kind, source_id, NULL, 1, 0 {_ABSENT}"
            " ON CONFLICT DO UPDATE SET held = MAX(missing.held, 1)",
            (kind,),
        )

    def wait(self, kind: str, source_ids: Sequence[str], snapshot: str | None) -> None:
        """Note records that are missing, and the version of the list that lacked them first."""
        self._db.executemany(
            "INSERT INTO missing VALUES (?, ?, ?, 0, 0) ON CONFLICT DO UPDATE"
            " SET held = 0, snapshot = COALESCE(snapshot, excluded.snapshot)",
            [(kind, source_id, snapshot) for source_id in source_ids],
        )

    def found_again(self, kind: str, source_ids: Sequence[str]) -> None:
        """These are missing no longer."""
        self._db.executemany(
            "DELETE FROM missing WHERE kind = ? AND source_id = ?", [(kind, one) for one in source_ids]
        )

    def all_found_again(self, kind: str) -> None:
        """Whatever this look showed is missing no longer."""
        self._db.execute(
            "DELETE FROM missing WHERE kind = ? AND source_id IN (SELECT source_id FROM seen)", (kind,)
        )

    def held(self, kind: str) -> int:
        """Number of removals that are held."""
        found: int = self._db.execute(
            "SELECT COUNT(*) FROM missing WHERE kind = ? AND held > 0 AND approved = 0", (kind,)
        ).fetchone()[0]
        return found

    def held_ids(self, kind: str) -> list[str]:
        """Which removals are held: the first of them, as many as a life sign names."""
        query = "SELECT source_id FROM missing WHERE kind = ? AND held > 0 AND approved = 0 ORDER BY source_id LIMIT ?"
        return [found for (found,) in self._db.execute(query, (kind, NAMED))]

    def approve(self, kind: str, source_ids: Sequence[str] = ()) -> int:
        """Approve what is missing of a kind now, or only these ids; returns how many."""
        if source_ids:
            pairs = [(kind, one) for one in source_ids]
            done = self._db.executemany(
                "UPDATE missing SET approved = 1 WHERE kind = ? AND source_id = ?", pairs
            )
        else:
            done = self._db.execute("UPDATE missing SET approved = 1 WHERE kind = ?", (kind,))
        return done.rowcount

    def undo(self, kind: str, source_ids: Sequence[str] = ()) -> int:
        """Take approvals back that were not carried out yet; returns how many. What was approved is held again."""
        query = "UPDATE missing SET approved = 0, held = MAX(held, 1) WHERE kind = ? AND approved = 1"
        if not source_ids:
            return self._db.execute(query, (kind,)).rowcount
        return self._db.executemany(
            f"{query} AND source_id = ?", [(kind, one) for one in source_ids]
        ).rowcount

    def keep(self, kind: str, source_ids: Sequence[str]) -> None:
        """Keep records that a steward brought back, until the source shows them or their removal is approved."""
        self._db.executemany(
            "INSERT OR REPLACE INTO missing VALUES (?, ?, NULL, ?, 0)",
            [(kind, one, KEPT) for one in source_ids],
        )

    def unseen(self, source_ids: Iterable[str]) -> list[str]:
        """Those of these ids that this look did not show."""
        query = "SELECT 1 FROM seen WHERE source_id = ?"
        return [one for one in source_ids if self._db.execute(query, (one,)).fetchone() is None]

    def approved(self, kind: str) -> bool:
        """Whether approved removals wait to be done."""
        found = self._db.execute("SELECT 1 FROM missing WHERE kind = ? AND approved = 1 LIMIT 1", (kind,))
        return found.fetchone() is not None

    def rejections(self, kind: str, source_ids: Sequence[str]) -> dict[str, bytes]:
        """Digests of the rejections that stand under these ids."""
        found: dict[str, bytes] = {}
        for ids in _chunks(source_ids):
            rows = self._db.execute(
                "SELECT source_id, digest FROM rejection"  # noqa: S608 (marks)
                f" WHERE kind = ? AND source_id IN ({_marks(ids)})",
                (kind, *ids),
            )
            found |= dict(rows)
        return found

    def mended(self, kind: str) -> list[str]:
        """Some rejections whose row this look did not find faulty."""
        rows = self._db.execute(
            "SELECT source_id FROM rejection WHERE kind = ? AND source_id NOT IN"
            " (SELECT source_id FROM seen WHERE good = 0) LIMIT ?",
            (kind, CHUNK),
        )
        return [source_id for (source_id,) in rows]

    def count_rejections(self, kind: str) -> int:
        """Number of rows that stand in rejected."""
        query = "SELECT COUNT(*) FROM rejection WHERE kind = ?"
        found: int = self._db.execute(query, (kind,)).fetchone()[0]
        return found

    def apply_rejection(self, kind: str, source_id: str, digest: bytes | None) -> None:
        """Fold one record of the own rejected topic in; without a digest it was taken back."""
        self._db.execute("DELETE FROM rejection WHERE kind = ? AND source_id = ?", (kind, source_id))
        if digest is not None:
            self._db.execute("INSERT INTO rejection VALUES (?, ?, ?)", (kind, source_id, digest))

    def position(self, topic: str, partition: int) -> int | None:
        """Offset of the next record to fold in."""
        query = "SELECT next FROM position WHERE topic = ? AND part = ?"
        row = self._db.execute(query, (topic, partition)).fetchone()
        return None if row is None else int(row[0])

    def moved_to(self, topic: str, partition: int, offset: int) -> None:
        """Everything before `offset` is folded in."""
        self._db.execute("INSERT OR REPLACE INTO position VALUES (?, ?, ?)", (topic, partition, offset))

    def note(self, name: str, value: str | None) -> None:
        """Write a note down, or strike it."""
        if value is None:
            self._db.execute("DELETE FROM note WHERE name = ?", (name,))
        else:
            self._db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def noted(self, name: str) -> str | None:
        """A note."""
        row = self._db.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        known = db.execute("PRAGMA user_version").fetchone()[0]
        if known not in (0, int(VERSION)):
            raise sqlite3.DatabaseError(f"the memory is of another form: {known}")
        db.executescript(_TABLES)
        db.execute(f"PRAGMA user_version = {VERSION}")
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    yield from (ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK))


def _marks(ids: Sequence[str]) -> str:
    return ",".join("?" * len(ids))
