"""What the mappings of all hubs have in common: events, projects and memberships from parts. Pure.

A mapping says where a part stands in its source and what a word there stands for; what is put together from the
parts, and under which keys it is known, is the same everywhere and stands here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.hubs import Statement, Words
from connectors.hubs.bodies import body
from connectors.hubs.said import said_day, said_whole
from connectors.hubs.statements import (
    award_key,
    choice,
    country,
    grant_key,
    mention,
    place,
    province,
    role_mailbox,
    text,
    unique,
    url_key,
)
from connectors.hubs.words import EVENT_STATUSES, HELIX, INDICATORS, ROLES
from schemas.errors import Reject

_POSTCODE: Final = re.compile(r"\b\d{4} ?[A-Z]{2} +")


def event(seen: Mapping[str, Any], words: Words) -> Statement:
    """An event from the fields of its reader, with what a mapping adds to them:

    tags                            words of the source, for areas, dimensions and themes
    title_en, summary               texts; without a summary the excerpt or description
    venue                           {name, address, city, province, country}, each optional
    organizers                      list of {name, website}: organisations, no persons
    uids                            ids that the event has in other calendars too
    registration, capacity, price   where to register; number of places; as the source writes it
    """
    assigned, unassigned = words.assign(seen.get("tags", ()))
    organisers = [
        mention(each["name"], "organiser", website=each.get("website")) for each in seen.get("organizers", ())
    ]
    content = {
        "title": text(seen["title"], seen.get("title_en")),
        "summary": text(seen.get("summary") or seen.get("excerpt") or seen.get("description")),
        "status": choice(EVENT_STATUSES, seen["event_status"], "event_status"),
        "start": seen["start"],
        "end": seen.get("end") or None,
        "zone": seen["zone"],
        "all_day": seen["all_day"],
        "previous_start": max(seen.get("previous_starts") or (), default=None),
        "series": seen.get("series"),
        "instance": seen.get("instance"),
        "venue": venue(seen.get("venue")),
        "online_url": seen.get("online_url") or None,
        **_listed(assigned, "areas", "dimensions", "themes"),
        "link": seen.get("url") or None,
        "registration_link": seen.get("registration") or None,
        "capacity": seen.get("capacity"),
        "price": seen.get("price") or None,
    }
    return Statement(_event_keys(seen), unique(organisers), content, unassigned)


def _event_keys(seen: Mapping[str, Any]) -> list[str]:
    """Shared ids and the address; an occurrence of a series is one of many under them."""
    instance = f"@{seen['instance']}" if seen.get("instance") else ""
    uids = sorted({f"uid:{one.casefold()}{instance}" for one in seen.get("uids", ())})
    url = url_key(seen.get("url"))
    return [*uids, *([url + instance] if url else [])]


def venue(seen: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A place from name, address, city, province and country, each optional."""
    if not seen:
        return None
    return place(
        seen.get("name"),
        seen.get("address"),
        seen.get("city"),
        province(seen.get("province")),
        country(seen.get("country")),
    )


def calendar_event(seen: Mapping[str, Any], words: Words) -> Statement:
    """An event of an iCalendar feed, whose place is one line of text and whose organiser may be a person."""
    where = " ".join(str(seen.get("location") or "").split())
    online = where if where.startswith(("http://", "https://")) else ""
    name, _, town = _POSTCODE.sub("", where).rpartition(", ")
    added = {
        "tags": seen["categories"],
        "uids": [seen["uid"]],
        "organizers": organisers_with_role_mailbox(seen["organizers"]),
        "online_url": online,
        "venue": None if online else {"name": name or town, "city": town if name else None},
    }
    return event({**seen, **added}, words)


def site_event(seen: Mapping[str, Any], words: Words) -> Statement:
    """An event of The Events Calendar; English title and number of places stand in fields that sites add."""
    custom = seen["custom"]
    added = {
        "tags": [tag["name"] for tag in (*seen["categories"], *seen["tags"])],
        "title_en": custom.get("titel_en"),
        "uids": seen["lineage"],
        "registration": seen["website"],
        "capacity": said_whole(custom.get("capaciteit"), "capaciteit"),
        "price": seen["cost"],
    }
    return event({**seen, **added}, words)


def organisers_with_role_mailbox(seen: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Organisers of a calendar that are no persons: their address names a role."""
    return [{"name": one["name"]} for one in seen if one.get("name") and role_mailbox(one.get("email"))]


def project(parts: Mapping[str, Any], words: Words) -> Statement:
    """A project from parts that are national words and plain values already; all but title and status may lack:

    title, title_en, summary, summary_en   texts
    type, status, phase, research_kind      slugs of the lists
    start, end, deadline                    days
    tags, focus                             words of the source: of all, and of the hub's focus areas
    pillars, place, funding, indicators     slugs; see `venue`, `funding`, `indicator`
    organisations                           mentions, the lead first
    page, link, contact                     its page at the source, its own site, a mailbox
    grants, eu                              award numbers with their funder's DOI prefix, number of an EU grant
    acronym                                 short name; with its coordinator it identifies
    """
    if not parts.get("title") and not parts.get("title_en"):
        raise _lacks("The project has no title", "title", "text", "Give it a title.")
    assigned, unassigned = words.assign(parts.get("tags", ()))
    focus, _ = words.assign(parts.get("focus", ()))
    names = ("phase", "start", "end", "deadline", "research_kind", "place")
    content = {
        "title": text(parts.get("title"), parts.get("title_en")),
        "summary": text(parts.get("summary"), parts.get("summary_en")),
        "type": parts.get("type") or "project",
        "status": parts["status"],
        **{name: parts.get(name) for name in names},
        **_listed(assigned, "areas", "dimensions", "instruments", "themes"),
        "pillars": sorted(set(parts.get("pillars", ()))),
        "focus_areas": focus.get("areas", []),
        "funding": list(parts.get("funding", ())),
        "indicators": list(parts.get("indicators", ())),
        "link": parts.get("link") or parts.get("page") or None,
        "contact": role_mailbox(parts.get("contact")),
    }
    return Statement(_project_keys(parts), unique(parts.get("organisations", ())), content, unassigned)


def _project_keys(parts: Mapping[str, Any]) -> list[str]:
    eu, url, acronym = parts.get("eu"), url_key(parts.get("page")), parts.get("acronym")
    numbered = [one for one in parts.get("funding", ()) if one["award"] != eu]
    awards = [award_key(one["funder"], one["award"]) for one in numbered]
    return [
        *dict.fromkeys(grant_key(one) for one in parts.get("grants", ()) if one),
        *dict.fromkeys(filter(None, awards)),
        *([f"eu:{eu}"] if eu else []),
        *([url] if url else []),
        *([f"acro:{acronym}"] if acronym else []),
    ]


def funding(
    funder: str | None,
    amount_eur: int | None,
    *,
    award: str | None = None,
    stream: str | None = None,
    field: str = "funding",
) -> dict[str, Any]:
    """Money behind a project. Raises `Reject` when nobody gives it."""
    if not funder:
        raise _lacks("Money without a source", field, "name", "Fill it in.")
    return {"funder": funder, "award": award, "stream": stream, "amount_eur": amount_eur}


def indicator(name: str | None, year: int, value: int, *, field: str = "indicators") -> dict[str, Any]:
    """A yearly figure. Raises `Reject` when it has no name."""
    if not name:
        raise _lacks("A figure without a name", field, "name", "Fill it in.")
    return {"name": INDICATORS.get(name.casefold(), name.casefold()), "year": year, "value": value}


def membership(member: dict[str, Any], of: tuple[str, str], parts: Mapping[str, Any]) -> Statement:
    """The membership of an organisation (see `mention`) in a body (see `bodies`); start, end, note, link may lack."""
    kind, slug = of
    content = {
        "body_kind": kind,
        "body": slug,
        "role": member["role"],
        "helix": member["helix"],
        "start": parts.get("start"),
        "end": parts.get("end"),
        "via": member["via"],
        "note": text(parts.get("note"), parts.get("note_en")),
        "link": parts.get("link") or None,
    }
    return Statement([f"mem:{kind}:{slug}"], [member], content)


def listed_membership(seen: Mapping[str, Any], words: Words, columns: Mapping[str, str]) -> Statement:
    """A membership from a row of a list; `columns` says which column holds which part:

    name, role, body                        required
    helix, website, via, kvk, ror           of the organisation
    start, end, note                        of the membership
    """
    parts = {part: seen.get(column) for part, column in columns.items()}
    days = {name: said_day(parts.get(name), columns.get(name, name)) for name in ("start", "end")}
    member = mention(
        parts["name"] or "",
        choice(ROLES, parts["role"], columns["role"]),
        website=parts.get("website"),
        via=parts.get("via"),
        helix=choice(HELIX, parts.get("helix"), columns.get("helix", "helix"), optional=True),
        identifiers={kind: parts.get(kind) for kind in ("kvk", "ror")},
    )
    return membership(member, body(parts["body"], words, columns["body"]), parts | days)


def _listed(assigned: Mapping[str, list[str]], *names: str) -> dict[str, list[str]]:
    return {name: assigned.get(name, []) for name in names}


def _lacks(what: str, field: str, expected: str, fix: str) -> Reject:
    return Reject(what, field=field, expected=expected, got="nothing", fix=fix)
