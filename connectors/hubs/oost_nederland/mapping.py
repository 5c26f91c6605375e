"""How rows of the sources of AI-hub Oost-Nederland read in the words of the contract. Pure.

Choices of the CRM are read by their number: their label changes with the language of whoever asks. Choices that are
tags are read by label, as the table of tags in the manifest has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.hubs import Mapper, Statement, Words, bodies, builders
from connectors.hubs.said import said, said_day, said_euros
from connectors.hubs.statements import choice, mention, place, province
from connectors.hubs.words import ROLES
from connectors.sources import Row
from connectors.sources.values import digits
from schemas.errors import Reject

HOME: Final = ZoneInfo("Europe/Amsterdam")
STATUSES: Final = {
    "857870000": "planned",
    "857870001": "running",
    "857870002": "completed",
    "857870003": "stopped",
}
TYPES: Final = {
    "857870000": "project",
    "857870001": "programme",
    "857870002": "lab",
    "857870003": "course",
    "857870004": "call",
    "857870005": "pilot",
    "857870006": "fieldlab",
}
PHASES: Final = {
    "857870000": "doel",
    "857870001": "community-management",
    "857870002": "programma-ontwikkeling",
    "857870003": "programma-uitvoering",
}
HELIX: Final = {
    "857870000": "knowledge",
    "857870001": "business",
    "857870002": "government",
    "857870003": "civil-society",
}
TAGS: Final = ("ai_themas_label", "ai_bouwstenen_label", "ai_instrumenten_label")


def project(row: Row, words: Words) -> Statement:
    """A project of the CRM; its partners stand in one column, a line for each."""
    seen = row.fields
    town = said(seen.get("ai_gemeente"))
    parts = {
        "title": said(seen.get("ai_naam")),
        "title_en": said(seen.get("ai_naamengels")),
        "summary": said(seen.get("ai_samenvatting")),
        "summary_en": said(seen.get("ai_samenvattingengels")),
        "type": _choice(TYPES, seen, "ai_soort", optional=True),
        "status": _choice(STATUSES, seen, "ai_projectstatus"),
        "phase": _choice(PHASES, seen, "ai_fase", optional=True),
        "start": _day(seen.get("ai_startdatum"), "ai_startdatum"),
        "end": _day(seen.get("ai_einddatum"), "ai_einddatum"),
        "deadline": _day(seen.get("ai_deadline"), "ai_deadline"),
        "tags": [
            tag.strip() for name in TAGS for tag in (said(seen.get(name)) or "").split(";") if tag.strip()
        ],
        "place": place(None, None, town, province(said(seen.get("ai_provincie"))), "NL"),
        "funding": list(_funding(seen)),
        "organisations": [*_lead(seen), *_partners(seen.get("ai_partners"))],
        "page": said(seen.get("ai_pagina")),
        "link": said(seen.get("ai_website")),
        "contact": said(seen.get("ai_contact")),
        "grants": [said(seen.get("ai_subsidienummer"))],
        "eu": said(seen.get("ai_eunummer")),
    }
    return builders.project(parts, words)


def _choice(table: Mapping[str, str], seen: Mapping[str, Any], column: str, *, optional: bool = False) -> Any:
    """What a choice stands for; one that is not known is told with its label."""
    try:
        return choice(table, said(seen.get(column)), column, optional=optional)
    except Reject as fault:
        label = said(seen.get(f"{column}_label"))
        raise Reject(
            fault.what,
            field=column,
            expected=fault.expected,
            got=f"{fault.got} ({label})" if label else fault.got,
            fix="Add the number of the choice to the mapping of this hub.",
        ) from fault


def _day(value: Any, field: str) -> str | None:
    """A day; a column that holds a moment means the day in the Netherlands, which in UTC may be the one before."""
    found = said(value)
    if found and "T" in found:
        try:
            moment = datetime.fromisoformat(found)
        except ValueError:
            return said_day(found, field)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(HOME).date().isoformat()
    return said_day(found, field)


def _lead(seen: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    name = said(seen.get("_ai_penvoerder_value_label"))
    if name:
        yield mention(name, "coordinator", identifiers=_identifiers(seen.get("ai_penvoerdernummer")))


def _partners(value: Any) -> Iterator[dict[str, Any]]:
    """`Name; role; KvK number or ROR id` on each line."""
    for line in (said(value) or "").splitlines():
        name, role, number, *_ = (part.strip() for part in f"{line};;".split(";"))
        if name:
            yield mention(
                name, choice(ROLES, role or "partner", "ai_partners"), identifiers=_identifiers(number)
            )


def _identifiers(value: Any) -> dict[str, str | None]:
    """A KvK number, whose leading zero the CRM may have lost, or a ROR id."""
    found = said(value)
    if found is None or "ror.org" in found:
        return {"ror": found}
    return {"kvk": digits(found, 8, field="kvk")}


def _funding(seen: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    funder, amount = (
        said(seen.get("ai_financier")),
        said_euros(seen.get("ai_budget"), "ai_budget", decimal="."),
    )
    if funder or amount is not None:
        stream = said(seen.get("ai_regeling"))
        yield builders.funding(funder, amount, stream=stream, field="ai_financier")


def event(row: Row, words: Words) -> Statement:
    """An event of the ticket shop: its page is where to register."""
    seen = row.fields
    return builders.event({**seen, "tags": seen["categories"], "registration": seen["url"]}, words)


def membership(row: Row, words: Words) -> Statement:
    """A connection of the CRM between an account and a body."""
    seen = row.fields
    account = seen.get("record1id_account")
    if not isinstance(account, Mapping):
        raise Reject(
            "The connection is not one of an account",
            field="record1id_account",
            expected="an account",
            got=said(seen.get("_record1id_value_label")) or "nothing",
            fix="Expand record1id_account, and filter on the object type of an account (1).",
        )
    numbers = {**_identifiers(account.get("ai_kvknummer")), "ror": said(account.get("ai_rorid"))}
    member = mention(
        said(account.get("name")) or "",
        choice(ROLES, said(seen.get("_record1roleid_value_label")), "record1roleid"),
        website=said(account.get("websiteurl")),
        helix=_choice(HELIX, account, "ai_soortorganisatie", optional=True),
        identifiers=numbers,
    )
    parts = {
        "start": _day(seen.get("effectivestart"), "effectivestart"),
        "end": _day(seen.get("effectiveend"), "effectiveend"),
        "note": said(seen.get("description")),
    }
    return builders.membership(
        member, bodies.body(said(seen.get("_record2id_value_label")), words, "record2id"), parts
    )


MAPPINGS: Final[Mapping[str, Mapper]] = {"event": event, "project": project, "membership": membership}
