"""A sheet of an Excel workbook (xlsx) as rows of cells, in the words that a person would have typed.

First step of the journey. Dates come as YYYY-MM-DD, numbers with a decimal comma, yes and no as `ja` and `nee`,
formulas as their last value. A sheet is held in memory while it is read, so what it unpacks to is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from connectors.sources.tables import Record
from schemas.errors import Retry

UNPACKED_BYTES: Final = 400_000_000
_PARTS: Final = "xl/workbook.xml"
_NEARLY_MIDNIGHT: Final = timedelta(seconds=1)


def records(path: Path, sheet: str = "") -> Iterator[Record]:
    """The rows of a sheet (default: the first) that are not empty. Raises `Retry` for what is no sound workbook."""
    _sound(path)
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            for number, cells in enumerate(_sheet(book, sheet, path).iter_rows(), start=1):
                said = [text(cell) for cell in cells]
                if any(each.strip() for each in said):
                    yield Record(number, said, "\t".join(said) + "\n")
    except CalamineError as fault:
        raise Retry(
            f"The workbook cannot be read: {fault}", where=path.name, fix="Save it again as xlsx, or as CSV."
        ) from fault


def text(cell: Any) -> str:
    """A cell as a person would have typed it."""
    if isinstance(cell, bool):
        return "ja" if cell else "nee"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell).replace(".", ",")
    if isinstance(cell, datetime):
        rounded = cell + _NEARLY_MIDNIGHT
        whole = rounded.date() != cell.date() or cell.time() == time.min
        return (rounded if whole else cell).strftime("%Y-%m-%d" if whole else "%Y-%m-%d %H:%M:%S")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _sheet(book: CalamineWorkbook, sheet: str, path: Path) -> CalamineSheet:
    if not sheet:
        return book.get_sheet_by_index(0)
    if sheet not in book.sheet_names:
        raise Retry(
            f"There is no sheet {sheet!r}",
            where=path.name,
            fix=f"Name one in the manifest: {', '.join(book.sheet_names)}.",
        )
    return book.get_sheet_by_name(sheet)


def _sound(path: Path) -> None:
    """Refuse what is half uploaded, another kind of archive, or would fill the memory."""
    try:
        with ZipFile(path) as packed:
            size = sum(part.file_size for part in packed.infolist())
            known = _PARTS in packed.namelist()
    except BadZipFile as fault:
        raise Retry(
            "The workbook is not whole", where=path.name, fix="Upload it again.", after_s=2
        ) from fault
    if not known:
        raise Retry("This archive is no Excel workbook", where=path.name, fix="Save the list as xlsx or CSV.")
    if size > UNPACKED_BYTES:
        raise Retry(
            f"The workbook unpacks to {size / 1e6:.0f} MB",
            where=path.name,
            fix=f"At most {UNPACKED_BYTES / 1e6:.0f} MB are read; save the list as CSV.",
        )
