"""The overview over HTTP: figures as JSON, CSV and XLSX, each with its definition and the way to its records."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final

import xlsxwriter
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from schemas.errors import Reject
from streams.national.overview import listed
from streams.view import figures
from streams.view.columns import Cell
from streams.view.exports import IN_MEMORY, LONGEST_CELL, Format, Moment, delivered, harmless, one_moment
from streams.view.labs import labs
from streams.view.rows import site_of

if TYPE_CHECKING:
    from streams.view.api import View

SIDES: Final = 3
"""The most dimensions a table has."""
HEADS: Final = (
    *("table", "name_nl", "name_en", "kind", "measure"),
    *(f"{head}_{at}" for at in range(1, SIDES + 1) for head in ("dimension", "value", "name_nl", "name_en")),
    *("state", "records", "samples", "value", "sample_value", "records_at", "definition_nl", "definition_en"),
)
TARGET_HEADS: Final = (
    *("target", "name_nl", "name_en", "value", "unit", "per", "period", "owner_nl", "owner_en", "scope"),
    *("source", "year", "reported", "reported_samples"),
)
CONTEXT_HEADS: Final = ("name_nl", "name_en", "value", "beside", "cited_from", "source")


class Form(StrEnum):
    """The kinds of file there are of the overview."""

    csv = "csv"
    xlsx = "xlsx"


def overview(db: sqlite3.Connection, view: View, only: str = "") -> dict[str, Any]:
    """All that the overview tells at this moment, or one of its tables."""
    now = view.clock()
    found = {
        "not_counted_yet": figures.not_counted_yet(db),
        "tables": list(figures.tables(db, view.hubs, now, only)),
    }
    if not only:
        found |= {"targets": figures.targets(db, now), "labs": labs(db, view.hubs)}
        found["context"] = figures.context(db)
    return found | view.about(db)


def attach(app: FastAPI, view: View) -> None:
    """Add the addresses of the overview."""

    @app.get("/api/v1/overview", tags=["overview"])
    def told(table: str = "") -> dict[str, Any]:
        """Figures by hub, area, year and so on, with definitions; targets, labs by city, and what others say.

        Each figure names the list of the records behind it. Of a table by two dimensions what is 0 is left out.
        """
        known = [one.slug for one in listed().tables]
        if table not in ("", *known):
            raise Reject(
                f"There is no table {table[:80]}", field="table", fix=f"There are {', '.join(known)}."
            )
        with one_moment(view) as (db, _, _):
            return overview(db, view, table)

    @app.get("/api/v1/overview.{form}", tags=["overview"])
    def file(form: Form, request: Request) -> StreamingResponse:
        """The same figures as a file: a row per figure; XLSX has sheets for targets, context and completeness."""
        return _sent(view, form, site_of(request))


def _sent(view: View, form: Form, site: str) -> StreamingResponse:
    to = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed by whoever sends it)
    try:
        with one_moment(view, site) as (db, _, moment):
            count = write(to, form, overview(db, view), moment)
    except BaseException:
        to.close()
        raise
    return delivered(to, "overview", Format(form.value), count, moment)


def write(to: IO[bytes], form: Form, told: Mapping[str, Any], moment: Moment) -> int:
    """Write the overview to a file; returns how many figures."""
    rows = list(_rows(told, moment.site))
    if form is Form.csv:
        _csv(to, rows)
    else:
        _xlsx(to, rows, told, moment)
    return len(rows)


def _rows(told: Mapping[str, Any], site: str) -> Iterator[list[Cell]]:
    for table in told["tables"]:
        for cell in table["cells"]:
            sides: list[Cell] = []
            for dimension in table["dimensions"]:
                label = cell["labels"][dimension]
                sides += [dimension, cell["values"][dimension], label["nl"], label["en"]]
            yield [
                *(table["table"], *_both(table["name"]), table["kind"], table["measure"]),
                *sides,
                *[None] * (4 * SIDES - len(sides)),
                *(
                    cell["state"],
                    cell["records"],
                    cell["samples"],
                    cell.get("value"),
                    cell.get("sample_value"),
                ),
                *(f"{site}{cell['items']}", *_both(table["definition"])),
            ]


def _both(text: Mapping[str, str]) -> tuple[str, str]:
    return text["nl"], text["en"]


def _target_rows(told: Mapping[str, Any]) -> Iterator[list[Cell]]:
    for one in told["targets"]:
        head = [one["target"], *_both(one["name"]), one["value"], one["unit"], one["per"], one["period"]]
        scope = "; ".join(organisation["name"] for organisation in one["scope"])
        head += [*_both(one["owner"]), scope, one["source"]]
        if not one["years"]:
            yield [*head, None, one["state"], None]
        for year in one["years"]:
            yield [*head, year["year"], year["value"], year["sample_value"]]


def _context_rows(told: Mapping[str, Any]) -> Iterator[list[Cell]]:
    for one in told["context"]:
        beside = one["beside"] or {"nl": None}
        yield [*_both(one["name"]), one["value"]["nl"], beside["nl"], one["cited_from"], one["source"]]


def _csv(to: IO[bytes], rows: Iterable[Sequence[Cell]]) -> None:
    text = io.TextIOWrapper(to, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADS)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    text.flush()
    text.detach()


def _xlsx(to: IO[bytes], rows: Iterable[Sequence[Cell]], told: Mapping[str, Any], moment: Moment) -> None:
    plain = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    about: list[Sequence[Cell]] = [("stand van / as of", moment.as_of, None, None)]
    about.append(("nog niet geteld / not counted yet", told["not_counted_yet"], None, None))
    for hub, one in moment.completeness.items():
        about.append((hub, one["state"], one["proven_up_to"], one.get("reason", "")))
    with xlsxwriter.Workbook(to, plain) as book:
        bold = book.add_format({"bold": True})
        for name, heads, lines in (
            ("overview", HEADS, rows),
            ("targets", TARGET_HEADS, _target_rows(told)),
            ("context", CONTEXT_HEADS, _context_rows(told)),
            (
                "toelichting",
                ("hub", "volledigheid / completeness", "bewezen tot / proven up to", "reden / reason"),
                about,
            ),
        ):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 1)
            sheet.write_row(0, 0, heads, bold)
            _filled(sheet, lines)


def _filled(sheet: Any, lines: Iterable[Sequence[Cell]]) -> None:
    for number, line in enumerate(lines, 1):
        for at, cell in enumerate(line):
            if isinstance(cell, str):
                sheet.write_string(number, at, cell[:LONGEST_CELL])
            elif cell is not None:
                sheet.write(number, at, cell)
