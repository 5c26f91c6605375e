"""The regional half of the view: every source record, the mirrors at the manifests' offsets, what is wrong.

The rules are in `proof`; here they meet SQLite. All functions of `Mirrors` run inside the transaction of one
batch; the sums per bucket live in memory and are counted once from the mirror at start.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, cast

import orjson

from schemas import topics
from schemas.digest import bucket_of
from streams.view import proof
from streams.view.incoming import Read, revision_of
from streams.view.proof import Fault, Manifest, Place, Source, Sums, Version

SourceKey = tuple[str, str, str]
FAULTS_READ = 1000
LONGEST = 600
_JUDGING_STAGES = "('identify', 'resolve', 'fold')"
_BOTH_ENDS = f"""
SELECT t.hub, t.kind, t.source_id, m.revision, m.digest,
  EXISTS (SELECT 1 FROM ahead a WHERE a.hub = t.hub AND a.kind = t.kind AND a.source_id = t.source_id),
  c.revision, c.digest,
  (SELECT count(*) FROM contribution c WHERE c.hub = t.hub AND c.source_kind = t.kind
     AND c.source_id = t.source_id AND c.local = ''),
  (SELECT CASE WHEN min(coalesce(r.revision, 0)) = 0 THEN 0 ELSE max(r.revision) END FROM rejected r
     WHERE r.hub = t.hub AND r.kind = t.kind AND r.source_id = t.source_id AND r.stage IN {_JUDGING_STAGES}
     HAVING count(*) > 0)
FROM temp.touched t
LEFT JOIN mirror m ON m.hub = t.hub AND m.kind = t.kind AND m.source_id = t.source_id
LEFT JOIN contribution c ON c.rowid = (SELECT rowid FROM contribution x WHERE x.hub = t.hub
  AND x.source_kind = t.kind AND x.source_id = t.source_id AND x.local = '' ORDER BY x.revision DESC LIMIT 1)
"""  # noqa: S608 (the stages are ours)
_LATEST = """
INSERT INTO regional VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT DO UPDATE SET revision = excluded.revision, digest = excluded.digest, part = excluded.part,
  offset = excluded.offset, at = excluded.at, read_at = excluded.read_at, changed_at = excluded.changed_at,
  first_seen_at = excluded.first_seen_at, address = excluded.address, cause = excluded.cause,
  sample = excluded.sample, gone = excluded.gone, evidence = excluded.evidence
WHERE excluded.revision > regional.revision
"""
_KNOWN = "SELECT * FROM regional WHERE hub = ? AND kind = ? AND source_id = ?"
_KEPT = "SELECT revision, digest FROM mirror WHERE hub = ? AND kind = ? AND source_id = ?"
_LET_GO = "DELETE FROM mirror WHERE hub = ? AND kind = ? AND source_id = ?"
_BEFORE = (
    "SELECT hub, kind, source_id, revision, digest FROM ahead WHERE topic = ? AND part = ? AND offset < ?"
)
_MOVED = "DELETE FROM ahead WHERE topic = ? AND part = ? AND offset < ?"
_MENDED = "DELETE FROM fault WHERE hub = ? AND kind = ? AND source_id = ?"
_WRONG = "SELECT kind, source_id, why, born FROM fault WHERE hub = ? ORDER BY born, kind, source_id LIMIT ?"
_LOOKED = """
INSERT INTO checked VALUES (?,?,?,?)
ON CONFLICT DO UPDATE SET finished_at = excluded.finished_at, json = excluded.json
"""


class Mirrors:
    """Per hub the manifest under judgement, the mirror of the regional log at its offsets, and its sums."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self.current: dict[str, Manifest] = {}
        self.sums: dict[str, Sums] = {}
        self.rounds: dict[str, int] = {}
        connection.execute(
            "CREATE TEMP TABLE IF NOT EXISTS touched"
            " (hub, kind, source_id, PRIMARY KEY (hub, kind, source_id))"
        )
        self.load()

    def load(self) -> None:
        """Read manifests and count the sums again, at start or after everything was wiped."""
        with self._db:
            self._db.execute("UPDATE fault SET born = 0")
        rows = self._db.execute("SELECT hub, json FROM manifest WHERE role = 'current'").fetchall()
        self.current = {hub: manifest_of(orjson.loads(text)) for hub, text in rows}
        self.sums, self.rounds = {}, {}
        for hub, kind, source_id, digest in self._db.execute(
            "SELECT hub, kind, source_id, digest FROM mirror"
        ):
            self.sums.setdefault(hub, Sums()).add(kind, source_id, digest)

    def regional(self, one: Read) -> SourceKey:
        """Take in one record of a regional topic."""
        hub, kind = topics.hub_and_kind(one.topic)
        key = (hub, kind, one.key)
        row = _row(key, one) if one.value else self._gone(key, one)
        self._db.execute(_LATEST, row)
        manifest = self.current.get(hub)
        digest = None if one.value is None else cast("bytes", one.value["digest"])
        if manifest and one.offset < manifest.offsets.get((one.topic, one.part), 0):
            self._keep(key, row[3], digest)
        else:
            place = (one.topic, one.part, one.offset)
            self._db.execute(
                "INSERT OR IGNORE INTO ahead VALUES (?,?,?,?,?,?,?,?)", (*place, *key, row[3], digest)
            )
        return key

    def _gone(self, key: SourceKey, one: Read) -> tuple[Any, ...]:
        known = self._db.execute(_KNOWN, key).fetchone()
        revision = revision_of(one, (known[3] if known else 0) + 1)
        kept = known[8:12] if known else (None, None, None, None)
        sample = known[13] if known else 0
        cause = one.headers.get("zeven_cause", b"").decode("utf-8", "replace")
        evidence = one.headers.get("zeven_evidence", b"").decode("utf-8", "replace")[:LONGEST]
        return (*key, revision, None, one.part, one.offset, one.at, *kept, cause, sample, 1, evidence)

    def _keep(self, key: SourceKey, revision: int, digest: bytes | None) -> None:
        hub, kind, source_id = key
        sums = self.sums.setdefault(hub, Sums())
        old = self._db.execute(_KEPT, key).fetchone()
        if old is not None and old[0] > revision:
            return
        if old is not None:
            sums.take(kind, source_id, old[1])
            self._db.execute(_LET_GO, key)
        if digest is not None:
            sums.add(kind, source_id, digest)
            self._db.execute("INSERT INTO mirror VALUES (?,?,?,?,?)", (*key, revision, digest))

    def checked(self, one: Read) -> str:
        """Take in a manifest: it waits until the present one has been judged; returns the hub."""
        hub = one.topic.split(".")[1]
        if one.value is None:
            return hub
        text = orjson.dumps(one.value, default=bytes.hex).decode()
        at = one.value["finished_at"]
        self._db.execute(_LOOKED, (hub, at, at, text))
        self._db.execute("INSERT OR REPLACE INTO manifest VALUES (?, 'waiting', ?, ?)", (hub, at, text))
        return hub

    def adopt(self, hub: str) -> bool:
        """Let the waiting manifest take the place of the judged one; False when none waits."""
        waiting = self._db.execute(
            "SELECT json FROM manifest WHERE hub = ? AND role = 'waiting'", (hub,)
        ).fetchone()
        if waiting is None:
            return False
        self._db.execute("DELETE FROM manifest WHERE hub = ? AND role = 'current'", (hub,))
        self._db.execute("UPDATE manifest SET role = 'current' WHERE hub = ?", (hub,))
        manifest = self.current[hub] = manifest_of(orjson.loads(waiting[0]))
        moved = [row for place, end in manifest.offsets.items() for row in self._before(place, end)]
        for key, revision, digest in moved:
            self._keep(key, revision, digest)
        self.faults(key for key, _, _ in moved)
        return True

    def _before(self, place: Place, end: int) -> list[tuple[SourceKey, int, bytes | None]]:
        found = self._db.execute(_BEFORE + " ORDER BY offset", (*place, end)).fetchall()
        self._db.execute(_MOVED, (*place, end))
        return [
            ((hub, kind, source_id), revision, digest) for hub, kind, source_id, revision, digest in found
        ]

    def faults(self, touched: Iterable[SourceKey]) -> None:
        """Settle every source record that something happened to, and nothing else."""
        self._db.execute("DELETE FROM temp.touched")
        self._db.executemany("INSERT OR IGNORE INTO temp.touched VALUES (?,?,?)", touched)
        settled = [(row[:3], proof.settle(_source(row))) for row in self._db.execute(_BOTH_ENDS)]
        self._db.executemany(_MENDED, [key for key, why in settled if not why])
        self._db.executemany(
            "INSERT INTO fault VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET why = excluded.why",
            [(*key, why, self.rounds.get(key[0], 1)) for key, why in settled if why],
        )

    def case(self, hub: str, left: int) -> proof.Case:
        """What a judgement of this hub needs."""
        manifest = self.current.get(hub)
        sums = self.sums.get(hub, Sums())
        records = sum(sums.count(kind) for kind in topics.KINDS)
        if manifest is None or left:
            return proof.Case(manifest, left=left, records=records)
        differing = sums.differing(manifest.buckets)
        unsettled = self._unsettled(hub) if differing else set()
        rows = self._db.execute(_WRONG, (hub, FAULTS_READ))
        return proof.Case(manifest, differing, unsettled, [Fault(*row) for row in rows], records=records)

    def _unsettled(self, hub: str) -> set[proof.Bucket]:
        rows = self._db.execute("SELECT DISTINCT kind, source_id FROM ahead WHERE hub = ?", (hub,))
        return {(kind, bucket_of(kind, source_id)) for kind, source_id in rows}


def manifest_of(checked: dict[str, Any]) -> Manifest:
    """A manifest from the JSON of a `checked` record (hashes as hex)."""
    return Manifest(
        checked["look"],
        checked["finished_at"],
        {(one["topic"], one["partition"]): one["offset"] for one in checked["offsets"]},
        {(one["kind"], one["bucket"]): (one["count"], int(one["hash"], 16)) for one in checked["buckets"]},
    )


def _row(key: SourceKey, one: Read) -> tuple[Any, ...]:
    value = one.value or {}
    origin = value["origin"]
    seen = (origin["read_at"], origin["changed_at"], origin["first_seen_at"], origin["address"])
    place = (one.part, one.offset, one.at)
    return (
        *key,
        value["revision"],
        value["digest"],
        *place,
        *seen,
        value["cause"],
        int(value["sample"]),
        0,
        None,
    )


def _source(row: tuple[Any, ...]) -> Source:
    kept = None if row[3] is None else Version(row[3], row[4])
    given = None if row[6] is None else Version(row[6], row[7])
    return Source(kept, bool(row[5]), given, row[8], row[9])
