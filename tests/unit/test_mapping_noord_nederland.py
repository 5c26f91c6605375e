"""How rows of the sources of AI-hub Noord-Nederland read in the words of the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors import manifest as manifests
from connectors.hubs import cerif
from connectors.hubs.noord_nederland import mapping
from connectors.hubs.noord_nederland.mapping import event, membership, project
from connectors.sources import Row
from connectors.sources.oai import page_of, parsed
from schemas.errors import Reject
from schemas.reference.lists import slugs
from schemas.settings import Settings
from tests.support.statements import fits

WORDS = manifests.load("noord-nederland", Settings.at(Path("/nowhere")), {}).words
TYPES = "https://w3id.org/cerif/vocab/IdentifierTypes#"
PROJECT = f"""
<Project xmlns="https://www.openaire.eu/cerif-profile/1.1/" id="112">
  <Type scheme="https://cris.example/vocab/ProjectType">https://cris.example/vocab/ProjectType#FieldLab</Type>
  <Acronym>LAAG</Acronym>
  <Title xml:lang="en">Low water, high tide</Title><Title xml:lang="nl">Laag water, hoog tij</Title>
  <Identifier type="{TYPES}ProjectReference">VB-112</Identifier>
  <Identifier type="{TYPES}URL">https://cris.example/en/projects/laag?utm_source=x</Identifier>
  <StartDate>2025-03</StartDate><EndDate>2028</EndDate>
  <Consortium>
    <Coordinator><OrgUnit id="1"><Name xml:lang="en">Bernoulli Institute</Name>
      <PartOf><OrgUnit id="2"><Name xml:lang="en">Faculty of Science and Engineering</Name>
        <PartOf><OrgUnit id="3"><Acronym>RUG</Acronym><Name xml:lang="nl">Rijksuniversiteit Groningen</Name>
          <Name xml:lang="en">University of Groningen</Name>
          <Identifier type="https://ror.org">https://ror.org/012p63287</Identifier>
          <ElectronicAddress>mailto:info@rug.example</ElectronicAddress>
          <ElectronicAddress>https://www.rug.nl</ElectronicAddress></OrgUnit></PartOf></OrgUnit></PartOf>
    </OrgUnit></Coordinator>
    <Partner><OrgUnit id="4"><Name xml:lang="nl">Getijdekracht B.V. (voorbeeld)</Name>
      <Identifier type="https://www.kvk.nl">01234567</Identifier></OrgUnit></Partner>
    <Partner><Person id="9"><PersonName><FamilyNames>Persoon</FamilyNames></PersonName></Person></Partner>
    <Member><OrgUnit id="5"><Acronym>TNO</Acronym><RORID>https://ror.org/01bnjb948</RORID></OrgUnit></Member>
  </Consortium>
  <Team><PrincipalInvestigator><Person id="8"><PersonName><FamilyNames>Persoon</FamilyNames></PersonName></Person>
  </PrincipalInvestigator></Team>
  <Funded><By><OrgUnit id="6"><Name xml:lang="en">Dutch Research Council</Name></OrgUnit></By><As><Funding>
    <Amount currency="EUR">250000.50</Amount>
    <Identifier type="{TYPES}AwardNumber">628.011.001</Identifier>
    <Identifier type="{TYPES}GrantDOI">https://doi.org/10.61686/ABCDE12345</Identifier>
    <PartOf><Funding><Name xml:lang="en">KIC</Name></Funding></PartOf></Funding></As></Funded>
  <Funded><By><OrgUnit id="7"><Name xml:lang="en">European Commission</Name></OrgUnit></By><As><Funding>
    <Amount currency="USD">10</Amount>
    <Identifier type="{TYPES}AwardNumber">101099999</Identifier></Funding></As></Funded>
  <Funded><By><Person id="9"/></By></Funded>
  <Keyword xml:lang="en">Water and climate</Keyword><Keyword xml:lang="en">machine learning</Keyword>
  <Keyword xml:lang="en">field lab</Keyword>
  <Abstract xml:lang="en">Long.</Abstract>
  <Status scheme="https://cris.example/vocab/ProjectStatus">https://cris.example/vocab/ProjectStatus#Running</Status>
</Project>"""


def project_row(xml: str = PROJECT) -> Row:
    """The row that the reader makes of a record."""
    body = (
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header>'
        "<identifier>oai:cris.example:Projects/112</identifier><datestamp>2026-05-01T10:00:00Z</datestamp>"
        f"</header><metadata>{xml}</metadata></record></ListRecords></OAI-PMH>"
    )
    page, _ = page_of(parsed(body.encode(), "x"), "pagina 1")
    return page.rows[0]


def event_row(**changed: Any) -> Row:
    fields: dict[str, Any] = {
        "uid": "5101@aihub-noord.example",
        "title": "Kennissessie: water",
        "description": "Voorbeelddata",
        "start": "2026-10-12T11:30:00Z",
        "end": "2026-10-12T13:00:00Z",
        "zone": "Europe/Amsterdam",
        "all_day": False,
        "stated": "zoned",
        "local_start": "2026-10-12T13:30:00",
        "event_status": "scheduled",
        "location": "Hotspot Groningen, Groningen",
        "url": "https://aihub-noord.example/agenda/water",
        "categories": ["water and climate", "Borrel"],
        "organizers": [{"name": "Hanze", "email": "events@hanze.example"}],
        "series": None,
        "instance": None,
        "notes": [],
    }
    return Row("5101@aihub-noord.example", fields | changed, "VEVENT 1", "", None)


def member_row(**changed: Any) -> Row:
    fields = {
        "Nr": "NN-001",
        "Naam organisatie": "RUG",
        "KvK-nr": None,
        "ROR-id": "https://ror.org/012p63287",
        "Website": "https://www.rug.nl",
        "Werkgroep of hub": "AI-hub Noord-Nederland",
        "Functie": "coördinator",
        "Organisatietype": "kennisinstelling",
        "Ingangsdatum": "2023-01-01",
        "Einddatum": None,
        "Via": None,
        "Toelichting": "Voorbeelddata",
    }
    return Row(
        "NN-001", fields | {name.replace("_", " "): said for name, said in changed.items()}, "rij 5", ""
    )


def test_a_project_reads_with_its_texts_period_keywords_and_keys():
    said = project(project_row(), WORDS)
    content = fits("Project", said)["content"]

    assert said.keys == [
        "grant:10.61686/abcde12345",
        "award:dutch research council/628.011.001",
        "eu:101099999",
        "url:cris.example/en/projects/laag",
        "acro:LAAG",
    ]
    assert said.unassigned == ["machine learning"]
    assert content["title"] == {"nl": "Laag water, hoog tij", "en": "Low water, high tide"}
    assert content["summary"] == {"nl": None, "en": "Long."}
    assert (content["type"], content["status"]) == ("fieldlab", "running")
    assert (content["start"], content["end"]) == ("2025-03-01", "2028-12-31")
    assert (content["areas"], content["instruments"]) == (["water-en-klimaat"], ["fieldlabs"])
    assert content["funding"] == [
        {
            "funder": "Dutch Research Council",
            "award": "628.011.001",
            "stream": "KIC",
            "amount_eur": 250_000,
        },
        {"funder": "European Commission", "award": "101099999", "stream": None, "amount_eur": None},
    ]


def test_the_consortium_reads_as_organisations_with_roles_and_without_persons():
    """An institute stands for its university, which says through whom it takes part."""
    read = fits("Project", project(project_row(), WORDS))

    assert [(one["name"], one["role"], one["via"], one["keys"]) for one in read["organisations"]] == [
        ("Rijksuniversiteit Groningen", "coordinator", "Bernoulli Institute", ["ror:012p63287"]),
        ("Getijdekracht B.V. (voorbeeld)", "partner", None, ["kvk:01234567"]),
        ("TNO", "member", None, ["ror:01bnjb948"]),
    ]
    assert read["organisations"][0]["website"] == "https://www.rug.nl"
    assert "Persoon" not in repr(read)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("#Running", "#Onbekend", "Status"),
        ("<Status", "<!-- <Status", "Status"),
        ("#FieldLab", "#Toren", "Type"),
        ("2025-03<", "2025-13<", "StartDate"),
        ("012p63287", "012p63288", "ROR id"),
    ],
)
def test_a_project_that_cannot_be_used_says_which_field(old, new, field):
    xml = PROJECT.replace(old, new).replace("</Status>", "</Status> -->" if "<!--" in new else "</Status>")

    with pytest.raises(Reject) as reject:
        project(project_row(xml), WORDS)

    assert reject.value.field == field
    assert reject.value.fix


def test_every_word_stands_for_a_value_of_the_reference_lists():
    assert set(mapping.STATUSES.values()) <= slugs("project_statuses")
    assert set(mapping.TYPES.values()) <= slugs("project_types")


def test_a_record_of_another_kind_is_refused_in_words():
    with pytest.raises(Reject) as reject:
        project(project_row('<OrgUnit xmlns="urn:x" id="1"><Name>x</Name></OrgUnit>'), WORDS)

    assert (reject.value.expected, reject.value.got) == ("Project", "OrgUnit")


def test_a_title_without_a_language_or_in_another_one_is_taken_as_it_is():
    assert cerif.project({"Title": ["Los"]})["title"] == "Los"
    assert cerif.project({"Title": [{"lang": "fy", "text": "Wetter"}]})["title"] == "Wetter"
    assert cerif.project({"Title": [{"lang": "en-GB", "text": "Water"}]})["title_en"] == "Water"


def test_an_event_reads_with_its_place_organiser_and_english_categories():
    said = event(event_row(), WORDS)
    read = fits("Event", said)

    assert said.keys == ["uid:5101@aihub-noord.example", "url:aihub-noord.example/agenda/water"]
    assert said.unassigned == ["Borrel"]
    assert read["content"]["areas"] == ["water-en-klimaat"]
    assert read["content"]["venue"]["municipality"] == "Groningen"
    assert [one["name"] for one in read["organisations"]] == ["Hanze"]


def test_a_member_reads_with_body_role_and_period():
    said = membership(member_row(Werkgroep_of_hub="Werkgroep Energie en duurzaamheid", Functie="lid"), WORDS)
    read = fits("Membership", said)

    assert said.keys == ["mem:working-group:energie-en-duurzaamheid"]
    assert read["organisations"][0]["keys"] == ["ror:012p63287"]
    assert (read["content"]["role"], read["content"]["helix"]) == ("member", "knowledge")
    assert (read["content"]["start"], read["content"]["end"]) == ("2023-01-01", None)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"Werkgroep_of_hub": "De kegelclub"}, "Werkgroep of hub"),
        ({"Functie": None}, "Functie"),
        ({"Naam_organisatie": None}, "organisation"),
        ({"KvK-nr": "123"}, "KvK number"),
    ],
)
def test_a_member_that_cannot_be_used_says_which_field(changed, field):
    with pytest.raises(Reject) as reject:
        membership(member_row(**changed), WORDS)

    assert reject.value.field == field
