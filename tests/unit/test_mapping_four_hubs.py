"""How projects of hubs whose sources have codes, pipelines, lines or prose read in the words of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from connectors import manifest as manifests
from connectors.hubs import Statement, Words
from connectors.sources import Row
from schemas.errors import Reject
from schemas.settings import Settings
from tests.support.statements import fits

SITE = {"title": "Port", "excerpt": "Short", "content": "Long", "link": "https://hub.example/p/1"}
NEWS = {"title": "Zorglab", "link": "https://hub.example/nieuws/1", "categories": ["Lopend"]}
BASES: Mapping[str, Mapping[str, Any]] = {
    "midden-nederland": {"name_nl": "Haven", "kind_code": 1, "state_code": 2},
    "noord-holland": {"dealname": "Haven", "dealstage": "990002"},
    "noord-brabant": SITE | {"meta": {"project_status": "running"}, "terms": {}},
    "limburg": NEWS | {"summary": "Voorbeelddata."},
}


@cache
def words(hub: str) -> Words:
    return manifests.load(hub, Settings.at(Path("/nowhere")), {}).words


def project(hub: str, **changed: Any) -> Statement:
    mapping = import_module(f"connectors.hubs.{hub.replace('-', '_')}.mapping")
    said: Statement = mapping.project(Row("12", {**BASES[hub], **changed}, "rij 1", "a", 1), words(hub))
    fits("Project", said)
    return said


def tagged(hub: str, tag: str) -> Statement:
    changed: Mapping[str, Mapping[str, Any]] = {
        "midden-nederland": {"sector_codes": [tag]},
        "noord-holland": {"ai_sectoren": tag},
        "noord-brabant": {"terms": {"sector": [{"name": tag}]}},
        "limburg": {"categories": ["Lopend", tag]},
    }
    return project(hub, **changed[hub])


@pytest.mark.parametrize("hub", BASES)
@pytest.mark.parametrize("tag", ["Kantklossen", "' or 1=1 --", "<b>zorg</b>"])
def test_a_tag_that_is_not_known_is_counted_and_assigned_to_nothing(hub: str, tag: str) -> None:
    said = tagged(hub, tag)

    assert said.unassigned == [tag]
    assert not any(said.content[part] for part in ("areas", "dimensions", "instruments", "themes"))


@pytest.mark.parametrize("hub", BASES)
def test_a_project_without_tags_is_assigned_to_nothing(hub: str) -> None:
    said = project(hub)

    assert said.unassigned == []
    assert not any(said.content[part] for part in ("areas", "dimensions", "instruments", "themes"))
    assert (said.content["type"], said.content["status"]) == ("project", "running")


@pytest.mark.parametrize(
    ("hub", "changed", "field", "got"),
    [
        ("midden-nederland", {"state_code": 9}, "state_code", "9"),
        ("midden-nederland", {"kind_code": None}, "kind_code", "nothing"),
        ("midden-nederland", {"starts_on": "31-02-2026"}, "starts_on", "31-02-2026"),
        ("noord-holland", {"dealstage": "wie weet"}, "dealstage", "wie weet"),
        ("noord-holland", {"dealname": None}, "title", "nothing"),
        ("noord-holland", {"amount": "10"}, "ai_financier", "nothing"),
        ("noord-brabant", {"meta": {}}, "project_status", "nothing"),
        ("noord-brabant", {"meta": {"project_status": "running", "partners": "KPN"}}, "partners", "KPN"),
        ("limburg", {"title": ""}, "title", "nothing"),
        ("limburg", {"summary": "Sluitingsdatum: 31-02-2026."}, "Sluitingsdatum", "31-02-2026"),
    ],
)
def test_a_row_that_cannot_be_used_says_field_and_value(
    hub: str, changed: Mapping[str, Any], field: str, got: str
) -> None:
    with pytest.raises(Reject) as reject:
        project(hub, **changed)

    assert (reject.value.field, reject.value.got) == (field, got)
    assert reject.value.fix


def test_prose_with_company_forms_names_every_organisation_whole() -> None:
    said = project(
        "limburg",
        summary="Penvoerder: Kade B.V. (voorbeeld).\nPartners: Zorgblik B.V. (voorbeeld); Maasdata B.V..\n"
        "Subsidie: doi:10.1/A. Lees meer.",
    )

    assert [(one["name"], one["role"]) for one in said.organisations] == [
        ("Kade B.V. (voorbeeld)", "coordinator"),
        ("Zorgblik B.V. (voorbeeld)", "partner"),
        ("Maasdata B.V.", "partner"),
    ]
    assert "grant:10.1/a" in said.keys


@pytest.mark.parametrize("known", ["99000012", "KvK 99000012"])
def test_the_number_of_a_partner_is_read_with_and_without_its_name(known: str) -> None:
    meta = {"project_status": "running", "partners": f"Kade B.V. | partner | {known}"}

    assert project("noord-brabant", meta=meta).organisations[0]["keys"] == ["kvk:99000012"]


def test_choices_of_a_pipeline_are_several_and_partners_carry_their_identifier() -> None:
    said = project("noord-holland", ai_partners="Kade B.V. [KvK 99000012];; UvA [https://ror.org/04dkp9463]")

    assert [one["keys"] for one in said.organisations] == [["kvk:99000012"], ["ror:04dkp9463"]]
