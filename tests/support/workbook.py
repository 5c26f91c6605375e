"""The smallest Excel workbooks (ECMA-376), for tests of how they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STYLES = (
    f"<styleSheet {_MAIN}><fonts><font/></fonts><fills><fill/></fills><borders><border/></borders>"
    '<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
Cell = str | float | bool | None


def write(path: Path, sheets: Mapping[str, Sequence[Sequence[Cell]]], dates: Sequence[int] = ()) -> None:
    """Write these rows; columns in `dates` are formatted as moments, so that Excel's day numbers read as dates."""
    names = list(sheets)
    with ZipFile(path, "w", ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        listed = "".join(
            f'<sheet name="{escape(name)}" sheetId="{at}" r:id="r{at}"/>' for at, name in enumerate(names, 1)
        )
        book.writestr(
            "xl/workbook.xml", f'<workbook {_MAIN} xmlns:r="{_REL}"><sheets>{listed}</sheets></workbook>'
        )
        places = "".join(
            f'<Relationship Id="r{at}" Type="{_REL}/worksheet" Target="worksheets/s{at}.xml"/>'
            for at in range(1, len(names) + 1)
        )
        package = "http://schemas.openxmlformats.org/package/2006/relationships"
        office = f'<Relationship Id="r1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/>'
        book.writestr("_rels/.rels", f'<Relationships xmlns="{package}">{office}</Relationships>')
        book.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}">{places}</Relationships>'
        )
        book.writestr("xl/styles.xml", _STYLES)
        for at, name in enumerate(names, 1):
            rows = "".join(f"<row>{''.join(_cells(row, dates))}</row>" for row in sheets[name])
            sheet = f"<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>"
            book.writestr(f"xl/worksheets/s{at}.xml", sheet)


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
