"""What a field of a source says, whatever its system writes for nothing: for the mappings of all hubs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.sources.values import cell, day, number, whole


def said(value: Any) -> str | None:
    """What a field says as text; false, null and blanks say nothing."""
    if value is None or isinstance(value, (bool, Mapping, list)):
        return None
    return cell(str(value))


def said_day(value: Any, field: str) -> str | None:
    """A day, or nothing. Raises `Reject`."""
    found = said(value)
    return day(found, field=field) if found else None


def said_whole(value: Any, field: str) -> int | None:
    """A whole number, or nothing. Raises `Reject`."""
    found = said(value)
    return whole(found, field=field) if found else None


def said_euros(value: Any, field: str, *, decimal: str = ",") -> int | None:
    """An amount in whole euros, or nothing. Raises `Reject`."""
    found = said(value)
    return int(number(found, field=field, decimal=decimal)) if found else None


def several(value: Any) -> list[Any]:
    """A list without what is empty in it; one value alone is a list of one."""
    return [one for one in value if one] if isinstance(value, list) else [value] if value else []


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; one object alone is a list of one."""
    if isinstance(value, Mapping):
        return [value] if value else []
    return [one for one in several(value) if isinstance(one, Mapping)]
