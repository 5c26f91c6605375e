"""The examples of docs/howto/calculate-with-the-files.md, as they stand there, on a file of the view."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from streams.view.exports import Format, write
from tests.unit.test_exports import MOMENT, item

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "calculate-with-the-files.md"
EXPECTED = [("limburg", 2), ("zuid-holland", 2)]


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Language and text of each, beside a file with two real projects and an invented one."""
    monkeypatch.chdir(tmp_path)
    real = [item("Een") | {"sample": False}, item("Twee") | {"sample": False}, item("Verzonnen")]
    with Path("projects.parquet").open("wb") as file:
        write(file, "project", Format.parquet, real, MOMENT)
    return re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_both_programs_count_the_same(examples: list[tuple[str, str]]) -> None:
    """And the metadata can be read as the page says."""
    (_, counted), (_, program), (_, said) = examples
    names: dict[str, Any] = {}
    exec(program, names)
    assert duckdb.execute(counted).fetchall() == names["per_hub"].rows() == EXPECTED
    assert ("zeven.change", "42") in duckdb.execute(said).fetchall()
