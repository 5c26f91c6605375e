"""Which value survives when several sources speak of one thing: rules as data, one per kind and field.

The rules stand in `schemas/reference/survivorship.csv`, the order of trust in `trust.csv`; both are read once, when
first asked for. Terms as in master data management: survivorship rules choose per field, losing values stay visible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from schemas.digest import blake, canonical
from schemas.reference.lists import rows

MOST_RECENT: Final = "most-recent"
LONGEST: Final = "longest"
UNION: Final = "union"
MOST_SAID: Final = "most-said"
MOST_TRUSTED: Final = "most-trusted"
BY_OWNER: Final = "by-owner"
AGREED: Final = "agreed"
ONLY: Final = "only"
ALL: Final = "*"
UNRANKED: Final = 100


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


Groups = list[list[Said]]
"""Who says the same, newest first in each group and by group."""


def choose(kind: str, field: str, said: Sequence[Said], owner: str | None = None) -> Chosen:
    """The value that survives. Silence (null, empty) never wins from a value; ties go to the first source.

    `owner` is the hub whose thing it is, if one is; without a word of the owner the newest holds.
    """
    telling = [one for one in said if not _silent(one.value)]
    if not telling:
        return Chosen(said[0].value, AGREED, said[0], [])
    ordered = sorted(telling, key=lambda one: (-one.when, one.source))
    if all(one.value == ordered[0].value for one in ordered):
        return Chosen(ordered[0].value, AGREED if len(said) > 1 else ONLY, ordered[0], [])
    rule = rule_of(kind, field)
    if rule == UNION:
        return Chosen(_union(field, ordered), UNION, ordered[0], [])
    heard = [one for one in ordered if one.source[0] == owner]
    if rule == BY_OWNER and not heard:
        rule = MOST_RECENT
    groups = _groups(ordered)
    winner = heard[0] if rule == BY_OWNER else _WINNER[rule](groups)
    losing = [members[0] for members in groups if winner not in members]
    return Chosen(winner.value, rule, winner, sorted(losing, key=lambda one: one.source))


def rule_of(kind: str, field: str) -> str:
    """Rule of a field; of one that the list does not name that of its kind."""
    book = _rules()
    return book.get((kind, field)) or book[kind, ALL]


@cache
def counts(kind: str, field: str) -> bool:
    """Whether two values of a field contradict each other, or are usual."""
    found = {(row["kind"], row["field"]): row["conflict"] == "yes" for row in rows("survivorship")}
    return found.get((kind, field), found[kind, ALL])


@cache
def book() -> bytes:
    """Digest of the rules and of the order of trust: another digest makes other golden records."""
    told = [[*row.values()][:3] for name in ("survivorship", "trust") for row in rows(name)]
    return blake(canonical(told))


@cache
def _rules() -> Mapping[tuple[str, str], str]:
    return {(row["kind"], row["field"]): row["rule"] for row in rows("survivorship")}


@cache
def _trust() -> Mapping[tuple[str, str], int]:
    return {(row["hub"], row["source_kind"]): int(row["rank"]) for row in rows("trust")}


def trust(hub: str, source_kind: str) -> int:
    """Rank of a source, 1 is trusted most: of this hub and kind, else of the hub, else of the kind."""
    ranks = _trust()
    places = ((hub, source_kind), (hub, ALL), (ALL, source_kind))
    return next((ranks[place] for place in places if place in ranks), UNRANKED)


def _groups(ordered: Iterable[Said]) -> Groups:
    found: dict[bytes, list[Said]] = {}
    for one in ordered:
        found.setdefault(canonical(one.value), []).append(one)
    return list(found.values())


def _silent(value: Any) -> bool:
    return (
        value is None
        or value in ("", [])
        or (isinstance(value, dict) and set(value) == {"nl", "en"} and not any(value.values()))
    )


def _longest(groups: Groups) -> Said:
    return max((members[0] for members in groups), key=lambda one: len(canonical(one.value)))


def _most_said(groups: Groups) -> Said:
    return max(groups, key=lambda members: (len(members), len(canonical(members[0].value))))[0]


def _most_trusted(groups: Groups) -> Said:
    """Among who is trusted most, what is said most."""
    best = min(trust(*one.source[:2]) for members in groups for one in members)
    heard = [[one for one in members if trust(*one.source[:2]) == best] for members in groups]
    return _most_said([members for members in heard if members])


_WINNER: Final[Mapping[str, Callable[[Groups], Said]]] = {
    MOST_RECENT: lambda groups: groups[0][0],
    LONGEST: _longest,
    MOST_SAID: _most_said,
    MOST_TRUSTED: _most_trusted,
}


def _union(field: str, ordered: Iterable[Said]) -> list[Any]:
    """All items once, in a fixed order; of two figures for one indicator and year the most recent stays."""
    found: dict[bytes, Any] = {}
    for one in ordered:
        for item in one.value:
            found.setdefault(canonical([item["name"], item["year"]] if field == "indicators" else item), item)
    return [found[key] for key in sorted(found)]
