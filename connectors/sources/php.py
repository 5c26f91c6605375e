"""The shapes in which PHP plugins write JSON: empty objects as lists, absent as false, numbers as text.

First step of the journey, pure: every helper gives one shape, and never fails on another.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from typing import Any, Final

import orjson

from schemas.errors import Reject
from schemas.text import plain

_REPLACED: Final = "\ufffd".encode()


def mapping(value: Any) -> Mapping[str, Any]:
    """An object; `[]`, `false`, `null` and text are the empty one; a list of one object is that object."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, Mapping) else {}


def several(value: Any) -> list[Any]:
    """A list; an object with numbers as keys (a PHP array with a hole) is its values."""
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping):
        if value and all(str(key).isdigit() for key in value):
            return list(value.values())
        return [value] if value else []
    return [] if value in (None, False, "") else [value]


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [item for item in several(value) if isinstance(item, Mapping)]


def text(value: Any) -> str:
    """Plain text of what may be HTML, `{"rendered": …}`, a number, false or nothing."""
    if isinstance(value, Mapping):
        value = value.get("rendered", "")
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(filter(None, map(text, value)))
    return plain(str(value)).strip()


def name(value: Any) -> str:
    """One line of plain text, entities undone (twice encoded ones too: `&amp;#8217;`)."""
    found = text(value)
    return " ".join((html.unescape(found) if "&" in found else found).split())


def link(value: Any) -> str:
    """A web address, else empty; entities in it undone."""
    found = html.unescape(str(value)).strip() if isinstance(value, str) else ""
    return found if found.startswith(("http://", "https://")) else ""


def flag(value: Any) -> bool:
    """Yes or no of true, 1, "1", "yes", "true"; everything else is no."""
    return value is True or str(value).strip().lower() in ("1", "true", "yes", "on")


def coordinate(value: Any, limit: float) -> float | None:
    """A latitude or longitude; PHP writes text, and 0 for unknown."""
    try:
        found = float(str(value).strip().replace(",", "."))
    except ValueError:
        return None
    return found if math.isfinite(found) and 0 < abs(found) <= limit else None


def same(value: Any, place: str) -> Mapping[str, Any]:
    """The object that an item of a list must be, in sound Unicode."""
    if not isinstance(value, Mapping):
        raise Reject(
            f"{place}: expected an object, got {type(value).__name__}",
            where=place,
            expected="object",
            got=str(value)[:80],
            fix="Look at this page of the API in a browser.",
        )
    return value


def sound(fields: Any, place: str) -> None:
    """Reject text that is no Unicode any more: replacement characters or halves of a pair."""
    try:
        garbled = _REPLACED in orjson.dumps(fields)
    except (TypeError, ValueError):  # halves of a pair, endless numbers or nesting
        garbled = True
    if garbled:
        _search(fields, place)


def _search(fields: Any, place: str) -> None:
    if isinstance(fields, dict):
        for key, value in fields.items():
            _search(key, place)
            _search(value, place)
    elif isinstance(fields, list):
        for value in fields:
            _search(value, place)
    elif isinstance(fields, str) and not fields.isascii() and ("\ufffd" in fields or not _whole(fields)):
        raise Reject(
            f"{place}: the text is garbled",
            where=place,
            expected="text in UTF-8",
            got=ascii(fields[:60]),
            fix="Write the text again in the site's editor.",
        )


def _whole(found: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in found)
