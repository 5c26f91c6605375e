"""Wall clock times with the zones that plugins write, as instants with a place's own zone.

First step of the journey, pure. A zone such as `UTC+2` or `UTC` is how a site is set up, not where people
meet: the wall clock holds, in the home zone of the hub. A time that the clock change skips moves on by an
hour, one that occurs twice is the first; both are said in `notes`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.errors import Reject

_OFFSET = re.compile(r"(?:UTC|GMT)\s*([+-])\s*(\d{1,2})(?::?(\d{2})|[.,](\d+))?", re.IGNORECASE)
_BARE = {"UTC", "GMT", "Z", "ETC/UTC", "ETC/GMT", ""}
OffsetZones = Literal["home", "stated"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A wall clock time with what it means."""

    utc: datetime
    zone: str
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """YYYY-MM-DDTHH:MM:SSZ."""
        return stamp(self.utc)


def stamp(moment: datetime) -> str:
    """YYYY-MM-DDTHH:MM:SSZ of an aware moment."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def place_zone(name: str) -> ZoneInfo | None:
    """The IANA zone of that name, if it is one of a place."""
    if "/" not in name or name.upper().startswith("ETC/"):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def offset(text: str) -> timedelta | None:
    """The offset that `UTC+2`, `UTC+5.5`, `UTC-3:30` or `UTC` states; None for anything else."""
    seen = text.strip()
    if seen.upper() in _BARE:
        return timedelta()
    found = _OFFSET.fullmatch(seen)
    if not found:
        return None
    minutes = int(found[3]) if found[3] else round(float(f"0.{found[4]}") * 60) if found[4] else 0
    size = timedelta(hours=int(found[2]), minutes=minutes)
    return -size if found[1] == "-" else size


def wall(text: str, *, field: str) -> datetime:
    """A wall clock time `YYYY-MM-DD HH:MM:SS`; the zero date of MySQL and unreal days are nonsense."""
    try:
        found = datetime.fromisoformat(text.strip())
    except (ValueError, AttributeError) as fault:
        raise Reject(
            f"{field}: expected a time, got {str(text)[:40]!r}",
            field=field,
            expected="YYYY-MM-DD HH:MM:SS",
            got=str(text)[:40],
            fix="Save the event again with a date.",
        ) from fault
    return found.replace(tzinfo=None)


def moment(local: datetime, zone: str, home: str, offset_zones: OffsetZones = "home") -> Moment:
    """The instant of a wall clock time in `zone` as the source states it."""
    place = place_zone(zone)
    if place is not None:
        return _in_place(local, place, zone, ())
    stated = offset(zone)
    home_zone = ZoneInfo(home)
    if stated is None:
        return _in_place(local, home_zone, home, (f"zone {zone!r} is unknown: read as {home}",))
    fixed = local.replace(tzinfo=timezone(stated))
    if fixed.astimezone(home_zone).utcoffset() == stated:
        return Moment(fixed.astimezone(UTC), home)
    if offset_zones == "stated":
        return Moment(fixed.astimezone(UTC), home, (f"zone {zone!r} is not one of a place",))
    return _in_place(local, home_zone, home, (f"zone {zone!r} is not one of a place: read as {home}",))


def _in_place(local: datetime, place: ZoneInfo, name: str, notes: tuple[str, ...]) -> Moment:
    first, second = local.replace(tzinfo=place, fold=0), local.replace(tzinfo=place, fold=1)
    if first.utcoffset() == second.utcoffset():
        return Moment(first.astimezone(UTC), name, notes)
    if first.astimezone(UTC).astimezone(place).replace(tzinfo=None) != local:
        return Moment(first.astimezone(UTC), name, (*notes, "the clock change skips this time"))
    return Moment(first.astimezone(UTC), name, (*notes, "this time occurs twice: the first is meant"))
