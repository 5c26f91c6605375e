"""Lists as files: CSV, NDJSON, XLSX, JSON-LD and Parquet of all that a filter finds, read in one moment.

Every file has a digest, the number of the last change that it holds (`/api/v1/changes?since=` goes on from there
without a gap), and beside it at `/api/v1/exports` the completeness per hub and the meaning of each column.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

import orjson
import xlsxwriter
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from schemas.errors import Reject
from streams.view import answers, parquet, past
from streams.view.answers import SAMPLE_MARK, Query
from streams.view.columns import Cell, columns_of, rows_of
from streams.view.filters import FILTERS, query_of
from streams.view.linked_data import CONTEXT, linked
from streams.view.rows import site_of
from streams.view.tables import open_reader

if TYPE_CHECKING:
    from streams.view.api import View

IN_MEMORY: Final = 8 * 1024 * 1024
PIECE: Final = 256 * 1024
MOST_ROWS: Final = 1_048_575
"""What a sheet holds beside its heading (ECMA-376)."""
LONGEST_CELL: Final = 32_767
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
Answer = Mapping[str, Any]


class Format(StrEnum):
    """The kinds of file there are."""

    csv = "csv"
    ndjson = "ndjson"
    xlsx = "xlsx"
    jsonld = "jsonld"
    parquet = "parquet"


class Moment(NamedTuple):
    """What a file says of the state that it holds."""

    as_of: str
    change: int
    completeness: Mapping[str, Any]
    site: str = ""
    names: Mapping[str, str] = {}
    """What the hubs are called."""
    watermark: str = ""


def write(to: IO[bytes], kind: str, form: Format, items: Iterable[Answer], moment: Moment) -> int:
    """Write records to a file; returns how many. Raises `Reject` when a sheet cannot hold them."""
    return _WRITERS[form](to, kind, items, moment)


def _csv(to: IO[bytes], kind: str, items: Iterable[Answer], moment: Moment) -> int:
    """As a Dutch Excel opens it: semicolons, CRLF, a mark for UTF-8; no cell is taken for a formula."""
    del moment
    text = io.TextIOWrapper(to, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([column.name for column in columns_of(kind)])
    count = 0
    for row in rows_of(kind, items):
        writer.writerow(map(harmless, row))
        count += 1
    text.flush()
    text.detach()
    return count


def harmless(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(cell, bool):
        return "ja" if cell else "nee"
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _ndjson(to: IO[bytes], kind: str, items: Iterable[Answer], moment: Moment) -> int:
    """A line per record, each as the API gives it."""
    del kind, moment
    count = 0
    for item in items:
        to.write(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE))
        count += 1
    return count


def _jsonld(to: IO[bytes], kind: str, items: Iterable[Answer], moment: Moment) -> int:
    """One document in the words of schema.org, with all records in its graph."""
    del kind
    count = 0
    to.write(b'{"@context":"' + CONTEXT.encode() + b'","@graph":[')
    for item in items:
        to.write(b"," if count else b"")
        to.write(orjson.dumps(linked(item, moment.site, moment.names)))
        count += 1
    to.write(b"]}")
    return count


def _xlsx(to: IO[bytes], kind: str, items: Iterable[Answer], moment: Moment) -> int:
    """A sheet with the records, and one that says of when they are, how complete, and what each column means."""
    plain = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(to, plain) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(f"{kind}s")
        sheet.freeze_panes(1, 2)
        sheet.write_row(0, 0, [column.name for column in columns_of(kind)], bold)
        count = 0
        for row in rows_of(kind, items):
            count += 1
            if count > MOST_ROWS:
                raise Reject(
                    f"A sheet holds {MOST_ROWS} records, and there are more",
                    fix="Take csv or ndjson, or filter.",
                )
            for at, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(count, at, cell[:LONGEST_CELL])
                elif cell is not None:
                    sheet.write(count, at, cell)
        if count:
            sheet.autofilter(0, 0, count, len(columns_of(kind)) - 1)
        _explained(book.add_worksheet("toelichting"), bold, kind, count, moment)
    return count


def _explained(sheet: Any, bold: Any, kind: str, count: int, moment: Moment) -> None:
    lines: list[Sequence[Cell]] = [
        ("stand van / as of", moment.as_of),
        ("aantal / records", count),
        ("laatste wijziging / last change", moment.change),
        ("watermerk / watermark", moment.watermark),
        ("merk / mark", f"{SAMPLE_MARK} = verzonnen / invented"),
        (),
        ("hub", "volledigheid / completeness", "bewezen tot / proven up to", "reden / reason", "in woorden"),
    ]
    for hub, one in moment.completeness.items():
        said = "; ".join(one.get("sentences", {}).get("nl", ()))
        lines.append((hub, one["state"], one["proven_up_to"], one.get("reason", ""), said))
    lines += [(), ("kolom / column", "soort / type", "betekenis / meaning")]
    lines += [(column.name, column.type, column.what) for column in columns_of(kind)]
    for number, line in enumerate(lines):
        for at, cell in enumerate(line):
            if cell is not None:
                heading = line[0] in ("hub", "kolom / column")
                sheet.write(number, at, cell, bold if heading else None)


_WRITERS: Final[Mapping[Format, Callable[[IO[bytes], str, Iterable[Answer], Moment], int]]] = {
    Format.csv: _csv,
    Format.ndjson: _ndjson,
    Format.xlsx: _xlsx,
    Format.jsonld: _jsonld,
    Format.parquet: parquet.write,
}
MEDIA: Final = {
    Format.csv: "text/csv; charset=utf-8",
    Format.ndjson: "application/x-ndjson",
    Format.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.jsonld: "application/ld+json",
    Format.parquet: "application/vnd.apache.parquet",
}


def attach(app: FastAPI, view: View, plurals: Sequence[str]) -> None:
    """Add the addresses of files, and the one that describes them."""

    @app.get("/api/v1/exports", tags=["files"])
    def described() -> dict[str, Any]:
        """Which files there are, what their columns mean, of when they are and how complete."""
        with one_moment(view) as (_, _, moment):
            names = ("as_of", "change", "watermark", "completeness")
            told = {name: getattr(moment, name) for name in names}
            return told | {"files": [_described(plural) for plural in plurals]}

    def served(plural: str) -> None:
        @app.get(
            f"/api/v1/{plural}.{{form}}",
            tags=["files"],
            name=f"{plural}_file",
            openapi_extra={"parameters": FILTERS},
        )
        def file(form: Format, request: Request) -> StreamingResponse:
            """All records that the filters find, as one file."""
            return _sent(view, plural, form, query_of(request), request)

    for plural in plurals:
        served(plural)


def _described(plural: str) -> dict[str, Any]:
    columns = columns_of(plural[:-1])
    return {
        "name": plural,
        "formats": {form.value: f"/api/v1/{plural}.{form.value}" for form in Format},
        "columns": [{"name": one.name, "type": one.type, "what": one.what} for one in columns],
    }


@contextmanager
def one_moment(
    view: View, site: str = "", as_of: str = ""
) -> Iterator[tuple[sqlite3.Connection, int | None, Moment]]:
    """What is read inside is one state of the database, whatever is written meanwhile; and the moment asked for."""
    with closing(open_reader(view.folder)) as db:
        db.execute("BEGIN")
        at = view.moment(db, as_of)
        about = view.about(db, at)
        last, mark = answers.last_change(db), about["watermark"] or ""
        yield db, at, Moment(about["as_of"], last, about["completeness"], site, view.names, mark)


def _sent(view: View, plural: str, form: Format, query: Query, request: Request) -> StreamingResponse:
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed by whoever sends it)
    try:
        asked = request.query_params.get("as_of", "")
        with one_moment(view, site_of(request), asked) as (db, at, moment):
            items = (answers if at is None else past).every(db, plural[:-1], replace(query, at=at))
            count = write(file, plural[:-1], form, items, moment)
    except BaseException:
        file.close()
        raise
    return delivered(file, plural, form, count, moment)


def delivered(file: IO[bytes], name: str, form: Format, count: int, moment: Moment) -> StreamingResponse:
    """A file that was written, as an answer: its digest, of when it is, and how many records are in it."""
    digest = hashlib.sha256()
    for piece in _pieces(file):
        digest.update(piece)
    day = (moment.as_of or "")[:10]
    headers = {
        "Content-Digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:",
        "Content-Disposition": f'attachment; filename="zeven-{name}-{day}.{form.value}"',
        "Content-Length": str(file.tell()),
        "Link": '</api/v1/exports>; rel="describedby"',
        "Zeven-As-Of": moment.as_of,
        "Zeven-Change": str(moment.change),
        "Zeven-Records": str(count),
        "Zeven-Watermark": moment.watermark,
    }
    return StreamingResponse(_given(file), media_type=MEDIA[form], headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece


def _given(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        yield from _pieces(file)
