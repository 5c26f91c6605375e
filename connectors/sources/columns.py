"""Columns of a database as plain values, and what says that a row is deleted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, Final
from uuid import UUID

from psycopg import DataError
from psycopg.abc import Buffer
from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader

from schemas.errors import Reject


class _Day(DateLoader):
    """What no calendar of Python holds (infinity, 12000 BC) stays text: one odd row is no reason to read none."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except DataError:
            return bytes(data).decode()


class _Local(TimestampLoader):
    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except DataError:
            return bytes(data).decode()


class _Moment(TimestamptzLoader):
    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except DataError:
            return bytes(data).decode()


LENIENT: Final[dict[str, type[_Day | _Local | _Moment]]] = {
    "date": _Day,
    "timestamp": _Local,
    "timestamptz": _Moment,
}


def says_deleted(said: str | None, words: Iterable[str]) -> bool:
    """A flag that is set, an operation that deletes, or a moment that is there."""
    word = (said or "").strip().casefold()
    if not word or word in ("f", "false", "0", "n", "no", "nee"):
        return False
    if word in ("t", "true", "1", "y", "yes", "ja"):
        return True
    return word in {one.casefold() for one in words} or word[:4].isdigit()


def plain(value: Any, name: str) -> Any:
    """A value as JSON has it. Raises `Reject` for what has no plain form."""
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (list, tuple)):
        return [plain(one, name) for one in value]
    raise Reject(
        f"{name} is a {type(value).__name__}, which cannot be read",
        field=name,
        expected="text, number, day, moment, flag, JSON or a list of these",
        got=type(value).__name__,
        fix="Leave the column out of `select`, or cast it in a view.",
    )
