"""The page of the overview: the figures of `/api/v1/overview` as tables with bars, drawn without scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response

from streams.view.api import View
from streams.view.exports import one_moment
from streams.view.overview import Form, overview

if TYPE_CHECKING:
    from streams.view.painter import Painter

Label = Callable[[Mapping[str, str]], str]


def attach(app: FastAPI, view: View, painter: Painter) -> None:
    """Add the page."""

    @app.get("/overview", include_in_schema=False)
    def page(request: Request) -> Response:
        with one_moment(view) as (db, _, _):
            told = overview(db, view)
        shown = [one | _drawn(one) for one in told["tables"]]
        return painter.paint(
            request,
            "overview",
            told=told,
            totals=[one for one in shown if not one["dimensions"]],
            oneway=[one for one in shown if len(one["dimensions"]) == 1],
            twoway=[
                one for one in shown if len(one["dimensions"]) == 2 and one["table"] != "targets-by-year"
            ],
            forms=[form.value for form in Form],
        )


def _drawn(table: Mapping[str, Any]) -> dict[str, Any]:
    """What the page draws beside the figures: lengths of bars, or rows and columns."""
    if len(table["dimensions"]) == 1:
        most = max((cell["records"] for cell in table["cells"]), default=0)
        return {"most": most}
    if len(table["dimensions"]) == 2:
        return _matrix(table)
    return {}


def _matrix(table: Mapping[str, Any]) -> dict[str, Any]:
    """Rows of a table by two dimensions; a place that has no cell is 0 and given as None."""
    down, across = table["dimensions"]
    columns, rows = dict[str, Any](), dict[str, Any]()
    cells: dict[tuple[str, str], Any] = {}
    for cell in table["cells"]:
        one, two = cell["values"][down], cell["values"][across]
        rows[one], columns[two] = cell["labels"][down], cell["labels"][across]
        cells[one, two] = cell
    order = _in_order(columns, table)
    return {
        "columns": [columns[two] for two in order],
        "rows": [
            {"label": label, "cells": [cells.get((one, two)) for two in order]} for one, label in rows.items()
        ],
    }


def _in_order(columns: Mapping[str, Any], table: Mapping[str, Any]) -> Sequence[str]:
    """Columns as in the table that has this dimension alone; years by number; what is apart comes last."""
    if table["dimensions"][1] == "year":
        return sorted(columns, key=lambda value: (not value.isdigit(), value))
    return sorted(columns, key=lambda value: (value.startswith("not-"), columns[value]["nl"].casefold()))
