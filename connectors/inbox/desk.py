"""The connector's side of the inbox: what waits is asked for in the next look, and leaves when Kafka has all of it.

An object that an event names is fetched again beside the ordinary poll, past what a list does not show yet; that
something is gone is only believed when the source, asked for it, says so. A broken inbox stops nothing: the poll is
complete by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import Gauge

from connectors.absence import Proof
from connectors.inbox.hubspot import object_type
from connectors.inbox.store import FILE, Arrival, Inbox
from connectors.look import Hands, Outcome, stamped
from connectors.manifest import Manifest
from connectors.sources import Evidence, Source
from connectors.sources.rows import AsksAlso
from schemas.settings import Settings

WAITING: Final = Gauge("zeven_inbox_waiting", "Named objects and uploads that wait in the inbox.", ("hub",))
WAITING_S: Final = Gauge("zeven_inbox_waiting_seconds", "Age of what waits longest in the inbox.", ("hub",))
SHARE: Final = 10
"""A look that was called for comes no sooner than this many times what the last round took."""


def objects(manifest: Manifest) -> dict[str, str]:
    """What may be named of each kind: its object type, or its file."""
    found = {}
    for kind, part in manifest.sources.items():
        if part.reader == "hubspot":
            found[kind] = object_type(str(part.options.get("object", "")))
        elif part.reader == "files":
            found[kind] = FILE + kind
    return found


class Desk:
    """The inbox of a hub as its connector uses it."""

    def __init__(self, settings: Settings, manifest: Manifest) -> None:
        self._hub, self._objects = manifest.hub, objects(manifest)
        self._log = structlog.get_logger().bind(hub=self._hub, step="inbox")
        self._inbox: Inbox | None = None
        self._taken: dict[str, dict[str, Arrival]] = {}
        self._removed: set[str] = set()
        self._begun = 0
        self._broken = False
        with self._spared():
            self._inbox = Inbox(path_of(settings, self._hub))
            dropped = self._inbox.forget_others(self._objects.values())
            if dropped:
                self._log.warning(
                    "named_in_vain", objects=dropped, fix="No source of the manifest reads them."
                )

    def close(self) -> None:
        """Close the inbox."""
        if self._inbox is not None:
            self._inbox.close()

    def begin(self) -> None:
        """Before a round: what was named until now calls for no other, whatever becomes of it."""
        with self._spared():
            if self._inbox is not None:
                self._begun = self._inbox.state()[2]

    def open(self, kind: str, source: Source, hands: Hands) -> None:
        """Before a look: tell the reader what was named, and note what was gone before."""
        self._taken.pop(kind, None)
        with self._spared():
            if self._inbox is not None and kind in self._objects:
                self._taken[kind] = self._inbox.waiting(self._objects[kind])
        taken = self._taken.get(kind, {})
        erased = [one.id for one in taken.values() if one.erased]
        self._removed = set(erased) - _standing(hands, kind, erased)
        if isinstance(source, AsksAlso):
            source.ask_also({one.id: one.erased for one in taken.values() if one.id})

    def close_look(self, found: Outcome, source: Source, hands: Hands) -> None:
        """After a look: what was removed before anybody knew why, and is confirmed to be gone, is told as erased. What
        is said to be erased but stands, because its removal is held or not sure, goes on waiting.
        """
        taken = self._taken.get(found.kind, {})
        if not found.complete:
            taken.clear()
        erased = [one.id for one in taken.values() if one.erased]
        standing = _standing(hands, found.kind, erased)
        asked = sorted(self._removed.intersection(erased) | standing)
        answers = source.confirm(asked, hands.clock) if asked else {}
        for one, said in answers.items():
            if said.state == "unknown" or (said.state == "gone" and one in standing):
                del taken[one]
        gone = {one: said for one, said in answers.items() if said.what == "erased" and one in taken}
        _tell(hands, found.kind, gone)

    def settle(self) -> None:
        """After a round, when Kafka has everything: what was dealt with leaves."""
        for kind, taken in self._taken.items():
            with self._spared():
                if self._inbox is not None and taken:
                    self._inbox.done(self._objects[kind], taken.values())
        self._taken.clear()

    def news(self, now_ms: int) -> bool:
        """Whether something was named since the last round began; shows what waits to the operator, too."""
        count, oldest, last = 0, None, 0
        with self._spared():
            if self._inbox is not None:
                count, oldest, last = self._inbox.state()
        WAITING.labels(self._hub).set(count)
        WAITING_S.labels(self._hub).set(0 if oldest is None else max(0, now_ms - oldest) / 1000)
        return last > self._begun

    @contextmanager
    def _spared(self) -> Iterator[None]:
        """A broken inbox is told once, and the poll goes on."""
        try:
            yield
        except sqlite3.Error as fault:
            if not self._broken:
                self._log.error(
                    "inbox_broken", fault=str(fault), fix="Its file is named inbox.sqlite; see the how-to."
                )
            self._broken = True
        else:
            self._broken = False


def path_of(settings: Settings, hub: str) -> Path:
    """Where the inbox of a hub lies."""
    return settings.data / "connectors" / hub / "inbox.sqlite"


def _standing(hands: Hands, kind: str, source_ids: Sequence[str]) -> set[str]:
    known = hands.memory.known(kind, source_ids)
    return {one for one, what in known.items() if what.digest is not None}


def _tell(hands: Hands, kind: str, gone: Mapping[str, Evidence]) -> None:
    """Say of records that are removed that they were erased, and take back rows of theirs that were set aside."""
    known = hands.memory.known(kind, list(gone))
    batch = [
        hands.writer.tombstone(
            kind, one, stamped(what, "source", hands.clock()), Proof(gone[one].how, "erased")
        )
        for one, what in known.items()
    ]
    batch.extend(hands.writer.mended(kind, one) for one in hands.memory.rejections(kind, list(gone)))
    hands.send(batch)
