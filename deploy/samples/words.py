"""What people write for national words in their own systems: names of areas and instruments in English."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from schemas.reference.lists import listed, resolve_area, resolve_dimension

_INSTRUMENTS = {
    "ICAI-labs": "ICAI labs",
    "ELSA-labs": "ELSA labs",
    "Nationale AI-cursus": "National AI Course",
    "AiNed Learning Communities": "AiNed Learning Communities",
    "AiNed InnovatieLabs": "AiNed InnovatieLabs",
    "Fieldlabs": "field lab",
    "Pilots": "Pilots",
    "Programma-calls": "Programme calls",
    "Kickstartfinanciering": "Kick-start funding",
}


def english(name: str) -> str:
    """The English name of an area or dimension that a Dutch list names."""
    return _names().get(resolve_area(name) or resolve_dimension(name) or "", name)


@cache
def _names() -> dict[str, str]:
    return {one.slug: one.name_en for name in ("areas", "dimensions") for one in listed(name)}


def instruments_in_english(names: Iterable[str]) -> list[str]:
    """The English names of instruments."""
    return [_INSTRUMENTS.get(name, name) for name in names]
