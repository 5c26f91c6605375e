"""What the desk says before anything is written: two records beside each other, and what follows."""

from __future__ import annotations

from typing import Any

import pytest

from streams.national import decisions
from streams.national.decisions import Author
from streams.national.foresight import Part, foresee
from streams.view.comparing import as_typed, side_by_side, typed
from streams.view.desk_words import _WORDS
from tests.support.view_world import project

AUTHOR = Author("steward", "omdat", 7)


def thing(national_id: str, *sources: str, **fields: Any) -> dict[str, Any]:
    """A national project as the view gives it."""
    givers = [{"hub": "limburg", "source_kind": "project", "source_id": one, "local": ""} for one in sources]
    origin = {"field": "*", "hub": "limburg", "source_id": sources[0], "rule": "only", "losing": []}
    content = project(**fields)
    return {
        "id": national_id,
        "kind": "project",
        "fields": content,
        "origins": [origin],
        "contributions": givers,
    }


def test_of_a_merge_the_id_with_most_sources_stays() -> None:
    """Of as many the first by name; the other redirects."""
    one, two = thing("p-b", "x"), thing("p-a", "y", "z")
    found = foresee(decisions.merge("d", [one, two], AUTHOR), [one, two])
    assert found.redirects == (("p-b", "p-a"),)
    assert found.parts == (Part("p-a", ("limburg|project|x", "limburg|project|y", "limburg|project|z")),)
    equal = [thing("p-b", "x"), thing("p-a", "y")]
    assert foresee(decisions.merge("d", equal, AUTHOR), equal).redirects == (("p-b", "p-a"),)


def test_of_a_split_the_side_with_most_sources_keeps_the_id() -> None:
    """The other gets a new one; several records stay as they are."""
    one = thing("p-a", "x", "y", "z")
    apart = decisions.split("d", [one], [("limburg|project|x", ""), ("limburg|project|y", "")], AUTHOR)
    assert [(part.id, len(part.sources)) for part in foresee(apart, [one]).parts] == [("p-a", 2), (None, 1)]
    two = [one, thing("p-b", "q")]
    kept = foresee(decisions.split("d", two, (), AUTHOR), two)
    assert ([part.id for part in kept.parts], kept.redirects) == (["p-a", "p-b"], ())


def test_a_pin_shows_the_value_before_and_after() -> None:
    one = thing("p-a", "x", areas=["defensie"])
    found = foresee(decisions.pin("d", one, "areas", [], AUTHOR), [one])
    assert found.change == ("areas", ["defensie"], [])


def test_records_stand_beside_each_other_and_differences_are_marked() -> None:
    """A field that nobody fills is left out; what others say stands with the field."""
    one, two = thing("p-a", "x", areas=["defensie"]), thing("p-b", "y", "z")
    losing = [{"hub": "oost-nederland", "source_id": "z", "value": '{"nl":"Anders","en":null}'}]
    origin = {"field": "title", "hub": "limburg", "source_id": "y", "rule": "pinned", "losing": losing}
    two["origins"].append(origin)
    rows = {row.name: row for row in side_by_side([one, two])}
    assert {name for name, row in rows.items() if row.differs} == {"areas"}
    assert "place" not in rows
    said = rows["title"].said[1]
    assert said is not None
    assert (said.rule, said.losing) == ("pinned", (("oost-nederland", "z", {"nl": "Anders", "en": None}),))


@pytest.mark.parametrize(
    ("text", "current", "meant"),
    [
        ("2025", "2024", "2025"),
        (" haven ", None, "haven"),
        ("Haven", {"nl": "x", "en": None}, {"nl": "Haven", "en": None}),
        ('{"nl": "Haven", "en": "Port"}', {"nl": "x", "en": None}, {"nl": "Haven", "en": "Port"}),
        ("", "x", None),
        ('["a"]', [], ["a"]),
    ],
)
def test_what_a_person_types_is_meant_in_the_form_of_the_field(text: str, current: Any, meant: Any) -> None:
    assert typed(text, current) == meant


@pytest.mark.parametrize("value", ["haven", {"nl": "Haven", "en": None}, ["a", "b"], [{"amount": 1}], 3])
def test_a_value_that_nobody_touches_stays_the_same(value: Any) -> None:
    assert typed(as_typed(value), value) == value


def test_every_word_of_the_desk_is_there_in_both_languages() -> None:
    assert [name for name, both in _WORDS.items() if not all(both)] == []
