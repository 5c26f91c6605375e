"""Events in the JSON-LD of a web page (schema.org Event), as plain fields; pure. What they are stands in `pages`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from connectors.sources.moments import moment, stamp
from connectors.sources.php import link, name, text
from schemas.errors import Reject
from schemas.text import tree_of

DEEPEST: Final = 20
OTHER_EVENTS: Final = frozenset({"Festival", "Hackathon", "CourseInstance", "EventSeries"})
STATUS: Final = {
    "eventscheduled": "scheduled",
    "eventcancelled": "cancelled",
    "eventpostponed": "postponed",
    "eventrescheduled": "rescheduled",
    "eventmovedonline": "moved-online",
}
_WRAPPED: Final = re.compile(r"^\s*(?:<!--|<!\[CDATA\[|//\s*<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$")
_JSON_LD: Final = re.compile(r"application/ld\+json", re.IGNORECASE)
_MICRODATA: Final = re.compile(r"https?://schema\.org/\w*Event$")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class Blocks(NamedTuple):
    """What a page holds: its JSON-LD values, the blocks that are no sound JSON, and whether it has microdata events."""

    values: list[Any]
    broken: list[str]
    microdata: bool


def blocks_of(page: str) -> Blocks:
    """The JSON-LD blocks of a page."""
    tree = tree_of(page)
    values: list[Any] = []
    broken: list[str] = []
    if tree is None:
        return Blocks(values, broken, microdata=False)
    for script in tree.iter("script"):
        if not _JSON_LD.match(script.get("type", "")):
            continue
        said = _WRAPPED.sub("", script.text or "").strip()
        try:
            values.append(json.loads(said, strict=False))
        except (ValueError, RecursionError):
            broken.append(said)
    microdata = any(_MICRODATA.match(one) for one in tree.xpath("//@itemtype"))
    return Blocks(values, broken, microdata)


def events_in(node: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The events in a value: itself, in a list, in `@graph`, or as an event of another thing."""
    if depth > DEEPEST:
        return
    if isinstance(node, list):
        for item in node:
            yield from events_in(item, depth + 1)
    elif isinstance(node, Mapping):
        if is_event(node):
            yield node
        else:
            for key in ("@graph", "event", "events", "mainEntity", "itemListElement", "item"):
                yield from events_in(node.get(key), depth + 1)


def is_event(node: Mapping[str, Any]) -> bool:
    """Whether a thing is an event, by its type."""
    types = node.get("@type")
    names = [_last(one) for one in (types if isinstance(types, list) else [types]) if isinstance(one, str)]
    return any(one.endswith("Event") or one in OTHER_EVENTS for one in names)


def fields_of(event: Mapping[str, Any], page: str, home: str) -> dict[str, Any]:
    """The fields of an event. Raises `Reject` when it has no title or no start."""
    title = name(_first(event.get("name")))
    if not title:
        raise Reject(
            "The event has no name", field="name", expected="text", got="nothing", fix="Give it a name."
        )
    start, all_day = _moment(event.get("startDate"), "startDate", home)
    end = _moment(event["endDate"], "endDate", home, last=True)[0] if event.get("endDate") else start
    if all_day and not event.get("endDate"):
        end = _moment(event.get("startDate"), "startDate", home, last=True)[0]
    places = _several(event.get("location"))
    online = next(
        (one for one in places if isinstance(one, Mapping) and _last(one.get("@type")) == "VirtualLocation"),
        {},
    )
    return {
        "id": str(event.get("@id") or ""),
        "title": title,
        "description": text(_first(event.get("description"))),
        "start": stamp(start),
        "end": stamp(max(start, end)),
        "zone": home,
        "all_day": all_day,
        "event_status": STATUS.get(_last(_first(event.get("eventStatus"))).lower(), "scheduled"),
        "previous_starts": [
            stamp(_moment(one, "previousStartDate", home)[0])
            for one in _several(event.get("previousStartDate"))
        ],
        "url": link(_first(event.get("url"))) or page,
        "online_url": link(online.get("url")),
        "venue": next(filter(None, map(_venue, places)), None),
        "organizers": [found for one in _several(event.get("organizer")) if (found := _organizer(one))],
        "keywords": _keywords(event.get("keywords")),
    }


def ident(fields: Mapping[str, Any], page: str) -> str:
    """What names the event: its own id or page, and where one page tells of several, its start."""
    own = fields["id"] or (fields["url"] if fields["url"] != page else "")
    return str(own or f"{page}#{fields['start']}")


def _moment(said: Any, field: str, home: str, *, last: bool = False) -> tuple[datetime, bool]:
    """An instant, and whether only the day was said; a time without offset is that of the home zone."""
    words = str(_first(said) or "").strip()
    try:
        if _DATE.fullmatch(words):
            day = datetime.combine(date.fromisoformat(words), time.min, ZoneInfo(home))
            return ((day + timedelta(days=1) - timedelta(seconds=1)) if last else day).astimezone(UTC), True
        found = datetime.fromisoformat(words)
        if found.tzinfo is not None:
            return found.astimezone(UTC), False
        return moment(found, home, home).utc, False
    except (ValueError, OverflowError) as fault:
        raise Reject(
            f"{field}: {words[:40]!r} is no date",
            field=field,
            expected="ISO 8601",
            got=words[:40] or "nothing",
            fix="Write the moment as 2026-03-01T20:00:00+01:00 in the JSON-LD of the page.",
        ) from fault


def _venue(place: Any) -> dict[str, str] | None:
    if isinstance(place, str):
        return (
            {"name": name(place), "address": "", "city": "", "zip": "", "country": ""}
            if place.strip()
            else None
        )
    if not isinstance(place, Mapping) or _last(place.get("@type")) == "VirtualLocation":
        return None
    address = place.get("address")
    parts = address if isinstance(address, Mapping) else {"streetAddress": address}
    country = parts.get("addressCountry")
    found = {
        "name": name(_first(place.get("name"))),
        "address": name(_first(parts.get("streetAddress"))),
        "city": name(_first(parts.get("addressLocality"))),
        "zip": name(_first(parts.get("postalCode"))),
        "country": name(country.get("name") if isinstance(country, Mapping) else _first(country)),
    }
    return found if any(found.values()) else None


def _organizer(said: Any) -> dict[str, str] | None:
    called = name(_first(said.get("name"))) if isinstance(said, Mapping) else name(said)
    website = link(_first(said.get("url"))) if isinstance(said, Mapping) else ""
    return {"name": called, "website": website} if called else None


def _keywords(said: Any) -> list[str]:
    """A list of words, or one text with commas between them."""
    words = (
        said.split(",") if isinstance(said, str) else [one for one in _several(said) if isinstance(one, str)]
    )
    return list(dict.fromkeys(filter(None, (word.strip() for word in words))))


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value in (None, "", False) else [value]


def _first(value: Any) -> Any:
    found = value[0] if isinstance(value, list) and value else value
    return found.get("@value") if isinstance(found, Mapping) and "@value" in found else found


def _last(value: Any) -> str:
    """Last part of a name or address: `https://schema.org/EventCancelled` and `EventCancelled` are one."""
    return value.rstrip("/").rpartition("/")[2].rpartition(":")[2] if isinstance(value, str) else ""
