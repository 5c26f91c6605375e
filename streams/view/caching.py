"""Whether what was read before still holds: a weak tag of the records and of how complete each hub is.

The moment of an answer and `proven_up_to` grow by themselves and are no part of it; an answer that is kept stays true
as of its own moment.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from typing import Any, Final

import orjson
from fastapi import Request, Response

from streams.view import watermark

_GROWS: Final = frozenset({"proven_up_to", "sentences"})


def tag_of(
    db: sqlite3.Connection, request: Request, completeness: Mapping[str, Mapping[str, Any]]
) -> str | None:
    """The tag of an answer; None before the view has read anything."""
    mark = watermark.of(db, 0)
    if mark is None:
        return None
    states = {
        hub: {name: said for name, said in one.items() if name not in _GROWS}
        for hub, one in completeness.items()
    }
    asked = [request.url.path, sorted(request.query_params.multi_items())]
    told = orjson.dumps([mark.token(), states, asked], option=orjson.OPT_SORT_KEYS, default=str)
    return f'W/"{hashlib.sha256(told).hexdigest()[:32]}"'


def unchanged(request: Request, tag: str | None) -> Response | None:
    """304 when who asks has this already."""
    said = request.headers.get("if-none-match", "")
    if tag is None or tag.removeprefix("W/") not in said:
        return None
    return Response(status_code=304, headers={"ETag": tag})


def tagged(tag: str | None) -> dict[str, str]:
    """The header of it."""
    return {} if tag is None else {"ETag": tag}
