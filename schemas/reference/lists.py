"""The reference lists: areas, dimensions and every other list that a field of the contract names.

Sources: S-AGENDA (Agenda 2025-2027 of AI Coalitie 4 NL), S-ZH (AI-hub Zuid-Holland), S-LDE (knowledge cluster
AI, Data & Digitalisation), S-ICAI (NL AIC x ICAI), S-HEALTH (working group Healthcare). Targets say what is
aimed for, never what was achieved.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from schemas.text import folded, normalise

NAMES: Final = (
    "provinces",
    "areas",
    "dimensions",
    "pillars",
    "instruments",
    "targets",
    "context_statistics",
    "overview_tables",
    "indicators",
    "focus_areas",
    "focus_themes",
    "hotspots",
    "themes",
    "project_statuses",
    "programme_phases",
    "project_types",
    "event_statuses",
    "membership_roles",
    "helix",
    "research_kinds",
    "body_kinds",
    "icai_cities",
    "icai_labs",
    "organisations",
    "hub_partners",
    "texts",
    "sources",
    "advice",
    "shared_domains",
    "survivorship",
    "likeness",
    "bodies_of_names",
    "usual_words",
    "trust",
)

LISTED: Final[Mapping[str, tuple[str, ...]]] = {
    "areas": ("areas",),
    "dimensions": ("dimensions",),
    "pillars": ("pillars",),
    "instruments": ("instruments",),
    "themes": ("themes",),
    "status": ("project_statuses", "event_statuses"),
    "phase": ("programme_phases",),
    "type": ("project_types",),
    "role": ("membership_roles",),
    "helix": ("helix",),
    "body_kind": ("body_kinds",),
    "research_kind": ("research_kinds",),
}
"""Fields of a record's content, and the lists that their values are in."""


class Listed(NamedTuple):
    """A value with a Dutch and an English name, and other words for it in real texts."""

    slug: str
    name_nl: str
    name_en: str
    aliases: tuple[str, ...]


class Organisation(NamedTuple):
    """A known organisation with its identity keys; `confirmed`: whether a source pairs name and keys."""

    slug: str
    name: str
    aliases: tuple[str, ...]
    keys: tuple[str, ...]
    helix: str | None
    confirmed: bool


@cache
def rows(name: str) -> tuple[Mapping[str, str], ...]:
    """A list as it stands in its CSV, for instance `rows("targets")`."""
    text = files("schemas.reference").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def slugs(name: str) -> frozenset[str]:
    """The values a field may have, for instance `slugs("project_statuses")`."""
    return frozenset(row["slug"] for row in rows(name))


@cache
def listed(name: str) -> tuple[Listed, ...]:
    """A list with names, in its own order."""
    return tuple(
        Listed(
            row["slug"],
            row["name_nl"],
            row.get("name_en") or row["name_nl"],
            _several(row.get("aliases", "")),
        )
        for row in rows(name)
    )


def areas() -> tuple[Listed, ...]:
    """The 14 sectoral working areas, in the order of the agenda."""
    return listed("areas")


def dimensions() -> tuple[Listed, ...]:
    """The 4 transversal dimensions."""
    return listed("dimensions")


@cache
def organisations() -> tuple[Organisation, ...]:
    """The organisations that are known beforehand."""
    return tuple(map(_organisation, rows("organisations")))


def resolve(name: str, text: str) -> str | None:
    """Slug in a list that a text names exactly, by slug, name or alias; None: not assigned."""
    return _by_name(name).get(folded(text))


def resolve_area(text: str) -> str | None:
    """Slug of the area that a text names exactly, by slug, name or alias; None: not assigned."""
    return resolve("areas", text)


def resolve_dimension(text: str) -> str | None:
    """Slug of the dimension that a text names exactly."""
    return resolve("dimensions", text)


def area_of_body(kind: str, body: str) -> str | None:
    """The area that a body works in: a working group's own, a team's by its theme; None for other bodies."""
    return body if kind == "working-group" else _areas_of_teams().get(body) if kind == "team" else None


@cache
def _areas_of_teams() -> Mapping[str, str]:
    return {row["slug"]: row["area"] for row in rows("themes")}


def resolve_organisation(name: str, keys: Sequence[str] = ()) -> str | None:
    """Slug of an organisation that is known beforehand, as `Crosswalk` finds it."""
    return _released()(name, keys)


class Crosswalk:
    """Known organisations by name and identity key; `listed`: rows of the list `organisations`."""

    def __init__(self, listed: Iterable[Mapping[str, str]]) -> None:
        known = tuple(map(_organisation, listed))
        self._by_key = {key: one for one in known for key in one.keys}
        self._by_name = {normalise(word): one for one in known for word in (one.name, *one.aliases)}

    def __call__(self, name: str, keys: Sequence[str] = ()) -> str | None:
        """Slug of a known organisation: by an identity key, else by name when no key speaks against it."""
        for key in keys:
            if key in self._by_key:
                return self._by_key[key].slug
        found = self._by_name.get(normalise(name))
        if found is None:
            return None
        said = {key.partition(":")[0]: key for key in keys}
        against = any(said.get(key.partition(":")[0], key) != key for key in found.keys)
        return None if against else found.slug


def _several(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()


@cache
def _by_name(name: str) -> dict[str, str]:
    return {
        folded(word): one.slug
        for one in listed(name)
        for word in (one.slug.replace("-", " "), one.slug, one.name_nl, one.name_en, *one.aliases)
    }


@cache
def _released() -> Crosswalk:
    return Crosswalk(rows("organisations"))


def _organisation(row: Mapping[str, str]) -> Organisation:
    return Organisation(
        row["slug"],
        row["name"],
        _several(row["aliases"]),
        _several(row["keys"]),
        row["helix"] or None,
        row["confirmed"] == "yes",
    )
