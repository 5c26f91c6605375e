"""Which value survives when several sources speak of one thing: rules as data, one per kind and field.

Terms as in master data management: survivorship rules choose per field, and the losing values stay visible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.digest import canonical

MOST_RECENT: Final = "most-recent"
LONGEST: Final = "longest"
UNION: Final = "union"
MOST_SAID: Final = "most-said"
AGREED: Final = "agreed"
ONLY: Final = "only"

_LISTS: Final = (
    "areas",
    "dimensions",
    "pillars",
    "instruments",
    "focus_areas",
    "themes",
    "funding",
    "indicators",
)
RULES: Final[Mapping[str, Mapping[str, str]]] = {
    "project": {"summary": LONGEST, **dict.fromkeys(_LISTS, UNION)},
    "event": {"summary": LONGEST, **dict.fromkeys(("areas", "dimensions", "themes"), UNION)},
    "membership": {"note": LONGEST},
    "organisation": dict.fromkeys(("name", "helix", "website", "place"), MOST_SAID),
}
"""Fields that are not named follow `MOST_RECENT`."""


class Said(NamedTuple):
    """A value and who says it; `when` is when that source changed, epoch milliseconds."""

    value: Any
    when: int
    source: tuple[str, str, str, str]


class Chosen(NamedTuple):
    """The surviving value, its rule, who said it, and what was said otherwise."""

    value: Any
    rule: str
    winner: Said
    losing: list[Said]


def choose(kind: str, field: str, said: Sequence[Said]) -> Chosen:
    """The value that survives. Silence (null, empty) never wins from a value; ties go to the first source."""
    telling = [one for one in said if not _silent(one.value)]
    if not telling:
        return Chosen(said[0].value, AGREED, said[0], [])
    ordered = sorted(telling, key=lambda one: (-one.when, one.source))
    if all(one.value == ordered[0].value for one in ordered):
        return Chosen(ordered[0].value, AGREED if len(said) > 1 else ONLY, ordered[0], [])
    groups: dict[bytes, list[Said]] = {}
    for one in ordered:
        groups.setdefault(canonical(one.value), []).append(one)
    rule = RULES[kind].get(field, MOST_RECENT)
    if rule == UNION:
        return Chosen(_union(field, ordered), UNION, ordered[0], [])
    winner = _WINNER[rule](list(groups.values()))
    losing = [members[0] for members in groups.values() if members[0] is not winner]
    return Chosen(winner.value, rule, winner, sorted(losing, key=lambda one: one.source))


def _silent(value: Any) -> bool:
    return (
        value is None
        or value in ("", [])
        or (isinstance(value, dict) and set(value) == {"nl", "en"} and not any(value.values()))
    )


def _longest(groups: Iterable[Sequence[Said]]) -> Said:
    return max((members[0] for members in groups), key=lambda one: len(canonical(one.value)))


def _most_said(groups: Iterable[Sequence[Said]]) -> Said:
    return max(groups, key=lambda members: (len(members), len(canonical(members[0].value))))[0]


_WINNER: Final[Mapping[str, Callable[[list[list[Said]]], Said]]] = {
    MOST_RECENT: lambda groups: groups[0][0],
    LONGEST: _longest,
    MOST_SAID: _most_said,
}


def _union(field: str, ordered: Iterable[Said]) -> list[Any]:
    """All items once, in a fixed order; of two figures for one indicator and year the most recent stays."""
    found: dict[bytes, Any] = {}
    for one in ordered:
        for item in one.value:
            found.setdefault(canonical([item["name"], item["year"]] if field == "indicators" else item), item)
    return [found[key] for key in sorted(found)]
