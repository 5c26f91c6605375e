"""How rows of the sources of AI-hub Amsterdam read in the words of the contract. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from connectors.hubs import Mapper, Statement, Words, bodies, builders
from connectors.hubs.said import said, said_day, said_euros
from connectors.hubs.statements import choice, mention
from connectors.hubs.words import ROLES, TYPES
from connectors.sources import Row
from schemas.text import plain

STAGES: Final = {
    "990001": "planned",
    "990002": "running",
    "closedwon": "completed",
    "closedlost": "stopped",
}
"""Stages of the hub's pipeline: HubSpot's own have names, those that were added are numbers."""
HELIX: Final = {
    "knowledge": "knowledge",
    "business": "business",
    "government": "government",
    "society": "civil-society",
}
_NAMED: Final = re.compile(r"(?P<name>.+?)\s*\[(?P<known>[^\]]+)\]")
_TAGS: Final = ("ai_sectoren", "ai_bouwstenen", "ai_instrument")


def event(row: Row, words: Words) -> Statement:
    """An event of the hub's calendar at Google."""
    return builders.calendar_event(row.fields, words)


def project(row: Row, words: Words) -> Statement:
    """A deal of the pipeline with projects."""
    seen = row.fields
    lead = said(seen.get("ai_penvoerder"))
    parts = {
        "title": said(seen.get("dealname")),
        "title_en": said(seen.get("ai_title_en")),
        "summary": plain(said(seen.get("description")) or ""),
        "type": choice(TYPES, seen.get("ai_soort"), "ai_soort", optional=True),
        "status": choice(STAGES, seen.get("dealstage"), "dealstage"),
        "start": said_day(seen.get("ai_start"), "ai_start"),
        "end": said_day(seen.get("closedate"), "closedate"),
        "deadline": said_day(seen.get("ai_deadline"), "ai_deadline"),
        "tags": [tag for name in _TAGS for tag in _several(seen.get(name))],
        "funding": _funding(seen),
        "organisations": [
            *([_organisation(lead, "coordinator")] if lead else []),
            *(_organisation(one, "partner") for one in _several(seen.get("ai_partners"))),
        ],
        "page": said(seen.get("ai_pagina")),
        "contact": said(seen.get("ai_contact")),
        "grants": [said(seen.get("ai_grant_doi"))],
    }
    return builders.project(parts, words)


def _several(value: Any) -> list[str]:
    """Choices as HubSpot writes several: one text with semicolons."""
    return [one.strip() for one in str(value or "").split(";") if one.strip()]


def _funding(seen: Mapping[str, Any]) -> list[dict[str, Any]]:
    funder, amount = said(seen.get("ai_financier")), said_euros(seen.get("amount"), "amount", decimal=".")
    return [builders.funding(funder, amount, field="ai_financier")] if funder or amount else []


def _organisation(text: str, role: str) -> dict[str, Any]:
    """`Name [ROR, KvK or website]`, or a name alone. Raises `Reject`."""
    found = _NAMED.fullmatch(text)
    name, known = (found["name"], found["known"]) if found else (text, "")
    identifiers = {
        "ror": known if "ror.org" in known else None,
        "kvk": known.removeprefix("KvK ") if known.startswith("KvK ") else None,
    }
    website = known if known.startswith("http") and "ror.org" not in known else None
    return mention(name, role, website=website, identifiers=identifiers)


def membership(row: Row, words: Words) -> Statement:
    """An object of the hub's own type: a company as member of a body."""
    seen = row.fields
    domain = said(seen.get("domain"))
    member = mention(
        said(seen.get("organisatie")) or "",
        choice(ROLES, seen.get("rol"), "rol"),
        website=f"https://{domain}" if domain else None,
        via=said(seen.get("via")),
        helix=choice(HELIX, seen.get("helix"), "helix", optional=True),
        identifiers={"kvk": said(seen.get("kvk_nummer")), "ror": said(seen.get("ror_id"))},
    )
    parts = {
        "start": said_day(seen.get("lid_sinds"), "lid_sinds"),
        "end": said_day(seen.get("lid_tot"), "lid_tot"),
        "note": said(seen.get("opmerking")),
    }
    return builders.membership(member, bodies.body(seen.get("orgaan"), words, "orgaan"), parts)


MAPPINGS: Final[Mapping[str, Mapper]] = {"event": event, "project": project, "membership": membership}
