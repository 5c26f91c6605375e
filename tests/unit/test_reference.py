"""The reference lists hold what the agenda says, without doubles and without guesses."""

from __future__ import annotations

import pytest

from schemas import identifiers
from schemas.reference import lists

AREAS = (
    "cultuur-en-media",
    "defensie",
    "haven-en-maritiem",
    "landbouw-en-voeding",
    "gezondheid-en-zorg",
    "onderwijs",
    "publieke-diensten",
    "mobiliteit-transport-en-logistiek",
    "technische-industrie",
    "water-en-klimaat",
    "veiligheid-vrede-en-recht",
    "financiele-dienstverlening",
    "energie-en-duurzaamheid",
    "gebouwde-omgeving",
)
WITH_SLUG = [name for name in lists.NAMES if "slug" in lists.rows(name)[0]]


def test_there_are_14_areas_in_the_order_of_the_agenda() -> None:
    """Slugs as the agenda's list has them."""
    assert tuple(area.slug for area in lists.areas()) == AREAS


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("vrede, recht en veiligheid", "veiligheid-vrede-en-recht"),
        ("Security, peace and justice", "veiligheid-vrede-en-recht"),
        ("Peace, justice and security", "veiligheid-vrede-en-recht"),
        ("FINANCIELE DIENSTVERLENING", "financiele-dienstverlening"),
        ("Financiële dienstverlening", "financiele-dienstverlening"),
        ("Healthcare", "gezondheid-en-zorg"),
        ("Health and Care", "gezondheid-en-zorg"),
        ("zorg", "gezondheid-en-zorg"),
        ("agrifood", "landbouw-en-voeding"),
        ("Agriculture and nutrition", "landbouw-en-voeding"),
        ("Port and maritime", "haven-en-maritiem"),
        ("Energy and sustainability", "energie-en-duurzaamheid"),
        ("haven-en-maritiem", "haven-en-maritiem"),
    ],
)
def test_areas_are_found_by_the_words_of_real_texts(words: str, slug: str) -> None:
    """All aliases that the sources use."""
    assert lists.resolve_area(words) == slug


def test_an_area_is_never_guessed() -> None:
    """A word that names none stays unassigned."""
    assert lists.resolve_area("innovatie") is None
    assert lists.resolve_area("") is None


def test_every_name_and_alias_of_an_area_leads_to_that_area() -> None:
    """No alias stands with two areas."""
    for area in lists.areas():
        for word in (area.slug, area.name_nl, area.name_en, *area.aliases):
            assert lists.resolve_area(word) == area.slug, word


def test_there_are_four_dimensions() -> None:
    """Each is found by its names."""
    assert len(lists.dimensions()) == 4
    assert all(lists.resolve_dimension(one.name_nl) == one.slug for one in lists.dimensions())


@pytest.mark.parametrize("name", WITH_SLUG)
def test_slugs_are_unique_and_well_formed(name: str) -> None:
    """Lower case words with hyphens, each once; a focus area once per hub, a theme once per body."""
    rows = lists.rows(name)
    keys = [(row["slug"], row.get("hub", ""), row.get("body", "")) for row in rows]
    assert len(set(keys)) == len(keys)
    for row in rows:
        assert row["slug"] == row["slug"].lower().replace(" ", "-")
        assert row["slug"].isascii()


def test_focus_areas_and_focus_themes_are_two_lists() -> None:
    """A hub's focus area is an area of work; a focus theme belongs to the knowledge cluster."""
    assert lists.slugs("focus_areas").isdisjoint(lists.slugs("focus_themes"))
    assert "hub" in lists.rows("focus_areas")[0]
    assert "hub" not in lists.rows("focus_themes")[0]
    areas = lists.slugs("areas")
    assert {row["area"] for row in lists.rows("focus_areas")} - {""} <= areas


def test_identifiers_of_known_organisations_are_valid_and_belong_to_one() -> None:
    """Check digits hold, and no key or name stands with two organisations."""
    keys = [key for one in lists.organisations() for key in one.keys]
    for key in keys:
        kind, _, raw = key.partition(":")
        assert identifiers.key(kind, raw) == key
    assert len(set(keys)) == len(keys)
    for one in lists.organisations():
        assert lists.resolve_organisation(one.name) == one.slug
        assert all(lists.resolve_organisation(alias) == one.slug for alias in one.aliases), one.slug


def test_a_name_that_its_key_speaks_against_is_not_believed() -> None:
    """Key first; a known name with the ROR id of another is nobody known."""
    assert lists.resolve_organisation("Erasmus University") in (None, "erasmus-universiteit-rotterdam")
    assert lists.resolve_organisation("Erasmus MC") == "erasmus-mc"
    assert lists.resolve_organisation("anders geschreven", ["ror:02e2c7k09"]) == "tu-delft"
    assert lists.resolve_organisation("TU Delft", ["ror:03yrm5c26"]) is None


def test_partners_and_helixes_named_in_lists_exist() -> None:
    """References between lists lead somewhere."""
    known = {one.slug for one in lists.organisations()}
    for row in lists.rows("hub_partners"):
        assert row["organisation"] in known
        assert row["role"] in lists.slugs("membership_roles")
    assert {one.helix for one in lists.organisations()} - {None} <= lists.slugs("helix")
