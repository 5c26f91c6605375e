"""Lists as Dutch Excel saves them, and files that are not whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from connectors.sources import Faulty, Row, Verdict, open_source
from tests.support.sample import now, read

HEAD = "Lidnummer;Organisatie;KvK-nummer;Sinds;Omzet\r\n"
TYPES = {"KvK-nummer": "digits8", "Sinds": "day", "Omzet": "number"}


def look(
    path: Path, content: bytes | str, encoding: str = "cp1252", **options: Any
) -> tuple[list[Row], list[Faulty], Verdict]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    said = {"path": path, "mode": "snapshot", "id": ["Lidnummer"], "types": TYPES, "settle_s": 0}
    return read(open_source("files", said | options))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "leden.csv"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
def test_every_encoding_of_excel_reads_alike(path: Path, encoding: str) -> None:
    rows, faulty, verdict = look(path, HEAD + "1;Coöperatie “Één”;8079417;1-4-2016;13,2\r\n", encoding)
    assert not faulty
    assert verdict.complete
    assert rows[0].fields == {
        "Lidnummer": "1",
        "Organisatie": "Coöperatie “Één”",
        "KvK-nummer": "08079417",
        "Sinds": "2016-04-01",
        "Omzet": 13.2,
    }


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
def test_the_delimiter_is_found_and_a_sep_line_is_believed(path: Path, mark: str) -> None:
    text = HEAD.replace(";", mark) + mark.join(("1", '"A, B; C"', "12345678", "1-4-2016", "5")) + "\r\n"
    assert look(path, text)[0][0].fields["Organisatie"] == "A, B; C"
    assert look(path, f"sep={mark}\r\n{text}")[0][0].fields["Organisatie"] == "A, B; C"


def test_line_breaks_in_cells_and_blank_rows_and_title_rows_are_no_trouble(path: Path) -> None:
    text = "Ledenlijst;;;;\r\n;;;;\r\n" + HEAD + '1;"A\r\nB";12345678;1-4-2016;5\r\n;;;;\r\n2;C;;;\r\n'
    rows, faulty, _ = look(path, text)
    assert [(row.source_id, row.fields["Organisatie"]) for row in rows] == [("1", "A\r\nB"), ("2", "C")]
    assert rows[1].fields["KvK-nummer"] is None
    assert not faulty


def test_headings_may_change_in_case_accents_blanks_and_by_known_other_names(path: Path) -> None:
    text = "\ufeffLID  NUMMER;Náám;KvK nr.\r\n1;TNO;12345678\r\n"
    columns = {"Lidnummer": ["lid nummer"], "Organisatie": ["Naam"], "KvK-nummer": ["kvk-nr"]}
    rows, _, _ = look(path, text, "utf-8", columns=columns)
    assert rows[0].fields == {"Lidnummer": "1", "Organisatie": "TNO", "KvK-nummer": "12345678"}


def test_a_missing_heading_gives_no_rows_and_no_absence(path: Path) -> None:
    rows, _, verdict = look(path, "Nr;Naam\r\n1;TNO\r\n")
    assert rows == []
    assert not verdict.complete
    assert "Lidnummer" in verdict.reasons[0]


def test_a_bad_cell_sets_its_row_aside_with_its_bytes_and_the_rest_goes_on(path: Path) -> None:
    text = HEAD + "1;A;1,2E+07;1-4-2016;5\r\n2;B;12345678;31-02-2016;5\r\n3;C;12345678;1-4-2016;5\r\n"
    rows, faulty, verdict = look(path, text)
    assert [row.source_id for row in rows] == ["3"]
    assert [(each.source_id, each.reject.field) for each in faulty] == [("1", "KvK-nummer"), ("2", "Sinds")]
    assert faulty[0].original == b"1;A;1,2E+07;1-4-2016;5\r\n"
    assert faulty[0].place == "leden.csv, rij 2"
    assert verdict.complete


def test_the_same_row_twice_is_one_and_two_that_differ_are_both_set_aside(path: Path) -> None:
    text = HEAD + "1;A;;;\r\n1;A;;;\r\n2;B;;;\r\n2;Anders;;;\r\n3;C;;;\r\n"
    rows, faulty, _ = look(path, text)
    assert [row.source_id for row in rows] == ["1", "3"]
    assert [each.source_id for each in faulty] == ["2", "2"]
    assert "rows 4 and 5" in str(faulty[0].reject)


def test_a_row_with_more_cells_than_the_header_is_set_aside(path: Path) -> None:
    text = HEAD + "1;A; met puntkomma;12345678;1-4-2016;5\r\n2;B;12345678;1-4-2016;5;;\r\n"
    rows, faulty, _ = look(path, text)
    assert [row.source_id for row in rows] == ["2"]
    assert [each.source_id for each in faulty] == ["1"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        HEAD.encode(),
        (HEAD + "1;A;;;\r\n2;B").encode(),
        (HEAD + '1;"A;;;\r\n2;B;;;\r\n').encode(),
        HEAD.encode() + b"1;A;;;\r\n" + bytes(512),
        b"PK\x03\x04rest of a workbook",
        b"\xd0\xcf\x11\xe0rest of an old workbook",
        HEAD.encode() + b'1;"' + b"x" * 200_000 + b"\r\n",
        HEAD.encode() + b"1;" + b"x" * 1_100_000,
    ],
    ids=[
        "no bytes",
        "header only",
        "cut row",
        "open quote",
        "zeros",
        "xlsx",
        "xls",
        "endless cell",
        "endless line",
    ],
)
def test_a_file_that_is_not_whole_gives_no_rows_and_proves_nothing(path: Path, content: bytes) -> None:
    rows, faulty, verdict = look(path, content)
    assert (rows, faulty) == ([], [])
    assert not verdict.complete
    assert verdict.state in ("partial", "failing")
    assert verdict.reasons[0]


def test_a_missing_file_is_failing_and_says_so(tmp_path: Path) -> None:
    source = open_source("files", {"path": tmp_path / "weg.csv", "mode": "snapshot"})
    rows, _, verdict = read(source)
    assert (rows, verdict.state, verdict.complete) == ([], "failing", False)
    assert source.confirm(["1"], now)["1"].state == "unknown"


def test_a_file_is_left_alone_until_nobody_writes_it(path: Path) -> None:
    path.write_text(HEAD + "1;A;;;\r\n", newline="")
    written = path.stat().st_mtime
    source = open_source("files", {"path": path, "mode": "snapshot", "id": ["Lidnummer"], "settle_s": 5})
    rows, _, verdict = read(source, clock=lambda: int((written + 1) * 1000))
    assert (rows, verdict.state) == ([], "partial")
    assert 3.5 < (verdict.resume_after_s or 0) <= 5
    rows, _, verdict = read(source, clock=lambda: int((written + 6) * 1000))
    assert (len(rows), verdict.state) == (1, "live")


def test_the_same_bytes_again_are_unchanged_even_with_another_time(path: Path) -> None:
    _, _, verdict = look(path, HEAD + "1;A;;;\r\n")
    os.utime(path, (1, 1))
    source = open_source("files", {"path": path, "mode": "snapshot", "id": ["Lidnummer"], "settle_s": 0})
    rows, _, again = read(source, verdict.next_state)
    assert (rows, again.unchanged, again.complete, again.snapshot) == ([], True, True, verdict.snapshot)


def test_only_a_whole_snapshot_says_that_a_row_is_gone(path: Path) -> None:
    look(path, HEAD + "1;A;;;\r\n2;B;;;\r\n")
    said = {"path": path, "id": ["Lidnummer"], "settle_s": 0}
    snapshot, addition = (open_source("files", said | {"mode": mode}) for mode in ("snapshot", "addition"))
    asked = ["1", "9"]
    assert {k: v.state for k, v in snapshot.confirm(asked, now).items()} == {"1": "present", "9": "gone"}
    assert {k: v.state for k, v in addition.confirm(asked, now).items()} == {"1": "present", "9": "unknown"}
    path.write_bytes(b"")
    assert {v.state for v in snapshot.confirm(asked, now).values()} == {"unknown"}
