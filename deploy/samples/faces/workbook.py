"""The list of members as people keep it in Excel: a workbook (ECMA-376). Pure; the same rows give the same bytes.

Before the journey. A title above the headings, numbers that have lost their leading zero, days as Excel counts them,
a second sheet that explains the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from deploy.samples.store import Stored

_SHEETS: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_MAIN: Final = f'xmlns="{_SHEETS}"'
_REL: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_FORMAT: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES: Final = (
    f'<styleSheet {_MAIN}><fonts count="1"><font/></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
_DAY_ZERO: Final = date(1899, 12, 30)
HEADINGS: Final = {
    "Naam organisatie": "Organisatie",
    "KvK-nr": "KvK-nummer",
    "ROR-id": "ROR",
    "Website": "Website",
    "Werkgroep of hub": "Orgaan",
    "Functie": "Rol",
    "Organisatietype": "Soort",
    "Ingangsdatum": "Lid sinds",
    "Einddatum": "Lid tot",
    "Via": "Via",
    "Toelichting": "Opmerking",
}
"""Heading in the workbook -> part of a membership."""
Cell = str | float | bool | None


def members(title: str, items: Iterable[Stored]) -> bytes:
    """The workbook of a list of members."""
    headings = ["Nr", *HEADINGS]
    rows: list[list[Cell]] = [[title], ["Voorbeelddata: verzonnen"], [], [*headings]]
    rows += [[item.source_id, *(_said(item, name) for name in HEADINGS)] for item in items]
    days = [headings.index("Ingangsdatum"), headings.index("Einddatum")]
    notes: list[list[Cell]] = [["Vul per lidmaatschap een regel in."], ["Wie stopt krijgt een einddatum."]]
    return workbook({"Leden": rows, "Toelichting": notes}, days)


def _said(item: Stored, heading: str) -> Cell:
    said = str(item.body.get(HEADINGS[heading]) or "")
    if heading == "KvK-nr" and said.isdigit():
        return int(said)
    if heading in ("Ingangsdatum", "Einddatum") and said:
        return (datetime.strptime(said, "%d-%m-%Y").date() - _DAY_ZERO).days  # noqa: DTZ007 (a day)
    return said or None


def workbook(sheets: Mapping[str, Sequence[Sequence[Cell]]], dates: Sequence[int] = ()) -> bytes:
    """A workbook of these rows; columns in `dates` are formatted as moments, so that day numbers read as dates."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as book:
        for name, part in _parts(sheets, dates).items():
            entry = ZipInfo(name)  # of 1980, so that equal rows are equal bytes
            entry.compress_type = ZIP_DEFLATED
            book.writestr(entry, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{part}')
    return out.getvalue()


def _parts(sheets: Mapping[str, Sequence[Sequence[Cell]]], dates: Sequence[int]) -> dict[str, str]:
    numbers = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{at}" r:id="r{at}"/>' for at, name in enumerate(sheets, 1)
    )
    targets = "".join(_relation(f"r{at}", "worksheet", f"worksheets/s{at}.xml") for at in numbers)
    kinds = "".join(_kind(f"/xl/worksheets/s{at}.xml", "worksheet") for at in numbers)
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{_kind('/xl/workbook.xml', 'sheet.main')}{_kind('/xl/styles.xml', 'styles')}{kinds}</Types>",
        "_rels/.rels": _relations(_relation("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_REL}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(targets + _relation("r0", "styles", "styles.xml")),
        "xl/styles.xml": _STYLES,
    } | {
        f"xl/worksheets/s{at}.xml": f"<worksheet {_MAIN}><sheetData>"
        + "".join(f"<row>{''.join(_cells(row, dates))}</row>" for row in rows)
        + "</sheetData></worksheet>"
        for at, rows in enumerate(sheets.values(), 1)
    }


def _relations(inside: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inside}</Relationships>'


def _relation(ident: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{ident}" Type="{_REL}/{kind}" Target="{target}"/>'


def _kind(part: str, kind: str) -> str:
    return f'<Override PartName="{part}" ContentType="{_FORMAT}.{kind}+xml"/>'


def _cells(row: Sequence[Cell], dates: Sequence[int]) -> list[str]:
    return [_cell(value, at in dates) for at, value in enumerate(row)]


def _cell(value: Cell, moment: bool) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c s="{int(moment)}"><v>{value!r}</v></c>'
