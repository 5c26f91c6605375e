"""The traps of identity across hubs: who must be one, and who must never become one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from streams.agents.stages import listed
from streams.national.identify import speak_of, things_digest
from streams.national.keys import source_key
from streams.national.resolve import KeyGraph

Mention = dict[str, Any]


def mention(local: str, name: str, *keys: str, website: str | None = None) -> Mention:
    """An organisation as a record mentions it."""
    return {"local": local, "name": name, "keys": list(keys), "website": website}


def names(*said: tuple[str, str, str, Sequence[str], Sequence[Mention]]) -> dict[tuple[str, str], str]:
    """National id by (source id, label), after all of these (hub, kind, id, keys, organisations) were heard."""
    graph = KeyGraph()
    for hub, kind, source_id, keys, organisations in said:
        prefix = {"keys": list(keys), "organisations": list(organisations)}
        things = speak_of(hub, kind, source_id, prefix, listed)
        graph.put(source_key(hub, kind, source_id), things_digest(things), things)
    found = graph.settle(0)
    return {
        (one["source_id"], thing["local"]): thing["id"] for one in found.identities for thing in one["things"]
    }


def organisations(*mentions: tuple[str, Mention]) -> list[str]:
    """National ids of organisations, each mentioned by one project of a hub."""
    found = names(*((hub, "project", str(at), (), (one,)) for at, (hub, one) in enumerate(mentions)))
    return [found[str(at), one["local"]] for at, (_, one) in enumerate(mentions)]


def test_a_university_and_its_hospital_stay_two() -> None:
    """Erasmus Universiteit and Erasmus MC are alike in name alone, whether named or by ROR id."""
    university, hospital, by_ror, hospital_by_ror = organisations(
        ("zuid-holland", mention("a", "Erasmus Universiteit Rotterdam")),
        ("limburg", mention("b", "Erasmus MC")),
        ("limburg", mention("c", "EUR", "ror:057w15z03")),
        ("noord-brabant", mention("d", "Erasmus Medisch Centrum", "ror:018906e22")),
    )
    assert university == by_ror
    assert hospital == hospital_by_ror
    assert university != hospital


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TU Delft", "Technische Universiteit Delft"),
        ("Erasmus University Rotterdam", "Erasmus Universiteit"),
        ("erasmus medical center", "Erasmus  MC"),
    ],
)
def test_a_listed_organisation_is_one_under_all_its_names(one: str, other: str) -> None:
    """The crosswalk joins what names alone never join, over all hubs."""
    first, second = organisations(("zuid-holland", mention("a", one)), ("limburg", mention("b", other)))
    assert first == second


def test_an_unlisted_name_joins_within_its_hub_only() -> None:
    """The same name in two hubs is a case for a steward, not for a rule."""
    here, again, there = organisations(
        ("zuid-holland", mention("a", "Bakkerij De Molen B.V.")),
        ("zuid-holland", mention("b", "bakkerij de molen bv")),
        ("limburg", mention("c", "Bakkerij De Molen B.V.")),
    )
    assert here == again
    assert here != there


def test_marks_on_letters_make_no_second_organisation() -> None:
    """Fryslân and Fryslan, Coöperatie and Cooperatie."""
    first, second = organisations(
        ("noord-nederland", mention("a", "Zorgcoöperatie Fryslân")),
        ("noord-nederland", mention("b", "Zorgcooperatie Fryslan")),
    )
    assert first == second


def test_a_shared_web_domain_joins_nobody() -> None:
    """Many stand on one campus site or page builder."""
    first, second = organisations(
        ("limburg", mention("a", "Eerste", website="https://campus.example")),
        ("limburg", mention("b", "Tweede", website="https://campus.example")),
    )
    assert first != second


def test_a_name_that_a_strong_key_speaks_against_is_somebody_else() -> None:
    """Who calls itself Erasmus MC but has another ROR id is not Erasmus MC."""
    known, other = organisations(
        ("zuid-holland", mention("a", "Erasmus MC")),
        ("limburg", mention("b", "Erasmus MC", "ror:057w15z03")),
    )
    assert known != other


def test_two_different_strong_keys_never_join() -> None:
    """A third record that holds both is a doubt, and joins nobody to anybody."""
    first, second, both = organisations(
        ("limburg", mention("a", "X", "kvk:27378529")),
        ("noord-brabant", mention("b", "X", "kvk:27364265")),
        ("zuid-holland", mention("c", "X", "kvk:27378529", "kvk:27364265")),
    )
    assert len({first, second, both}) == 3


def test_one_grant_in_two_hubs_is_one_project_and_two_grants_are_two() -> None:
    """An award identifies; the address that both sites give in error does not join two awards."""
    found = names(
        ("zuid-holland", "project", "1", ("grant:10.61686/abc",), ()),
        ("limburg", "project", "2", ("grant:10.61686/abc",), ()),
        ("limburg", "project", "3", ("grant:10.61686/xyz", "url:https://gedeeld.example"), ()),
        ("noord-brabant", "project", "4", ("grant:10.61686/abc", "url:https://gedeeld.example"), ()),
    )
    assert found["1", ""] == found["2", ""] == found["4", ""]
    assert found["3", ""] != found["1", ""]


def test_a_membership_is_an_organisation_in_a_body() -> None:
    """Two organisations in one body are two memberships; one organisation under two names is one."""
    found = names(
        ("zuid-holland", "membership", "1", ("mem:hub/zuid-holland",), (mention("org", "TU Delft"),)),
        ("zuid-holland", "membership", "2", ("mem:hub/zuid-holland",), (mention("org", "Erasmus MC"),)),
        (
            "limburg",
            "membership",
            "3",
            ("mem:hub/zuid-holland",),
            (mention("org", "Technische Universiteit Delft"),),
        ),
    )
    own = [one for (_, label), one in found.items() if not label]
    assert len(own) == 3
    assert len(set(own)) == 2
