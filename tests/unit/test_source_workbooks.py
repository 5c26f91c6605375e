"""Lists in Excel workbooks read as if a person had typed them; what is no sound workbook gives no rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.sources import Faulty, Row, Verdict, open_source, workbooks
from tests.support.sample import read
from tests.support.workbook import Cell, write

HEAD: list[Cell] = ["Lidnummer", "Organisatie", "KvK-nummer", "Sinds", "Omzet", "Lid"]
TYPES = {"KvK-nummer": "digits8", "Sinds": "day", "Omzet": "number", "Lid": "yes"}
FIRST_OF_APRIL_2016 = 42461
BULK: list[list[Cell]] = [[number, "x" * 50] for number in range(500)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "leden.xlsx"


def look(path: Path, **options: Any) -> tuple[list[Row], list[Faulty], Verdict]:
    said = {"path": path, "mode": "snapshot", "id": ["Lidnummer"], "types": TYPES, "settle_s": 0}
    return read(open_source("files", said | options))


def test_cells_read_as_they_would_be_typed(path: Path) -> None:
    """Numbers that lost their zeros, dates with and without a drift, decimals, yes and no; title rows are passed by."""
    rows: list[list[Cell]] = [
        ["Ledenlijst 2026"],
        [],
        HEAD,
        [1, "Coöperatie “Één”", 8079417, FIRST_OF_APRIL_2016, 13.2, True],
        [2, " A\nB ", "08079417", FIRST_OF_APRIL_2016 + 1 / 24, 1250, False],
        [3, None, None, FIRST_OF_APRIL_2016 - 0.001 / 86_400, None, None],
    ]
    write(path, {"Leden": rows}, dates=[3])
    found, faulty, verdict = look(path)
    assert (faulty, verdict.complete) == ([], True)
    assert [row.source_id for row in found] == ["1", "2", "3"]
    assert [row.place for row in found] == [f"leden.xlsx, rij {number}" for number in (4, 5, 6)]
    first, second, third = (row.fields for row in found)
    assert first["Organisatie"] == "Coöperatie “Één”"
    assert [one["KvK-nummer"] for one in (first, second, third)] == ["08079417", "08079417", None]
    assert {one["Sinds"] for one in (first, second, third)} == {"2016-04-01"}
    assert [one["Omzet"] for one in (first, second, third)] == [13.2, 1250, None]
    assert [one["Lid"] for one in (first, second, third)] == [True, False, None]


def test_a_sheet_is_chosen_by_name(path: Path) -> None:
    """The first, unless the manifest names one; a name that is not there is said with those that are."""
    write(path, {"Uitleg": [["Lees mij"]], "Leden": [HEAD, [7, "A"]]})
    assert [row.source_id for row in look(path, sheet="Leden")[0]] == ["7"]
    rows, _, verdict = look(path, sheet="Weg")
    assert (rows, verdict.complete) == ([], False)
    assert "Uitleg, Leden" in verdict.reasons[0]


def test_half_a_workbook_another_archive_and_a_bomb_give_no_rows(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is partial, proves nothing, and says why."""
    write(path, {"Leden": [HEAD, *BULK]})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "not whole" in reason(path)
    path.write_bytes(whole.replace(b"xl/workbook.xml", b"xl/wordbook.xml"))
    assert "no Excel workbook" in reason(path)
    path.write_bytes(whole)
    monkeypatch.setattr(workbooks, "UNPACKED_BYTES", 10_000)
    assert "unpacks to" in reason(path)


def reason(path: Path) -> str:
    """Why a look took nothing."""
    rows, faulty, verdict = look(path)
    assert (rows, faulty, verdict.complete) == ([], [], False)
    return verdict.reasons[0]
