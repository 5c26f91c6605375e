"""Reports as a workbook, and what their values are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final

import xlsxwriter
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from streams.view.asked import parameters
from streams.view.exports import IN_MEMORY, LONGEST_CELL, Format, Moment, delivered, one_moment
from streams.view.report import WORDS, asked_of, report
from streams.view.report_words import definitions, report_words
from streams.view.rows import site_of
from streams.view.words import called as named

if TYPE_CHECKING:
    from streams.view.api import View

CHANGES: Final = 5_000
"""So many changes stand in the workbook."""
LISTS: Final = {"status": "project_statuses", "areas": "areas"}
Cell = str | int | None


def attach(app: FastAPI, view: View) -> None:
    """Add the address of the workbook."""

    @app.get("/api/v1/report.xlsx", tags=["files"], openapi_extra={"parameters": parameters(WORDS)})
    def sheet(request: Request) -> StreamingResponse:
        """A report as a workbook: figures with definitions, projects, events, changes, completeness."""
        site = site_of(request)
        with one_moment(view, site, request.query_params.get("as_of", "")) as (db, _, moment):
            told = report(view, db, asked_of(view, db, request), CHANGES)
        file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed by whoever sends it)
        try:
            write(file, view, told, moment)
        except BaseException:
            file.close()
            raise
        return delivered(file, "report", Format.xlsx, len(told["projects"]), moment)


def called(view: View, told: Mapping[str, Any], tongue: str) -> str:
    """What the selection is called."""
    asked = told["asked"]
    parts = [
        name_of(view, "hubs", asked.hub, tongue) if asked.hub else "",
        named("areas", asked.area, tongue) if asked.area else "",
        named("dimensions", asked.dimension, tongue) if asked.dimension else "",
    ]
    return " · ".join(filter(None, parts)) or report_words(tongue)["nation"]


def name_of(view: View, listed: str, slug: str, tongue: str) -> str:
    """What a value of a split is called."""
    if listed == "hubs":
        return next((hub.nl if tongue == "nl" else hub.en for hub in view.hubs if hub.slug == slug), slug)
    if not slug:
        return report_words(tongue)["not_reported"]
    return named(LISTS.get(listed, listed), slug, tongue)


def write(to: IO[bytes], view: View, told: Mapping[str, Any], moment: Moment) -> None:
    """The workbook; Dutch, with English beside the definitions."""
    plain = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(to, plain) as book:
        bold = book.add_format({"bold": True})
        for name, heading, rows in _sheets(view, told, moment):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, 0, 42)
            sheet.write_row(0, 0, heading, bold)
            for number, row in enumerate(rows, 1):
                for at, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(number, at, cell[:LONGEST_CELL])
                    elif cell is not None:
                        sheet.write(number, at, cell)


def _sheets(
    view: View, told: Mapping[str, Any], moment: Moment
) -> Iterable[tuple[str, Sequence[str], Iterable[Sequence[Cell]]]]:
    yield (
        "Overzicht",
        ("Cijfer / figure", "Waarde / value", "Definitie", "Definition"),
        _overview(view, told, moment),
    )
    heads = ("Titel", "Status", "Van", "Tot", "Hubs", "Werkgebieden", "Verzonnen", "Adres")
    yield "Projecten", heads, (_listed(item, "project", moment) for item in told["projects"])
    yield "Evenementen", heads, (_listed(item, "event", moment) for item in told["events"])
    changes = (
        (one["title"], one["what"], one["at"], ", ".join(one["hubs"]), one["id"], _fields(one))
        for one in told["changes"]["items"]
    )
    yield "Veranderingen", ("Titel", "Wat", "Wanneer", "Hubs", "Id", "Velden"), changes
    dutch, english = definitions("nl"), definitions("en")
    yield (
        "Definities",
        ("Cijfer", "Definitie", "Definition"),
        ((key, dutch[key], english[key]) for key in dutch),
    )


def _overview(view: View, told: Mapping[str, Any], moment: Moment) -> Iterable[Sequence[Cell]]:
    asked, words = told["asked"], report_words("nl")
    dutch, english = definitions("nl"), definitions("en")
    yield (words["report"], called(view, told, "nl"))
    yield (words["period"], f"{asked.first} {words['until']} {asked.last}")
    yield (words["state_of"], moment.as_of)
    permanent = told["permanent"]
    yield (words["permanent"], f"{moment.site}/report?{permanent}" if permanent else words["not_permanent"])
    yield ()
    for key, value in told["figures"].items():
        yield (words[key], value or words["nothing"], dutch[key], english[key])
    yield (words["invented"], told["samples"])
    for name, rows in told["splits"].items():
        yield ()
        yield (words[name], None, dutch[name], english[name])
        yield from ((name_of(view, name, slug, "nl"), count) for slug, count in rows)
    yield ()
    yield (words["indicators"], None, dutch["indicators"], english["indicators"])
    for name, year, value, _ in told["indicators"]:
        yield (f"{named('indicators', name, 'nl')} {year}", value)
    yield ()
    yield (words["completeness"],)
    for hub, one in told["completeness"].items():
        said = "; ".join(one.get("sentences", {}).get("nl", ())) or one["state"]
        yield (name_of(view, "hubs", hub, "nl"), one["proven_up_to"] or one["state"], said)


def _listed(item: Mapping[str, Any], kind: str, moment: Moment) -> Sequence[Cell]:
    fields = item["fields"]
    areas = ", ".join(named("areas", slug, "nl") for slug in fields["areas"])
    days = (fields["start"], fields["end"])
    page = f"{moment.site}/{kind}s/{item['id']}"
    return (item["title"], fields["status"], *days, ", ".join(item["hubs"]), areas, item["mark"], page)


def _fields(one: Mapping[str, Any]) -> str:
    return ", ".join(change["field"] for change in one.get("changes", ()))
