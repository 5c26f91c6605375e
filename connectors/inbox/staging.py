"""Files that were uploaded and wait: written whole beside the folder that the connector reads, then moved at once.

The connector's folder never holds what is half or was not shown. An upload is published once, only as the preview
showed it: not after a later one, not when it expired, not when what lay in the folder is another file by now.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

from connectors.inbox import refusal
from connectors.inbox.refusal import Refused
from connectors.inbox.store import Inbox, Upload
from connectors.manifest import Manifest
from connectors.sources.tables import scan
from schemas.errors import Retry
from schemas.settings import Settings
from schemas.topics import DAY_MS

HOUR_MS: Final = 3_600_000
PART: Final = ".part"
LARGEST: Final = 200_000_000
"""Of a list, unless its manifest says otherwise."""


class Target(NamedTuple):
    """Where the list of a kind lies, and whether a file only adds to what was read before."""

    kind: str
    path: Path
    adds: bool
    max_bytes: int


def target(manifest: Manifest, settings: Settings, kind: str, name: str | None = None) -> Target:
    """The list of a kind. Raises `Refused` when there is none, or it has another name."""
    part = manifest.sources.get(kind)
    if part is None or part.reader != "files":
        have = [one for one, part in manifest.sources.items() if part.reader == "files"]
        raise Refused(refusal.NOWHERE, f"lists: {', '.join(have) or 'none'}")
    path = Path(part.options["path"])
    if name is not None and name != path.name:
        raise Refused(refusal.NAME, f"expected: {path.name}")
    largest = min(settings.inbox.max_bytes, int(part.options.get("max_bytes", LARGEST)))
    return Target(kind, path, part.options["mode"] == "addition", largest)


class Staging:
    """The uploads of one hub; one door has them, one step at a time."""

    def __init__(self, folder: Path, inbox: Inbox, keep_h: float, clock: Callable[[], int]) -> None:
        self._folder, self._inbox, self._keep_h, self._clock = folder / "uploads", inbox, keep_h, clock
        self._memory = folder / "memory.sqlite"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def sweep(self) -> None:
        """Throw away what no upload needs any more: rests of a crash, expired and ended ones."""
        now = self._clock()
        known = self._inbox.uploads()
        for one in known.values():
            if one.state == "staged" and one.until_ms < now:
                self._inbox.set_aside(one.id)
        kept = {one.id for one in known.values() if one.state == "staged" and one.until_ms >= now}
        for entry in self._folder.iterdir():
            if entry.name not in kept:
                shutil.rmtree(entry, ignore_errors=True)
        self._inbox.prune(now - 30 * DAY_MS)

    def tidy(self, to: Target) -> None:
        """Take away what a crash left beside a list, which was never read."""
        for rest in to.path.parent.glob(f".{glob.escape(to.path.name)}.*{PART}"):
            rest.unlink(missing_ok=True)

    def begin(self, to: Target) -> Path:
        """A place for a file that comes in; its folder bears the id of the upload."""
        folder = self._folder / uuid4().hex
        folder.mkdir(mode=0o700)
        return folder / to.path.name

    def drop(self, path: Path) -> None:
        """Throw away a file that came in."""
        shutil.rmtree(path.parent, ignore_errors=True)

    def keep(self, to: Target, path: Path) -> Upload:
        """Take a file that came in whole and was shown; it supersedes those before it."""
        until = self._clock() + int(self._keep_h * HOUR_MS)
        upload = Upload(path.parent.name, to.kind, _digest(path) or "", _digest(to.path), "staged", until)
        for earlier in self._inbox.stage(upload):
            shutil.rmtree(self._folder / earlier, ignore_errors=True)
        return upload

    def discard(self, to: Target, upload_id: str) -> None:
        """Throw an upload away; twice is as once. Raises `Refused` when it is unknown or published."""
        one = self._inbox.upload(to.kind, upload_id)
        if one is None:
            raise Refused(refusal.UNKNOWN)
        if one.state == "published":
            raise Refused(refusal.DONE)
        if one.state == "staged":
            self._inbox.set_aside(one.id)
        shutil.rmtree(self._folder / one.id, ignore_errors=True)

    def publish(self, to: Target, upload_id: str) -> Upload:
        """Move an upload to where the connector reads; repeating it changes nothing. Raises `Refused`."""
        one = self._inbox.upload(to.kind, upload_id)
        if one is None:
            raise Refused(refusal.UNKNOWN)
        if one.state == "published":
            return one
        staged = self._folder / one.id / to.path.name
        stands = _digest(to.path)
        if one.state == "staged" and stands == one.digest != one.stood:
            self._inbox.published(one, self._clock())  # it was moved before a crash
        else:
            self._refuse(one, to, staged, stands)
            _move(staged, to.path, one.id)
            self._inbox.published(one, self._clock())
        shutil.rmtree(staged.parent, ignore_errors=True)
        return one

    def _refuse(self, one: Upload, to: Target, staged: Path, stands: str | None) -> None:
        """Raise `Refused` unless the upload may be published as it was shown."""
        if one.state == "superseded":
            raise Refused(refusal.SUPERSEDED)
        if one.state == "gone" or one.until_ms < self._clock():
            self.discard(to, one.id)
            raise Refused(refusal.GONE)
        if stands != one.stood or _digest(staged) != one.digest:
            raise Refused(refusal.CHANGED, f"{to.path.name}: upload again and see what would change now")
        if to.adds and stands is not None and stands != self._read(to.kind):
            raise Refused(refusal.NOT_READ, to.path.name, after_s=10)

    def _read(self, kind: str) -> str | None:
        """Digest of the file of a kind that the connector read last."""
        if not self._memory.is_file():
            return None
        with closing(sqlite3.connect(self._memory, timeout=4.0)) as db, suppress(sqlite3.Error, ValueError):
            row = db.execute("SELECT value FROM note WHERE name = ?", (f"state.{kind}",)).fetchone()
            return str(json.loads(row[0])["marks"].get("digest")) if row else None
        return None


def write_through(path: Path) -> None:
    """Make a file and its name safe on the disk."""
    for one, how in ((path, os.O_RDONLY), (path.parent, os.O_RDONLY | os.O_DIRECTORY)):
        handle = os.open(one, how)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _move(staged: Path, to: Path, upload_id: str) -> None:
    """Put a file in another's place, whole, whatever disk it lies on; it is as old as its upload."""
    part = to.with_name(f".{to.name}.{upload_id}{PART}")
    try:
        shutil.copyfile(staged, part)
        status = staged.stat()
        os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
        write_through(part)
        part.replace(to)
        write_through(to)
    finally:
        part.unlink(missing_ok=True)


def _digest(path: Path) -> str | None:
    """As the connector tells one file from another; None when there is none, or none that could be read."""
    try:
        return scan(path, LARGEST * 10).digest
    except (FileNotFoundError, Retry):
        return None
