"""How Eventbrite answers (API v3): an organisation's events by status, with continuations and expansions. Pure.

Before the journey. As in the real system: only the statuses asked for, drafts among them when asked; venue, organizer,
category and format only when expanded, else their ids; a continuation says where a page goes on; the parent of a
series is listed only on request, its occurrences always.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zlib import crc32
from zoneinfo import ZoneInfo

from deploy.samples.store import Stored

PATH: Final = "/v3"
SERIES: Final = 10_000_000
_EXPANDED: Final = ("venue", "organizer", "category", "subcategory", "format")
_CATEGORIES: Final = {
    "gezondheid-en-zorg": ("107", "Health & Wellness"),
    "publieke-diensten": ("112", "Government & Politics"),
    "onderwijs": ("115", "Family & Education"),
    "cultuur-en-media": ("104", "Film, Media & Entertainment"),
    "mobiliteit-transport-en-logistiek": ("118", "Auto, Boat & Air"),
    "landbouw-en-voeding": ("110", "Food & Drink"),
    "financiele-dienstverlening": ("101", "Business & Professional"),
}
_OTHER: Final = ("102", "Science & Technology")


Answer = tuple[int, Any, dict[str, str]]


def answer(events: Sequence[Mapping[str, Any]], path: str, query: Mapping[str, str]) -> Answer:
    """One event at `/events/<id>`, or the list of an organisation."""
    if path.startswith("/events/"):
        wanted = path.split("/")[2]
        found = next((one for one in events if one["id"] == wanted), None)
        return (200, _expanded(found, query), {}) if found else _missing()
    if not path.rstrip("/").endswith("/events"):
        return _missing()
    statuses = query.get("status", "all").split(",")
    shown = [
        one
        for one in events
        if ("all" in statuses or one["status"] in statuses)
        and (query.get("show_series_parent") == "true" or not one.get("is_series_parent"))
    ]
    size = min(int(query.get("page_size", "50")), 50)
    start = _position(query)
    number, more = start // size + 1, start + size < len(shown)
    paging: dict[str, Any] = {
        "object_count": len(shown),
        "page_number": number,
        "page_size": size,
        "page_count": max(1, -(-len(shown) // size)),
        "has_more_items": more,
    }
    if more:
        paging["continuation"] = base64.urlsafe_b64encode(f'{{"page": {number + 1}}}'.encode()).decode()
    listed = [_expanded(one, query) for one in shown[start : start + size]]
    return 200, {"pagination": paging, "events": listed}, {}


def _position(query: Mapping[str, str]) -> int:
    size = min(int(query.get("page_size", "50")), 50)
    page = query.get("page", "1")
    if "continuation" in query:
        said = base64.urlsafe_b64decode(query["continuation"]).decode()
        page = "".join(sign for sign in said if sign.isdigit())
    return (int(page) - 1) * size


def _expanded(event: Mapping[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    wanted = query.get("expand", "").split(",")
    return {name: said for name, said in event.items() if name not in _EXPANDED or name in wanted}


def _missing() -> Answer:
    words = "The event you requested does not exist."
    return 404, {"status_code": 404, "error": "NOT_FOUND", "error_description": words}, {}


def event(item: Stored, base: str, areas: Sequence[str], now: datetime) -> dict[str, Any]:
    """An item as the API gives it; `areas` are slugs, of which Eventbrite knows one category at best."""
    body = item.body
    zone = body["zone"] if "/" in body["zone"] else "Europe/Amsterdam"
    start = datetime.fromisoformat(body["start"]).replace(tzinfo=ZoneInfo(zone))
    end = start + timedelta(minutes=int(body["minutes"]))
    online = bool(body["online_url"])
    occurrence = int(item.source_id) >= SERIES
    return {
        **_about(item, base),
        "start": _moment(start, zone),
        "end": _moment(end, zone),
        "status": _status(item, start, end, now),
        "capacity": int(body["capaciteit"]) if body["capaciteit"] else None,
        "currency": "EUR",
        "listed": True,
        "online_event": online,
        "is_free": body["cost"] in ("", "Gratis"),
        "is_series": occurrence,
        "is_series_parent": False,
        "series_id": f"9{crc32(body['slug'].encode()):010}" if occurrence else None,
        **_related("venue", _venue(body) if not online else None),
        **_related("organizer", _organizer(body)),
        **_related("category", _named(*_category(areas))),
        **_related("format", _named("2", "Seminar or Talk")),
    }


def _about(item: Stored, base: str) -> dict[str, Any]:
    title = item.body["title"]
    changed = datetime.fromtimestamp(item.modified / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": str(880_000_000_000 + int(item.source_id)),
        "name": {"text": title, "html": html.escape(title)},
        "summary": f"Voorbeelddata. {title}",
        "description": {"text": title, "html": item.body["description"]},
        "url": f"{base}/e/{item.body['slug']}-tickets-{880_000_000_000 + int(item.source_id)}",
        "created": "2026-01-05T09:00:00Z",
        "changed": changed,
        "published": "2026-01-05T09:00:00Z",
    }


def _status(item: Stored, start: datetime, end: datetime, now: datetime) -> str:
    if item.state == "draft":
        return "draft"
    if item.body["event_status"] == "canceled":
        return "canceled"
    return "completed" if end < now else "started" if start <= now else "live"


def _moment(at: datetime, zone: str) -> dict[str, str]:
    return {
        "timezone": zone,
        "local": at.strftime("%Y-%m-%dT%H:%M:%S"),
        "utc": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _related(name: str, said: Mapping[str, Any] | None) -> dict[str, Any]:
    return {f"{name}_id": said and said["id"], name: said}


def _named(ident: str, name: str) -> dict[str, Any]:
    return {"id": ident, "name": name, "name_localized": name, "short_name": name.partition(" ")[0]}


def _category(areas: Sequence[str]) -> tuple[str, str]:
    return next((_CATEGORIES[area] for area in areas if area in _CATEGORIES), _OTHER)


def _venue(body: Mapping[str, Any]) -> dict[str, Any] | None:
    city = body["venue"]
    if not city:
        return None
    address = {"address_1": None, "city": city, "region": None, "postal_code": None, "country": "NL"}
    return {"id": str(crc32(city.encode())), "name": f"Hotspot {city}", "address": address}


def _organizer(body: Mapping[str, Any]) -> dict[str, Any] | None:
    host = next(iter(body["organizer"]), None)
    if host is None:
        return None
    name = host["organizer"]
    return {"id": str(crc32(name.encode())), "name": name, "website": host.get("website") or None}
