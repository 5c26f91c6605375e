"""Events as a calendar to subscribe to (RFC 5545): one UID per national id, cancelled events stay, as cancelled. Pure.

Times stand in the zone in which the event takes place. What was merged goes on under the UID of the id that stayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from streams.view.answers import SAMPLE_MARK
from streams.view.rows import safe_link

PRODID: Final = "-//Zeven//landelijk beeld//NL"
BEGAN_S: Final = 1_577_836_800
"""A sequence is a moment in milliseconds; RFC 5545 (section 3.3.8) has 31 bits for it: it counts seconds since 2020."""
REFRESH: Final = timedelta(hours=1)
_STATUS: Final = {"cancelled": "CANCELLED", "postponed": "TENTATIVE"}


def calendar_of(items: Iterable[Mapping[str, Any]], name: str, site: str) -> bytes:
    """A calendar of events as the API gives them; `site` is where their pages are."""
    found = Calendar()
    found.add("prodid", PRODID)
    found.add("version", "2.0")
    found.add("x-wr-calname", name)
    found.add("name", name)
    found.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for item in items:
        found.add_component(_event(item, site))
    found.add_missing_timezones()
    content: bytes = found.to_ical()
    return content


def _event(item: Mapping[str, Any], site: str) -> Event:
    fields = item["fields"]
    found = Event()
    found.add("uid", f"{item['id']}@zeven")
    found.add("sequence", max(0, int(item["sequence"]) // 1000 - BEGAN_S))
    changed = _instant(item["last_changed_at"]) or _instant(fields["start"])
    found.add("dtstamp", changed)
    found.add("last-modified", changed)
    for kind, at in zip(("dtstart", "dtend"), _times(fields), strict=True):
        if at is not None:
            found.add(kind, at)
    mark = f" ({SAMPLE_MARK})" if item["sample"] else ""
    found.add("summary", item["title"] + mark)
    text = _text(fields["summary"])
    link = safe_link(fields["link"]) or f"{site}/events/{item['id']}"
    found.add("description", "\n\n".join(filter(None, (text, _moved(fields), link))))
    found.add("url", link)
    if where := _where(fields):
        found.add("location", where)
    if fields["areas"]:
        found.add("categories", list(fields["areas"]))
    found.add("status", _STATUS.get(fields["status"], "CONFIRMED"))
    return found


def _times(fields: Mapping[str, Any]) -> tuple[Any, Any]:
    """Start and end in the event's own zone; of whole days the days, the end not included (section 3.6.1)."""
    zone = ZoneInfo(fields["zone"])
    start, end = _instant(fields["start"]), _instant(fields["end"])
    local = start.astimezone(zone) if start else None
    until = end.astimezone(zone) if end else None
    if not fields["all_day"] or local is None:
        return local, until if until is not None and local is not None and until > local else None
    last = (until - timedelta(seconds=1)).date() if until is not None and until > local else local.date()
    return local.date(), max(last, local.date()) + timedelta(days=1)


def _instant(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said).astimezone(UTC) if said else None


def _text(said: Mapping[str, Any] | None) -> str:
    return str((said or {}).get("nl") or (said or {}).get("en") or "")


def _moved(fields: Mapping[str, Any]) -> str:
    before = _instant(fields["previous_start"])
    if before is None:
        return ""
    at = before.astimezone(ZoneInfo(fields["zone"]))
    return f"Verplaatst; was {at:%d-%m-%Y %H:%M} / moved; was {at:%Y-%m-%d %H:%M}"


def _where(fields: Mapping[str, Any]) -> str:
    venue = fields["venue"] or {}
    places = [venue.get(name) for name in ("name", "address", "municipality")]
    return ", ".join(filter(None, (*places, fields["online_url"])))
