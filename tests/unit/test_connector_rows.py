"""From rows to records: what cannot be used is set aside with its bytes, whatever it is made of."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.brake import Brake
from connectors.hubs import Statement, Words
from connectors.look import Job, original, stamped, translated, usable
from connectors.manifest import Expected
from connectors.memory import Known
from connectors.publish import MAX_ORIGINAL, Stamp, Writer, rejection_digest, rejection_id
from connectors.sources import Faulty, Row
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


def row(source_id: str = "1", **fields: Any) -> Row:
    return Row(source_id, {"title": "Partner"} | fields, "rij 1", "https://x.example")


def rejected(faulty: Faulty) -> dict[str, Any]:
    value = WRITER.rejection("membership", faulty, 5).value
    assert value is not None
    return decode(load("rejected.Rejected"), unframe(value)[1])


@pytest.mark.parametrize("source_id", ["", "x" * 501, f"a{HALF}", "a\0b"])
def test_an_id_that_can_be_no_key_sets_its_row_aside_under_its_place(source_id):
    good, (bad,) = translated(job(), WRITER, [row(source_id)])

    assert not usable(source_id)
    assert good == {}
    assert rejection_id(bad) == "row:rij 1"
    assert rejected(bad)["field"] == "id"


@pytest.mark.parametrize("title", [None, 7, ["x"], HALF, float("nan"), {"a": HALF}])
def test_a_shape_that_the_mapping_does_not_know_is_set_aside_not_fatal(title):
    good, bad = translated(job(), WRITER, [row(title=title), row("2")])

    assert list(good) == ["2"]
    assert rejected(bad[0])["source_id"] == "1"


def test_texts_that_are_no_unicode_can_be_told_all_the_same():
    fault = Reject(f"a{HALF}", field=HALF, expected=HALF, got=HALF * 1000, fix=HALF)
    faulty = Faulty(f"rij {HALF}", None, fault, b"\xff" * (MAX_ORIGINAL + 5))
    said = rejected(faulty)

    assert said["source_id"] == "row:rij ?"
    assert len(said["original"]) == MAX_ORIGINAL
    assert rejection_digest(faulty) == rejection_digest(faulty)
    assert original(row(title=HALF)).startswith(b"{'title'")


def test_of_an_id_that_comes_twice_the_later_row_holds():
    good, _ = translated(job(), WRITER, [row(title="Partner"), row(title="Lid")])

    assert good["1"][1].content["role"] == "lid"


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
        ({"again": frozenset()}, Known(1, b"same", 1, 0), "resync"),
        ({"again": frozenset({"2"})}, Known(1, b"same", 1, 0), None),
        ({"again": frozenset({"1"})}, Known(1, b"same", 1, 0), "resync"),
    ],
)
def test_every_publication_says_why(changed, known, cause):
    assert job(**changed).cause("1", known, b"same") == cause


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
