"""Lists in JSON read as tables do; what is no sound list of objects gives no rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.sources import Faulty, Row, Verdict, objects, open_source
from tests.support.sample import read

TYPES = {"kvk": "digits8", "sinds": "day", "omzet": "number", "lid": "yes"}
ONE: dict[str, Any] = {
    "nr": 7,
    "naam": {"nl": "Coöperatie “Één”"},
    "kvk": 8079417,
    "sinds": "2016-04-01T00:00:00Z",
    "omzet": 13.25,
    "lid": True,
    "gebieden": ["Zorg", "Energie"],
    "weg": None,
}


def look(path: Path, content: Any, **options: Any) -> tuple[list[Row], list[Faulty], Verdict]:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    said = {"path": path, "mode": "snapshot", "id": ["nr"], "types": TYPES, "settle_s": 0}
    return read(open_source("files", said | options))


@pytest.mark.parametrize("form", ["list", "inside", "lines"])
def test_objects_read_as_rows_in_every_form(tmp_path: Path, form: str) -> None:
    """A bare list, the one list of a document, and a line per object; dotted names, words of a list in one cell."""
    other = {"nr": 8, "extra": "x"}
    content = {
        "list": [ONE, other],
        "inside": {"meta": {"count": 2}, "items": [ONE, other]},
        "lines": f"{json.dumps(ONE)}\n\n{json.dumps(other)}\n",
    }[form]
    path = tmp_path / ("leden.jsonl" if form == "lines" else "leden.json")
    rows, faulty, verdict = look(path, content)
    assert (faulty, verdict.complete) == ([], True)
    assert [row.source_id for row in rows] == ["7", "8"]
    assert rows[0].fields == {
        "nr": "7",
        "naam.nl": "Coöperatie “Één”",
        "kvk": "08079417",
        "sinds": "2016-04-01",
        "omzet": 13.25,
        "lid": True,
        "gebieden": "Zorg, Energie",
        "weg": None,
        "extra": None,
    }
    assert rows[1].fields["extra"] == "x"


@pytest.mark.parametrize(
    "content",
    [
        "",
        '[{"nr": 1}',
        '{"a": [], "b": []}',
        "[1, 2]",
        '"tekst"',
        "[" * 100_000,
        '{"nr": ' * 30 + "1" + "}" * 30,
        json.dumps([{"a": json.loads('{"b": ' * 30 + "1" + "}" * 30)}]),
    ],
    ids=["empty", "half", "two lists", "numbers", "text", "deep", "no list", "deep inside"],
)
def test_what_is_no_list_of_objects_gives_no_rows_and_proves_nothing(tmp_path: Path, content: str) -> None:
    """Each is partial and says why."""
    rows, faulty, verdict = look(tmp_path / "leden.json", content, id=[])
    assert (rows, faulty, verdict.complete) == ([], [], False)
    assert verdict.reasons[0]


def test_a_list_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said before it is read."""
    monkeypatch.setattr(objects, "LARGEST_BYTES", 10)
    _, _, verdict = look(tmp_path / "leden.json", [ONE])
    assert "more than" in verdict.reasons[0]
