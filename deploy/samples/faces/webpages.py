"""How a site shows events on its pages: schema.org in JSON-LD, a page each, listed by a sitemap. Pure.

Before the journey. As real sites do it: values with and without the address of the vocabulary, a `@graph` around some,
times without an offset now and then, a moved event with the start it had before, one that went online with both places.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from deploy.samples.region import Hotspot
from deploy.samples.shapes import slug
from deploy.samples.store import Stored

ZONE: Final = ZoneInfo("Europe/Amsterdam")
ROBOTS: Final = b"User-agent: *\nDisallow: /midden-nederland/agenda/intern/\n"


def address(item: Stored) -> str:
    """Where the page of an event lies, below the site; a later title does not move it."""
    name = (item.body["slug"] or slug(item.body["title"])).removesuffix(f"-{item.source_id}")
    return f"/agenda/{name}-{item.source_id}/"


def sitemap(site: str, items: Iterable[Stored]) -> bytes:
    """The sitemap: the pages of all events, and others."""
    places = [f"{site}/", f"{site}/over-ons/", *(f"{site}{address(item)}" for item in items)]
    entries = "".join(f"<url><loc>{escape(one)}</loc></url>" for one in places)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    ).encode()


def page(site: str, item: Stored, areas: Sequence[str], spots: Sequence[Hotspot]) -> bytes:
    """The page of an event."""
    event = _event(site, item, areas, spots)
    number = int(item.source_id)
    block: Any = {"@context": "https://schema.org", **event}
    if number % 4 == 0:
        block = {"@context": "http://schema.org/", "@graph": [{"@type": "WebPage", "name": "Agenda"}, event]}
    text = json.dumps(block, ensure_ascii=False, indent=1).replace("</", "<\\/")
    title = html.escape(item.body["title"])
    return (
        f"<!doctype html><html lang=nl><head><meta charset=utf-8><title>{title}</title>"
        f'<script type="application/ld+json">{text}</script></head>'
        f"<body><h1>{title}</h1><p>Voorbeelddata.</p></body></html>"
    ).encode()


def _event(site: str, item: Stored, areas: Sequence[str], spots: Sequence[Hotspot]) -> dict[str, Any]:
    body, number = item.body, int(item.source_id)
    start = datetime.fromisoformat(body["start"])
    end = start + timedelta(minutes=int(body["minutes"]))
    said: dict[str, Any] = {
        "@type": ("Event", "EducationEvent", "BusinessEvent")[number % 3],
        "@id": f"{site}{address(item)}#event",
        "url": f"{site}{address(item)}",
        "name": body["title"],
        "description": "Voorbeelddata. " + body["titel_en"],
        "startDate": f"{start:%Y-%m-%d}" if body["all_day"] else _moment(start, number),
        "endDate": f"{end:%Y-%m-%d}" if body["all_day"] else _moment(end, number),
        "eventStatus": _status(body["event_status"], number),
        "location": _places(body, spots),
        "organizer": [
            {"@type": "Organization", "name": one["organizer"], "url": one["website"] or None}
            for one in body["organizer"]
        ],
        "keywords": list(areas),
    }
    if "earlier" in body:
        said["previousStartDate"] = _moment(datetime.fromisoformat(body["earlier"]), number)
    return said


def _moment(at: datetime, number: int) -> str:
    return at.isoformat() if number % 5 == 0 else at.replace(tzinfo=ZONE).isoformat()


def _status(said: str, number: int) -> str:
    name = {"": "EventScheduled", "canceled": "EventCancelled", "postponed": "EventPostponed"}[said]
    return ("https://schema.org/", "http://schema.org/", "")[number % 3] + name


def _places(body: Mapping[str, Any], spots: Sequence[Hotspot]) -> Any:
    if body["online_url"]:
        return {"@type": "VirtualLocation", "url": body["online_url"]}
    for spot in spots:
        if spot.city == body["venue"]:
            where = {"streetAddress": spot.address, "postalCode": spot.postcode, "addressLocality": spot.city}
            address = {"@type": "PostalAddress", **where, "addressCountry": "NL"}
            return {"@type": "Place", "name": spot.name, "address": address}
    return None
