"""How rows of the sources of AI-hub Zuid-Holland read in the words of the contract. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from connectors.hubs import Mapper, Statement, Words, builders
from connectors.hubs.said import objects, said, said_day, said_euros, several
from connectors.hubs.statements import choice, mention, place
from connectors.hubs.words import PHASES, PILLARS, RESEARCH, ROLES, STATUSES, TYPES
from connectors.sources import Row
from connectors.sources.values import whole

_ASSIGNED: Final = ("werkgebied", "dimensie", "instrument", "focusgebied", "thema")
COLUMNS: Final = {
    "name": "Organisatie",
    "role": "Rol",
    "body": "Orgaan",
    "helix": "Soort",
    "website": "Website",
    "via": "Via",
    "kvk": "KvK-nummer",
    "ror": "ROR",
    "start": "Lid sinds",
    "end": "Lid tot",
    "note": "Opmerking",
}


def event(row: Row, words: Words) -> Statement:
    """An event of The Events Calendar."""
    return builders.site_event(row.fields, words)


def project(row: Row, words: Words) -> Statement:
    """A project of the hub's WordPress site, with its fields of Advanced Custom Fields."""
    seen, acf, terms = row.fields, row.fields["acf"], row.fields["terms"]
    parts = {
        "title": seen["title"],
        "title_en": acf.get("titel_en"),
        "summary": seen["excerpt"] or seen["content"],
        "summary_en": acf.get("samenvatting_en"),
        "type": _type(terms.get("projecttype", ())),
        "status": choice(STATUSES, acf.get("status"), "status"),
        "phase": choice(PHASES, acf.get("fase"), "fase", optional=True),
        "start": said_day(acf.get("startdatum"), "startdatum"),
        "end": said_day(acf.get("einddatum"), "einddatum"),
        "deadline": said_day(acf.get("deadline"), "deadline"),
        "tags": [term["name"] for names in _ASSIGNED for term in terms.get(names, ())],
        "focus": [term["name"] for term in terms.get("focusgebied", ())],
        "pillars": [choice(PILLARS, one, "pijlers") for one in several(acf.get("pijlers"))],
        "research_kind": choice(RESEARCH, acf.get("onderzoek"), "onderzoek", optional=True),
        "place": _place(acf.get("plaats")),
        "funding": [_funding(one) for one in objects(acf.get("financiering"))],
        "indicators": [_indicator(one) for one in objects(acf.get("indicatoren"))],
        "organisations": _partners(acf),
        "page": seen["link"],
        "link": said(acf.get("website")),
        "contact": said(acf.get("contact")),
        "grants": [said(acf.get("subsidienummer"))],
        "eu": said(acf.get("eu_nummer")),
    }
    return builders.project(parts, words)


def _partners(acf: Mapping[str, Any]) -> list[dict[str, Any]]:
    lead = [_partner(one, "coordinator") for one in objects(acf.get("penvoerder"))]
    others = [
        _partner(one, choice(ROLES, one.get("rol") or "partner", "partners.rol"))
        for one in objects(acf.get("partners"))
    ]
    return [*lead, *others]


def _partner(seen: Mapping[str, Any], role: str) -> dict[str, Any]:
    return mention(
        said(seen.get("naam")) or "",
        role,
        website=said(seen.get("website")),
        identifiers={"kvk": said(seen.get("kvk")), "ror": said(seen.get("ror"))},
    )


def _type(terms: Iterable[Mapping[str, Any]]) -> str | None:
    names = [term["name"] for term in terms]
    return choice(TYPES, names[0], "projecttype") if names else None


def _place(seen: Any) -> dict[str, Any] | None:
    for found in objects(seen):
        name, address, town = (said(found.get(key)) for key in ("naam", "adres", "gemeente"))
        return place(name, address, town, "NL-ZH" if town else None, "NL")
    return None


def _funding(seen: Mapping[str, Any]) -> dict[str, Any]:
    amount = said_euros(seen.get("bedrag"), "financiering.bedrag")
    award, stream = said(seen.get("nummer")), said(seen.get("regeling"))
    return builders.funding(
        said(seen.get("bron")), amount, award=award, stream=stream, field="financiering.bron"
    )


def _indicator(seen: Mapping[str, Any]) -> dict[str, Any]:
    year = whole(said(seen.get("jaar")) or "", field="indicatoren.jaar")
    value = whole(said(seen.get("waarde")) or "", field="indicatoren.waarde")
    return builders.indicator(said(seen.get("naam")), year, value, field="indicatoren.naam")


def membership(row: Row, words: Words) -> Statement:
    """A row of the list of members."""
    return builders.listed_membership(row.fields, words, COLUMNS)


MAPPINGS: Final[Mapping[str, Mapper]] = {"event": event, "project": project, "membership": membership}
