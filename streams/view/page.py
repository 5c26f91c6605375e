"""The one plain page: hubs, lists and records, rendered here, working without JavaScript, updating with it.

No asset from elsewhere and a strict content security policy; all text is escaped by the templates; links
go to http and https only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from schemas.errors import Reject
from schemas.reference.lists import rows
from streams.view import (
    answers,
    api,
    conflicts,
    cursors,
    embed,
    objections,
    overview_page,
    past,
    places,
    report_page,
    unconfirmed,
)
from streams.view.api import Database, Plural, View
from streams.view.exports import Format
from streams.view.filters import AS_OF, WORDS, query_of
from streams.view.hubs import all_hubs
from streams.view.life import life
from streams.view.painter import HEADERS, Painter, environment
from streams.view.rows import instant
from streams.view.tiles import tiles

Handler = Callable[[Request, Exception], Response]
UNCONFIRMED = 200
"""So many stand on one page."""
_ASSETS = {
    "view.css": "text/css; charset=utf-8",
    "embed.css": "text/css; charset=utf-8",
    "view.js": "text/javascript; charset=utf-8",
}


def attach(app: FastAPI, view: View) -> None:
    """Add the page to the door."""
    templates = environment()
    painter = Painter(templates, view)
    _assets(app)
    embed.attach(app, view, templates)
    _faults(app, painter)
    _front(app, view, painter)
    overview_page.attach(app, view, painter)
    report_page.attach(app, view, painter)
    places.attach(app, view, painter)
    _lists(app, view, painter)


def _faults(app: FastAPI, painter: Painter) -> None:
    """What is wrong with an address is a page for people, and a problem for programs."""
    for fault, answer in ((HTTPException, api.unknown), (RequestValidationError, api.misread)):
        app.add_exception_handler(fault, _page_or(painter, answer))


def _page_or(painter: Painter, answer: Handler) -> Handler:
    def handle(request: Request, fault: Exception) -> Response:
        if request.url.path.startswith("/api/"):
            return answer(request, fault)
        return painter.paint(request, "missing", getattr(fault, "status_code", 404))

    return handle


def _assets(app: FastAPI) -> None:
    @app.get("/assets/{name}", include_in_schema=False)
    def asset(name: str) -> Response:
        if name not in _ASSETS:
            return Response(status_code=404)
        content = files("streams.view").joinpath("static", name).read_bytes()
        return Response(content, headers=HEADERS, media_type=_ASSETS[name])


def _front(app: FastAPI, view: View, painter: Painter) -> None:
    @app.get("/", include_in_schema=False)
    def front(request: Request, db: Database) -> Response:
        hubs = all_hubs(db, view.hubs, view.clock())
        provinces = {row["code"]: row["name_nl"] for row in rows("provinces")}
        values: dict[str, Any] = {"hubs": hubs, "provinces": provinces, "tiles": tiles(hubs)}
        return painter.paint(request, "front", changes=answers.latest(db), **values)

    @app.get("/conflicts", include_in_schema=False)
    def contradictions(
        request: Request, db: Database, hub: str = "", kind: str = "", cursor: str = ""
    ) -> Response:
        try:
            asked = conflicts.asked(hub, kind, cursor, request.query_params.get("limit", "50"))
        except Reject:
            return painter.paint(request, "missing", 400)
        found = conflicts.listed(db, asked)
        following = conflicts.address("/conflicts", asked, found["next"])
        return painter.paint(request, "conflicts", found=found, asked=asked, following=following)

    @app.get("/hubs/{hub}/unconfirmed", include_in_schema=False)
    def not_confirmed(hub: str, request: Request, db: Database, cursor: str = "") -> Response:
        try:
            after = cursors.opened(cursor)
        except Reject:
            return painter.paint(request, "missing", 400)
        if hub not in view.names:
            return painter.paint(request, "missing", 404)
        found = unconfirmed.listed(db, hub, "", after, UNCONFIRMED, view.clock())
        following = f"?{urlencode({'cursor': cursors.closed(found['next'])})}" if found["next"] else None
        values: dict[str, Any] = {"hub": hub, "found": found, "following": following}
        values["proofs"] = {hub: view.completeness(db)[hub]}
        return painter.paint(request, "unconfirmed", **values)

    @app.get("/why/{asked:path}", include_in_schema=False)
    def why(asked: str, request: Request, db: Database) -> Response:
        found = life(db, asked)
        if found is None:
            return painter.paint(request, "missing", 404)
        return painter.paint(request, "life", found=found)


def _lists(app: FastAPI, view: View, painter: Painter) -> None:
    @app.get("/{plural}", include_in_schema=False)
    def many(plural: Plural, request: Request, db: Database) -> Response:
        try:
            query = past.asked_at(view, db, request, query_of(request))
            found = (answers if query.at is None else past).listed(db, plural.kind, query)
        except Reject:
            return painter.paint(request, "missing", 400)
        options = {name: _options(db, plural.kind, name) for name in ("areas", "dimensions", "status")}
        asked = {
            name: value for name, value in request.query_params.items() if name not in ("part", "cursor")
        }
        following = (
            f"/{plural.value}?{urlencode(asked | {'cursor': found['next']})}" if found["next"] else None
        )
        filters = urlencode({name: value for name, value in asked.items() if name in WORDS | AS_OF and value})
        values: dict[str, Any] = {"found": found, "query": query, "options": options, "following": following}
        followed = urlencode({name: asked[name] for name in ("hub", "area") if asked.get(name)})
        values |= {"formats": [form.value for form in Format], "filters": f"?{filters}" if filters else ""}
        values["followed"] = f"?{followed}" if followed else ""
        values |= {"asked": asked, "stood": instant(query.at)}
        proofs = view.completeness(db)
        return painter.paint(request, "list", plural=plural.value, proofs=proofs, **values)

    @app.get("/{plural}/{national_id}", include_in_schema=False)
    def one(plural: Plural, national_id: str, request: Request, db: Database) -> Response:
        now = answers.goes_on_as(db, national_id)
        if now is not None:
            return Response(status_code=308, headers={"Location": f"/{plural.value}/{now}"})
        row = answers.one(db, plural.kind, national_id)
        if row is None:
            return painter.paint(request, "missing", 404)
        item = answers.item(row)
        told = past.told(db, national_id)
        values: dict[str, Any] = {"fields": _fields(item), "plural": plural.value, "history": told}
        values["objections"] = objections.of_record(db, item)
        return painter.paint(request, "record", item=item, **values)


def _options(db: sqlite3.Connection, kind: str, column: str) -> list[str]:
    rows = db.execute(f"SELECT DISTINCT {column} FROM national WHERE kind = ?", (kind,))  # noqa: S608
    return sorted({name for row in rows for name in (row[0] or "").split("|") if name})


def _fields(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every field that says something, with who said it."""
    origins = {one["field"]: one for one in item["origins"]}
    everything = origins.get("*")
    found = []
    for name, value in (item["fields"] or {}).items():
        if value in (None, "", [], {"nl": None, "en": None}):
            continue
        origin = origins.get(name, everything)
        losing = [one | {"value": _value(one["value"])} for one in (origin or {}).get("losing", [])]
        found.append({"name": name, "value": value, "origin": origin, "losing": losing})
    return found


def _value(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
