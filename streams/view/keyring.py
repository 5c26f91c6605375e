"""What is kept of invitations, sessions and tokens: a small database of its own beside the view's, which is not
rebuilt from Kafka; its owner alone may read it, and secrets do not lie in it. The command line and the view share it.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from schemas.errors import Reject, Stop
from streams.view.access import (
    INVITATION,
    SESSION,
    Credential,
    Refusal,
    checked,
    digest_of,
    judge,
    read,
    written,
)

FOLDER: Final = "access"
FILE: Final = "access.sqlite"
NOTED_MS: Final = 60_000
KEPT_MS: Final = 90 * 86_400_000
_COLUMNS: Final = ", ".join(Credential._fields)
_TABLE: Final = """CREATE TABLE IF NOT EXISTS credential (id TEXT PRIMARY KEY, kind TEXT NOT NULL, role TEXT NOT NULL,
    holder TEXT NOT NULL, digest BLOB NOT NULL, made_at INT NOT NULL, expires_at INT NOT NULL, used_at INT,
    ended_at INT, parent TEXT NOT NULL)"""


class Keyring:
    """The credentials of one system; `data` is the folder of its settings, `clock` gives epoch milliseconds."""

    def __init__(self, data: Path, clock: Callable[[], int]) -> None:
        self.path, self._clock = data / FOLDER / FILE, clock

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self.path.chmod(0o600)
            db = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        except (OSError, sqlite3.Error) as fault:
            raise Stop(
                f"Who may sign in cannot be read: {fault}",
                where=str(self.path),
                fix="The user of the view needs this file for itself; put it back from the backup if it is damaged.",
            ) from fault
        try:
            db.execute(_TABLE)
            yield db
        finally:
            db.close()

    def issue(
        self, kind: str, role: str, holder: str, lasts_ms: int, parent: str = ""
    ) -> tuple[Credential, str]:
        """A new credential, and the text that is shown this once. Raises `Reject` for what no role is."""
        checked(role, holder)
        now, secret = self._clock(), secrets.token_urlsafe(32)
        made = Credential(
            secrets.token_hex(8),
            kind,
            role,
            holder,
            digest_of(secret),
            now,
            now + lasts_ms,
            None,
            None,
            parent,
        )
        with self._open() as db:
            db.execute("DELETE FROM credential WHERE expires_at < ?", (now - KEPT_MS,))
            db.execute(f"INSERT INTO credential ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)", made)  # noqa: S608
        return made, written(kind, made.id, secret)

    def shown(self, kind: str, text: str, idle_ms: int | None = None) -> Credential | Refusal:
        """The credential that a text is, if it holds now."""
        said, now = read(kind, text), self._clock()
        if said is None:
            return Refusal.UNKNOWN
        with self._open() as db:
            found = _one(db, said.id)
            refusal = judge(found, said, now, idle_ms)
            if refusal is not None or found is None:
                return refusal or Refusal.UNKNOWN
            if kind != INVITATION and (found.used_at is None or now - found.used_at > NOTED_MS):
                db.execute("UPDATE credential SET used_at = ? WHERE id = ?", (now, found.id))
        return found

    def redeem(self, text: str, lasts_ms: int) -> tuple[Credential, str] | Refusal:
        """A session for an invitation, which from now on is used; of two at once, one."""
        found = self.shown(INVITATION, text)
        if isinstance(found, Refusal):
            return found
        with self._open() as db:
            sql = "UPDATE credential SET used_at = ? WHERE id = ? AND used_at IS NULL AND ended_at IS NULL"
            if db.execute(sql, (self._clock(), found.id)).rowcount != 1:
                return Refusal.USED
        return self.issue(SESSION, found.role, found.holder, lasts_ms, found.id)

    def end(self, credential_id: str) -> list[Credential]:
        """It no longer holds, nor do the sessions that began with it. Returns what held until now."""
        with self._open() as db:
            where = "(id = ? OR parent = ?) AND ended_at IS NULL"
            ended = _several(db, where, (credential_id, credential_id))
            db.execute(
                f"UPDATE credential SET ended_at = ? WHERE {where}",  # noqa: S608 (words of ours)
                (self._clock(), credential_id, credential_id),
            )
        return ended

    def known(self, *kinds: str) -> list[Credential]:
        """All of these kinds that were not forgotten yet, newest first."""
        marks = ",".join("?" * len(kinds))
        with self._open() as db:
            return _several(db, f"kind IN ({marks}) ORDER BY made_at DESC, id", kinds)

    def revoke(self, credential_id: str, *kinds: str) -> list[Credential]:
        """End one of these kinds. Raises `Reject` when there is none, or it has ended."""
        if credential_id not in {one.id for one in self.known(*kinds) if one.ended_at is None}:
            raise Reject(
                f"There is no {' or '.join(kinds)} {credential_id} that holds",
                field="id",
                fix="Take its id from the list.",
            )
        return self.end(credential_id)


def _one(db: sqlite3.Connection, credential_id: str) -> Credential | None:
    found = _several(db, "id = ?", (credential_id,))
    return found[0] if found else None


def _several(db: sqlite3.Connection, where: str, values: tuple[object, ...]) -> list[Credential]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM credential WHERE {where}", values)  # noqa: S608 (words of ours)
    return [Credential(*row) for row in rows]
