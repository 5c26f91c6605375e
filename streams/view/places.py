"""The pages of hubs, working areas, dimensions, labs and changes: the ways in for who does not know a record yet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from fastapi import FastAPI, Request, Response

from schemas.errors import Reject
from schemas.reference import lists
from streams.view import answers, filters, profiles
from streams.view.answers import Query
from streams.view.api import Database, View
from streams.view.hubs import all_hubs
from streams.view.kept import kept as kept_of
from streams.view.labs import labs
from streams.view.painter import HOME, Painter

CHANGES: Final = 100
OF: Final = {"areas": "area", "dimensions": "dimension"}


def attach(app: FastAPI, view: View, painter: Painter) -> None:
    """Add the pages."""
    _hub(app, view, painter)
    _working(app, view, painter)

    @app.get("/labs", include_in_schema=False)
    def network(request: Request, db: Database) -> Response:
        regions = [hub for hub in view.hubs if not hub.office]
        return painter.paint(request, "labs", told=labs(db, regions))

    @app.get("/changes", include_in_schema=False)
    def changes(request: Request, db: Database, hub: str = "", area: str = "") -> Response:
        try:
            wanted = Query(hub=hub, area=filters.slug_of("area", area) if area else "")
        except Reject:
            return painter.paint(request, "missing", 400)
        found = answers.latest(db, CHANGES, wanted)
        return painter.paint(request, "changes", changes=found, query=wanted, areas=lists.listed("areas"))


def _hub(app: FastAPI, view: View, painter: Painter) -> None:
    @app.get("/hubs", include_in_schema=False)
    def hubs() -> Response:
        return Response(status_code=308, headers={"Location": "/#hubs"})

    @app.get("/hubs/{slug}", include_in_schema=False)
    def hub(slug: str, request: Request, db: Database) -> Response:
        found = next((one for one in view.hubs if one.slug == slug), None)
        if found is None:
            return painter.paint(request, "missing", 404)
        (state,) = all_hubs(db, (found,), view.clock())
        told = profiles.hub_profile(db, found, kept_of(db), today(view))
        certificate = profiles.certificate(view.certificates, slug)
        provinces = [row["name_nl"] for row in lists.rows("provinces") if row["code"] in found.provinces]
        values: dict[str, Any] = {"hub": state, "told": told, "certificate": certificate}
        values |= {"provinces": provinces, "today": today(view)}
        return painter.paint(request, "hub", heading=state["name"], **values)


def _working(app: FastAPI, view: View, painter: Painter) -> None:
    @app.get("/areas", include_in_schema=False)
    def areas(request: Request, db: Database) -> Response:
        kept = kept_of(db)
        shown = {
            plural: [
                {"slug": one.slug, "name": {"nl": one.name_nl, "en": one.name_en}}
                | {"goal": profiles.texts(kept, one.slug)["goal"]}
                for one in lists.listed(plural)
            ]
            for plural in OF
        }
        return painter.paint(request, "areas", shown=shown)

    @app.get("/areas/{slug}", include_in_schema=False)
    def area(slug: str, request: Request, db: Database) -> Response:
        return _field(view, painter, request, db, ("areas", slug))

    @app.get("/dimensions", include_in_schema=False)
    def dimensions() -> Response:
        return Response(status_code=308, headers={"Location": "/areas#dimensions"})

    @app.get("/dimensions/{slug}", include_in_schema=False)
    def dimension(slug: str, request: Request, db: Database) -> Response:
        return _field(view, painter, request, db, ("dimensions", slug))


def _field(view: View, painter: Painter, request: Request, db: Database, asked: tuple[str, str]) -> Response:
    """A page by slug; another name of the same leads there."""
    plural, text = asked
    slug = lists.resolve(plural, text)
    if slug is None:
        return painter.paint(request, "missing", 404)
    if slug != text:
        return Response(status_code=308, headers={"Location": f"/{plural}/{slug}"})
    day = today(view)
    told = profiles.field_of_work(db, OF[plural], slug, view.hubs, kept_of(db), day)
    return painter.paint(request, "working", heading=told["name"], told=told, plural=plural, today=day)


def today(view: View) -> str:
    """The day it is in the Netherlands."""
    return datetime.fromtimestamp(view.clock() / 1000, UTC).astimezone(HOME).date().isoformat()
