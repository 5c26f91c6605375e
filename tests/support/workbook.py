"""Excel workbooks of a test's own, written as the stand-in list of members is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.samples.faces.workbook import Cell, workbook

__all__ = ["Cell", "write"]


def write(path: Path, sheets: Mapping[str, Sequence[Sequence[Cell]]], dates: Sequence[int] = ()) -> None:
    """Write these rows; columns in `dates` read as dates."""
    path.write_bytes(workbook(sheets, dates))
