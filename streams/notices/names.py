"""Dutch and English names of the slugs in a notice: of the hubs, and of what the reference lists hold."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from schemas.hubs import Hub
from schemas.reference import lists
from streams.notices.words import Pair

# Names of their own keep their capital; words within a sentence do not.
NAMES = ("areas", "dimensions", "pillars", "instruments", "focus_areas", "themes")
WORDS = (
    "project_statuses",
    "event_statuses",
    "programme_phases",
    "project_types",
    "membership_roles",
    "helix",
    "research_kinds",
    "body_kinds",
    "indicators",
)


@cache
def reference_names(hubs: tuple[Hub, ...] = ()) -> Mapping[str, Pair]:
    """Names of these hubs and of every listed value by slug; where two lists share a slug, the first one's name."""
    found: dict[str, Pair] = {hub.slug: (hub.nl, hub.en) for hub in hubs}
    for name in NAMES:
        for row in lists.listed(name):
            found.setdefault(row.slug, (row.name_nl, row.name_en))
    for name in WORDS:
        for row in lists.listed(name):
            found.setdefault(row.slug, (_small(row.name_nl), _small(row.name_en)))
    return found


def _small(text: str) -> str:
    """With a small first letter, unless it is an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
