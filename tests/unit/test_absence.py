"""Evidence of absence: what a look that lacks a record proves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.absence import Missing, from_answers, from_snapshot, may_remove
from connectors.sources import Evidence, Verdict

WHOLE = Verdict(complete=True, state="live", absence="ask")


@pytest.mark.parametrize(
    ("verdict", "read", "unnamed", "reason"),
    [
        (replace(WHOLE, complete=False), 9, 0, "not complete"),
        (replace(WHOLE, unchanged=True), 0, 0, "nothing changed"),
        (replace(WHOLE, absence="nothing"), 9, 0, "does not show"),
        (WHOLE, 0, 0, "without any row"),
        (replace(WHOLE, absence="snapshot"), 9, 1, "without a readable id"),
    ],
)
def test_a_look_that_may_have_missed_something_removes_nothing(verdict, read, unnamed, reason):
    assert reason in str(may_remove(verdict, read, 10, unnamed))


def test_a_complete_look_may_remove_even_the_last_record_of_an_empty_list():
    assert may_remove(WHOLE, 9, 10, 0) is None
    assert may_remove(WHOLE, 0, 0, 0) is None
    assert may_remove(WHOLE, 9, 10, 1) is None, "who can be asked per item needs no row without id"


def test_only_a_second_and_different_version_of_a_list_proves_that_a_row_is_gone():
    found = from_snapshot([Missing("a"), Missing("b", snapshot="v1"), Missing("c", snapshot="v2")], "v2")

    assert found.waiting == ["a", "c"]
    assert list(found.gone) == ["b"]
    assert "v1" in found.gone["b"]


def test_a_steward_may_say_that_a_row_of_a_list_is_gone():
    assert "approved" in from_snapshot([Missing("a", approved=True)], "v1").gone["a"]


def test_only_the_items_own_answer_proves_that_it_is_gone():
    answers = {
        "a": Evidence("gone", "GET a: 404"),
        "b": Evidence("present", "GET b: 200"),
        "c": Evidence("unknown", "GET c: 500"),
    }
    found = from_answers([Missing(one) for one in "abcd"], answers)

    assert found.gone == {"a": "GET a: 404"}
    assert found.present == ["b"]
    assert found.waiting == ["c", "d"]


def test_approval_does_not_replace_the_answer_of_a_source_that_can_be_asked():
    found = from_answers([Missing("a", approved=True)], {"a": Evidence("unknown", "GET a: 500")})

    assert found.gone == {}
