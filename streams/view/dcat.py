"""The exports described for data portals: DCAT-AP-NL 3.0 as JSON-LD and Turtle, made and written by rdflib.

A catalogue with a dataset per kind of record, a distribution per file format, and the API as a data service. Once there
is a history, every distribution is one of a moment: its address names it (`as_of`), so that what is fetched later is
what the checksum is of. A checksum reads every record, so a description stands for ten minutes. Source:
Geonovum, DCAT-AP-NL 3.0 (docs.geostandaarden.nl/dcat/dcat-ap-nl30), chapters on Catalog, Dataset, Distribution and
Data Service.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fastapi import FastAPI, Request, Response

from streams.view import moments, past
from streams.view.answers import Query
from streams.view.exports import IN_MEMORY, PIECE, Format, Moment, one_moment, write
from streams.view.rows import instant, site_of

if TYPE_CHECKING:
    from streams.view.api import View

STANDS_MS: Final = 600_000
SUMMED: Final = (Format.csv, Format.ndjson)
"""Files whose bytes follow from the records alone; the others hold when they were made, or by whom they are reached."""
DATASETS: Final = {
    "projects": (
        "Projecten",
        "Projects",
        "Projecten van de regionale AI-hubs",
        "Projects of the regional AI hubs",
    ),
    "events": (
        "Evenementen",
        "Events",
        "Evenementen van de regionale AI-hubs",
        "Events of the regional AI hubs",
    ),
    "memberships": (
        "Lidmaatschappen",
        "Memberships",
        "Lidmaatschappen van organisaties in hubs, werkgroepen, teams en dimensies",
        "Memberships of organisations in hubs, working groups, teams and dimensions",
    ),
    "organisations": (
        "Organisaties",
        "Organisations",
        "Organisaties die bij projecten, evenementen en lidmaatschappen genoemd worden",
        "Organisations named with projects, events and memberships",
    ),
}
"""Per list its title and what it is, Dutch and English."""
KINDS_OF_ANSWER: Final = {"ttl": ("turtle", "text/turtle"), "jsonld": ("json-ld", "application/ld+json")}


class Described(NamedTuple):
    """What is described: from where, of which moment (None: without a history), and the digests of files."""

    site: str
    moment: Moment
    as_of: str | None
    digests: dict[tuple[str, Format], tuple[str, int]]


class Describer:
    """Makes a description, and keeps it for a while."""

    def __init__(self, view: View) -> None:
        self._view, self._lock = view, Lock()
        self._made: tuple[int, Described] | None = None

    def of(self, site: str) -> Described:
        """The description for who reaches the view at `site`."""
        with self._lock:
            now = self._view.clock()
            if self._made is None or now - self._made[0] > STANDS_MS:
                self._made = now, described(self._view)
            return self._made[1]._replace(site=site)


def attach(app: FastAPI, view: View) -> None:
    """Add the addresses of the description."""
    describer = Describer(view)

    def answer(form: str, request: Request) -> Response:
        from streams.view.dcat_graph import catalogue  # rdflib takes a moment: only who asks waits for it

        name, media = KINDS_OF_ANSWER[form]
        more: dict[str, Any] = {"auto_compact": True} if form == "jsonld" else {}  # one object with a context
        graph = catalogue(describer.of(site_of(request)), view)
        return Response(graph.serialize(None, name, None, "utf-8", **more), media_type=media)

    @app.get("/api/v1/dcat.jsonld", tags=["files"])
    def as_json(request: Request) -> Response:
        """The exports described after DCAT-AP-NL 3.0, as JSON-LD."""
        return answer("jsonld", request)

    @app.get("/api/v1/dcat.ttl", tags=["files"])
    def as_turtle(request: Request) -> Response:
        """The exports described after DCAT-AP-NL 3.0, as Turtle."""
        return answer("ttl", request)


def described(view: View) -> Described:
    """Read every record once per file that has a checksum."""
    with one_moment(view) as (db, _, now):
        begun = moments.since_when(db, view.clock(), view.history_days)
    if begun is None:
        return Described("", now, None, {})
    as_of = instant(view.clock()) or ""
    digests = {}
    for plural in DATASETS:
        for form in SUMMED:
            with one_moment(view, "", as_of) as (db, at, moment), SpooledTemporaryFile(IN_MEMORY) as file:
                items = past.every(db, plural[:-1], replace(Query(), at=at))
                write(file, plural[:-1], form, items, moment)
                digests[plural, form] = digest_of(file)
    return Described("", now, as_of, digests)


def digest_of(file: Any) -> tuple[str, int]:
    """SHA-256 (hexadecimal) and size of a file."""
    found, size = hashlib.sha256(), 0
    file.seek(0)
    while piece := file.read(PIECE):
        found.update(piece)
        size += len(piece)
    return found.hexdigest(), size
