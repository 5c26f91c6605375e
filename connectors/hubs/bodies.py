"""What organisations are members of, by the names in their lists: hubs, groups, dimensions, the cluster. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from connectors.hubs import Words
from schemas.errors import Reject
from schemas.reference.lists import resolve, resolve_area, resolve_dimension
from schemas.text import folded

CLUSTER: Final = "ai-data-digitalisering"
_CLUSTERS: Final = ("kenniscluster", "knowledge cluster")
_GROUPS: Final[Mapping[str, tuple[str, str, Callable[[str], str | None]]]] = {
    "werkgroep ": ("working-group", "areas", resolve_area),
    "working group ": ("working-group", "areas", resolve_area),
    "dimensie ": ("dimension", "dimensions", resolve_dimension),
    "dimension ": ("dimension", "dimensions", resolve_dimension),
    "team ": ("team", "themes", partial(resolve, "themes")),
}


def body(said: str | None, words: Words, field: str) -> tuple[str, str]:
    """Kind and slug of a body: `AI-hub …`, `Kenniscluster …`, `Werkgroep …`, `Dimensie …`, `Team …` (of a working
    group, by its theme). Raises `Reject`.
    """
    name = " ".join((said or "").split())
    lower = name.casefold()
    if (hub := words.hubs.get(folded(name))) is not None:
        return "hub", hub
    if lower.startswith(_CLUSTERS):
        return "cluster", CLUSTER
    for prefix, (kind, part, named) in _GROUPS.items():
        if lower.startswith(prefix):
            called = name[len(prefix) :]
            slugs = words.assign([called])[0].get(part, [])
            slug = named(called) if not slugs else slugs[0] if len(slugs) == 1 else None
            if slug is not None:
                return kind, slug
    raise Reject(
        f"{name!r} is no body that is known here",
        field=field,
        expected="AI-hub …, Kenniscluster …, Werkgroep …, Dimensie … or Team …",
        got=name[:80] or "nothing",
        fix="Write the name as the national list has it, or add it to the tags of the manifest.",
    )
