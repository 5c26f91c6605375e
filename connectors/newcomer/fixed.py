"""Sources whose reader gives the same fields for every site: nothing is proposed there, all is known. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from connectors.hubs import cerif
from connectors.newcomer.propose import Proposal, Proposed, meaning
from connectors.sources import Row
from connectors.sources.selection import words_at
from schemas.text import shorten


class Fixed(NamedTuple):
    """How a kind of source reads: the code, what it imports, the fields that are tags, and field -> part."""

    code: str
    imports: tuple[str, ...]
    tags: tuple[str, ...]
    parts: Mapping[str, str]


_EVENT: Final = {
    "title": "title",
    "description": "summary",
    "start": "start",
    "end": "end",
    "zone": "zone",
    "all_day": "all_day",
    "event_status": "status",
    "url": "link, key",
    "online_url": "online_url",
    "venue": "venue",
    "organizers": "organisations",
    "series": "series",
    "instance": "instance",
}
_CERIF: Final = """    if row.fields["kind"] != "Project":
        raise Reject(
            "The record is no project",
            field="kind",
            expected="Project",
            got=row.fields["kind"],
            fix="Name the set with projects in the manifest.",
        )
    seen = row.fields["metadata"]
    own = {
        "type": choice(TYPES, cerif.term(seen.get("Type")), "Type", optional=True),
        "status": choice(STATUSES, cerif.term(seen.get("Status")), "Status"),
        "tags": [found for one in seen.get("Keyword", ()) if (found := cerif.first(one))],
    }
    return builders.project(cerif.project(seen) | own, words)"""
_FIXED: Final[Mapping[str, Fixed]] = {
    "tec": Fixed(
        "    return builders.site_event(row.fields, words)",
        ("builders",),
        ("categories", "tags"),
        _EVENT
        | {"excerpt": "summary", "categories": "tags", "tags": "tags", "cost": "price", "lineage": "keys"}
        | {"website": "registration_link", "custom": "title_en, capacity"},
    ),
    "ical": Fixed(
        "    return builders.calendar_event(row.fields, words)",
        ("builders",),
        ("categories",),
        _EVENT | {"categories": "tags", "location": "venue", "uid": "keys"},
    ),
    "pages": Fixed(
        "    seen = row.fields\n"
        '    return builders.event({**seen, "tags": seen["keywords"], "uids": []}, words)',
        ("builders",),
        ("keywords",),
        _EVENT | {"keywords": "tags", "previous_starts": "previous_start"},
    ),
    "eventbrite": Fixed(
        "    seen = row.fields\n"
        '    return builders.event({**seen, "tags": seen["categories"], "registration": seen["url"]}, words)',
        ("builders",),
        ("categories",),
        _EVENT | {"summary": "summary", "categories": "tags", "capacity": "capacity"},
    ),
    "cerif": Fixed(
        _CERIF,
        ("builders", "cerif"),
        ("metadata.Keyword",),
        {
            "metadata.Title": "title",
            "metadata.Abstract": "summary",
            "metadata.StartDate": "start",
            "metadata.EndDate": "end",
            "metadata.Consortium": "organisations",
            "metadata.Funded": "funding, keys",
            "metadata.Status": "status",
            "metadata.Type": "type",
            "metadata.Keyword": "tags",
            "metadata.Identifier": "keys",
        },
    ),
}


def fixed(reader: str, kind: str, rows: Sequence[Row]) -> Fixed | None:
    """How a source reads whose fields are always the same; None when they are its own."""
    if reader == "oai":
        return (
            _FIXED["cerif"]
            if all(row.fields["kind"] in ("Project", "Event", "OrgUnit") for row in rows)
            else None
        )
    return _FIXED.get(reader) if kind == "event" else None


def proposal(kind: str, known: Fixed, reader: str, rows: Sequence[Row]) -> Proposal:
    """What becomes of the fields, as for a proposal."""
    names = dict.fromkeys(
        name if name != "metadata" else f"metadata.{inner}"
        for row in rows
        for name in row.fields
        for inner in (
            row.fields[name] if name == "metadata" and isinstance(row.fields[name], Mapping) else ("",)
        )
    )
    told = f"the {reader} reader gives it so, for every source of this kind"
    fields = [
        Proposed(name, _example(rows, name), known.parts.get(name, ""), told, "sure")
        if name in known.parts
        else Proposed(name, _example(rows, name), "", f"no part of a {kind} needs it", "not taken")
        for name in names
    ]
    counted: dict[str, int] = {}
    for row in rows:
        for tag in dict.fromkeys(tag for name in known.tags for tag in _tags(row, name)):
            counted[tag] = counted.get(tag, 0) + 1
    tags = {tag.casefold(): found for tag in counted if (found := meaning(tag))}
    unassigned = {tag: count for tag, count in counted.items() if tag.casefold() not in tags}
    taken = {part: (name,) for name, parts in known.parts.items() for part in parts.split(", ")}
    return Proposal(kind, taken, fields, tags, unassigned)


def _tags(row: Row, name: str) -> list[str]:
    if name == "metadata.Keyword":
        return [found for one in row.fields["metadata"].get("Keyword", ()) if (found := cerif.first(one))]
    return list(words_at(row.fields, name.split(".")))


def _example(rows: Sequence[Row], name: str) -> str:
    for row in rows:
        value: Any = row.fields
        for step in name.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if value not in (None, "", [], {}, False):
            return shorten(str(value), 40)
    return ""
