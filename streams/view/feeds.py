"""Feeds to subscribe to: events as a calendar, changes as Atom (RFC 4287), with the filters of a list.

Programs ask again and again, so an answer that did not change is told in a few bytes (304).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import FastAPI, Request, Response

from streams.view import answers
from streams.view.answers import SAMPLE_MARK, Query
from streams.view.asked import parameters
from streams.view.calendars import calendar_of
from streams.view.filters import WORDS, query_of, slug_of
from streams.view.rows import site_of
from streams.view.tables import open_reader
from streams.view.words import words

if TYPE_CHECKING:
    from streams.view.api import View

ATOM: Final = "http://www.w3.org/2005/Atom"
BEHIND: Final = timedelta(days=30)
"""A calendar begins so long before today, unless it is asked for more."""
ENTRIES: Final = 100
KEPT_S: Final = 300


def attach(app: FastAPI, view: View) -> None:
    """Add the addresses of feeds."""

    @app.get("/api/v1/events.ics", tags=["feeds"], openapi_extra={"parameters": parameters(WORDS)})
    def calendar(request: Request) -> Response:
        """Events as a calendar to subscribe to, with the filters of the list; from 30 days ago, or `from`."""
        query = query_of(request)
        if not query.since:
            today = datetime.fromtimestamp(view.clock() / 1000, UTC).date()
            query = replace(query, since=(today - BEHIND).isoformat())
        with closing(open_reader(view.folder)) as db:
            content = calendar_of(answers.every(db, "event", query), _named(view, query), site_of(request))
        return _answer(request, content, "text/calendar; charset=utf-8")

    @app.get("/api/v1/changes.atom", tags=["feeds"])
    def changes(request: Request, hub: str = "", area: str = "") -> Response:
        """The last changes of records, newest first; of a hub, of a working area, or all."""
        query = Query(hub=hub, area=slug_of("area", area))
        with closing(open_reader(view.folder)) as db:
            found = answers.latest(db, ENTRIES, query)
            content = atom(found, _named(view, query), str(request.url), site_of(request))
        return _answer(request, content, "application/atom+xml; charset=utf-8")


def atom(changes: Iterable[Mapping[str, Any]], name: str, address: str, site: str) -> bytes:
    """Changes as an Atom feed, from the newest to the oldest."""
    said = words("nl")
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": "nl"})
    _add(feed, "id", address)
    _add(feed, "title", name)
    SubElement(feed, "link", {"rel": "self", "href": address})
    updated = _add(feed, "updated", "1970-01-01T00:00:00Z")
    author = SubElement(feed, "author")
    _add(author, "name", "Zeven")
    for number, one in enumerate(changes):
        if number == 0:
            updated.text = one["at"]
        entry = SubElement(feed, "entry")
        mark = f" ({SAMPLE_MARK})" if one["sample"] else ""
        page = f"{site}/{one['kind']}s/{one['id']}"
        _add(entry, "id", f"{page}#{one['seq']}")
        _add(entry, "title", f"{said.get(one['what'], one['what'])}: {one['title']}{mark}")
        _add(entry, "updated", one["at"])
        SubElement(entry, "link", {"rel": "alternate", "href": page})
        SubElement(entry, "category", {"term": one["kind"]})
        _add(entry, "summary", f"{said.get(one['kind'], one['kind'])}; {', '.join(one['hubs'])}")
    content: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return content


def _add(parent: Element, name: str, text: str) -> Element:
    found = SubElement(parent, name)
    found.text = "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
    return found


def _named(view: View, query: Query) -> str:
    parts = [view.names.get(query.hub, query.hub), query.area, query.dimension, query.q]
    return " · ".join(["Zeven", *filter(None, parts)])


def _answer(request: Request, content: bytes, media: str) -> Response:
    mark = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": mark, "Cache-Control": f"max-age={KEPT_S}"}
    if mark in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media, headers=headers)
