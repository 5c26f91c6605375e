"""How HubSpot answers for objects of its CRM (v3): lists by cursor, single objects, what was archived or merged. Pure.

Before the journey. Every property is text, several choices are one text with semicolons, an empty one is null; only
the properties that were asked for are given. An object that was merged answers under the id of the one it is now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import orjson

PATH: Final = "/crm/v3/objects"
Answer = tuple[int, Any]


class Item(NamedTuple):
    """One object with all its properties; `archived` ones are listed on request only."""

    id: str
    properties: Mapping[str, str | None]
    changed: int
    archived: bool = False


def answer(objects: Sequence[Item], path: str, query: Mapping[str, str], body: bytes = b"") -> Answer:
    """The list of an object type, one object below it, or several at once."""
    if path.endswith("/batch/read"):
        return _several(objects, orjson.loads(body))
    wanted = [name for name in unquote(query.get("properties", "")).split(",") if name]
    _, _, source_id = path.removeprefix(f"{PATH}/").partition("/")
    if source_id:
        found = next((one for one in objects if one.id == source_id and not one.archived), None)
        return (200, _shown(found, wanted)) if found else (404, _fault("resource not found"))
    archived = query.get("archived") == "true"
    listed = sorted((one for one in objects if one.archived == archived), key=lambda one: int(one.id))
    size = min(int(query.get("limit", "10")), 100)
    after = int(query.get("after", "0"))
    behind = [one for one in listed if int(one.id) >= after]
    page, rest = behind[:size], behind[size:]
    more = {"paging": {"next": {"after": rest[0].id, "link": "?after="}}} if rest else {}
    return 200, {"results": [_shown(one, wanted) for one in page]} | more


def _several(objects: Sequence[Item], asked: Mapping[str, Any]) -> Answer:
    there = {one.id: one for one in objects if not one.archived}
    ids = [str(each["id"]) for each in asked["inputs"]]
    results = [_shown(there[one], asked["properties"]) for one in ids if one in there]
    errors = [_fault("some objects were not found")] if len(results) < len(ids) else []
    return (207 if errors else 200), {"status": "COMPLETE", "results": results, "errors": errors}


def _shown(one: Item, wanted: Sequence[str]) -> dict[str, Any]:
    changed = datetime.fromtimestamp(one.changed / 1000, UTC).isoformat(timespec="milliseconds")
    stamp = changed.replace("+00:00", "Z")
    said = {name: one.properties.get(name) or None for name in wanted}
    return {
        "id": one.id,
        "properties": said | {"hs_object_id": one.id, "hs_lastmodifieddate": stamp},
        "createdAt": "2026-01-05T09:00:00.000Z",
        "updatedAt": stamp,
        "archived": one.archived,
    }


def _fault(words: str) -> dict[str, str]:
    return {"status": "error", "message": words, "category": "OBJECT_NOT_FOUND"}
