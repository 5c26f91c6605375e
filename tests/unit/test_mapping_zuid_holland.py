"""How the rows of AI-hub Zuid-Holland read in the words of the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors import manifest as manifests
from connectors.hubs.statements import country, grant_key, role_mailbox, url_key
from connectors.hubs.zuid_holland.mapping import event, membership, project
from connectors.sources import Row
from schemas.errors import Reject
from schemas.settings import Settings
from tests.support.statements import fits

WORDS = manifests.load("zuid-holland", Settings.at(Path("/nowhere")), {}).words
DELFT = "https://ror.org/02e2c7k09"


def row(fields: dict[str, Any], source_id: str = "12") -> Row:
    return Row(source_id, fields, "pagina 1, rij 1", "https://hub.example/12", 1000)


def event_row(**changed: Any) -> Row:
    fields: dict[str, Any] = {
        "title": "Havenmiddag",
        "description": "Een lange tekst",
        "excerpt": "Kort",
        "start": "2026-10-12T10:00:00Z",
        "end": "2026-10-12T11:00:00Z",
        "zone": "Europe/Amsterdam",
        "all_day": False,
        "event_status": "scheduled",
        "url": "https://www.hub.example/agenda/havenmiddag/?utm_source=x",
        "website": "https://aanmelden.example",
        "cost": "Gratis",
        "online_url": "",
        "categories": [{"name": "Haven en maritiem", "slug": "haven"}],
        "tags": [{"name": "Borrel", "slug": "borrel"}],
        "venue": None,
        "organizers": [
            {"id": "1", "name": "TU Delft", "website": "", "email": "p.persoon@x.example", "phone": "06"}
        ],
        "series": None,
        "instance": None,
        "lineage": ["hub.example?id=12"],
        "custom": {"capaciteit": "150", "titel_en": "Port afternoon"},
    }
    return row(fields | changed)


def project_row(acf: dict[str, Any] | None = None, terms: dict[str, Any] | None = None) -> Row:
    given = {"status": "lopend", "penvoerder": {"naam": "TU Delft", "ror": DELFT}} | (acf or {})
    fields: dict[str, Any] = {
        "title": "Slimme haven",
        "content": "Lang",
        "excerpt": "Kort",
        "link": "https://hub.example/project/slimme-haven/",
        "terms": terms or {},
        "acf": given,
    }
    return row(fields)


def member_row(**changed: Any) -> Row:
    fields = {
        "Lidnummer": "7",
        "Organisatie": "TU Delft",
        "KvK-nummer": None,
        "ROR": DELFT,
        "Website": "https://www.tudelft.nl",
        "Orgaan": "AI-hub Zuid-Holland",
        "Rol": "coördinator",
        "Soort": "kennisinstelling",
        "Lid sinds": "2021-03-01",
        "Lid tot": None,
        "Via": None,
        "Opmerking": None,
    }
    return row(fields | {name.replace("_", " "): value for name, value in changed.items()}, "7")


def test_an_event_reads_with_its_area_keys_and_organiser_and_without_personal_data():
    said = event(event_row(), WORDS)
    read = fits("Event", said)

    assert said.keys == ["uid:hub.example?id=12", "url:hub.example/agenda/havenmiddag"]
    assert read["content"]["title"] == {"nl": "Havenmiddag", "en": "Port afternoon"}
    assert read["content"]["areas"] == ["haven-en-maritiem"]
    assert read["content"]["capacity"] == 150
    assert said.unassigned == ["Borrel"]
    assert [one["role"] for one in read["organisations"]] == ["organiser"]
    assert "persoon" not in repr(read)


def test_an_occurrence_of_a_series_has_keys_of_its_own():
    one = event(event_row(series="s", instance="2026-10-12T12:00"), WORDS)
    other = event(event_row(series="s", instance="2026-10-19T12:00"), WORDS)

    assert not set(one.keys) & set(other.keys)


@pytest.mark.parametrize(
    ("said", "status"),
    [("cancelled", "cancelled"), ("postponed", "postponed"), ("moved-online", "scheduled")],
)
def test_the_status_of_an_event_is_one_of_the_contract(said, status):
    assert event(event_row(event_status=said), WORDS).content["status"] == status


def test_a_project_reads_with_lead_partners_money_and_figures():
    said = project(
        project_row(
            {
                "partners": [
                    {"naam": "KPN", "rol": "partner", "kvk": "", "ror": ""},
                    {
                        "naam": "De Haagse Hogeschool",
                        "rol": "uitgenodigd",
                        "ror": "https://ror.org/021zvq422",
                    },
                ],
                "financiering": [
                    {"bron": "NL AIC", "regeling": "Kickstart", "nummer": "", "bedrag": "1.250.000,00"}
                ],
                "indicatoren": [{"naam": "studenten", "jaar": "2025", "waarde": "1.204"}],
                "startdatum": "20260301",
                "subsidienummer": "https://doi.org/10.99999/ABC",
                "eu_nummer": "101012345",
                "plaats": {"naam": "Hotspot Delft", "adres": "Mekelweg 5", "gemeente": "Delft"},
                "contact": "info@hub.example",
            },
            {"werkgebied": [{"name": "Vrede, recht en veiligheid"}], "projecttype": [{"name": "Pilot"}]},
        ),
        WORDS,
    )
    read = fits("Project", said)

    assert said.keys == ["grant:10.99999/abc", "eu:101012345", "url:hub.example/project/slimme-haven"]
    assert [(one["name"], one["role"]) for one in read["organisations"]] == [
        ("TU Delft", "coordinator"),
        ("KPN", "partner"),
        ("De Haagse Hogeschool", "invited"),
    ]
    assert read["organisations"][0]["keys"] == ["ror:02e2c7k09"]
    assert read["content"]["areas"] == ["veiligheid-vrede-en-recht"]
    assert (read["content"]["type"], read["content"]["start"]) == ("pilot", "2026-03-01")
    assert read["content"]["funding"][0]["amount_eur"] == 1_250_000
    assert read["content"]["indicators"] == [{"name": "studenten", "year": 2025, "value": 1204}]
    assert read["content"]["contact"] == "info@hub.example"


@pytest.mark.parametrize("nothing", ["", False, None, []])
def test_what_php_writes_for_nothing_is_nothing(nothing):
    empty = dict.fromkeys(("fase", "startdatum", "plaats", "partners", "financiering", "contact"), nothing)
    read = fits("Project", project(project_row(empty), WORDS))

    assert read["content"]["phase"] is None
    assert read["content"]["place"] is None
    assert len(read["organisations"]) == 1


def test_a_word_that_is_not_known_is_rejected_with_the_words_that_are():
    with pytest.raises(Reject) as reject:
        project(project_row({"status": "wie weet"}), WORDS)

    assert reject.value.field == "status"
    assert reject.value.got == "wie weet"
    assert "lopend" in str(reject.value.expected)
    assert reject.value.fix


def test_a_member_reads_with_body_role_and_via():
    said = membership(member_row(Via="Taskforce Digital", Rol="partner"), WORDS)
    read = fits("Membership", said)

    assert said.keys == ["mem:hub:zuid-holland"]
    assert read["organisations"][0]["via"] == "Taskforce Digital"
    assert read["organisations"][0]["local"] == "ror:02e2c7k09"
    assert (read["content"]["body_kind"], read["content"]["body"]) == ("hub", "zuid-holland")
    assert read["content"]["start"] == "2021-03-01"


@pytest.mark.parametrize(
    ("said", "body"),
    [
        ("Werkgroep Gezondheid en zorg", ("working-group", "gezondheid-en-zorg")),
        ("Dimensie Infrastructuur", ("dimension", "infrastructuur")),
        ("Kenniscluster AI, Data & Digitalisering", ("cluster", "ai-data-digitalisering")),
    ],
)
def test_bodies_are_known_by_the_names_of_the_list(said, body):
    content = membership(member_row(Orgaan=said), WORDS).content

    assert (content["body_kind"], content["body"]) == body


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"Orgaan": "De kegelclub"}, "Orgaan"), ({"Rol": None}, "Rol"), ({"Organisatie": None}, "organisation")],
)
def test_a_member_that_cannot_be_used_says_which_field(changed, field):
    with pytest.raises(Reject) as reject:
        membership(member_row(**changed), WORDS)

    assert reject.value.field == field


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("https://www.Hub.example/A/?utm_source=x&b=1#top", "url:hub.example/A?b=1"),
        ("http://hub.example", "url:hub.example"),
        ("ftp://hub.example", None),
        ("", None),
        ("http://[broken", None),
        ("http://hub.example:notaport/x", None),
    ],
)
def test_one_page_has_one_key_however_its_address_is_written(said, key):
    assert url_key(said) == key


def test_a_grant_number_reads_the_same_with_and_without_its_resolver():
    assert grant_key("doi:10.1/AB") == grant_key("https://doi.org/10.1/ab") == "grant:10.1/ab"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("info@hub.example", "info@hub.example"),
        ("AI-hub@tudelft.example", "ai-hub@tudelft.example"),
        ("p.janssen@tudelft.example", None),
        ("geen adres", None),
        (None, None),
    ],
)
def test_only_mailboxes_of_a_role_are_kept(said, kept):
    assert role_mailbox(said) == kept


def test_an_unknown_country_is_not_taken_for_the_netherlands():
    assert [country(said) for said in ("", "Nederland", "be", "Ruritanië")] == ["NL", "NL", "BE", "ZZ"]
