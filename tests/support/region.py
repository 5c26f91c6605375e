"""The running stand-in sources of one hub for a test, with the readers and the mapping that its manifest names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors import manifest as manifests
from connectors.hubs import Statement
from connectors.sources import Evidence, Faulty, LookState, Row, Source, Verdict, open_source
from deploy.samples.server import Others, Samples
from deploy.samples.store import Stored
from schemas.settings import Settings
from tests.support.broker import free_ports
from tests.support.sample import QUICK, now, read


class Region:
    """What the systems of a hub hold, how they show it, and what its connector makes of it."""

    def __init__(self, hub: str, data: Path) -> None:
        self.hub, port = hub, free_ports(1)
        self.samples = Samples(data, 0, every_s=0, others=Others([hub], port))
        self._other = self.samples.others[hub]
        settings = Settings.at(data)
        environ = {"ZEVEN_SAMPLES_URL": self.samples.base, "ZEVEN_PORTS_SAMPLES_DATABASE": str(port)}
        self.manifest = manifests.load(hub, settings, environ)
        self._mappers = manifests.mappers(hub, settings)
        self._open: dict[str, Source] = {}

    def held(self, kind: str) -> list[Stored]:
        """All items of a kind in whatever state, in the order of their list."""
        return self._other.store.all(kind)

    def live(self, kind: str) -> list[Stored]:
        """What is published of a kind."""
        return list(self._other.store.every(kind))

    def control(self, word: str, **said: Any) -> Any:
        """Steer the sources of this hub."""
        return self._other.control.follow(word, said)["done"]

    def change(self, kind: str, source_id: str, fields: dict[str, Any]) -> None:
        """Change fields of an item; dotted names reach into objects."""
        self.control("set", kind=kind, id=source_id, fields=fields)

    def source(self, kind: str) -> Source:
        """The reader of the manifest, quick."""
        if kind not in self._open:
            part = self.manifest.sources[kind]
            over = {"files": {"settle_s": 0}, "postgres": {}}.get(part.reader, {"manners": QUICK})
            self._open[kind] = open_source(part.reader, part.options | over)
        return self._open[kind]

    def look(self, kind: str, previous: LookState | None = None) -> tuple[dict[str, Row], Verdict]:
        """The rows of a look by their id; none may be faulty."""
        self._other.standin.write_list()
        reading, found = self.source(kind).look(previous, now), dict[str, Row]()
        for page in reading:
            assert page.faulty == []
            found |= {row.source_id: row for row in page.rows}
            for gone in page.gone:
                found.pop(gone.source_id, None)
        return found, reading.verdict

    def read(self, kind: str, previous: LookState | None = None) -> tuple[list[Row], list[Faulty], Verdict]:
        """Everything of a look."""
        self._other.standin.write_list()
        return read(self.source(kind), previous)

    def said(self, kind: str, row: Row) -> Statement:
        """What the mapping makes of a row."""
        return self._mappers[kind](row, self.manifest.words)

    def confirm(self, kind: str, source_ids: Sequence[str]) -> dict[str, Evidence]:
        """Ask the source for single items."""
        return self.source(kind).confirm(source_ids, now)

    def close(self) -> None:
        for one in self._open.values():
            one.close()
        self.samples.close()


@contextmanager
def region(hub: str, data: Path) -> Iterator[Region]:
    """The sources of a hub, that change only when told to."""
    found = Region(hub, data)
    try:
        yield found
    finally:
        found.close()
