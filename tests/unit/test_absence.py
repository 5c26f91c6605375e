"""Evidence of absence: what a look that lacks a record proves."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from connectors.absence import Missing, Proof, from_answers, from_snapshot, may_remove
from connectors.sources import Evidence, Verdict
from connectors.sources.http import Answer
from connectors.sources.paging import judged

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
    assert "v1" in found.gone["b"].how


def test_a_steward_may_say_that_a_row_of_a_list_is_gone():
    assert "approved" in from_snapshot([Missing("a", approved=True)], "v1").gone["a"].how


def test_only_the_items_own_answer_proves_that_it_is_gone():
    answers = {
        "a": Evidence("gone", "GET a: 404"),
        "b": Evidence("present", "GET b: 200"),
        "c": Evidence("unknown", "GET c: 500"),
    }
    found = from_answers([Missing(one) for one in "abcd"], answers)

    assert found.gone == {"a": Proof("GET a: 404")}
    assert found.present == ["b"]
    assert found.waiting == ["c", "d"]


def test_approval_does_not_replace_the_answer_of_a_source_that_can_be_asked():
    found = from_answers([Missing("a", approved=True)], {"a": Evidence("unknown", "GET a: 500")})

    assert found.gone == {}


def test_what_became_of_a_record_is_kept_apart_from_how_it_is_known():
    answers = {"a": Evidence("gone", "GET a: 403", "unpublished"), "b": Evidence("gone", "told", "erased")}
    found = from_answers([Missing("a"), Missing("b")], answers)

    assert {one: proof.what for one, proof in found.gone.items()} == {"a": "unpublished", "b": "erased"}


@pytest.mark.parametrize(
    ("status", "code", "state", "what"),
    [
        (404, "rest_post_invalid_id", "gone", "deleted"),
        (403, "rest_forbidden", "gone", "unpublished"),
        (410, "", "gone", "deleted"),
        (403, "firewall", "unknown", "deleted"),
    ],
)
def test_an_item_that_may_not_be_seen_is_unpublished_and_one_that_is_not_there_deleted(
    status, code, state, what
):
    answer = Answer(status, {}, json.dumps({"code": code}).encode(), "a")
    found = judged(answer, "a", {(404, "rest_post_invalid_id"), (403, "rest_forbidden")})

    assert (found.state, found.what) == (state, what)
