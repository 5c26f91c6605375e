"""The stand-in sources as benches of the conformance suite: what it puts and takes, a hub's own systems show.

Before the journey. One bench serves every hub and kind, because all stand-ins draw from one store in neutral words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

from connectors import manifest as manifests
from connectors.conformance import Clock, Subject
from deploy.samples import invented, regions
from deploy.samples.region import BUSINESS, Member, Organisation
from deploy.samples.server import Others, Samples
from deploy.samples.standin import served
from deploy.samples.world import event, membership, project
from schemas.settings import Settings

FIRST: Final = 1000
_NOWHERE: Final = "http://127.0.0.1:9"
_CLOCK: Final = """
CREATE SCHEMA proef;
CREATE TABLE proef.clock (at timestamptz);
INSERT INTO proef.clock VALUES (null);
CREATE FUNCTION proef.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM proef.clock';
ALTER ROLE zeven SET search_path = proef, pg_catalog, public;
"""
"""The database has the time of the trial: its `now()` is looked up before the real one."""
_WINDOWS: Final = {"feed": 38}
_PAGES: Final = {"tec": 50, "wordpress": 100, "hubspot": 100, "eventbrite": 50, "oai": 20}
_HOUR_MS: Final = 3_600_000
_FOREVER: Final = 1 << 20
_COUNTED: Final = {
    "late commits": "de bron telt wijzigingen in de volgorde waarin ze vastliggen / "
    "the source counts changes in the order in which they are committed"
}
_TABLES: Final = {
    "project": ("hub.projects", "project_code"),
    "membership": ("hub.lidmaatschappen", "lidnummer"),
}
_OTHER: Final = (
    "het kenmerk is een veld van de rij: met een ander kenmerk is het een andere rij / "
    "the id is a field of the row: under another id it is another row"
)
_IDENTITY: Final = {
    "dataverse": ("field retyped",),
    "eventbrite": ("field retyped",),
    "feed": ("field removed", "field renamed", "field retyped"),
    "hubspot": ("field retyped",),
    "ical": ("field removed", "field renamed", "field retyped"),
    "oai": ("field retyped",),
    "pages": ("field removed", "field renamed", "field retyped"),
}


class StoreBench:
    """The stand-ins of one hub, with one kind under control."""

    def __init__(self, hub: str, kind: str, part: manifests.SourcePart, folder: Path, clock: Clock) -> None:
        self._hub, self._kind, self._clock = hub, kind, clock
        self.most = _WINDOWS.get(part.reader, _FOREVER)
        self.page = _PAGES.get(part.reader, 20)
        self.removes = part.reader != "feed"
        self.tells_changes = _tells_changes(part)
        self.apart_ms = (part.options.get("whole_every_h", 0) * _HOUR_MS // 4) or 61_000
        own = hub != regions.ZUID_HOLLAND
        port = 0 if part.reader == "postgres" else None
        self._samples = Samples(folder / "source", 0, every_s=0, others=Others([hub] if own else [], port))
        other = self._samples.others[hub] if own else self._samples
        self._database = self._samples.others[hub].database if own else None
        if self._database is not None:
            self._database.execute(_CLOCK)
            clock.follows = self._set_clock
        other.ticker.now = clock.source
        self._store, self._control = other.store, other.control
        self._store.clear()
        self._sources = self._samples.others[hub].standin if own else self._samples.sources
        path = str(part.options.get("path", ""))
        self.upstream: str | Path = self._samples.base
        if self._database is not None:
            self.upstream = f"postgresql://127.0.0.1:{self._database.port}"
        if path:
            self.upstream = folder / "source" / "samples" / path.partition("/samples/")[2]
            self._sources.write_list()

    def put(self, number: int, title: str) -> None:
        """Make, change or bring back an item."""
        body = _body(self._hub, self._kind, number, title)
        self._store.put(self._kind, self._id(number), body, self._clock.source())
        self._sources.write_list()

    def take(self, number: int) -> None:
        """Delete an item."""
        self._store.mark(self._kind, self._id(number), "trash", self._clock.source())
        self._sources.write_list()

    def shrink(self, keep: int | None) -> None:
        """Show only the first; a list of members is cut in its lines, or empty."""
        if keep is None:
            self._sources.limits.clear()
        else:
            self._sources.limits[self._kind] = keep
            self._cut(keep)
        if isinstance(self.upstream, Path):
            self._sources.rewrite_list("whole" if keep is None else "empty" if keep == 0 else "half")

    def _set_clock(self) -> None:
        if self._database is not None:
            at = datetime.fromtimestamp(self._clock.source() / 1000, UTC)
            self._database.execute("UPDATE proef.clock SET at = %s", (at,))

    def _cut(self, keep: int) -> None:
        """A table cannot show less than it holds: rows are really deleted, and come back later."""
        if self._database is not None:
            table, key = _TABLES[self._kind]
            kept = f"SELECT {key} FROM {table} ORDER BY {key} LIMIT %s"  # noqa: S608 (fixed names)
            self._database.execute(f"DELETE FROM {table} WHERE {key} NOT IN ({kept})", (keep,))  # noqa: S608

    def close(self) -> None:
        """Stop the stand-ins."""
        self._samples.close()

    def _id(self, number: int) -> str:
        region = regions.of(self._hub)
        return f"{region.prefix}-{FIRST + number}" if self._kind == "membership" else str(FIRST + number)


def _limits(part: manifests.SourcePart) -> dict[str, str]:
    """What cannot be promised for a reader, and why."""
    counted = _COUNTED if part.reader == "dataverse" and _tells_changes(part) else {}
    return counted | dict.fromkeys(_IDENTITY.get(part.reader, ()), _OTHER)


def _tells_changes(part: manifests.SourcePart) -> bool:
    asked = part.options
    tracked = part.reader == "dataverse" and not (asked.get("filter") or asked.get("expand"))
    return tracked or part.reader == "postgres" or bool(asked.get("changes"))


def _body(hub: str, kind: str, number: int, title: str) -> dict[str, Any]:
    region, random, today = regions.of(hub), Random(number), date(2026, 9, 1)
    area = next(iter(region.projects))
    if kind == "project":
        body = project(random, today, area, (title, title, region.projects[area][0][2]), region)
        return body | {"slug": f"proef-{number}"}
    if kind == "event":
        body = event(random, today + timedelta(days=number % 300), area, invented.FORMS[0], region)
        start = datetime.fromisoformat(body["start"]) + timedelta(minutes=number // 300)
        return body | {
            "title": title,
            "titel_en": title,
            "slug": f"proef-{number}",
            "start": start.isoformat(sep=" "),
        }
    who = Organisation(title, BUSINESS, kvk=str(90_000_000 + number))
    return membership(Member(who, region.name, "partner", note="Voorbeelddata"), today)


def subjects(hub: str, settings: Settings) -> Sequence[Subject]:
    """The connectors of one hub with stand-ins, one per kind."""
    manifest = manifests.load(hub, settings, {"ZEVEN_SAMPLES_URL": _NOWHERE})
    mappers = manifests.mappers(hub, settings)
    return [
        Subject(
            manifest,
            kind,
            mappers[kind],
            partial(StoreBench, hub, kind, part),
            limits=_limits(part),
        )
        for kind, part in manifest.sources.items()
    ]


def hubs() -> tuple[str, ...]:
    """The hubs whose sources have stand-ins."""
    return (regions.ZUID_HOLLAND, *served())
