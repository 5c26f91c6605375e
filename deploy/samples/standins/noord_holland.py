"""AI-hub Amsterdam: a CRM at HubSpot for projects (deals) and memberships (an object of its own), a Google calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from deploy.samples.faces import hubspot, ical
from deploy.samples.faces.hubspot import PATH, Item
from deploy.samples.faces.ical import Calendar
from deploy.samples.standin import Answer, Asked, Standin, areas, as_json
from deploy.samples.store import Stored
from schemas.text import plain

MEMBERSHIPS: Final = "2-99000001"
STAGES: Final = {"gepland": "990001", "lopend": "990002", "afgerond": "closedwon", "gestopt": "closedlost"}
"""Stages of the pipeline; those of HubSpot itself have names, others are numbers."""
_KINDS: Final = {
    "kennisinstelling": "KNOWLEDGE",
    "bedrijf": "BUSINESS",
    "overheid": "GOVERNMENT",
    "maatschappelijke organisatie": "SOCIETY",
}


def answer(place: Standin, asked: Asked) -> Answer | None:
    """The CRM below `/crm`, the calendar under the address that Google would give."""
    if asked.path.startswith(f"{PATH}/{MEMBERSHIPS}"):
        held = [_membership(item) for item in place.every("membership")]
    elif asked.path.startswith(f"{PATH}/deals"):
        held = [_deal(place, item) for item in place.every("project")]
    elif asked.path == "/calendar/basic.ics":
        calendar = Calendar("AI Amsterdam", "google.com", f"{place.site}/events", "google")
        events = place.live("event")
        words = {one.source_id: list(areas(one, "event")) for one in events}
        body = ical.feed(calendar, events, words, asked.now)
        return Answer(200, body, "text/calendar; charset=UTF-8")
    else:
        return None
    status, document = hubspot.answer(held, asked.path, asked.query, asked.body)
    return as_json(document, status)


def objects(place: Standin) -> Iterator[tuple[str, Item]]:
    """All objects of the CRM with the number of their type, for those whom it tells of changes."""
    yield from (("0-3", _deal(place, item)) for item in place.every("project"))
    yield from ((MEMBERSHIPS, _membership(item)) for item in place.every("membership"))


def _deal(place: Standin, item: Stored) -> Item:
    body, acf, terms = item.body, item.body["acf"], item.body["terms"]
    partners = acf["partners"] or []
    said: dict[str, str | None] = {
        "dealname": body["title"],
        "ai_title_en": acf["titel_en"],
        "description": plain(body["excerpt"]),
        "dealstage": STAGES[acf["status"]],
        "ai_soort": terms["projecttype"][0].lower(),
        "ai_sectoren": ";".join(terms["werkgebied"]),
        "ai_bouwstenen": ";".join(terms["dimensie"]),
        "ai_instrument": ";".join(terms["instrument"]),
        "ai_start": _iso(acf["startdatum"]),
        "closedate": f"{_iso(acf['einddatum'])}T22:59:59Z",
        "ai_deadline": _iso(acf["deadline"]),
        "amount": _amount(acf),
        "ai_financier": (acf["financiering"] or [{}])[0].get("bron"),
        "ai_penvoerder": _organisation(acf["penvoerder"]),
        "ai_partners": ";".join(_organisation(one) for one in partners),
        "ai_grant_doi": acf["subsidienummer"],
        "ai_pagina": f"{place.site}/projecten/{body['slug']}",
        "ai_contact": acf["contact"],
    }
    return Item(str(4_000_000 + int(item.source_id)), said, item.modified, item.state != "live")


def _organisation(one: Mapping[str, Any]) -> str:
    """A name with what identifies it in brackets, as the CRM writes a company in a text."""
    known = one["ror"] or (f"KvK {one['kvk']}" if one["kvk"] else one["website"])
    return f"{one['naam']} [{known}]" if known else str(one["naam"])


def _amount(acf: Mapping[str, Any]) -> str | None:
    money = (acf["financiering"] or [{}])[0].get("bedrag")
    return money.replace(".", "").replace(",", ".") if money else None


def _iso(day: str) -> str | None:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else None


def _membership(item: Stored) -> Item:
    body = item.body
    said: dict[str, str | None] = {
        "organisatie": body["Organisatie"],
        "kvk_nummer": body["KvK-nummer"],
        "ror_id": body["ROR"],
        "domain": body["Website"].removeprefix("https://").removeprefix("www."),
        "orgaan": body["Orgaan"],
        "rol": body["Rol"].upper(),
        "helix": _KINDS.get(body["Soort"]),
        "lid_sinds": _turned(body["Lid sinds"]),
        "lid_tot": _turned(body["Lid tot"]),
        "via": body["Via"],
        "opmerking": body["Opmerking"],
    }
    number = int("".join(sign for sign in item.source_id if sign.isdigit()))
    return Item(str(7_000_000 + number), said, item.modified, item.state != "live")


def _turned(day: str) -> str | None:
    return "-".join(reversed(day.split("-"))) if day else None


def listings(place: Standin) -> Mapping[str, bytes]:
    """No files."""
    del place
    return {}
