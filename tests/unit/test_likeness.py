"""Likeness proposes with reasons: measured on labelled pairs, explained in Dutch and English, never by a name alone."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from schemas.advice import dutch
from schemas.reference.lists import rows
from streams.national.candidates import LEAST, blocks
from streams.national.likeness import likeness
from streams.national.portraits import KINDS, Portrait, portrait
from tests.support.likeness import FAMILIES, Labelled, labelled, organisation, project

PAIRS = list(labelled())
MEASURED = [pair for pair in PAIRS if pair.family % 2]
"""Families that were not looked at when weights were set."""


def portraits(pair: Labelled) -> tuple[Portrait, Portrait]:
    """Both records as likeness sees them."""
    one, other = portrait(pair.kind, pair.one), portrait(pair.kind, pair.other)
    assert one is not None
    assert other is not None
    return one, other


def proposed(pair: Labelled) -> bool:
    """Whether a steward would see the pair."""
    one, other = portraits(pair)
    return bool(blocks(one) & blocks(other)) and likeness(one, other).chance >= LEAST


def figures(pairs: Iterable[Labelled]) -> tuple[float, float]:
    """Precision and recall."""
    told = [(proposed(pair), pair.same) for pair in pairs]
    right = sum(found and same for found, same in told)
    return right / sum(found for found, _ in told), right / sum(same for _, same in told)


def test_the_labelled_set_is_large_and_hard() -> None:
    """Hundreds of pairs, half of them two things that look like one; all kinds."""
    assert len(PAIRS) >= 400
    assert 0.4 < sum(pair.same for pair in PAIRS) / len(PAIRS) < 0.6
    assert {pair.kind for pair in PAIRS} == set(KINDS)


def test_precision_and_recall_on_pairs_that_set_no_weight() -> None:
    """The figures of docs/why/likeness.md, as lower bounds."""
    precision, recall = figures(MEASURED)
    assert precision >= 0.93, [pair.trap for pair in MEASURED if proposed(pair) and not pair.same]
    assert recall >= 0.95, [pair.trap for pair in MEASURED if pair.same and not proposed(pair)]


@pytest.mark.parametrize(
    "pair", [one for one in PAIRS if not one.same and one.trap in {row[3] for row in FAMILIES["known"]}]
)
def test_known_traps_are_never_proposed(pair: Labelled) -> None:
    """University and hospital, town and province, two schools in a town, a line that names several."""
    assert not proposed(pair), likeness(*portraits(pair))


@pytest.mark.parametrize("trap", ["last year's", "next year's", "the next of a series"])
def test_editions_are_never_proposed(trap: str) -> None:
    """The yearly congress is not last year's, whatever it is called and whoever organises it."""
    found = [pair for pair in PAIRS if pair.trap == trap]
    assert found
    assert not any(map(proposed, found))


def test_every_reason_is_told_in_dutch_and_english() -> None:
    """A sentence per feature, with the values of both; all outcomes that are weighed can be said."""
    said = {one for pair in PAIRS for one in likeness(*portraits(pair)).features}
    assert all(one.nl != one.en and "{" not in one.nl + one.en for one in said), said
    weighed = {row["feature"] for row in rows("likeness")} - {"prior"}
    assert {one.name for one in said} == weighed


def test_a_pair_explains_itself_feature_by_feature() -> None:
    """What speaks for one thing stands beside what speaks for two."""
    pair = next(pair for pair in PAIRS if pair.trap == "a second award")
    found = likeness(*portraits(pair))
    bits = {one.name: one.bits for one in found.features}
    assert bits["title"] > 0 > bits["award"]
    assert found.chance < LEAST
    award = next(one for one in found.features if one.name == "award")
    assert (award.en, award.nl) == (
        "One funder gave them other awards",
        "Eén financier gaf ze andere toekenningen",
    )
    assert dutch("The titles are 91 % alike") == "De titels lijken voor 91 % op elkaar"


def test_a_record_that_holds_nothing_has_no_portrait() -> None:
    """A redirected record and a membership are not weighed; missing fields and odd days are."""
    assert portrait("project", {"id": "p-a", "content": None, "organisations": []}) is None
    assert portrait("membership", {"id": "m-a", "content": {}, "organisations": []}) is None
    odd = portrait("project", project("p-a", None, None, start="someday", link="no address"))
    bare = portrait("organisation", organisation("o-a", "!!!", "https://[x", None, None))
    assert odd is not None
    assert bare is not None
    assert likeness(odd, odd).chance < LEAST
    assert bare.address == ""
