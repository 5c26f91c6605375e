"""One event of The Events Calendar as plain fields; pure. What each field is stands in `tec`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.sources.moments import Moment, OffsetZones, moment, stamp, wall
from connectors.sources.paging import plain_id
from connectors.sources.php import coordinate, flag, link, mapping, name, objects, several, text
from schemas.errors import Reject

PROVISIONAL = 10_000_000
"""From here on Events Calendar Pro counts occurrences instead of posts."""

_STATUS = {
    "canceled": "cancelled",
    "cancelled": "cancelled",
    "eventcancelled": "cancelled",
    "geannuleerd": "cancelled",
    "postponed": "postponed",
    "eventpostponed": "postponed",
    "uitgesteld": "postponed",
    "eventmovedonline": "moved-online",
    "moved-online": "moved-online",
}
_WORDS = "geannuleerd|afgelast|cancell?ed|uitgesteld|postponed"
_TITLE = re.compile(rf"(?:[\[(]\s*({_WORDS})\s*[\])]\s*[:\-–—]?|({_WORDS})\s*[:\-–—!])\s*", re.IGNORECASE)
# fmt: off
_KNOWN = frozenset(
    (
        "id", "global_id", "global_id_lineage", "author", "status", "date", "date_utc", "modified",
        "modified_utc", "url", "rest_url", "title", "description", "excerpt", "slug", "image", "all_day",
        "start_date", "start_date_details", "end_date", "end_date_details", "utc_start_date",
        "utc_start_date_details", "utc_end_date", "utc_end_date_details", "timezone", "timezone_abbr",
        "cost", "cost_details", "website", "show_map", "show_map_link", "hide_from_listings", "sticky",
        "featured", "categories", "tags", "venue", "organizer", "json_ld", "event_status",
        "event_status_reason", "series", "recurring", "is_virtual", "virtual_url", "password_protected",
        "_links"
    )
)
# fmt: on


def event_fields(event: Mapping[str, Any], home: str, offset_zones: OffsetZones) -> dict[str, Any]:
    """The fields of an event. Raises `Reject` when it has no usable start or title."""
    title = name(event.get("title"))
    if not title:
        raise Reject(
            "The event has no title", field="title", expected="text", got="nothing", fix="Give it a title."
        )
    start, notes = _start(event, home, offset_zones)
    end, more = _end(event, start, home, offset_zones)
    status, hint = _status(event, title)
    found = occurrence(event)
    return {
        "title": _TITLE.sub("", title, count=1) if hint and _TITLE.match(title) else title,
        "description": text(event.get("description")),
        "excerpt": text(event.get("excerpt")),
        "start": start.text,
        "end": stamp(end.utc),
        "zone": start.zone,
        "all_day": flag(event.get("all_day")),
        **_stated(event),
        "event_status": status,
        "status_reason": name(
            event.get("event_status_reason") or _meta(event, "_tribe_events_status_reason")
        ),
        "hidden": flag(event.get("hide_from_listings")),
        **_addresses(event),
        "cost": name(event.get("cost")),
        "categories": _terms(event.get("categories")),
        "tags": _terms(event.get("tags")),
        "venue": venue(event.get("venue")),
        "organizers": [
            _organizer(each) for each in objects(event.get("organizer")) if name(each.get("organizer"))
        ],
        "series": found[0] if found else None,
        "instance": found[1] if found else None,
        "lineage": [str(one) for one in several(event.get("global_id_lineage")) if isinstance(one, str)],
        "custom": {key: value for key, value in event.items() if key not in _KNOWN},
        "notes": [*notes, *more, *([hint] if hint else [])],
    }


def occurrence(event: Mapping[str, Any]) -> tuple[str, str] | None:
    """Series and original local start of an occurrence of a recurring event, else None."""
    start = str(event.get("start_date", "")).replace(" ", "T")[:16]
    for series in objects(event.get("series")):
        if (found := plain_id(series)) and start:
            return found, start
    if (
        isinstance(event.get("series"), (int, str))
        and not isinstance(event["series"], bool)
        and event["series"]
    ):
        return str(event["series"]), start
    number = plain_id(event) or ""
    if number.isdigit() and int(number) >= PROVISIONAL and start:
        slug = str(event.get("slug") or urlsplit(str(event.get("url", ""))).path.strip("/"))
        slug = re.sub(r"[-/]\d{4}-\d{2}-\d{2}(?:[-/]\d+)?$", "", slug)
        return (slug, start) if slug else None
    return None


def venue(value: Any) -> dict[str, Any] | None:
    """A venue; None for the ways in which PHP says there is none."""
    place = mapping(value)
    known = ("venue", "address", "city", "zip", "country")
    if not any(name(place.get(key)) for key in known):
        return None
    lat, lon = coordinate(place.get("geo_lat"), 90), coordinate(place.get("geo_lng"), 180)
    return {
        "id": plain_id(place),
        "name": name(place.get("venue")),
        "address": name(place.get("address")),
        "zip": name(place.get("zip")),
        "city": name(place.get("city")),
        "province": name(place.get("stateprovince") or place.get("province") or place.get("state")),
        "country": name(place.get("country")),
        "lat": lat if lon is not None else None,
        "lon": lon if lat is not None else None,
        "url": link(place.get("website")) or link(place.get("url")),
    }


def _organizer(each: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": plain_id(each),
        "name": name(each.get("organizer")),
        "website": link(each.get("website")),
        "email": name(each.get("email")),
        "phone": name(each.get("phone")),
    }


def _start(event: Mapping[str, Any], home: str, offset_zones: OffsetZones) -> tuple[Moment, list[str]]:
    local = wall(event.get("start_date") or "", field="start_date")
    zone = name(event.get("timezone"))
    found = moment(local, zone, home, offset_zones)
    return found, [*found.notes, *_differs(event.get("utc_start_date"), found, "start")]


def _end(
    event: Mapping[str, Any], start: Moment, home: str, offset_zones: OffsetZones
) -> tuple[Moment, list[str]]:
    if not event.get("end_date"):
        return start, []
    local = wall(event["end_date"], field="end_date")
    found = moment(local, name(event.get("timezone")), home, offset_zones)
    if found.utc < start.utc:
        return start, ["it ends before it starts: the end is left out"]
    return found, _differs(event.get("utc_end_date"), found, "end")


def _differs(stated: Any, found: Moment, which: str) -> list[str]:
    if not stated or found.notes:
        return []
    try:
        said = wall(str(stated), field=which)
    except Reject:
        return [f"the stated UTC {which} is no time"]
    same = said == found.utc.replace(tzinfo=None)
    return (
        []
        if same
        else [f"the stated UTC {which} {stated} is not the local time in {found.zone}: local holds"]
    )


def _addresses(event: Mapping[str, Any]) -> dict[str, str]:
    return {
        "url": link(event.get("url")),
        "website": link(event.get("website")),
        "online_url": link(event.get("virtual_url") or _meta(event, "_tribe_events_virtual_url")),
    }


def _stated(event: Mapping[str, Any]) -> dict[str, str]:
    names = {
        "local_start": "start_date",
        "local_end": "end_date",
        "zone_stated": "timezone",
        "utc_start_stated": "utc_start_date",
        "utc_end_stated": "utc_end_date",
    }
    return {field: name(event.get(said)) for field, said in names.items()}


def _status(event: Mapping[str, Any], title: str) -> tuple[str, str]:
    said = (
        event.get("event_status")
        or mapping(event.get("json_ld")).get("eventStatus")
        or _meta(event, "_tribe_events_status")
    )
    found = _STATUS.get(str(said).rpartition("/")[2].strip().lower(), "")
    if not found and (prefix := _TITLE.match(title)):
        word = (prefix[1] or prefix[2]).lower()
        found = "postponed" if word in ("uitgesteld", "postponed") else "cancelled"
        return found, f"status read from the title: {prefix[0].strip()}"
    return found or "scheduled", ""


def _meta(event: Mapping[str, Any], key: str) -> Any:
    for holder in ("meta", "meta_input", "custom_fields"):
        if found := several(mapping(event.get(holder)).get(key)):
            return found[0]
    return None


def _terms(value: Any) -> list[dict[str, str]]:
    return [
        {"name": name(term.get("name")), "slug": str(term.get("slug", ""))}
        for term in objects(value)
        if name(term.get("name"))
    ]
