"""Proposals follow the view's tables: read once, then only what changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.national import decisions as rules
from streams.national.decisions import Author
from streams.view import answers, decisions, nationals, proposals
from streams.view.incoming import Read
from streams.view.proposals import Proposals, shown
from streams.view.tables import open_reader, open_writer
from tests.support.view_world import HUB, giver, project

TITLE = "Slimme sluizen voor binnenvaart"


class Table:
    """The view's table of national records, filled by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._db = folder, open_writer(folder)

    def put(self, national_id: str, title: str | None) -> None:
        """A national project with this title, or its tombstone."""
        value = None
        if title is not None:
            origin = {"field": "*", "hub": HUB, "source_kind": "project", "source_id": national_id}
            origins = [origin | {"changed_at": 1, "rule": "only", "losing": []}]
            value = {"id": national_id, "sequence": 1, "redirect": None, "same_as": [], "sample": True}
            value |= {"cause": "source", "first_changed_at": 1, "last_changed_at": 1, "organisations": []}
            value |= {
                "contributions": [giver(national_id, 1, title)],
                "origins": origins,
                "content": project(title),
            }
        with self._db:
            nationals.national(self._db, Read("national.project", 0, 1, 1, national_id, value, {}), "project")

    def decided(self, record: dict[str, object]) -> None:
        """A decision as it comes from its topic."""
        with self._db:
            decisions.decision(self._db, Read("office.decision", 0, 1, 1, str(record["id"]), record, {}))

    def close(self) -> None:
        self._db.close()


def pairs(folder: Path, made: Proposals) -> list[tuple[str, ...]]:
    """What the desk lists, when there is nothing more to weigh."""
    while made.turn():
        pass
    db = open_reader(folder)
    try:
        return [tuple(each["id"] for each in one["records"]) for one in shown(db, made.top)]
    finally:
        db.close()


def test_proposals_follow_what_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start some at a time; then what is new, renamed or gone; kept apart, a pair is proposed no more."""
    monkeypatch.setattr(proposals, "TURN", 2)
    table, made = Table(tmp_path), Proposals(tmp_path)
    for name, title in (
        ("p-a", TITLE),
        ("p-b", f"{TITLE}!"),
        ("p-c", "Iets heel anders"),
        ("p-d", "Weer wat"),
    ):
        table.put(name, title)
    assert pairs(tmp_path, made) == [("p-a", "p-b")]
    assert made.top[0].because
    table.put("p-b", "Een koor in Delft")
    assert pairs(tmp_path, made) == []
    table.put("p-c", TITLE)
    assert pairs(tmp_path, made) == [("p-a", "p-c")]
    db = open_reader(tmp_path)
    things = [
        answers.item(row)
        for row in db.execute("SELECT * FROM national WHERE id IN ('p-a', 'p-c') ORDER BY id")
    ]
    db.close()
    table.decided(rules.split("d-1", things, (), Author("steward", "twee sluizen", 7)))
    assert pairs(tmp_path, made) == []
    table.put("p-d", TITLE)
    table.put("p-c", None)
    assert pairs(tmp_path, made) == [("p-a", "p-d")]
    table.close()


def test_more_records_than_can_be_weighed_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known already is still followed."""
    monkeypatch.setattr(proposals, "MOST", 2)
    table, made = Table(tmp_path), Proposals(tmp_path)
    for name in ("p-a", "p-b", "p-c"):
        table.put(name, TITLE)
    assert pairs(tmp_path, made) == [("p-a", "p-b")]
    assert made.full
    table.put("p-b", "Een koor in Delft")
    assert pairs(tmp_path, made) == []
    table.close()
