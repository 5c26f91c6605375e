"""Moments that are asked for: what a person or a program writes, and whether the history reaches that far."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from schemas.errors import Reject
from schemas.topics import DAY_MS
from streams.view import versions
from streams.view.rows import instant

HOME: Final = ZoneInfo("Europe/Amsterdam")
LONGEST: Final = 40


def epoch_ms(text: str, field: str) -> int:
    """Epoch milliseconds of an instant (RFC 3339) or a day; without a zone in the Netherlands, a day at its begin.

    Raises `Reject`.
    """
    said = text.strip().replace(" ", "+")  # a plus sign that came through a form
    try:
        if len(said) > LONGEST:
            raise ValueError(said)
        if len(said) == len("2026-11-27"):
            at = datetime.combine(date.fromisoformat(said), time(), HOME)
        else:
            at = datetime.fromisoformat(said)
            at = at if at.tzinfo else at.replace(tzinfo=HOME)
        return int(at.astimezone(UTC).timestamp() * 1000)
    except (ValueError, OverflowError) as fault:
        raise Reject(
            f"{field} is no moment: {text[:LONGEST]}",
            field=field,
            fix="Give a day (2026-11-27, its begin) or an instant (2026-11-27T14:00:00Z).",
        ) from fault


def since_when(db: sqlite3.Connection, now_ms: int, days: int) -> int | None:
    """The first moment of the retained history; None while there is no history."""
    begun = versions.begun(db)
    return None if begun is None else max(begun, now_ms - days * DAY_MS)


def within(db: sqlite3.Connection, text: str, field: str, now_ms: int, days: int) -> int:
    """A moment of the retained history. Raises `Reject` outside of it, and says since when there is one."""
    moment, first = epoch_ms(text, field), since_when(db, now_ms, days)
    if first is None:
        raise Reject("There is no history yet", field=field, fix=f"Leave {field} out for the view of now.")
    if moment < first:
        raise Reject(
            f"The history does not reach {instant(moment) or text[:LONGEST]}: it begins at {instant(first)}",
            field=field,
            fix=f"Give a moment from {instant(first)} on.",
        )
    if moment > now_ms:
        raise Reject(
            f"{instant(moment) or text[:LONGEST]} has not come yet: it is {instant(now_ms)}",
            field=field,
            fix=f"Leave {field} out for the view of now.",
        )
    return moment
