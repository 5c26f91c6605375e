"""A national record in the words of schema.org, as JSON-LD: for search engines and programs that know no other. Pure.

Projects are `ResearchProject`, events `Event`, organisations `Organization`, memberships `OrganizationRole`. The hubs
that say so are `sdPublisher`, the last change is `sdDatePublished`; invented data says so in
`disambiguatingDescription`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from streams.view.answers import SAMPLE_MARK
from streams.view.rows import safe_link

CONTEXT: Final = "https://schema.org"
Item = Mapping[str, Any]
Node = dict[str, Any]
_STATUS: Final = {
    "scheduled": "EventScheduled",
    "rescheduled": "EventRescheduled",
    "postponed": "EventPostponed",
    "cancelled": "EventCancelled",
}


def linked(item: Item, site: str, names: Mapping[str, str]) -> Node:
    """A record as the API gives it; `site` is where its page is, `names` what the hubs are called."""
    page = f"{site}/{item['kind']}s/{item['id']}"
    node = {
        "@id": page,
        "identifier": item["id"],
        "url": page,
        **_OF[item["kind"]](item),
        "sdPublisher": [_organisation(names.get(hub, hub)) for hub in item["hubs"]],
        "sdDatePublished": item["last_changed_at"],
        "disambiguatingDescription": f"{SAMPLE_MARK} (verzonnen / invented)" if item["sample"] else None,
    }
    return {name: value for name, value in node.items() if value not in (None, "", [], {})}


def _project(item: Item) -> Node:
    fields = item["fields"]
    return {
        "@type": "ResearchProject",
        **_named(fields),
        "foundingDate": fields["start"],
        "dissolutionDate": fields["end"],
        "location": _place(fields["place"]),
        "member": [_organisation(one["name"]) for one in item["organisations"]],
        "funding": [_grant(one) for one in fields["funding"]],
        "keywords": [*fields["areas"], *fields["dimensions"], *fields["themes"]],
        "sameAs": safe_link(fields["link"]),
        "email": fields["contact"],
    }


def _event(item: Item) -> Node:
    fields = item["fields"]
    online, place = fields["online_url"], _place(fields["venue"])
    where = [one for one in (place, {"@type": "VirtualLocation", "url": online} if online else None) if one]
    return {
        "@type": "Event",
        **_named(fields),
        "startDate": _at(fields["start"], fields),
        "endDate": _at(fields["end"], fields, last=True),
        "previousStartDate": _at(fields["previous_start"], fields),
        "eventStatus": f"{CONTEXT}/{_STATUS[fields['status']]}",
        "location": where[0] if len(where) == 1 else where,
        "organizer": [
            _organisation(one["name"])
            for one in item["organisations"]
            if one["role"] in ("organiser", "host")
        ],
        "keywords": [*fields["areas"], *fields["dimensions"], *fields["themes"]],
        "maximumAttendeeCapacity": fields["capacity"],
        "sameAs": safe_link(fields["link"]),
    }


def _membership(item: Item) -> Node:
    fields = item["fields"]
    return {
        "@type": "OrganizationRole",
        "name": item["title"],
        "roleName": fields["role"],
        "startDate": fields["start"],
        "endDate": fields["end"],
        "member": [_organisation(one["name"]) for one in item["organisations"]],
        "memberOf": _organisation(fields["body"]),
    }


def _body(item: Item) -> Node:
    fields = item["fields"]
    address = {"@type": "PostalAddress", "addressLocality": fields["place"], "addressCountry": "NL"}
    return {
        "@type": "Organization",
        "name": fields["name"],
        "sameAs": safe_link(fields["website"]),
        "address": address if fields["place"] else None,
    }


_OF: Final[Mapping[str, Callable[[Item], Node]]] = {
    "project": _project,
    "event": _event,
    "membership": _membership,
    "organisation": _body,
}


def _named(fields: Mapping[str, Any]) -> Node:
    """Name and description in Dutch, the other language beside it."""
    title, summary = fields["title"] or {}, fields["summary"] or {}
    name = title.get("nl") or title.get("en")
    other = title.get("en")
    return {
        "name": name,
        "alternateName": other if other != name else None,
        "description": summary.get("nl") or summary.get("en"),
    }


def _organisation(name: str) -> Node:
    return {"@type": "Organization", "name": name}


def _grant(one: Mapping[str, Any]) -> Node:
    funder = one["funder"] or one["stream"]
    said = {
        "@type": "Grant",
        "identifier": one["award"],
        "name": one["stream"],
        "funder": _organisation(funder),
    }
    return {name: value for name, value in said.items() if value is not None}


def _place(one: Mapping[str, Any] | None) -> Node | None:
    if not one:
        return None
    parts = {
        "@type": "PostalAddress",
        "streetAddress": one["address"],
        "addressLocality": one["municipality"],
        "addressRegion": one["province"],
        "addressCountry": one["country"],
    }
    address = {name: value for name, value in parts.items() if value}
    return {"@type": "Place", "name": one["name"] or one["municipality"] or "", "address": address}


def _at(said: str | None, fields: Mapping[str, Any], *, last: bool = False) -> str | None:
    """A moment in the zone of the event; of whole days the day, of an end at midnight the day before."""
    if not said:
        return None
    at = datetime.fromisoformat(said).astimezone(ZoneInfo(fields["zone"]))
    if fields["all_day"]:
        return (at - timedelta(seconds=int(last and said > fields["start"]))).date().isoformat()
    return at.isoformat()
