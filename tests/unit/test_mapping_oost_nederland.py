"""How rows of the sources of AI-hub Oost-Nederland read in the words of the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors import manifest as manifests
from connectors.hubs.oost_nederland import mapping
from connectors.hubs.oost_nederland.mapping import event, membership, project
from connectors.sources import Row
from schemas.errors import Reject
from schemas.reference.lists import slugs
from schemas.settings import Settings
from tests.support.statements import fits

WORDS = manifests.load("oost-nederland", Settings.at(Path("/nowhere")), {}).words


def project_row(**changed: Any) -> Row:
    fields: dict[str, Any] = {
        "ai_projectid": "b1",
        "ai_naam": "Thuis herstellen",
        "ai_naamengels": "Recovering at home",
        "ai_samenvatting": "Kort",
        "ai_samenvattingengels": None,
        "ai_soort": 857870002,
        "ai_soort_label": "Lab",
        "ai_projectstatus": 857870001,
        "ai_projectstatus_label": "Lopend",
        "ai_fase": None,
        "ai_startdatum": "2026-02-28T23:00:00Z",
        "ai_einddatum": "2027-03-01",
        "ai_deadline": None,
        "ai_themas": "857870000,857870003",
        "ai_themas_label": "Zorg en gezondheid; Energietransitie",
        "ai_bouwstenen": "857870001",
        "ai_bouwstenen_label": "Human Capital",
        "ai_instrumenten": None,
        "_ai_penvoerder_value": "a1",
        "_ai_penvoerder_value_label": "UT",
        "ai_penvoerdernummer": "https://ror.org/006hf6230",
        "ai_partners": "Saxion; partner; https://ror.org/005t9n460\nTwentevonk B.V. (voorbeeld); ; 1234567\n\nOost NL",
        "ai_gemeente": "Enschede",
        "ai_provincie": "Overijssel",
        "ai_budget": 125000.5,
        "ai_budget_label": "€ 125.000,50",
        "ai_financier": "NL AIC",
        "ai_regeling": "Kickstart",
        "ai_subsidienummer": "10.99999/ON.1",
        "ai_eunummer": None,
        "ai_pagina": "https://oost.example/projecten/thuis",
        "ai_website": None,
        "ai_contact": "info@oost.example",
        "statecode": 0,
    }
    return Row("b1", fields | changed, "rij 1", "", 1000)


def event_row(**changed: Any) -> Row:
    fields: dict[str, Any] = {
        "title": "Masterclass",
        "summary": "Voorbeelddata.",
        "description": "Lang",
        "start": "2026-10-12T08:00:00Z",
        "end": "2026-10-12T10:00:00Z",
        "zone": "Europe/Amsterdam",
        "all_day": False,
        "event_status": "cancelled",
        "url": "https://tickets.example/e/1",
        "online_url": "",
        "venue": {"name": "Zaal", "address": "", "city": "Nijmegen", "zip": "", "country": "NL"},
        "organizers": [{"name": "Radboud Universiteit", "website": ""}],
        "series": None,
        "instance": None,
        "categories": ["Health & Wellness", "Science & Technology"],
        "capacity": 40,
    }
    return Row("880000005101", fields | changed, "pagina 1", fields["url"])


def member_row(account: dict[str, Any] | None = None, **changed: Any) -> Row:
    who = {
        "name": "Twentevonk B.V. (voorbeeld)",
        "ai_kvknummer": "9900001",
        "ai_rorid": None,
        "websiteurl": "https://twentevonk.example",
        "ai_soortorganisatie": 857870001,
        "ai_soortorganisatie_label": "Bedrijf",
    }
    fields: dict[str, Any] = {
        "connectionid": "c1",
        "_record2id_value": "o1",
        "_record2id_value_label": "Werkgroep Zorg en gezondheid",
        "_record1roleid_value": "r1",
        "_record1roleid_value_label": "Deelnemer",
        "effectivestart": "2025-12-31T23:00:00Z",
        "effectiveend": None,
        "description": None,
        "record1id_account": who | (account or {}),
    }
    return Row("c1", fields | changed, "rij 1", "")


def test_a_project_reads_with_choices_by_number_and_tags_by_label():
    said = project(project_row(), WORDS)
    content = fits("Project", said)["content"]

    assert said.keys == ["grant:10.99999/on.1", "url:oost.example/projecten/thuis"]
    assert said.unassigned == []
    assert (content["type"], content["status"], content["phase"]) == ("lab", "running", None)
    assert content["areas"] == ["energie-en-duurzaamheid", "gezondheid-en-zorg"]
    assert content["dimensions"] == ["talent-kennis-en-vaardigheden"]
    assert content["place"]["municipality"] == "Enschede"
    assert content["place"]["province"] == "NL-OV"
    assert content["funding"][0] == {
        "funder": "NL AIC",
        "award": None,
        "stream": "Kickstart",
        "amount_eur": 125_000,
    }


def test_a_moment_in_the_evening_of_the_day_before_is_the_day_in_the_netherlands():
    content = project(project_row(), WORDS).content

    assert (content["start"], content["end"]) == ("2026-03-01", "2027-03-01")


def test_partners_stand_on_lines_and_get_the_zero_back_that_the_crm_lost():
    read = fits("Project", project(project_row(), WORDS))

    assert [(one["name"], one["role"], one["keys"]) for one in read["organisations"]] == [
        ("UT", "coordinator", ["ror:006hf6230"]),
        ("Saxion", "partner", ["ror:005t9n460"]),
        ("Twentevonk B.V. (voorbeeld)", "partner", ["kvk:01234567"]),
        ("Oost NL", "partner", []),
    ]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ai_projectstatus": 857870009, "ai_projectstatus_label": "Twijfel"}, "ai_projectstatus"),
        ({"ai_projectstatus": None, "ai_projectstatus_label": None}, "ai_projectstatus"),
        ({"ai_naam": None, "ai_naamengels": None}, "title"),
        ({"ai_startdatum": "gisterenT"}, "ai_startdatum"),
        ({"ai_partners": "Saxion; sponsor"}, "ai_partners"),
        ({"ai_financier": None}, "ai_financier"),
        ({"ai_penvoerdernummer": "12"}, "kvk"),
    ],
)
def test_a_project_that_cannot_be_used_says_which_column(changed, field):
    with pytest.raises(Reject) as reject:
        project(project_row(**changed), WORDS)

    assert reject.value.field == field


def test_a_choice_that_is_not_known_is_told_with_its_label():
    with pytest.raises(Reject) as reject:
        project(project_row(ai_projectstatus=857870009, ai_projectstatus_label="Twijfel"), WORDS)

    assert reject.value.got == "857870009 (Twijfel)"


def test_an_event_reads_with_the_category_that_says_something():
    said = event(event_row(), WORDS)
    read = fits("Event", said)

    assert said.unassigned == ["Science & Technology"]
    assert read["content"]["areas"] == ["gezondheid-en-zorg"]
    assert (read["content"]["status"], read["content"]["capacity"]) == ("cancelled", 40)
    assert read["content"]["venue"]["municipality"] == "Nijmegen"
    assert read["content"]["registration_link"] == "https://tickets.example/e/1"


def test_a_connection_reads_as_the_membership_of_its_account():
    said = membership(member_row(), WORDS)
    read = fits("Membership", said)

    assert said.keys == ["mem:working-group:gezondheid-en-zorg"]
    assert read["organisations"][0]["keys"] == ["kvk:09900001"]
    assert (read["content"]["role"], read["content"]["helix"]) == ("member", "business")
    assert (read["content"]["start"], read["content"]["end"]) == ("2026-01-01", None)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (member_row(record1id_account=None), "record1id_account"),
        (member_row(_record1roleid_value_label="Vriend"), "record1roleid"),
        (member_row(_record2id_value_label="De kegelclub"), "record2id"),
        (member_row({"name": None}), "organisation"),
        (member_row({"ai_soortorganisatie": 1}), "ai_soortorganisatie"),
    ],
)
def test_a_connection_that_cannot_be_used_says_which_column(row, field):
    with pytest.raises(Reject) as reject:
        membership(row, WORDS)

    assert reject.value.field == field


@pytest.mark.parametrize(
    ("table", "name"),
    [
        (mapping.STATUSES, "project_statuses"),
        (mapping.TYPES, "project_types"),
        (mapping.PHASES, "programme_phases"),
        (mapping.HELIX, "helix"),
    ],
)
def test_every_choice_stands_for_a_value_of_the_reference_lists(table, name):
    assert set(table.values()) <= slugs(name)
