"""Contradictions in the view: kept with the record that has them, counted per hub, asked for and shown."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.digest import blake
from streams.view import conflicts, page
from streams.view.api import View, application
from streams.view.incoming import Read
from streams.view.materialise import Bell
from streams.view.nationals import national
from streams.view.tables import open_reader, open_writer
from tests.support.view_world import HUBS, NOON, project

MINE, THEIRS = "zuid-holland", "limburg"


def giver(hub: str) -> dict[str, Any]:
    """One source behind a record."""
    said = {"hub": hub, "source_kind": "project", "source_id": "s", "local": "", "revision": 1}
    times = {"changed_at": NOON, "read_at": NOON, "unreadable_since": None}
    return said | times | {"digest": blake(hub), "address": "https://x.example"}


def origin(field: str, other: str | None) -> dict[str, Any]:
    """A field that Zuid-Holland decided; `other` is what Limburg says as JSON."""
    losing = [] if other is None else [{"hub": THEIRS, "source_id": "s", "value": other}]
    said = {"field": field, "hub": MINE, "source_kind": "project", "source_id": "s", "changed_at": NOON}
    return said | {"rule": "by-owner", "losing": losing}


def record(*origins: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """A national project of two hubs."""
    said = {"id": "p-a", "sequence": 1, "redirect": None, "same_as": [], "sample": True, "cause": "source"}
    times = {"first_changed_at": NOON, "last_changed_at": NOON}
    given = {"contributions": [giver(THEIRS), giver(MINE)], "organisations": []}
    return said | times | given | {"origins": [*origins], "content": project()} | fields


def told(db: sqlite3.Connection, national_id: str, value: dict[str, Any] | None) -> None:
    """The view takes in a national record."""
    with db:
        national(db, Read("national.project", 0, 1, NOON, national_id, value, {}), "project")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A view of its own, in which two hubs disagree about a status."""
    made = open_writer(tmp_path)
    told(made, "p-a", record(origin("status", '"completed"'), origin("type", None)))
    yield made
    made.close()


def test_a_conflict_goes_with_the_record_that_has_it(db: sqlite3.Connection) -> None:
    """It is there for both hubs, goes when they agree, and when the record goes or is redirected."""
    assert conflicts.counted(db) == {MINE: 1, THEIRS: 1}
    told(db, "p-a", record(origin("status", None)))
    assert conflicts.counted(db) == {}
    for value in (None, record(redirect="p-b", content=None, contributions=[])):
        told(db, "p-a", record(origin("status", '"completed"')))
        assert conflicts.counted(db) == {MINE: 1, THEIRS: 1}
        told(db, "p-a", value)
        assert conflicts.counted(db) == {}


def test_a_record_of_somebody_else_cannot_stop_the_view(db: sqlite3.Connection) -> None:
    """A field that is not there and a value that is no JSON are told as they are."""
    told(db, "p-a", record(origin("unheard", "no { json")))
    db.row_factory = sqlite3.Row
    (one,) = conflicts.listed(db, conflicts.Asked())["items"]
    assert (one["winner"]["value"], one["losing"][0]["value"]) == (None, "no { json")


def test_a_long_list_is_given_in_pages_without_gap_or_double(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Each conflict once, whoever asks."""
    for number in range(7):
        both = (origin("status", '"a"'), origin("start", '"2026-01-01"'))
        told(db, f"p-{number}", record(*both, id=f"p-{number}"))
    reader, found, cursor = open_reader(tmp_path), list[tuple[str, str]](), ""
    while True:
        answer = conflicts.listed(reader, conflicts.Asked(cursor=cursor, limit=4))
        assert answer["total"] == 15
        found += [(one["id"], one["field"]) for one in answer["items"]]
        if answer["next"] is None:
            break
        cursor = answer["next"]
    assert len(found) == len(set(found)) == 15
    reader.close()


def test_a_hub_asks_for_its_contradictions_and_reads_them(db: sqlite3.Connection, tmp_path: Path) -> None:
    """By API and page, in both languages; a question that makes no sense is a 400 that says why."""
    view = View(tmp_path, HUBS, lambda: NOON, Bell(), lambda: None)
    app = application(view)
    page.attach(app, view)

    async def ask(path: str) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://zeven.example") as client:
            return await client.get(path)

    answer = asyncio.run(ask(f"/api/v1/conflicts?hub={THEIRS}")).json()
    (one,) = answer["items"]
    assert (one["field"], one["rule"], one["winner"]["value"]) == ("status", "by-owner", "running")
    assert one["losing"] == [{"hub": THEIRS, "source_id": "s", "value": "completed"}]
    assert (answer["total"], answer["next"]) == (1, None)
    assert set(answer["completeness"]) == {MINE, THEIRS}
    assert asyncio.run(ask("/api/v1/conflicts?hub=utrecht")).json()["total"] == 0
    hubs = asyncio.run(ask("/api/v1/hubs")).json()["items"]
    assert {hub["hub"]: hub["conflicts"] for hub in hubs} == {MINE: 1, THEIRS: 1}
    dutch = asyncio.run(ask(f"/conflicts?hub={MINE}"))
    assert "Tegenstrijdig: AI-hub Zuid-Holland" in dutch.text
    assert "van wie het is" in dutch.text
    assert "by its owner" in asyncio.run(ask("/conflicts?lang=en")).text
    for bad in ("limit=0", "limit=x", "limit=5000", "cursor=a", "cursor=a|b|c"):
        assert asyncio.run(ask(f"/api/v1/conflicts?{bad}")).status_code == 400, bad
        assert asyncio.run(ask(f"/conflicts?{bad}")).status_code == 400, bad
