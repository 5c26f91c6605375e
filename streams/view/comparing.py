"""Two records beside each other, field by field, and what a person types as a value: plain functions for the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

Record = Mapping[str, Any]
EMPTY: tuple[Any, ...] = (None, "", [], {"nl": None, "en": None})


class Said(NamedTuple):
    """What a record says in a field, who said so, by which rule, and what others say: hub, source id, value."""

    value: Any
    hub: str
    source_id: str
    rule: str
    losing: tuple[tuple[str, str, Any], ...]


class Row(NamedTuple):
    """One field over all records."""

    name: str
    said: tuple[Said | None, ...]
    differs: bool


def side_by_side(items: Sequence[Record]) -> list[Row]:
    """Every field that one of the records fills, in the order of their kind."""
    names = list(dict.fromkeys(name for item in items for name in item["fields"] or {}))
    rows = []
    for name in names:
        said = tuple(_said(item, name) for item in items)
        if any(said):
            values = [_same(one.value) if one else b"" for one in said]
            rows.append(Row(name, said, len(set(values)) > 1))
    return rows


def _said(item: Record, name: str) -> Said | None:
    value = (item["fields"] or {}).get(name)
    if value in EMPTY:
        return None
    origins = {one["field"]: one for one in item["origins"]}
    origin = origins.get(name, origins.get("*", {"hub": "", "source_id": "", "rule": "", "losing": ()}))
    losing = tuple((one["hub"], one["source_id"], _read(one["value"])) for one in origin["losing"])
    return Said(value, origin["hub"], origin["source_id"], origin["rule"], losing)


def _same(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _read(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def as_typed(value: Any) -> str:
    """A value as it stands in the box where a person changes it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def typed(text: str, current: Any) -> Any:
    """What a person means by a text, in the form that the field has now; nothing is no value."""
    text = text.strip()
    if not text:
        return None
    if isinstance(current, str):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return {"nl": text, "en": None} if isinstance(current, Mapping) and "nl" in current else text
