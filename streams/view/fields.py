"""Sparse answers: only the parts of a record that are asked for (`fields=title,status,hubs`). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schemas.codec import load
from schemas.errors import Reject

ALWAYS: Final = ("id", "kind", "href")
PARTS: Final = (
    "title",
    "sample",
    "mark",
    "hubs",
    "organisations",
    "origins",
    "contributions",
    "same_as",
    "sequence",
    "cause",
    "first_changed_at",
    "last_changed_at",
    "fields",
)
WORDS: Final = {
    "fields": "Only these parts of each record, parted by commas: names of the record, or of its golden `fields`."
}


def asked(kind: str, text: str) -> tuple[str, ...]:
    """The parts that are asked for; none: all. Raises `Reject` for one that records of the kind do not have."""
    names = tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))
    golden = _golden(kind)
    strange = [one[:40] for one in names if one not in (*ALWAYS, *PARTS) and one not in golden]
    if strange:
        known = ", ".join((*ALWAYS, *PARTS, *sorted(golden)))
        raise Reject(
            f"A {kind} has no {', '.join(strange)}",
            field="fields",
            fix=f"There are {known}; the last ones are golden and stand under `fields`.",
        )
    return names


def picked(item: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any]:
    """The record with these parts alone; golden fields stay under `fields`."""
    if not names:
        return item
    found: dict[str, Any] = {
        name: item[name] for name in (*ALWAYS, *PARTS) if name in ALWAYS or name in names
    }
    golden: dict[str, Any] = {name: value for name, value in (item["fields"] or {}).items() if name in names}
    return found if "fields" in names or not golden else found | {"fields": golden}


def _golden(kind: str) -> frozenset[str]:
    document = load(f"{kind.capitalize()}Content").document
    return frozenset(one["name"] for one in document["fields"])
