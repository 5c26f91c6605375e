"""Identifiers: the published lists of real and broken ones, and every form that people write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas import identifiers
from schemas.errors import Reject
from tests.support import vectors


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    """The identifiers of the ROR and OIN registers."""
    vectors.needed()
    found: dict[str, Any] = json.loads(
        (vectors.VECTORS / "identifiers/vectors.json").read_text(encoding="utf-8")
    )
    return found


def refused(kind: str, raw: str) -> Reject:
    """The refusal of an identifier, with words."""
    with pytest.raises(Reject) as caught:
        identifiers.key(kind, raw)
    assert caught.value.expected
    assert caught.value.fix
    return caught.value


def test_ror_ids_of_the_register_pass_and_changed_ones_do_not(published: dict[str, Any]) -> None:
    """The checksum decides."""
    want = vectors.expected("identifiers/vectors.json")
    assert [identifiers.ror(one) for one in want["ror_ok"]] == want["ror_ok"]
    assert [one["id"] for one in published["ror"]["real"]] == want["ror_ok"]
    for one in published["ror"]["derived_one_digit_changed"]:
        refused("ror", one["id"])
    for one in published["ror"]["malformed"]:
        refused("ror", one)


def test_all_forms_of_a_ror_id_are_one(published: dict[str, Any]) -> None:
    """Address, bare id, capitals."""
    forms = published["ror"]["forms_of_the_same_id"]
    assert len({identifiers.ror(form) for form in forms}) == 1


def test_rsins_of_the_register_pass_and_changed_ones_do_not(published: dict[str, Any]) -> None:
    """The eleven test decides."""
    want = vectors.expected("identifiers/vectors.json")
    assert [identifiers.rsin(one) for one in want["rsin_ok"]] == want["rsin_ok"]
    for one in want["rsin_bad"]:
        refused("rsin", one)
    assert published["rsin"]["real_from_oin_register"]


def test_oins_of_the_register_pass_and_broken_ones_do_not(published: dict[str, Any]) -> None:
    """What is embedded must be right too."""
    for one in published["oin"]["real"]:
        raw = one["oin"] if isinstance(one, dict) else one
        assert identifiers.oin(raw) == raw
    for one in published["oin"]["derived_invalid"]:
        refused("oin", one["oin"])


def test_the_kvk_number_in_an_oin_comes_out(published: dict[str, Any]) -> None:
    """Prefix 00000003 embeds a KvK number, and no RSIN."""
    for one in published["kvk"]["real_in_oin_00000003"]:
        found = identifiers.parse_oin(one["oin"])
        assert (found.kvk, found.rsin) == (one["kvk"], None)


def test_a_lost_zero_is_told_and_not_guessed(published: dict[str, Any]) -> None:
    """Seven digits out of a spreadsheet could be anybody's."""
    for raw in published["kvk"]["seven_digit_values_that_lost_a_zero"]:
        assert "leading zero was lost" in refused("kvk", raw).fix


@pytest.mark.parametrize(
    ("kind", "raw", "key"),
    [
        ("kvk", "0123 4567", "kvk:01234567"),
        ("kvk", "01.23.45.67", "kvk:01234567"),
        ("ror", "https://ror.org/02E2C7K09/", "ror:02e2c7k09"),
        ("tooi", "https://identifier.overheid.nl/tooi/id/provincie/pv28", "tooi:pv28"),
        ("tooi", "GM0599", "tooi:gm0599"),
        ("doi", "https://doi.org/10.5281/Zenodo.1", "doi:10.5281/zenodo.1"),
    ],
)
def test_one_form_for_all_ways_of_writing(kind: str, raw: str, key: str) -> None:
    """Spaces, dots, capitals and addresses make no second organisation."""
    assert identifiers.key(kind, raw) == key


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("kvk", "00000000"),
        ("kvk", "٠١٢٣٤٥٦٧"),
        ("kvk", ""),
        ("rsin", "12345678"),
        ("oin", "1" * 20),
        ("ror", "https://example.org/02e2c7k09"),
        ("tooi", "xx12"),
        ("doi", "11.1/x"),
    ],
)
def test_what_is_no_identifier_is_refused_with_words(kind: str, raw: str) -> None:
    """Zeros, digits of another script, other prefixes."""
    assert refused(kind, raw).got == raw
