"""Parquet files of the view, read by two programs that did not write them: DuckDB and polars."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from streams.view import parquet
from streams.view.columns import columns_of
from streams.view.exports import Format, write
from tests.unit.test_exports import FUNDING, MOMENT, item


def written(to: Path, *items: Any, kind: str = "project") -> Path:
    """A file with these records."""
    with to.open("wb") as file:
        assert write(file, kind, Format.parquet, items, MOMENT) == len(items)
    return to


def metadata(file: Path) -> dict[str, str]:
    """What DuckDB reads from the end of the file."""
    rows = duckdb.execute("SELECT key, value FROM parquet_kv_metadata(?)", [str(file)]).fetchall()
    return {key.decode(): value.decode() for key, value in rows}


def test_duckdb_reads_lists_as_lists_and_times_as_times(tmp_path: Path) -> None:
    """Nothing has to be cut from a text."""
    file = written(tmp_path / "p.parquet", item(areas=["a", "b"], funding=FUNDING, start="2026-03-01"))
    asked = "SELECT hubs[2], areas, funding[1].amount_eur, start, epoch_ms(last_changed_at), organisations[1].role"
    row = duckdb.execute(f"{asked} FROM read_parquet(?)", [str(file)]).fetchone()
    last = int(datetime(2026, 2, 1, tzinfo=UTC).timestamp() * 1000)
    assert row == ("zuid-holland", ["a", "b"], 1000, date(2026, 3, 1), last, "lead")


def test_polars_reads_zones_and_flags(tmp_path: Path) -> None:
    """An instant says that it is in UTC."""
    table = pl.read_parquet(written(tmp_path / "p.parquet", item("Een"), item("Twee")))
    assert table.columns == [column.name for column in columns_of("project")]
    assert table.schema["first_changed_at"] == pl.Datetime("ms", "UTC")
    assert table.schema["areas"] == pl.List(pl.String)
    assert table["title"].to_list() == ["Een", "Twee"]
    assert (table["sample"].to_list(), table["sequence"].to_list()) == ([True, True], [3, 3])


def test_the_metadata_says_of_when_it_is_and_what_it_holds(tmp_path: Path) -> None:
    """The digest is that of the NDJSON file of the same records."""
    lines = io.BytesIO()
    write(lines, "project", Format.ndjson, [item()], MOMENT)
    said = metadata(written(tmp_path / "p.parquet", item()))
    assert (said["zeven.as_of"], said["zeven.change"], said["zeven.records"]) == (MOMENT.as_of, "42", "1")
    assert said["zeven.ndjson_sha256"] == hashlib.sha256(lines.getvalue()).hexdigest()
    assert '"limburg"' in said["zeven.completeness"]


def test_a_text_that_is_no_day_is_counted_and_stops_nothing(tmp_path: Path) -> None:
    """Its cell is empty."""
    file = written(tmp_path / "p.parquet", item(start="voorjaar"), item(start="2026-03-01"))
    assert pl.read_parquet(file)["start"].to_list() == [None, date(2026, 3, 1)]
    assert metadata(file)["zeven.unreadable_times"] == "1"


def test_records_are_written_group_by_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than a group is asked for before the group before it was written."""
    monkeypatch.setattr(parquet, "GROUP_ROWS", 10)
    file, sizes = tmp_path / "p.parquet", []
    with file.open("wb", buffering=0) as to:

        def items() -> Iterator[Any]:
            for number in range(25):
                sizes.append(to.tell())
                yield item(f"Project {number}")

        assert write(to, "project", Format.parquet, items(), MOMENT) == 25
    asked = "SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata(?) ORDER BY 1"
    assert duckdb.execute(asked, [str(file)]).fetchall() == [(0, 10), (1, 10), (2, 5)]
    assert sizes[0] == sizes[9] < sizes[10] == sizes[19] < sizes[20]


@pytest.mark.parametrize("kind", ["project", "event", "membership", "organisation"])
def test_a_file_without_records_has_all_columns(tmp_path: Path, kind: str) -> None:
    """Of each kind, in the order of the other files."""
    table = pl.read_parquet(written(tmp_path / "p.parquet", kind=kind))
    assert (table.height, table.columns) == (0, [column.name for column in columns_of(kind)])
