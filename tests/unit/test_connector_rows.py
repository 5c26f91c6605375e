"""From rows to records: what cannot be used is set aside with its bytes, whatever it is made of."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connectors.brake import Brake
from connectors.hubs import Statement, Words
from connectors.look import Again, Job, stamped
from connectors.manifest import Expected
from connectors.memory import Before, Known
from connectors.publish import MAX_ORIGINAL, Stamp, Writer, rejection_digest, rejection_id
from connectors.sources import Faulty, Row
from connectors.translate import Translated, Translator, original, usable
from schemas import topics
from schemas.codec import decode, load, unframe
from schemas.errors import Reject

CATALOGUE = topics.catalogue(["limburg"])
WRITER = Writer("limburg", True, 4, dict.fromkeys(CATALOGUE, 7))
HALF = "\ud800"


def told(row: Row, words: Words) -> Statement:
    del words
    title = row.fields["title"]
    empty: dict[str, Any] = {"nl": None, "en": None}
    content = {"body_kind": "hub", "body": "limburg", "role": title.lower(), "note": empty}
    return Statement(["mem:hub:limburg"], [], content)


def job(**changed: Any) -> Job:
    parts: dict[str, Any] = {
        "kind": "membership",
        "reader": "files",
        "source": None,
        "mapper": told,
        "words": Words(),
        "brake": Brake(),
        "expected": Expected(),
    }
    return Job(**parts | changed)


def translated(*rows: Row) -> Translated:
    return Translator("membership", told, Words(), WRITER)(rows, {})


def row(source_id: str = "1", **fields: Any) -> Row:
    return Row(source_id, {"title": "Partner"} | fields, "rij 1", "https://x.example")


def rejected(faulty: Faulty) -> dict[str, Any]:
    value = WRITER.rejection("membership", faulty, 5).value
    assert value is not None
    return decode(load("rejected.Rejected"), unframe(value)[1])


FIRST = Row("1", {"title": "Lid", "sum": "1.5"}, "rij 1", "https://x.example", 5)


@pytest.mark.parametrize(
    ("now", "same"),
    [
        (FIRST, True),
        (replace(FIRST, place="rij 9"), True),
        (replace(FIRST, address="https://y.example"), False),
        (replace(FIRST, changed_at_ms=6), False),
        (replace(FIRST, fields={"title": "Lid", "sum": Decimal("1.5")}), False),
        (replace(FIRST, fields={"title": "Lid", "sum": 1.5}), False),
        (replace(FIRST, fields={"title": "Lid", "sum": "1.5", "day": None}), False),
    ],
)
def test_a_row_reads_as_before_when_all_that_a_mapping_sees_of_it_does(now, same):
    reads = Translator("membership", told, Words(), WRITER, "r1")
    fingerprint = reads([FIRST], {}).good["1"].fingerprint
    assert fingerprint is not None
    read = reads([now], {"1": Before(fingerprint, 3)})

    assert read.same == ({"1": 3} if same else {})
    assert list(read.good) == ([] if same else ["1"])


@pytest.mark.parametrize("odd", [HALF, {1: "x"}])
def test_a_row_without_a_plain_form_is_translated_every_time(odd):
    reads = Translator("membership", told, Words(), WRITER, "r1")

    assert reads([row(odd=odd)], {}).good["1"].fingerprint is None


@pytest.mark.parametrize("source_id", ["", "x" * 501, f"a{HALF}", "a\0b"])
def test_an_id_that_can_be_no_key_sets_its_row_aside_under_its_place(source_id):
    read = translated(row(source_id))
    (bad,) = read.bad

    assert not usable(source_id)
    assert read.good == {}
    assert rejection_id(bad) == "row:rij 1"
    assert rejected(bad)["field"] == "id"


@pytest.mark.parametrize("title", [None, 7, ["x"], HALF, float("nan"), {"a": HALF}])
def test_a_shape_that_the_mapping_does_not_know_is_set_aside_not_fatal(title):
    read = translated(row(title=title), row("2"))

    assert list(read.good) == ["2"]
    assert rejected(read.bad[0])["source_id"] == "1"


def test_texts_that_are_no_unicode_can_be_told_all_the_same():
    fault = Reject(f"a{HALF}", field=HALF, expected=HALF, got=HALF * 1000, fix=HALF)
    faulty = Faulty(f"rij {HALF}", None, fault, b"\xff" * (MAX_ORIGINAL + 5))
    said = rejected(faulty)

    assert said["source_id"] == "row:rij ?"
    assert len(said["original"]) == MAX_ORIGINAL
    assert rejection_digest(faulty) == rejection_digest(faulty)
    assert original(row(title=HALF)).startswith(b"{'title'")


def test_of_an_id_that_comes_twice_the_later_row_holds():
    read = translated(row(title="Partner"), row(title="Lid"))

    assert read.good["1"].statement.content["role"] == "lid"


def test_a_record_that_does_not_fit_the_contract_is_rejected():
    statement = Statement([], [], {"body_kind": 5})

    with pytest.raises(Reject, match="does not fit the contract"):
        WRITER.record("membership", row(), statement, bytes(16), Stamp(1, "source", 1, 1))


def test_a_record_larger_than_kafka_takes_is_rejected():
    statement = told(row(title="x" * 1_100_000), Words())

    with pytest.raises(Reject, match="too large"):
        WRITER.record("membership", row(), statement, bytes(16), Stamp(1, "source", 1, 1))


def test_revisions_grow_even_when_the_clock_goes_back():
    known = Known(1_000, bytes(16), 10, 0)

    assert stamped(known, "source", 900) == (1_001, "source", 10, 900)
    assert stamped(known, "source", 5_000).revision == 5_000
    assert stamped(None, "first-load", 900) == (900, "first-load", 900, 900)


@pytest.mark.parametrize(
    ("changed", "known", "cause"),
    [
        ({}, None, "source"),
        ({"first": True}, None, "first-load"),
        ({"remapped": True}, Known(1, b"old", 1, 0), "mapping"),
        ({}, Known(1, b"same", 1, 0), None),
        ({}, Known(1, b"same", 1, 1), "repair"),
        ({}, Known(1, None, 1, 0), "source"),
        ({"again": Again()}, Known(1, b"same", 1, 0), "resync"),
        ({"again": Again(frozenset({"2"}))}, Known(1, b"same", 1, 0), None),
        ({"again": Again(frozenset({"1"}))}, Known(1, b"same", 1, 0), "resync"),
        ({"again": Again()}, Known(1, b"old", 1, 0), "source"),
        ({"again": Again()}, Known(1, None, 1, 0), "source"),
        ({"again": Again()}, None, "source"),
        ({"again": Again(since_ms=5)}, Known(1, b"same", 1, 0), "resync"),
    ],
)
def test_every_publication_says_why(changed, known, cause):
    assert job(**changed).cause(row(), known, b"same") == cause


def test_a_rejection_is_the_same_only_when_fault_bytes_and_place_are():
    one = Faulty("rij 1", "1", Reject("x", got="a"), b"raw")
    same = Faulty("rij 1", "1", Reject("x", got="a"), b"raw")
    others = [
        Faulty("rij 2", "1", Reject("x", got="a"), b"raw"),
        Faulty("rij 1", "1", Reject("x", got="b"), b"raw"),
        Faulty("rij 1", "1", Reject("x", got="a"), b"other"),
    ]

    assert rejection_digest(one) == rejection_digest(same)
    assert rejection_digest(one) not in {rejection_digest(other) for other in others}
