"""How rows of the sources of AI-hub Midden-Nederland read in the words of the contract. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.hubs import Mapper, Statement, Words, bodies, builders
from connectors.hubs.said import objects, said, said_day, said_euros
from connectors.hubs.statements import choice, mention, place
from connectors.hubs.words import HELIX, ROLES
from connectors.sources import Row

KINDS: Final = {
    "1": "project",
    "2": "programme",
    "3": "lab",
    "4": "course",
    "5": "call",
    "6": "pilot",
    "7": "fieldlab",
}
STATES: Final = {"1": "planned", "2": "running", "3": "completed", "4": "stopped"}


def event(row: Row, words: Words) -> Statement:
    """An event that a page of the hub's site tells of."""
    seen = row.fields
    return builders.event({**seen, "tags": seen["keywords"], "uids": []}, words)


def project(row: Row, words: Words) -> Statement:
    """A project of the hub's administration, as its trigger wrote it into the outbox: codes and English names."""
    seen = row.fields
    town = said(seen.get("town"))
    parts = {
        "title": said(seen.get("name_nl")),
        "title_en": said(seen.get("name_en")),
        "summary": said(seen.get("abstract")),
        "type": choice(KINDS, said(seen.get("kind_code")), "kind_code"),
        "status": choice(STATES, said(seen.get("state_code")), "state_code"),
        "start": said_day(seen.get("starts_on"), "starts_on"),
        "end": said_day(seen.get("ends_on"), "ends_on"),
        "deadline": said_day(seen.get("closes_on"), "closes_on"),
        "tags": [*(seen.get("sector_codes") or ()), *filter(None, [said(seen.get("programme"))])],
        "place": place(None, None, town, "NL-UT" if town else None, "NL"),
        "funding": _funding(seen),
        "organisations": [
            *(_organisation(one, "coordinator") for one in objects(seen.get("lead_org"))),
            *(_organisation(one, "partner") for one in objects(seen.get("partner_orgs"))),
        ],
        "page": said(seen.get("page_url")),
        "grants": [said(seen.get("grant_doi"))],
    }
    return builders.project(parts, words)


def _organisation(seen: Mapping[str, Any], role: str) -> dict[str, Any]:
    identifiers = {"kvk": said(seen.get("coc")), "ror": said(seen.get("ror"))}
    return mention(said(seen.get("name")) or "", role, identifiers=identifiers)


def _funding(seen: Mapping[str, Any]) -> list[dict[str, Any]]:
    funder, amount = said(seen.get("funder")), said_euros(seen.get("budget"), "budget", decimal=".")
    return [builders.funding(funder, amount, field="funder")] if funder or amount else []


def membership(row: Row, words: Words) -> Statement:
    """A row of the table with memberships."""
    seen = row.fields
    member = mention(
        said(seen.get("organisatie")) or "",
        choice(ROLES, seen.get("rol"), "rol"),
        website=said(seen.get("website")),
        via=said(seen.get("via")),
        helix=choice(HELIX, seen.get("soort"), "soort", optional=True),
        identifiers={"kvk": said(seen.get("kvk")), "ror": said(seen.get("ror"))},
    )
    days = {"start": said_day(seen.get("sinds"), "sinds"), "end": said_day(seen.get("tot"), "tot")}
    parts = {**days, "note": said(seen.get("opmerking"))}
    return builders.membership(member, bodies.body(seen.get("orgaan"), words, "orgaan"), parts)


MAPPINGS: Final[Mapping[str, Mapper]] = {"event": event, "project": project, "membership": membership}
