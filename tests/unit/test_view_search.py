"""Words that are looked for: forms of a word are one in Dutch and English, and what is typed is never a language."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import topics
from schemas.errors import Reject
from streams.view import answers, cursors, past, search
from streams.view.answers import Query
from streams.view.incoming import Read
from streams.view.ledger import Ledger, Position
from streams.view.tables import open_reader, open_writer
from tests.support.view_past import Past, fed, record
from tests.support.view_world import NOON

HOSTILE = (
    *(
        '"',
        '"" OR ""',
        "*",
        "a*",
        "NEAR(a b)",
        "words:a",
        "{words}:a",
        "a AND",
        "AND",
        "NOT a",
        "^a",
        "-a",
        "a OR",
    ),
    *("'; DROP TABLE national; --", "\x00", "a\x00b", "(" * 500, "%", "\ud800", "𝔘", "ا", "́", "a" * 2000),
    " ".join(["woord"] * 300),
)


@pytest.fixture
def told() -> Past:
    """Some projects."""
    said = Past()
    said.say("p-1", "Slimme havens in Rotterdam")
    said.say("p-2", "Privacy-preserving health studies", areas=["gezondheid-en-zorg"], type="lab")
    said.say("p-3", "Coëfficiënten voor Čapek", phase="uitvoering", start="2024-02-01", end="2025-05-31")
    said.say("p-4", "Проект для порта")
    said.say("p-5", "Gezond bij bedrijven")
    return said


@pytest.fixture
def db(told: Past, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A view that has read them."""
    writer = open_writer(tmp_path)
    fed(writer, [*told.national, *told.history])
    reader = open_reader(tmp_path)
    yield reader
    reader.close()
    writer.close()


def ids(db: sqlite3.Connection, **asked: object) -> list[str]:
    return sorted(one["id"] for one in answers.listed(db, "project", Query(**asked))["items"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("haven", ["p-1"]),
        ("SLIM haven", ["p-1"]),
        ("study", ["p-2"]),
        ("bedrijf", ["p-5"]),
        ("gezonde zon", []),
        ("preserve privacy", ["p-2"]),
        ("coefficient", ["p-3"]),
        ("capek", ["p-3"]),
        ("rott", ["p-1"]),
        ("rott haven", []),
        ("проект", ["p-4"]),
        ("проек", ["p-4"]),
        ("een proef", ["p-1", "p-2", "p-3", "p-4", "p-5"]),
        ("haven nergens", []),
        ("!?", []),
        ("", ["p-1", "p-2", "p-3", "p-4", "p-5"]),
    ],
)
def test_forms_of_a_word_and_beginnings_are_found(
    db: sqlite3.Connection, told: Past, typed: str, found: list[str]
) -> None:
    """Now and in the past alike."""
    assert ids(db, q=typed) == found
    then = past.listed(db, "project", Query(q=typed, at=told.now))
    assert sorted(one["id"] for one in then["items"]) == found


@pytest.mark.parametrize("typed", HOSTILE)
def test_what_is_typed_is_never_a_language(db: sqlite3.Connection, typed: str) -> None:
    """It finds something or nothing, and breaks nothing."""
    answers.listed(db, "project", Query(q=typed))
    assert ids(db) == ["p-1", "p-2", "p-3", "p-4", "p-5"]


def test_the_words_of_before_find_nothing_any_more(tmp_path: Path) -> None:
    """After another text, a removal, a merge, and after all was forgotten."""
    writer = open_writer(tmp_path)
    ledger = Ledger(writer, 0)
    reader = open_reader(tmp_path)
    topic = topics.national("project")

    def put(offset: int, value: dict[str, object] | None) -> None:
        ledger.apply(
            [Read(topic, 0, offset, NOON, "p-1", value, {})],
            {(topic, 0): Position(offset + 1, None, None)},
            0,
        )

    put(0, record("p-1", 1, "Havens", None))
    assert ids(reader, q="haven") == ["p-1"]
    put(1, record("p-1", 2, "Dijken", None))
    assert (ids(reader, q="haven"), ids(reader, q="dijk")) == ([], ["p-1"])
    put(2, None)
    assert ids(reader, q="dijk") == []
    put(3, record("p-1", 3, "Dijken", None))
    assert ids(reader, q="dijk") == ["p-1"]
    ledger.forget(NOON)
    put(4, record("p-1", 4, "Sluizen", None))
    assert (ids(reader, q="dijk"), ids(reader, q="sluis")) == ([], ["p-1"])
    reader.close()
    writer.close()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=6), st.text(max_size=30))
def test_the_index_finds_what_the_rule_says(texts: list[str], typed: str) -> None:
    """Of any text, for anything that is typed."""
    with sqlite3.connect(":memory:") as db:
        search.prepare(db)
        for number, text in enumerate(texts):
            search.keep(db, number, None, text)
        condition, values = search.condition(typed)
        wanted = condition.replace("number", "value")
        rows = db.execute(f"SELECT value FROM generate WHERE {wanted}".replace("generate", _NUMBERS), values)
        assert [row[0] for row in rows] == [at for at, text in enumerate(texts) if search.says(text, typed)]
    db.close()


_NUMBERS = "(SELECT 0 AS value UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5)"


def test_lists_sort_and_go_on_in_each_order(db: sqlite3.Connection) -> None:
    """Both ways, a record a page; a cursor of one order is refused in another."""
    for sort in (*answers.SORTS, *(f"-{name}" for name in answers.SORTS)):
        whole = [one["id"] for one in answers.listed(db, "project", Query(sort=sort))["items"]]
        seen, cursor = list[str](), ""
        while True:
            page = answers.listed(db, "project", Query(sort=sort, limit=1, cursor=cursor))
            seen += [one["id"] for one in page["items"]]
            if page["next"] is None:
                break
            cursor = page["next"]
        assert seen == whole
        assert len(whole) == 5
    assert [one["id"] for one in answers.listed(db, "project", Query(sort="-updated"))["items"]] == [
        *("p-5", "p-4", "p-3", "p-2", "p-1")
    ]


def test_what_changed_since_and_what_the_past_was_counted_by(db: sqlite3.Connection, told: Past) -> None:
    """Facets hold of the past too, years within a span as well."""
    assert ids(db, updated=NOON + 2000) == ["p-3", "p-4", "p-5"]

    def then(*facets: tuple[str, str]) -> list[str]:
        found = past.listed(db, "project", Query(facets=facets, at=told.now))
        return sorted(one["id"] for one in found["items"])

    for facets in ((("type", "lab"),), (("phase", "uitvoering"),), (("year", "2025"),), (("year", "2026"),)):
        assert then(*facets) == ids(db, facets=facets), facets
    assert then(("type", "lab")) == ["p-2"]
    assert then(("year", "2025")) == ["p-3"]


@pytest.mark.parametrize(
    ("sort", "place"),
    [
        ("updated", "updated:x"),
        ("-updated", "-updated:²"),
        ("updated", f"updated:{'9' * 40}"),
        ("title", "start:a"),
        ("", "a"),
    ],
)
def test_a_cursor_of_another_order_or_of_nobody_is_refused(
    db: sqlite3.Connection, sort: str, place: str
) -> None:
    """In words, before SQLite sees it; now and in the past."""
    asked = Query(sort=sort, cursor=cursors.closed((place, "p-1")), at=NOON + 9000)
    for listed in (answers.listed, past.listed):
        with pytest.raises(Reject, match="cursor is not one"):
            listed(db, "project", asked)


@pytest.mark.parametrize(
    ("text", "typed"), [("Agenda 2022", "202"), ("Lab 77", "7"), ("Fase 100", "10 fase")]
)
def test_a_number_is_found_by_itself_alone(text: str, typed: str) -> None:
    assert search.says(text, text)
    assert not search.says(f"{text} van toen", f"{typed} toen")
