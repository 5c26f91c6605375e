"""Frozen rows of each hub's sources and what its mapping makes of them, or why it rejects them.

A file a hub in `tests/unit/mappings`. Of what a mapping says only what is not empty stands there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors import manifest as manifests
from connectors.sources import Row
from schemas.errors import Reject
from schemas.settings import Settings
from schemas.topics import KINDS
from tests.support.statements import fits

FILES = sorted((Path(__file__).parent / "mappings").glob("*.json"))
SETTINGS = Settings.at(Path("/nowhere"))
CASES = [(path.stem, case) for path in FILES for case in json.loads(path.read_text(encoding="utf-8"))]


def plain(value: Any) -> Any:
    """A value without what is empty."""
    if isinstance(value, dict):
        kept = {name: plain(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one not in (None, "", [], {})}
    return [plain(one) for one in value] if isinstance(value, list) else value


def mapped(hub: str, case: dict[str, Any]) -> dict[str, Any]:
    """What the mapping of a hub makes of the row of a case."""
    words = manifests.load(hub, SETTINGS, {}).words
    row = Row(case["id"], case["row"], "rij 1", case.get("address", ""), case.get("changed_at"))
    try:
        said = manifests.mappers(hub, SETTINGS)[case["kind"]](row, words)
    except Reject as reject:
        return {
            "rejected": {
                "field": reject.field,
                "expected": reject.expected,
                "got": reject.got,
                "fix": reject.fix,
            }
        }
    record = fits(case["kind"].capitalize(), said)
    shown = {name: record[name] for name in ("content", "keys", "organisations")}
    return {"said": plain(shown | {"unassigned": list(said.unassigned)})}


@pytest.mark.parametrize(("hub", "case"), CASES, ids=[f"{hub}: {case['name']}" for hub, case in CASES])
def test_a_row_reads_as_it_is_frozen(hub: str, case: dict[str, Any]) -> None:
    wanted = {name: case[name] for name in ("said", "rejected") if name in case}
    assert mapped(hub, case) == wanted


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_kind_has_a_whole_row_an_unknown_tag_and_a_rejection(path: Path) -> None:
    cases = json.loads(path.read_text(encoding="utf-8"))
    assert {case["kind"] for case in cases if "said" in case} == {*KINDS}
    assert any(case["said"].get("unassigned") for case in cases if "said" in case)
    assert {case["kind"] for case in cases if "rejected" in case} >= {"project", "membership"}
