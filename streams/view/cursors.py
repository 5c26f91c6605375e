"""Where a list goes on: a place of two texts, as a cursor that nobody has to understand."""

from __future__ import annotations

import base64
import binascii

import orjson

from schemas.errors import Reject


def closed(place: tuple[str, str]) -> str:
    """The cursor that goes on after a place."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def opened(cursor: str) -> tuple[str, str]:
    """The place of a cursor; without one, before all places. Raises `Reject`."""
    if not cursor:
        return "", ""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        first, second = orjson.loads(raw)
    except (ValueError, TypeError, binascii.Error):
        first = second = None
    if not isinstance(first, str) or not isinstance(second, str):
        raise Reject(
            "The cursor is not one this list gave", field="cursor", fix="Begin again without cursor."
        )
    return first, second
