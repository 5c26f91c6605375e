"""Lists that the national office keeps: what a file changes, all its faults at once, and taking back."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.errors import Reject
from schemas.reference import kept, lists
from schemas.reference.kept import Kept

SAID = ("omdat", "national office", 7)


def told(now: Kept, name: str, wanted: list[dict[str, str]], *, whole: bool = False) -> list[dict[str, Any]]:
    """Change a list, as the topic would."""
    records = kept.versions_of(now, name, kept.changes(now, name, wanted, whole=whole), *SAID)
    for one in records:
        now.put(kept.key_of(one), one)
    return records


def test_without_a_word_of_the_office_a_list_is_as_the_release_has_it():
    assert [dict(row) for row in Kept().rows("targets")] == [dict(row) for row in lists.rows("targets")]


def test_a_row_changes_comes_and_goes_and_each_is_taken_back():
    now = Kept()
    first, *rest = [dict(row) for row in now.rows("organisations")]
    changed = {**first, "name": "Anders"}
    new = {
        "slug": "nieuw",
        "name": "Nieuw",
        "aliases": "",
        "keys": "ror:03yrm5c26",
        "helix": "",
        "confirmed": "no",
    }
    records = told(now, "organisations", [changed, new, *rest[1:]], whole=True)
    assert [(one["row"], one["state"], one["version"]) for one in records] == [
        (first["slug"], "said", 1),
        (rest[0]["slug"], "gone", 1),
        ("nieuw", "said", 1),
    ]
    found = {row["slug"]: dict(row) for row in now.rows("organisations")}
    assert found[first["slug"]] == changed
    assert found["nieuw"] == new
    assert rest[0]["slug"] not in found
    assert told(now, "organisations", [changed, new]) == [], "the same again changes nothing"
    for row in (first["slug"], rest[0]["slug"], "nieuw"):
        back = kept.undone(now, "organisations", row, *SAID)
        now.put(kept.key_of(back), back)
    assert [dict(row) for row in now.rows("organisations")] == [first, *rest]


def test_taking_back_twice_goes_back_and_forth_between_the_last_two():
    now = Kept()
    row = dict(now.rows("targets")[0])
    for value in ("1", "2"):
        told(now, "targets", [{**row, "value": value}])
    back = kept.undone(now, "targets", row["slug"], *SAID)
    now.put(kept.key_of(back), back)
    assert now.rows("targets")[0]["value"] == "1"
    assert [one["version"] for one in now.versions("targets", row["slug"])] == [1, 2, 3]
    with pytest.raises(Reject, match="never changed"):
        kept.undone(now, "targets", "niets", *SAID)


def test_all_faults_of_a_file_are_told_at_once():
    wanted = [{"slug": "a", "colour": "red"}, {"slug": ""}, {"slug": "b"}, {"slug": "b", "helix": "planten"}]
    with pytest.raises(Reject) as refused:
        kept.changes(Kept(), "organisations", wanted, whole=False)
    for words in (
        "line 2 has columns that organisations does not have: colour",
        "line 3 has no usable slug",
        "line 5 names b a second time",
        "line 5, helix: planten is none of helix",
    ):
        assert words in refused.value.what


def test_a_vocabulary_of_the_contract_is_not_kept_by_the_office():
    with pytest.raises(Reject, match="keeps no list areas"):
        kept.columns("areas")


@pytest.mark.parametrize("key", ["", "targets", "targets|x", "targets|x|y", "areas|x|1", "targets||1"])
def test_a_strange_key_is_nothing(key: str):
    now = Kept()
    assert now.put(key, {"state": "said", "fields": [], "version": 1}) is None
    assert now.said("targets") == {}


def test_every_kept_list_names_its_rows_by_its_first_column():
    for name in kept.KEPT:
        named = [row[kept.columns(name)[0]] for row in lists.rows(name)]
        assert len(set(named)) == len(named), name
        assert not any("|" in one for one in named), name


def test_a_new_identifier_of_the_office_joins():
    now = Kept()
    new = {
        "slug": "nieuw",
        "name": "Nieuw Lab",
        "aliases": "N-Lab",
        "keys": "ror:03yrm5c26",
        "helix": "",
        "confirmed": "no",
    }
    told(now, "organisations", [new])
    found = lists.Crosswalk(now.rows("organisations"))
    assert found("n-lab") == found("Iets anders", ["ror:03yrm5c26"]) == "nieuw"
    assert found("TU Delft") == "tu-delft"


def test_values_that_cannot_be_used_are_all_named():
    now = Kept()
    row = dict(now.rows("targets")[0])
    wrong = {
        "value": "veel",
        "per": "maand",
        "scope": "tu-delft|nergens",
        "period": "2027-2025",
        "name_nl": " ",
    }
    with pytest.raises(Reject) as refused:
        kept.changes(now, "targets", [row | wrong, row | {"slug": "x", "value": ""}], whole=False)
    for said in (
        "line 2, value: veel is not a whole number",
        "line 2, per: maand is not year or cumulative",
        "line 2, scope: nergens is not in the list organisations",
        "line 2, period: 2027-2025 ends before it begins",
        "line 2, name_nl:   is not a text",
        "line 3, value: nothing is not a whole number",
    ):
        assert said in refused.value.what
    for name in kept.KEPT:
        assert kept.changes(now, name, now.rows(name), whole=True) == [], "what the release has can be used"
