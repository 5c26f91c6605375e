"""National ids: minted once, claimed by the group with most holders, never used for another group again."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

from streams.national.grouping import Holding

LETTERS = 12


class Claim(NamedTuple):
    """A group that may keep an id. `weight`: twice the holders, and one more for who has the id already."""

    weight: int
    group: int
    id: str


def mint(kind: str, source: str, local: str, taken: Callable[[str], bool]) -> str:
    """A new id such as `p-k3v7…`, from the first source that speaks of the thing; skips what is taken."""
    number = 0
    while True:
        digest = blake2b(f"{kind}|{source}|{local}|{number}".encode(), digest_size=10).digest()
        found = f"{kind[0]}-{b32encode(digest).decode().lower()[:LETTERS]}"
        if not taken(found):
            return found
        number += 1


def award(claims: Iterable[Claim], groups: int, refused: Callable[[str], bool]) -> list[str | None]:
    """One id per group: heaviest claims first, then by id and group; a refused id goes to nobody."""
    given: list[str | None] = [None] * groups
    gone: set[str] = set()
    for claim in sorted(claims, key=lambda claim: (-claim.weight, claim.id, claim.group)):
        if given[claim.group] is None and claim.id not in gone and not refused(claim.id):
            given[claim.group] = claim.id
            gone.add(claim.id)
    return given


def heirs(claims: Iterable[Claim], given: Sequence[str | None]) -> dict[str, str]:
    """Which id takes over from each claimed id nobody kept: that of its heaviest claimant."""
    kept = set(given)
    found: dict[str, str] = {}
    for claim in sorted(claims, key=lambda claim: (-claim.weight, claim.group)):
        winner = given[claim.group]
        if claim.weight and claim.id not in kept and winner is not None:
            found.setdefault(claim.id, winner)
    return found


def claims_of(groups: Sequence[Sequence[Holding]]) -> list[Claim]:
    """The claims that follow from the ids the holdings have."""
    weights: dict[tuple[str, int], int] = {}
    for number, holdings in enumerate(groups):
        for holding in holdings:
            if holding.id is not None:
                at = (holding.id, number)
                weights[at] = weights.get(at, 0) + 2 * holding.weight()
    return [Claim(weight + 1, number, name) for (name, number), weight in weights.items()]
