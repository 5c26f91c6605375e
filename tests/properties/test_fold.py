"""Laws of `fold`: the order of contributions says nothing, and spliced bytes are the folded record."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import encode, load, prefix
from schemas.topics import NATIONAL_KINDS
from streams.national.fold import NOTHING, fold, inputs_digest, single, written_digest
from tests.contract.examples import example

LAWS = settings(max_examples=60, deadline=None, derandomize=True)
WORDS = st.sampled_from(("haven", "zorg", "taal", None))


def linked(kind: str, number: int, when: int, word: str | None) -> dict[str, Any]:
    """One contribution; `word` stands in its first text."""
    found: dict[str, Any] = example(load(f"linked.{kind.capitalize()}"))
    found |= {
        "national_id": f"{kind[0]}-x",
        "hub": f"hub-{number % 3}",
        "source_id": f"s{number}",
        "local": "",
    }
    found["revision"] = 1_000 + when
    found["origin"] = found["origin"] | {"changed_at": when, "first_seen_at": 1, "read_at": when}
    for name, value in found["content"].items():
        if isinstance(value, dict) and set(value) == {"nl", "en"}:
            found["content"][name] = {"nl": word, "en": None}
    return found


@pytest.mark.parametrize("kind", NATIONAL_KINDS)
@LAWS
@given(
    st.lists(st.tuples(st.integers(1, 5), WORDS), min_size=1, max_size=5), st.randoms(use_true_random=False)
)
def test_the_order_of_contributions_says_nothing(
    kind: str, said: list[tuple[int, str | None]], draw: random.Random
) -> None:
    """Any order gives the same record, also when moments are equal, and the same digest of inputs."""
    ordered = [linked(kind, number, when, word) for number, (when, word) in enumerate(said)]
    shuffled = draw.sample(ordered, len(ordered))
    one, other = (
        fold(kind, f"{kind[0]}-x", records, None, ["a", "b"], NOTHING) for records in (ordered, shuffled)
    )
    assert one == other
    assert one is not None
    assert inputs_digest(ordered, None, ["b", "a"]) == inputs_digest(shuffled, None, ["a", "b"])
    assert written_digest(one) == inputs_digest(ordered, None, ["a", "b"])


@pytest.mark.parametrize("kind", NATIONAL_KINDS)
@LAWS
@given(st.integers(1, 5), WORDS)
def test_spliced_bytes_are_the_folded_record(kind: str, when: int, word: str | None) -> None:
    """Head, the branch byte and the unchanged content bytes are what encoding the whole record gives."""
    one = linked(kind, 1, when, word)
    schema = load(f"national.{kind.capitalize()}")
    whole = fold(kind, f"{kind[0]}-x", [one], None, [], NOTHING)
    assert whole is not None
    head = encode(prefix(f"national.{kind.capitalize()}"), single(f"{kind[0]}-x", one, [], NOTHING))
    content = encode(load(f"{kind.capitalize()}Content"), one["content"])
    assert head + b"\x02" + content == encode(schema, whole)


def test_what_was_said_otherwise_stays_visible() -> None:
    """The most recent title wins; the other stands among the losing values with its hub and source."""
    old, new = linked("project", 1, 1, "haven"), linked("project", 2, 2, "zorg")
    found = fold("project", "p-x", [old, new], None, [], NOTHING)
    assert found is not None
    (title,) = (one for one in found["origins"] if one["field"] == "title")
    assert (found["content"]["title"]["nl"], title["rule"], title["source_id"]) == (
        "zorg",
        "most-recent",
        "s2",
    )
    assert [(one["source_id"], one["value"]) for one in title["losing"]] == [
        ("s1", '{"en":null,"nl":"haven"}')
    ]


def test_a_redirect_is_no_removal_and_nothing_said_is_one() -> None:
    """An id that lost names its successor; an id that nobody speaks of has no record."""
    redirected = fold("project", "p-x", [], "p-y", [], NOTHING)
    assert redirected is not None
    assert (redirected["redirect"], redirected["content"]) == ("p-y", None)
    assert fold("project", "p-x", [], None, [], NOTHING) is None
