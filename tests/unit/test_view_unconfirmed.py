"""How much of a hub is unconfirmed, since when, in words, and which records these are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.digest import bucket_of
from schemas.hubs import Hub
from streams.view import answers, unconfirmed
from streams.view.tables import open_reader, open_writer

HUB = Hub("limburg", "AI-hub Brightlands", "Brightlands AI Hub")
THURSDAY = 1_790_867_000_000  # 2026-10-01 17:03:20 in Amsterdam
TUESDAY = THURSDAY - 2 * 86_400_000 - 11_000_000
IDS = [f"p{number:03}" for number in range(412)]


def checked(**kind: Any) -> dict[str, Any]:
    """A life sign of just now, with one kind."""
    found = {"kind": "project", "state": "live", "complete": True, "held": 0, "complete_at": THURSDAY - 5_000}
    times = {"started_at": THURSDAY - 6_000, "finished_at": THURSDAY - 5_000}
    return {"hub": HUB.slug, "interval_s": 60, "freshness_target_s": 600, "kinds": [found | kind], **times}


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A view with 412 projects of one hub."""
    made = open_writer(tmp_path)
    with made:
        rows = [(HUB.slug, "project", one, 1, 0) for one in IDS]
        made.executemany(
            "INSERT INTO regional (hub, kind, source_id, revision, gone) VALUES (?,?,?,?,?)", rows
        )
        given = [("n" + one, "project", HUB.slug, "project", one, "") for one in IDS]
        made.executemany(
            "INSERT INTO contribution (id, kind, hub, source_kind, source_id, local) VALUES (?,?,?,?,?,?)",
            given,
        )
    yield made
    made.close()


def told(
    db: sqlite3.Connection, tmp_path: Path, look: dict[str, Any], state: str, **more: Any
) -> dict[str, Any]:
    """What an answer says of the hub, and the list behind it."""
    verdict = {"state": state, "proven_up_to": TUESDAY, "buckets": [], **more}
    with db:
        text = orjson.dumps(look).decode()
        db.execute("INSERT OR REPLACE INTO checked VALUES (?,?,?,?)", (HUB.slug, THURSDAY, 0, text))
        row = (HUB.slug, TUESDAY, orjson.dumps(verdict).decode())
        db.execute("INSERT OR REPLACE INTO completeness VALUES (?,?,?)", row)
    unconfirmed.keep(db, unconfirmed.lines(db, {HUB.slug: verdict}, THURSDAY))
    reader = open_reader(tmp_path)
    proofs = answers.completeness(reader, (HUB.slug,))
    found = unconfirmed.in_words(reader, proofs, (HUB,), THURSDAY)[HUB.slug]
    listed = unconfirmed.listed(reader, HUB.slug, "", ("", ""), 500, THURSDAY)
    reader.close()
    assert len(listed["items"]) == sum(one["unconfirmed"] for one in found["unconfirmed"])
    return found | {"list": listed["items"]}


def test_what_the_proof_found_different_is_counted_and_listed(db: sqlite3.Connection, tmp_path: Path) -> None:
    """With the time of the last proof."""
    with db:
        faults = [(HUB.slug, "project", one, "stale", 1) for one in IDS[:12]]
        db.executemany("INSERT INTO fault VALUES (?,?,?,?,?)", faults)
    found = told(db, tmp_path, checked(), "differs")
    assert found["sentences"] == {
        "nl": ["12 van 412 projecten van AI-hub Brightlands niet bevestigd sinds dinsdag 14:00"],
        "en": ["12 of 412 projects of Brightlands AI Hub unconfirmed since Tuesday 14:00"],
    }
    first = found["list"][0]
    assert (first["source_id"], first["why"], first["national_ids"]) == ("p000", ["stale"], ["np000"])
    assert found["unconfirmed"][0]["why"] == "differs"


def test_everything_of_a_proven_hub_is_confirmed(db: sqlite3.Connection, tmp_path: Path) -> None:
    """What came after the look that was proven is the next one's affair."""
    with db:
        db.execute(
            "INSERT INTO ahead (topic, part, offset, hub, kind, source_id) VALUES ('t',0,0,?,?,?)",
            (HUB.slug, "project", "p001"),
        )
    found = told(db, tmp_path, checked(), "proven")
    assert found["sentences"]["nl"] == [
        "Alles van AI-hub Brightlands bevestigd tot dinsdag 14:00: 412 projecten"
    ]
    assert (found["unconfirmed"], found["list"]) == ([], [])
    catching = told(db, tmp_path, checked(), "catching up")
    assert [one["why"] for one in catching["list"]] == [["newer than the look"]]


@pytest.mark.parametrize("state", ["failing", "partial"])
def test_a_kind_that_was_not_seen_in_full_is_unconfirmed_as_a_whole(
    db: sqlite3.Connection, tmp_path: Path, state: str
) -> None:
    """Since its last complete look, whatever the proof says; without one, never."""
    found = told(db, tmp_path, checked(state=state, complete_at=THURSDAY - 3_600_000), "proven")
    assert found["sentences"]["en"] == [
        "412 of 412 projects of Brightlands AI Hub unconfirmed since today 16:03"
    ]
    never = told(db, tmp_path, checked(state=state, complete=False, complete_at=None), "proven")
    assert never["sentences"]["nl"] == ["412 van 412 projecten van AI-hub Brightlands nog nooit bevestigd"]


def test_held_removals_rejected_versions_and_buckets_count_too(
    db: sqlite3.Connection, tmp_path: Path
) -> None:
    """A rejected row that never was in the view does not: it is among the rejected ones alone."""
    held = told(db, tmp_path, checked(state="held", held=2, held_ids=["p001", "p002"]), "proven")
    assert held["sentences"]["nl"][0].startswith("2 van 412 projecten")
    assert held["unconfirmed"][0]["why"] == "held"
    with db:
        sql = "INSERT INTO rejected (hub, key, kind, source_id) VALUES (?,?,?,?)"
        db.executemany(sql, [(HUB.slug, one, "project", one) for one in ("p003", "unknown")])
    rejected = told(db, tmp_path, checked(), "proven")
    assert [(one["source_id"], one["why"]) for one in rejected["list"]] == [("p003", ["rejected"])]
    number = bucket_of("project", "p009")
    broken = told(db, tmp_path, checked(), "differs", buckets=[{"kind": "project", "bucket": number}])
    assert "p009" in {one["source_id"] for one in broken["list"]}


def test_the_list_is_paged_by_kind_and_source_id(db: sqlite3.Connection) -> None:
    """A cursor goes on after the last one."""
    with db:
        text = orjson.dumps(checked(state="failing")).decode()
        db.execute("INSERT INTO checked VALUES (?,?,?,?)", (HUB.slug, THURSDAY, 0, text))
    first = unconfirmed.listed(db, HUB.slug, "project", ("", ""), 400, THURSDAY)
    rest = unconfirmed.listed(db, HUB.slug, "project", tuple(first["next"]), 400, THURSDAY)
    assert [one["source_id"] for one in first["items"] + rest["items"]] == IDS
    assert rest["next"] is None
    assert unconfirmed.listed(db, "elders", "", ("", ""), 9, THURSDAY)["items"] == []


def test_moments_are_said_as_people_say_them() -> None:
    """Today, a weekday of the last six days, else a date; in the Netherlands, over its summer time."""
    day = 86_400_000
    assert unconfirmed.spoken(THURSDAY, THURSDAY) == ("vandaag 17:03", "today 17:03")
    assert unconfirmed.spoken(THURSDAY - 6 * day, THURSDAY) == ("vrijdag 17:03", "Friday 17:03")
    assert unconfirmed.spoken(THURSDAY - 7 * day, THURSDAY) == (
        "24 september 2026 17:03",
        "24 September 2026 17:03",
    )
    assert unconfirmed.spoken(THURSDAY + day, THURSDAY)[0] == "2 oktober 2026 17:03"
