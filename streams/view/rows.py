"""From a national record to what the view's lists, filters and pages need: plain functions, no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from schemas.reference.lists import area_of_body

TIMES = frozenset({"first_changed_at", "last_changed_at", "changed_at", "read_at", "unreadable_since", "at"})
DETAILS = 20_000


def instant(time_ms: int | None) -> str | None:
    """RFC 3339 UTC text; None for nothing or for a time no calendar holds."""
    if time_ms is None:
        return None
    try:
        moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """Values that JSON can carry: digests as hex, times as text."""
    if isinstance(value, dict):
        return {
            name: instant(item) if name in TIMES and isinstance(item, int) else plain(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def best(text: Mapping[str, Any] | None) -> str:
    """A text in Dutch, else in English."""
    return str((text or {}).get("nl") or (text or {}).get("en") or "")


def title_of(record: Mapping[str, Any], kind: str) -> str:
    """What a person calls it; a membership is an organisation in a body."""
    content = record.get("content") or {}
    if kind == "membership":
        names = [link["name"] for link in record.get("organisations", [])]
        return f"{', '.join(names) or record['id']} · {content.get('body', '')}".strip(" ·")
    if kind == "organisation":
        return str(content.get("name", "")) or str(record["id"])
    return best(content.get("title")) or str(record["id"])


def _tags(values: Iterable[str]) -> str:
    return "|" + "|".join(sorted(set(values))) + "|"


def _days(content: Mapping[str, Any]) -> tuple[str | None, str | None]:
    first = content.get("start") or content.get("deadline")
    last = content.get("end") or content.get("deadline") or content.get("start")
    return (str(first)[:10] if first else None), (str(last)[:10] if last else None)


def searchable(record: Mapping[str, Any], title: str) -> str:
    """All words that a record is found by, in small letters."""
    content = record.get("content") or {}
    words = [
        title,
        *(
            (content.get(name) or {}).get(tongue) or ""
            for name in ("title", "summary")
            for tongue in ("nl", "en")
        ),
    ]
    words += [link["name"] for link in record.get("organisations", [])]
    words += [
        str(content.get(name) or "")
        for name in ("body", "role", "place", "website")
        if not isinstance(content.get(name), dict)
    ]
    return " ".join(words).casefold()[:DETAILS]


def national_row(record: Mapping[str, Any], kind: str) -> tuple[Any, ...]:
    """The columns of table `national` up to `dimensions`; the JSON comes last, from `national_json`."""
    content = record.get("content") or {}
    title = title_of(record, kind)
    first, last = _days(content)
    sort = str(content.get("start") or "") if kind == "event" else title.casefold()
    return (
        record["id"],
        kind,
        record["sequence"],
        record["redirect"],
        int(record["sample"]),
        record["cause"],
        title,
        content.get("status") or content.get("role"),
        first,
        last,
        sort[:200],
        searchable(record, title),
        _tags(one["hub"] for one in record["contributions"]),
        _tags(content.get("areas", ()) or _worked_in(content)),
        _tags(content.get("dimensions", ()) or _dimension(content)),
    )


def _worked_in(content: Mapping[str, Any]) -> tuple[str, ...]:
    area = area_of_body(content.get("body_kind", ""), content.get("body", ""))
    return () if area is None else (area,)


def _dimension(content: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(content["body"]),) if content.get("body_kind") == "dimension" else ()


def national_json(record: Mapping[str, Any]) -> bytes:
    """The whole record as JSON, for answers: digests as hex, times as text."""
    lists = {name: [_timed(one) for one in record[name]] for name in ("contributions", "origins")}
    return orjson.dumps({**_timed(record), **lists}, default=bytes.hex)


def _timed(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: instant(value) if name in TIMES else value for name, value in record.items()}


def hubs_of(tags: str | None) -> list[str]:
    """The names in a column of tags."""
    return [name for name in (tags or "").split("|") if name]


def site_of(request: Any) -> str:
    """Where the pages of the view are, as this request reached it."""
    return str(request.base_url).rstrip("/")


def safe_link(text: object) -> str | None:
    """The address if it may be linked to."""
    return text if isinstance(text, str) and text.lower().startswith(("https://", "http://")) else None
