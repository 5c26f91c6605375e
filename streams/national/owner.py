"""Whose thing it is: the hub that a membership belongs to, or where the organisation that leads is at home; the
national office's are the memberships of working groups, their teams and dimensions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Final

from schemas.reference.lists import resolve_organisation, rows

LEADING: Final[Mapping[str, str]] = {"project": "coordinator", "event": "organiser"}
"""Role of who leads a thing of a kind."""
OFFICE: Final = "office"
NATIONAL: Final = ("working-group", "team", "dimension")
"""Kinds of bodies that the national office keeps."""


def owner_of(kind: str, contributions: Sequence[Mapping[str, Any]]) -> str | None:
    """The hub that owns a thing, by its linked records; None when none does, or several could."""
    if kind == "membership":
        of = [one["content"] for one in contributions]
        bodies = {one["body"] for one in of if one["body_kind"] == "hub"}
        return _one(bodies | {OFFICE for one in of if one["body_kind"] in NATIONAL})
    role = LEADING.get(kind)
    leaders = {link["name"] for one in contributions for link in one["organisations"] if link["role"] == role}
    return _one({hub for name in leaders if (hub := home_of(name)) is not None})


def _one(hubs: Iterable[str]) -> str | None:
    found = set(hubs)
    return found.pop() if len(found) == 1 else None


@lru_cache(4_096)
def home_of(name: str) -> str | None:
    """The hub of which a listed organisation is a partner, if it is one of one hub alone."""
    slug = resolve_organisation(name)
    return None if slug is None else _homes().get(slug)


@cache
def _homes() -> Mapping[str, str]:
    found: dict[str, set[str]] = {}
    for row in rows("hub_partners"):
        found.setdefault(row["organisation"], set()).add(row["hub"])
    return {slug: hubs.pop() for slug, hubs in found.items() if len(hubs) == 1}
