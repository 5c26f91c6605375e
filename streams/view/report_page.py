"""The page of a report: to read, to print, and to make another one."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI, Request, Response

from schemas.errors import Reject
from schemas.reference import lists
from streams.view.api import View
from streams.view.exports import one_moment
from streams.view.painter import Painter, tongue_of
from streams.view.report import asked_of, report
from streams.view.report_file import called, name_of
from streams.view.report_words import definitions, report_words
from streams.view.rows import site_of

SHOWN: Final = 200
"""So many changes stand on the page."""


def attach(app: FastAPI, view: View, painter: Painter) -> None:
    """Add the page."""

    @app.get("/report", include_in_schema=False)
    def page(request: Request) -> Response:
        tongue = tongue_of(request)
        values: dict[str, Any] = {"r": report_words(tongue), "defined": definitions(tongue), "still": True}
        try:
            with one_moment(view) as (db, _, _):
                told = report(view, db, asked_of(view, db, request), SHOWN)
        except Reject as fault:
            return painter.paint(request, "trouble_report", 400, fault=fault, **values)
        values |= {
            "told": told,
            "called": called(view, told, tongue),
            "site": site_of(request),
        }
        values["areas"] = lists.listed("areas")
        values["named"] = lambda listed, slug: name_of(view, listed, slug, tongue)
        return painter.paint(request, "report", **values)
