"""How calendars are served as a feed (RFC 5545), in the way of three programs. Pure.

Before the journey. What happens weekly is one VEVENT with a rule: an occurrence that moved or was called off is a
VEVENT of its own under the moment it had, one that was taken away is excluded.

    plain       UTC or a zone by its IANA name with its VTIMEZONE, organiser with a mailbox of its role
    google      X-WR-TIMEZONE, DTSTAMP of the download, moments in UTC where they do not recur
    outlook     zones of Windows, whole days with their own properties, now and then a time without a zone
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from deploy.samples.shapes import slug
from deploy.samples.store import Stored
from schemas.text import plain

Flavour = Literal["plain", "google", "outlook"]
SERIES: Final = 10_000_000
BLOCK: Final = 100
"""Occurrences are numbered from 1 in a block of their series: the number says which week it is."""
ZONE: Final = "Europe/Amsterdam"
WINDOWS: Final = "W. Europe Standard Time"
_PRODUCTS: Final[Mapping[Flavour, str]] = {
    "plain": "-//Voorbeelddata//Agenda 1.0//NL",
    "google": "-//Google Inc//Google Calendar 70.9054//EN",
    "outlook": "Microsoft Exchange Server 2010",
}
_TIMEZONE: Final = (
    "BEGIN:VTIMEZONE",
    "TZID:{zone}",
    "BEGIN:STANDARD",
    "DTSTART:19961027T030000",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    "END:STANDARD",
    "BEGIN:DAYLIGHT",
    "DTSTART:19810329T020000",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
    "END:DAYLIGHT",
    "END:VTIMEZONE",
)
Words = Mapping[str, Sequence[str]]
"""Categories of an item by its id, in the words of the calendar."""


class Calendar(NamedTuple):
    """Who serves a feed, and how."""

    name: str
    host: str
    base: str
    flavour: Flavour = "plain"


def feed(calendar: Calendar, items: Iterable[Stored], categories: Words, now: int) -> bytes:
    """The whole feed; every item of a series is an occurrence."""
    groups: dict[str, list[Stored]] = {}
    for item in items:
        recurs = int(item.source_id) >= SERIES
        block = f"series {(int(item.source_id) - 1) // BLOCK}"
        groups.setdefault(block if recurs else item.source_id, []).append(item)
    lines = ["BEGIN:VCALENDAR", f"PRODID:{_PRODUCTS[calendar.flavour]}", "VERSION:2.0", "CALSCALE:GREGORIAN"]
    lines += ["METHOD:PUBLISH", f"X-WR-CALNAME:{escaped(calendar.name)}"]
    lines += [f"X-WR-TIMEZONE:{ZONE}"] if calendar.flavour == "google" else []
    lines += [line.format(zone=_zone(calendar)) for line in _TIMEZONE]
    for group in groups.values():
        one = _Writer(calendar, categories, now)
        lines += one.series(group) if int(group[0].source_id) >= SERIES else one.alone(group[0])
    return "".join(folded(line) for line in [*lines, "END:VCALENDAR"]).encode()


def escaped(text: str) -> str:
    """A text as the value of a property."""
    bare = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return bare.replace("\r\n", "\\n").replace("\n", "\\n")


def folded(line: str) -> str:
    """A line of at most 75 octets, then continued behind a blank; never inside of a sign."""
    if len(line.encode()) <= 75:
        return f"{line}\r\n"
    parts: list[bytes] = []
    part = b""
    for sign in line:
        raw = sign.encode()
        if len(part) + len(raw) > (75 if not parts else 74):
            parts.append(part)
            part = b""
        part += raw
    return b"\r\n ".join([*parts, part]).decode() + "\r\n"


def _zone(calendar: Calendar) -> str:
    return WINDOWS if calendar.flavour == "outlook" else ZONE


class _Writer(NamedTuple):
    """Writes the events of one feed."""

    calendar: Calendar
    categories: Words
    now: int

    def alone(self, item: Stored) -> list[str]:
        """An event that happens once."""
        return self._event(item, self._uid(item), ())

    def series(self, group: Sequence[Stored]) -> list[str]:
        """A weekly event: the master, what differs from it, and what was taken away."""
        weeks = {(int(one.source_id) - 1) % BLOCK: one for one in group}
        anchors = {week: _start(one) - timedelta(weeks=week) for week, one in weeks.items()}
        anchor = Counter(anchors.values()).most_common(1)[0][0]
        like = next(one for week, one in weeks.items() if anchors[week] == anchor)
        number = int(like.source_id) - (int(like.source_id) - 1) % BLOCK
        master = like._replace(
            source_id=str(number), body=like.body | {"start": str(anchor), "event_status": ""}
        )
        rule = [f"RRULE:FREQ=WEEKLY;COUNT={max(weeks) + 1}"]
        away = sorted(set(range(max(weeks))) - set(weeks))
        rule += [self._moment("EXDATE", anchor + timedelta(weeks=week)) for week in away]
        lines = self._event(master, self._uid(master), rule)
        for week, one in sorted(weeks.items()):
            slot = anchor + timedelta(weeks=week)
            if _told(one) != (slot, *_told(master)[1:]):
                moved = one._replace(source_id=master.source_id)
                lines += self._event(moved, self._uid(master), [self._moment("RECURRENCE-ID", slot)])
        return lines

    def _uid(self, item: Stored) -> str:
        host = "google.com" if self.calendar.flavour == "google" else self.calendar.host
        if self.calendar.flavour == "outlook":
            return f"040000008200E00074C5B7101A82E008{int(item.source_id):024X}"
        return f"{item.source_id}@{host}"

    def _event(self, item: Stored, uid: str, more: Sequence[str]) -> list[str]:
        changed = _utc(item.modified)
        stamp = changed if self.calendar.flavour == "plain" else _utc(self.now)
        return [
            "BEGIN:VEVENT",
            f"UID:{uid}",
            f"DTSTAMP:{stamp}",
            f"LAST-MODIFIED:{changed}",
            f"SEQUENCE:{item.modified // 1000 % 1_000_000_000}",
            *self._when(item),
            *more,
            *self._what(item),
            "END:VEVENT",
        ]

    def _when(self, item: Stored) -> Iterator[str]:
        start, length = _start(item), timedelta(minutes=int(item.body["minutes"]))
        recurs = int(item.source_id) >= SERIES
        if item.body["all_day"]:
            last = (start + length).date() + timedelta(days=1)
            yield f"DTSTART;VALUE=DATE:{start:%Y%m%d}"
            yield f"DTEND;VALUE=DATE:{last:%Y%m%d}"
            if self.calendar.flavour == "outlook":
                yield "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"
        elif self.calendar.flavour == "outlook" and not recurs and int(item.source_id) % 9 == 0:
            yield f"DTSTART:{start:%Y%m%dT%H%M%S}"
            yield f"DTEND:{start + length:%Y%m%dT%H%M%S}"
        else:
            for name, at in (("DTSTART", start), ("DTEND", start + length)):
                yield self._moment(name, at, recurs=recurs)

    def _moment(self, name: str, at: datetime, *, recurs: bool = True) -> str:
        if self.calendar.flavour == "google" and not recurs:
            return f"{name}:{at.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC):%Y%m%dT%H%M%SZ}"
        return f"{name};TZID={_zone(self.calendar)}:{at:%Y%m%dT%H%M%S}"

    def _what(self, item: Stored) -> Iterator[str]:
        body = item.body
        yield f"SUMMARY:{escaped(body['title'])}"
        yield f"DESCRIPTION:{escaped(plain(body['description']))}"
        yield f"STATUS:{'CANCELLED' if body['event_status'] == 'canceled' else 'CONFIRMED'}"
        where = body["online_url"] or (f"Hotspot {body['venue']}, {body['venue']}" if body["venue"] else "")
        if where:
            yield f"LOCATION:{escaped(where)}"
        said = self.categories.get(item.source_id, ())
        if said:
            yield f"CATEGORIES:{','.join(escaped(one) for one in said)}"
        if self.calendar.flavour != "google":
            yield f"URL:{self.calendar.base}/{body['slug'] or slug(body['title'])}"
        for host in body["organizer"][:1]:
            name = host["organizer"].replace('"', "'")
            yield f'ORGANIZER;CN="{name}":mailto:agenda@{slug(name)}.example'


def _start(item: Stored) -> datetime:
    start = datetime.fromisoformat(item.body["start"])
    return datetime.combine(start.date(), time.min) if item.body["all_day"] else start


def _told(item: Stored) -> tuple[Any, ...]:
    body = item.body
    return _start(item), body["event_status"], body["title"], body["minutes"]


def _utc(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
