"""Stewards' decisions: what they say, what forbids them, and what follows for one record."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.errors import Reject
from streams.national import decisions
from streams.national.decisions import Author, Decisions

AUTHOR = Author("steward", "Zelfde project onder twee namen", 7)


def thing(name: str, *sources: str, kind: str = "project") -> dict[str, Any]:
    """A national record as the view gives it."""
    said = [
        {"hub": "limburg", "source_kind": kind, "source_id": one, "local": "", "revision": 1}
        for one in sources
    ]
    fields = {"title": {"nl": name, "en": None}, "areas": ["defensie"], "start": None}
    return {"id": name, "kind": kind, "contributions": said, "fields": fields}


def test_a_merge_gives_all_sources_one_key():
    found = Decisions()
    record = decisions.merge("d1", [thing("p1", "a", "b"), thing("p2", "c")], AUTHOR)
    touched = found.put("d1", record)
    assert touched == {(f"limburg|project|{one}", "") for one in "abc"}
    assert {tuple(found.keys("project", *at)) for at in touched} == {("decision.d1:1",)}
    assert found.keys("organisation", "limburg|project|a", "") == []


def test_a_split_gives_each_side_its_own_key():
    found = Decisions()
    at = ("limburg|project|b", "")
    found.put("d1", decisions.split("d1", [thing("p1", "a", "b")], [at], AUTHOR))
    assert found.keys("project", "limburg|project|a", "") == ["decision.d1:1"]
    assert found.keys("project", *at) == ["decision.d1:2"]


def test_things_that_only_look_alike_are_told_apart():
    found = Decisions()
    found.put("d1", decisions.split("d1", [thing("p1", "a"), thing("p2", "b")], [], AUTHOR))
    assert found.keys("project", "limburg|project|a", "") == ["decision.d1:1"]
    assert found.keys("project", "limburg|project|b", "") == ["decision.d1:2"]


def test_what_is_withdrawn_no_longer_holds():
    found = Decisions()
    record = decisions.merge("d1", [thing("p1", "a"), thing("p2", "b")], AUTHOR)
    found.put("d1", record)
    back = decisions.withdrawn(record, Author("steward", "vergissing", 8))
    assert len(found.put("d1", back)) == 2
    assert found.keys("project", "limburg|project|a", "") == []
    assert not found
    with pytest.raises(Reject, match="taken back before"):
        decisions.withdrawn(back, AUTHOR)


def test_the_later_of_two_pins_holds():
    found = Decisions()
    one = thing("p1", "a")
    found.put("d1", decisions.pin("d1", one, "areas", ["onderwijs"], AUTHOR))
    found.put("d2", decisions.pin("d2", one, "areas", ["defensie"], Author("steward", "", 9)))
    [pin] = found.pins("project", [("limburg|project|a", "")])
    assert (pin.field, pin.value, pin.decision) == ("areas", ["defensie"], "d2")


def test_a_pinned_record_keeps_what_the_sources_say():
    origin = {"field": "*", "hub": "limburg", "source_kind": "project", "source_id": "a", "losing": []}
    record = {"cause": "repair", "content": {"areas": ["defensie"], "start": None}, "origins": [origin]}
    after = decisions.pinned(record, [decisions.Pin("areas", ["onderwijs"], "d1", 7)])
    assert after["content"] == {"areas": ["onderwijs"], "start": None}
    assert after["cause"] == "steward"
    assert after["origins"][0] == origin
    assert after["origins"][1]["rule"] == "pinned"
    assert after["origins"][1]["losing"] == [{"hub": "limburg", "source_id": "a", "value": '["defensie"]'}]
    assert "defensie" in str(record["content"]), "the record before is left as it is"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: decisions.merge("d", [thing("p", "a"), thing("p", "a")], AUTHOR), "needs two things"),
        (lambda: decisions.merge("d", [], AUTHOR), "one kind, not none"),
        (
            lambda: decisions.merge("d", [thing("p", "a"), thing("e", "b", kind="event")], AUTHOR),
            "one kind, not event and project",
        ),
        (lambda: decisions.split("d", [thing("p", "a")], [], AUTHOR), "All sources, or none"),
        (
            lambda: decisions.split("d", [thing("p", "a", "b")], [("limburg|project|x", "")], AUTHOR),
            "limburg|project|x  speak not of p",
        ),
        (lambda: decisions.pin("d", thing("p", "a"), "colour", "red", AUTHOR), "no field colour"),
        (lambda: decisions.pin("d", thing("p", "a"), "areas", "onderwijs", AUTHOR), "is no areas"),
    ],
)
def test_what_cannot_be_decided_is_refused_in_words(make: Any, words: str):
    with pytest.raises(Reject) as refused:
        make()
    assert words in refused.value.what


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"action": "burn"}, "no action burn"),
        ({"kind": "person"}, "no kind person"),
        ({"action": "pin", "field": "title", "value": "{"}, "no JSON"),
        ({"action": "pin", "field": "title", "value": None}, "no JSON"),
        ({"action": "pin", "field": None, "value": "1"}, "no field None"),
    ],
)
def test_a_foreign_decision_that_cannot_be_carried_out_is_known(change: dict[str, Any], why: str):
    record = decisions.merge("d1", [thing("p1", "a"), thing("p2", "b")], AUTHOR)
    assert decisions.unfit(record) is None
    assert why in (decisions.unfit({**record, **change}) or "")
