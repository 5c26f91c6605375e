"""Dutch and English names of the slugs in a notice, from the reference lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from schemas.reference import lists
from streams.notices.words import Pair


@cache
def reference_names() -> Mapping[str, Pair]:
    """Names of hubs, working areas, dimensions and the other listed values, by slug."""
    found: dict[str, Pair] = {}
    for rows in (lists.hubs(), lists.areas(), lists.dimensions()):
        found.update(_pairs(rows))
    return found


def _pairs(rows: Iterable[Any]) -> dict[str, Pair]:
    return {row.slug: (row.name_nl, row.name_en or row.name_nl) for row in rows}
