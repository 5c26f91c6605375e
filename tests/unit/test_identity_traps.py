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


def mention(local: str, name: str, *keys: str, website: str | None = None, role: str = "partner") -> Mention:
    """An organisation as a record mentions it."""
    return {"local": local, "name": name, "keys": list(keys), "website": website, "role": role}


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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Provincie Fryslân", "Province of Friesland"),
        ("Provincie Friesland", "Provinsje Fryslân"),
        ("Gemeente Den Bosch", "Gemeente 's-Hertogenbosch"),
        ("Gemeente Den Haag", "gemeente 's-Gravenhage"),
        ("TU/e", "Technische Universiteit Eindhoven"),
        ("RUG", "University of Groningen"),
        ("Wageningen UR", "WUR"),
    ],
)
def test_a_body_with_two_names_is_one_over_all_hubs(one: str, other: str) -> None:
    """Frisian and Dutch, old and new, short and long, Dutch and English: by the crosswalk, and by no likeness."""
    first, second = organisations(("noord-nederland", mention("a", one)), ("limburg", mention("b", other)))
    assert first == second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Gemeente Utrecht", "Provincie Utrecht"),
        ("Universiteit Leiden", "LUMC"),
        ("Leiden University", "Leids Universitair Medisch Centrum"),
        ("Erasmus University Rotterdam", "Erasmus Medical Center"),
        ("TNO", "TNO, TU Delft en partners"),
        ("NWO", "NWO / CWI"),
    ],
)
def test_a_name_within_a_name_is_somebody_else(one: str, other: str) -> None:
    """Parent and hospital, town and province, and a line that names several at once."""
    site = "https://www.erasmus.example"
    first, second = organisations(
        ("utrecht", mention("a", one, website=site)), ("limburg", mention("b", other, website=site))
    )
    assert first != second


def test_a_domain_with_the_same_name_joins_hubs() -> None:
    """Spelling of name and address may differ; a page on that site says nothing, and neither does the name alone."""
    name = "Bakkerij De Molen B.V."
    here, there, page, other, alone = organisations(
        ("zuid-holland", mention("a", name, website="https://www.molen.example/nl/")),
        (
            "limburg",
            mention("b", "bakkerij de molen", website="http://molen.example/index.html?utm_source=x"),
        ),
        ("noord-brabant", mention("c", name, website="https://molen.example/vestigingen/breda")),
        ("noord-holland", mention("d", name, website="https://anders.example")),
        ("oost-nederland", mention("e", name)),
    )
    assert here == there
    assert len({here, page, other, alone}) == 4


@pytest.mark.parametrize(
    "site", ["https://www.linkedin.com", "https://nl.linkedin.com/", "https://gilde.wixsite.com", "localhost"]
)
def test_a_shared_domain_is_no_key_even_with_the_same_name(site: str) -> None:
    """Networks, ticket platforms and page builders house everybody."""
    first, second = organisations(
        ("limburg", mention("a", "Gilde", website=site)),
        ("zuid-holland", mention("b", "Gilde", website=site)),
    )
    assert first != second


def test_a_domain_and_a_name_do_not_overrule_two_numbers() -> None:
    """One site, one name, two registered companies: they stay two, and it is a case for a steward."""
    site = "https://holding.example"
    first, second = organisations(
        ("limburg", mention("a", "Holding", "kvk:27378529", website=site)),
        ("zuid-holland", mention("b", "Holding", "kvk:27364265", website=site)),
    )
    assert first != second


def test_an_oin_is_the_number_within_it() -> None:
    """One hub gives the OIN, another the KvK number that the OIN carries, in another spelling."""
    first, second = organisations(
        ("limburg", mention("a", "Dienst", "oin:00000003273785290000")),
        ("zuid-holland", mention("b", "De Dienst", "kvk:2737 8529")),
    )
    assert first == second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("grant:https://doi.org/10.61686/ABC", "grant:10.61686/abc"),
        ("award:NWO/628.011.001", "award:Dutch Research Council/628 011 001"),
        ("eu:101099999", "eu:HE-101099999"),
        ("url:https://www.x.example/nl/p/?utm_medium=mail#top", "url:x.example/p"),
    ],
)
def test_one_project_under_two_spellings_of_its_key(one: str, other: str) -> None:
    """Grants, awards by funder, EU numbers and addresses have one form."""
    found = names(
        ("limburg", "project", "1", (one,), ()),
        ("zuid-holland", "project", "2", (other,), ()),
    )
    assert found["1", ""] == found["2", ""]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("award:NWO/628.011.001", "award:ZonMw/628.011.001"),
        ("award:EFRO/2024", "award:EFRO/2024"),
        ("award:EFRO/n.v.t.", "award:EFRO/n.v.t."),
        ("eu:101099999", "eu:101099998"),
        ("acro:LAAG", "acro:LAAG"),
    ],
)
def test_what_numbers_nothing_joins_no_projects(one: str, other: str) -> None:
    """A number of another funder, a year, a word, a neighbour's number; an acronym without its coordinator."""
    found = names(
        ("limburg", "project", "1", (one,), ()),
        ("zuid-holland", "project", "2", (other,), ()),
    )
    assert found["1", ""] != found["2", ""]


def test_two_awards_of_one_funder_are_two_projects() -> None:
    """Also where both name one page; awards of two funders go together."""
    page = "url:x.example/p"
    found = names(
        ("limburg", "project", "1", ("award:NWO/628.011.001", page), ()),
        ("zuid-holland", "project", "2", ("award:NWO/628.011.002", page), ()),
        ("noord-holland", "project", "3", ("award:ZonMw/5000.1234", "url:x.example/q"), ()),
        ("noord-brabant", "project", "4", ("award:NWO/628.011.003", "url:x.example/q"), ()),
    )
    assert found["1", ""] != found["2", ""]
    assert found["3", ""] == found["4", ""]


def test_an_acronym_identifies_together_with_its_coordinator() -> None:
    """The same acronym of another coordinator, or of one who only takes part, is another project."""
    led = mention("c", "TU Delft", role="coordinator")
    found = names(
        ("limburg", "project", "1", ("acro:LAAG",), (led,)),
        (
            "zuid-holland",
            "project",
            "2",
            ("acro:Laag",),
            (mention("c", "Delft University of Technology", role="coordinator"),),
        ),
        ("noord-holland", "project", "3", ("acro:LAAG",), (mention("c", "Erasmus MC", role="coordinator"),)),
        ("noord-brabant", "project", "4", ("acro:LAAG",), (mention("c", "TU Delft"),)),
    )
    assert found["1", ""] == found["2", ""]
    assert len({found[number, ""] for number in "134"}) == 3


def test_the_front_page_of_a_site_is_no_event() -> None:
    """A calendar that links every event to the site's front page names no event with it."""
    front = "url:https://www.hub.example/"
    found = names(
        ("limburg", "event", "1", (front,), ()),
        ("limburg", "event", "2", (front,), ()),
        ("zuid-holland", "event", "3", ("uid:Feest@hub.example", front), ()),
        ("limburg", "event", "4", ("uid:feest@hub.example",), ()),
    )
    assert len({found[number, ""] for number in "123"}) == 3
    assert found["3", ""] == found["4", ""]
