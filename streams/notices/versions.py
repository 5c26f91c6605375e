"""What the notices stage remembers of a national record: the version it judged, in plain values.

Left out is what changes without anything having changed for a reader: revisions, sequence, times of reading,
and the national ids of organisations (a merge of two organisations is no news about a project).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

Version = Mapping[str, Any]
KINDS = ("project", "event", "membership", "organisation")


def version_of(kind: str, record: Mapping[str, Any]) -> dict[str, Any] | None:
    """The version of a decoded national record; None for a redirect, which carries no content."""
    content = record.get("content")
    if content is None:
        return None
    contributions = record.get("contributions", [])
    links = [{name: link.get(name) for name in ("name", "role", "via")} for link in record["organisations"]]
    return {
        "id": record["id"],
        "kind": kind,
        "sample": bool(record.get("sample")),
        "hubs": sorted({contribution["hub"] for contribution in contributions}),
        "address": min((c["address"] for c in contributions if c["address"]), default=None),
        "content": dict(content),
        "organisations": sorted(links, key=lambda link: (link["role"] or "", link["name"] or "")),
    }


def text_of(value: Any) -> str:
    """JSON text with sorted names: equal values give equal texts."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def stated(version: Version) -> dict[str, Any]:
    """The fields a reader cares about, by name."""
    return {**version["content"], "organisations": version["organisations"]}


def changes_of(before: Version | None, after: Version | None) -> list[dict[str, str | None]]:
    """The fields that differ, as JSON texts; nothing for a new or removed record."""
    if before is None or after is None:
        return []
    old, new = stated(before), stated(after)
    return [
        {"field": field, "before": _text(old.get(field)), "after": _text(new.get(field))}
        for field in sorted(old.keys() | new.keys())
        if old.get(field) != new.get(field)
    ]


def _text(value: Any) -> str | None:
    return None if value is None else text_of(value)


def title_of(version: Version, language: str = "nl") -> str:
    """What people call it; a membership is an organisation and the body it belongs to."""
    content = version["content"]
    if version["kind"] == "organisation":
        return str(content.get("name") or version["id"])
    if version["kind"] == "membership":
        names = ", ".join(str(link["name"]) for link in version["organisations"])
        return f"{names or version['id']} · {content.get('body', '')}".strip(" ·")
    title = content.get("title") or {}
    other = "en" if language == "nl" else "nl"
    return str(title.get(language) or title.get(other) or version["id"])
