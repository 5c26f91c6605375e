"""What the view answers of what was: lists, records and differences at moments, however its records came in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import Reject
from streams.view import moments, past, versions, watermark
from streams.view.answers import Query
from streams.view.incoming import Read
from streams.view.tables import open_reader, open_writer
from streams.view.watermark import Watermark
from tests.support.view_past import HISTORY, KIND, Past, fed
from tests.support.view_world import NOON


@pytest.fixture
def told() -> Past:
    """Three projects: one changes twice, one goes on under another id, one ends and comes back."""
    found = Past()
    found.say("p-a", "Een", areas=["haven-en-maritiem"])
    found.say("p-b", "Bee", hub="zuid-holland")
    found.say("p-c", "Cee")
    found.say("p-a", "Twee", areas=["haven-en-maritiem"])
    found.gone("p-c")
    found.say("p-b", "Bee", redirect="p-a")
    found.say("p-a", "Twee", status="ended", areas=["gezondheid-en-zorg"])
    found.say("p-c", "Cee weer")
    return found


@pytest.fixture
def db(told: Past, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A view that has read all of it."""
    writer = open_writer(tmp_path)
    fed(writer, [*told.national, *told.history])
    reader = open_reader(tmp_path)
    yield reader
    reader.close()
    writer.close()


def titles(db: sqlite3.Connection, at: int, **asked: Any) -> dict[str, str]:
    """What a list answers at a moment."""
    found = past.listed(db, KIND, Query(at=at, **asked))
    assert found["total"] == len(found["items"])
    return {one["id"]: one["title"] for one in found["items"]}


def test_a_list_at_a_moment_is_what_stood_then_with_every_filter(told: Past, db: sqlite3.Connection) -> None:
    """Of each thing the version that had begun and had no successor."""
    for moment in range(NOON - 500, told.now + 500, 500):
        assert titles(db, moment) == told.standing(moment)
    assert titles(db, NOON + 2000, hub="zuid-holland") == {"p-b": "Bee"}
    assert titles(db, NOON + 2000, area="haven-en-maritiem") == {"p-a": "Een"}
    assert titles(db, told.now, area="haven-en-maritiem") == {}
    assert titles(db, NOON + 2000, q="cee") == {"p-c": "Cee"}
    assert titles(db, told.now, status="ended") == {"p-a": "Twee"}
    assert {one["title"] for one in past.every(db, KIND, Query(at=NOON))} == {"Een"}


def test_differences_name_what_was_added_changed_merged_and_ended(told: Past, db: sqlite3.Connection) -> None:
    """Between two moments, not over every step between them; a field tells from what to what, and who said so."""
    span = (NOON + 2000, told.now)
    found = {one["id"]: one for one in past.differences(db, past.Asked(span))["items"]}
    assert {name: one["what"] for name, one in found.items()} == {
        "p-a": "changed",
        "p-b": "merged",
        "p-c": "changed",
    }
    assert found["p-b"]["into"] == "p-a"
    fields = {one["field"]: (one["from"], one["to"], one["hub"]) for one in found["p-a"]["changes"]}
    assert fields == {
        "title": ({"nl": "Een", "en": None}, {"nl": "Twee", "en": None}, "limburg"),
        "status": ("running", "ended", "limburg"),
        "areas": (["haven-en-maritiem"], ["gezondheid-en-zorg"], "limburg"),
    }
    early = past.differences(db, past.Asked((NOON, NOON + 4000)))["items"]
    assert [(one["id"], one["what"]) for one in early] == [("p-a", "changed"), ("p-b", "added")]
    late = past.differences(db, past.Asked((NOON + 3500, NOON + 4500)))["items"]
    assert [(one["id"], one["what"], one["title"]) for one in late] == [("p-c", "ended", "Cee")]


def test_differences_are_filtered_and_paged(told: Past, db: sqlite3.Connection) -> None:
    """A hub or area counts before or after; a page ends with where to go on."""
    span = (NOON - 1, told.now)
    one = past.differences(db, past.Asked(span, limit=1))
    two = past.differences(db, past.Asked(span, after=one["next"], limit=9))
    assert [item["id"] for item in [*one["items"], *two["items"]]] == ["p-a", "p-c"]
    assert two["next"] is None
    area = past.Asked((NOON, told.now), area="haven-en-maritiem")
    assert [item["id"] for item in past.differences(db, area)["items"]] == ["p-a"]
    assert past.differences(db, past.Asked(span, kinds=("event",)))["items"] == []
    hub = past.Asked((NOON + 1000, told.now), hub="zuid-holland")
    assert [item["what"] for item in past.differences(db, hub)["items"]] == ["merged"]


def test_the_versions_of_a_record_are_told_from_the_newest_back(db: sqlite3.Connection) -> None:
    """When, what, from what to what."""
    found = past.told(db, "p-a")
    assert [one["what"] for one in found] == ["changed", "changed", "added"]
    assert [one["field"] for one in found[1]["changes"]] == ["title"]
    assert [one["what"] for one in past.told(db, "p-c")] == ["added", "ended", "added"]
    assert past.told(db, "p-none") == []


def test_outside_of_the_history_a_moment_is_refused_with_since_when(db: sqlite3.Connection) -> None:
    """Before it began, after now, or no moment at all; days begin in the Netherlands."""
    first = NOON + 1100
    assert moments.since_when(db, NOON + 9999, 1000) == first
    assert moments.within(db, "2025-10-09T08:53:21.200Z", "as_of", NOON + 9999, 1000) == NOON + 1200
    for text in ("2025-10-09", "2100-01-01", "yesterday", "2025-10-09T08:53:20+99:00", "x" * 500):
        with pytest.raises(Reject):
            moments.within(db, text, "as_of", NOON + 9999, 1000)
    with pytest.raises(Reject, match=r"it begins at 2025-10-09T08:53:21\.100Z"):
        moments.within(db, "2025-10-09T08:53:21Z", "as_of", NOON + 9999, 1000)
    assert moments.epoch_ms("2026-07-01", "from") == 1_782_856_800_000
    assert moments.epoch_ms("2026-07-01T00:00:00+02:00", "from") == 1_782_856_800_000
    assert moments.epoch_ms("2026-07-01T00:00:00 02:00", "from") == 1_782_856_800_000


def test_an_erased_version_is_gone_and_does_not_come_back(told: Past, tmp_path: Path) -> None:
    """Also when the view is built anew from a national log that still holds it."""
    erased = Read(HISTORY, 0, 99, told.now, "p-a|4", None, {})
    for order in ([*told.history, erased, *told.national], [*told.national, *told.history, erased]):
        with TemporaryDirectory(dir=tmp_path) as folder:
            writer = open_writer(Path(folder))
            fed(writer, list(order))
            assert [one["title"] for one in versions.of(writer, "p-a", 9)] == ["Twee", "Een"]
            assert [one["sequence"] for one in versions.of(writer, "p-a", 9)] == [7, 1]
            writer.close()


names = st.sampled_from(["p-a", "p-b"])
steps = st.lists(st.tuples(names, st.sampled_from("sssgr"), st.integers(0, 2)), min_size=1, max_size=12)


@settings(max_examples=80, deadline=None)
@given(steps, st.data())
def test_in_whatever_order_the_topics_come_the_past_is_the_same(
    said: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    """National log whole or compacted, history before, after or between."""
    told = Past()
    for name, what, title in said:
        if what == "g":
            told.gone(name)
        else:
            told.say(name, f"T{title}-{told.now}", "p-z" if what == "r" else None)
    national = told.national
    if data.draw(st.booleans()):
        newest = {one.key: one.offset for one in national}
        national = [one for one in national if newest[one.key] == one.offset]
    left = {"national": list(national), "history": list(told.history)}
    with TemporaryDirectory() as folder:
        writer = open_writer(Path(folder))
        while any(left.values()):
            name = data.draw(st.sampled_from([name for name, records in left.items() if records]))
            size = data.draw(st.integers(1, len(left[name])))
            batch, left[name] = left[name][:size], left[name][size:]
            fed(writer, batch)
        reader = open_reader(Path(folder))
        for moment in range(NOON, told.now + 1000, 1000):
            assert titles(reader, moment) == told.standing(moment)
        reader.close()
        writer.close()


def test_a_watermark_is_read_as_it_was_written_and_nothing_else_is_one() -> None:
    """Any offsets; hostile text is refused in words."""
    mark = Watermark("klas-ter", NOON, {("project", 0): 5, ("project", 1): 0, ("event", 1): 2**40})
    again = watermark.read(mark.token())
    assert (again.cluster, again.at, again.next["event", 1]) == ("klas-ter", NOON, 2**40)
    assert not watermark.behind(again, mark)
    assert not watermark.behind(mark, again)
    assert watermark.behind(mark, mark.after(("project", 1), 7))
    for token in ("", "x", "AQ", "AQ==", mark.token()[:-9], "é", "A" * 9_999, "____"):
        with pytest.raises(Reject):
            watermark.read(token)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_reading_a_watermark_fail_otherwise(text: str) -> None:
    """It is one, or it is refused."""
    with suppress(Reject):
        assert watermark.read(text).next is not None


def test_one_goes_on_from_a_watermark_only_where_it_means_something() -> None:
    """Not from another cluster, nor from ahead of it, nor from before the history."""
    here = Watermark("a", NOON, {("project", 0): 9})
    assert watermark.stale(Watermark("a", NOON, {("project", 0): 5}), here, NOON) is None
    assert watermark.stale(Watermark("a", NOON - 9, {("project", 0): 9}), here, None) is None
    assert watermark.stale(Watermark("a", NOON - 9, {("project", 0): 0}), here, NOON) is None
    stale = {
        "another cluster": Watermark("b", NOON, {("project", 0): 5}),
        "ahead": Watermark("a", NOON, {("project", 0): 10}),
        "older": Watermark("a", NOON - 9, {("project", 0): 5}),
    }
    for word, mark in stale.items():
        assert word in (watermark.stale(mark, here, NOON) or "")
