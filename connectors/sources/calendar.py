"""iCalendar as series of occurrences, each with plain fields; pure. What the fields are stands in `ical`.

Rules that would give an endless or absurdly dense series are refused before they are followed; everything else is
followed by a library, within a window.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any, Final
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from connectors.sources.moments import place_zone, stamp
from schemas.errors import Reject, Retry

DENSE: Final = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
PER_DAY: Final = 24
MOST_COUNTED: Final = 10_000
MOST_EVENTS: Final = 50_000
_DAY: Final = timedelta(days=1)
Calendar = Any
"""`icalendar.Calendar`; its properties are of many types, and judged where they are read."""
Event = Any
"""`icalendar.Event`."""
_FAULTS: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)


@dataclass(frozen=True)
class Window:
    """From the first day to the last day of a year; `most` occurrences of one series."""

    since: str
    year: int
    home: str
    most: int

    @property
    def first(self) -> datetime:
        """Its beginning in the home zone."""
        return datetime.combine(date.fromisoformat(self.since), time.min, ZoneInfo(self.home))

    @property
    def last(self) -> datetime:
        """Its end."""
        return datetime(self.year + 1, 1, 1, tzinfo=ZoneInfo(self.home))


@dataclass
class Series:
    """All versions of one UID: a master and its changed occurrences, or only one event."""

    uid: str
    number: int
    calendar: Calendar
    events: list[Event] = field(default_factory=list)

    def original(self) -> bytes:
        """As it stood in the feed."""
        return b"".join(event.to_ical() for event in self.events)[:64_000]

    def occurrences(self, window: Window) -> Iterator[tuple[str, dict[str, Any]]]:
        """Source id and fields of every occurrence in the window. Raises `Reject`."""
        events = newest(self.events)
        for event in events:
            _sound(event)
        home = str(self.calendar.get("X-WR-TIMEZONE", "")) or window.home
        home = home if place_zone(home) else window.home
        if len(events) == 1 and _plain(events[0]):
            yield from _once(events[0], self.uid, home, window)
            return
        alone = icalendar.Calendar()
        for part in (*self.calendar.walk("VTIMEZONE"), *events):
            alone.add_component(part)
        try:
            found = recurring_ical_events.of(alone).between(window.first, window.last)
        except _FAULTS as fault:
            raise _unreadable(f"The rule of the series cannot be followed: {fault}"[:200]) from fault
        if len(found) > window.most:
            raise _unreadable(f"The series has {len(found)} occurrences, at most {window.most} are read")
        recurs = any(event.get(name) is not None for event in events for name in ("RRULE", "RDATE"))
        for event in sorted(found, key=lambda one: str(one.get("DTSTART").dt)):
            fields = fields_of(event, self.uid, home)
            instance = _original_start(event, fields["zone"]) if recurs else None
            source_id = f"{self.uid}@{instance}" if instance else self.uid
            yield source_id, fields | {"series": self.uid if instance else None, "instance": instance}


def calendars(body: bytes) -> list[Calendar]:
    """The calendars of a feed. Raises `Retry` for what is none, or breaks off."""
    text = body.removeprefix(b"\xef\xbb\xbf")
    begun, ended = (
        len(re.findall(rb"(?im)^" + word + rb":VCALENDAR\s*$", text)) for word in (b"BEGIN", b"END")
    )
    if not begun:
        raise Retry("The answer is no iCalendar", fix="Open the address: is it the feed, or a page about it?")
    if begun != ended:
        raise Retry("The feed breaks off", fix="It is read again at the next look.")
    try:
        return list(icalendar.Calendar.from_ical(text, multiple=True))
    except _FAULTS as fault:
        raise Retry(
            f"The feed is no sound iCalendar: {fault}"[:200], fix="Check it with a validator."
        ) from fault


def series_of(calendar: Calendar) -> list[Series]:
    """The events of a calendar by UID; one without a UID gets one from its start and title."""
    found: dict[str, Series] = {}
    for number, event in enumerate(calendar.walk("VEVENT"), start=1):
        if number > MOST_EVENTS:
            raise Retry(f"The feed has more than {MOST_EVENTS} events", fix="Ask for a smaller feed.")
        uid = str(event.get("UID", "")).strip() or _derived(event)
        found.setdefault(uid, Series(uid, number, calendar)).events.append(event)
    return list(found.values())


def newest(events: Iterable[Event]) -> list[Event]:
    """Of every occurrence (or the master) the version that holds."""
    found: dict[str, Event] = {}
    for event in events:
        at = str(event["RECURRENCE-ID"].dt) if "RECURRENCE-ID" in event else ""
        if at not in found or _version(event) >= _version(found[at]):
            found[at] = event
    return list(found.values())


def _version(event: Event) -> tuple[int, str]:
    changed = event.get("LAST-MODIFIED")
    try:
        return int(event.get("SEQUENCE", 0)), changed.dt.astimezone(UTC).isoformat() if changed else ""
    except _FAULTS:
        return 0, ""


def _plain(event: Event) -> bool:
    """Whether an event happens once, from a day to a day or from a moment to a moment."""
    start, end = event["DTSTART"].dt, event.get("DTEND")
    alike = end is None or (
        not isinstance(end, list) and isinstance(start, datetime) == isinstance(end.dt, datetime)
    )
    return alike and not any(name in event for name in ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"))


def _once(event: Event, uid: str, home: str, window: Window) -> Iterator[tuple[str, dict[str, Any]]]:
    """An event that happens once, when that is in the window: no rule has to be followed for it."""
    try:
        if "DTEND" not in event and "DURATION" in event:
            event = event.copy()
            event.add("DTEND", event["DTSTART"].dt + event["DURATION"].dt)
        fields = fields_of(event, uid, home)
    except _FAULTS as fault:
        raise _unreadable(f"The event cannot be read: {fault}"[:200]) from fault
    if fields["start"] < stamp(window.last) and fields["end"] >= stamp(window.first):
        yield uid, fields | {"series": None, "instance": None}


def _derived(event: Event) -> str:
    said = f"{event.get('DTSTART') and event['DTSTART'].to_ical()!r}|{event.get('SUMMARY', '')}"
    return "zonder-uid:" + blake2b(said.encode("utf-8", "replace"), digest_size=10).hexdigest()


def _sound(event: Event) -> None:
    """Refuse what has no start, or a rule that would not end."""
    if event.errors:
        name, words = event.errors[0]
        raise _unreadable(f"{name}: {words}"[:200], field=str(name))
    start = event.get("DTSTART")
    if start is None or isinstance(start, list):
        raise _unreadable("The event has no start, or two", field="DTSTART")
    rules = event.get("RRULE") or []
    for rule in rules if isinstance(rules, list) else [rules]:
        _bounded(rule)


def _bounded(rule: Mapping[str, list[Any]]) -> None:
    per_day = 1
    for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        per_day *= max(1, len(rule.get(name, ())))
    dense = str(rule.get("FREQ", [""])[0]).upper() in DENSE or per_day > PER_DAY
    if dense or min(rule.get("INTERVAL", [1])) < 1 or max(rule.get("COUNT", [1])) > MOST_COUNTED:
        raise _unreadable("The rule of the series is too dense or has no end", field="RRULE")


def fields_of(event: Event, uid: str, home: str) -> dict[str, Any]:
    """The fields of one occurrence, but for series and instance."""
    start, end = event["DTSTART"].dt, _end(event)
    notes = []
    all_day = not isinstance(start, datetime)
    stated = "date" if all_day else "floating" if start.tzinfo is None else "zoned"
    zone = _zone(start, home)
    if stated == "floating":
        notes.append(f"a time without a zone: read as {home}")
    begins = _instant(start, zone)
    ends = _instant(end, zone) if end is not None else begins
    if all_day and not isinstance(end, datetime) and end is not None:
        ends = max(begins, _instant(end, zone) - timedelta(seconds=1))
    if ends < begins or (all_day and isinstance(end, datetime)):
        notes.append("the end does not fit the start: left out")
        ends = begins
    status = str(event.get("STATUS", "")).upper()
    return {
        "uid": uid,
        "title": _text(event, "SUMMARY"),
        "description": _text(event, "DESCRIPTION"),
        "start": stamp(begins),
        "end": stamp(ends),
        "zone": zone,
        "all_day": all_day,
        "stated": stated,
        "local_start": begins.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M:%S"),
        "event_status": "cancelled" if status == "CANCELLED" else "scheduled",
        "location": _text(event, "LOCATION"),
        "url": _text(event, "URL"),
        "categories": _categories(event),
        "organizers": _organizers(event),
        "notes": notes,
    }


def _end(event: Event) -> date | datetime | None:
    end = event.get("DTEND")
    if end is not None and not isinstance(end, list):
        found: date | datetime = end.dt
        return found
    start = event["DTSTART"].dt
    return None if isinstance(start, datetime) else start + _DAY


def _zone(start: date | datetime, home: str) -> str:
    key = getattr(start.tzinfo, "key", None) if isinstance(start, datetime) else None
    return str(key) if key and place_zone(str(key)) else home


def _instant(moment: date | datetime, zone: str) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time.min)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(UTC)


def _original_start(event: Event, zone: str) -> str:
    """The start that an occurrence had before it was moved, on the clock of its place."""
    original = event["RECURRENCE-ID"].dt if "RECURRENCE-ID" in event else event["DTSTART"].dt
    if not isinstance(original, datetime):
        return str(original.isoformat())
    if original.tzinfo is not None:
        original = original.astimezone(ZoneInfo(zone))
    return original.strftime("%Y-%m-%dT%H:%M")


def _text(event: Event, name: str) -> str:
    said = event.get(name)
    return "" if said is None or isinstance(said, list) else str(said).strip()


def _categories(event: Event) -> list[str]:
    said = event.get("CATEGORIES") or []
    lists = said if isinstance(said, list) else [said]
    words = [str(word).strip() for one in lists for word in getattr(one, "cats", [one])]
    return list(dict.fromkeys(word for word in words if word))


def _organizers(event: Event) -> list[dict[str, str]]:
    said = event.get("ORGANIZER") or []
    return [
        {
            "name": str(one.params.get("CN", "")).strip(),
            "email": str(one).removeprefix("mailto:").removeprefix("MAILTO:"),
        }
        for one in (said if isinstance(said, list) else [said])
    ]


def _unreadable(what: str, field: str = "VEVENT") -> Reject:
    return Reject(
        what,
        field=field,
        expected="an event as RFC 5545 has it",
        got="see the original",
        fix="Save the event again.",
    )
