"""Identity keys: which kinds there are, how strong they are, and which of them exclude each other.

A key is `kind:value`. Keys of a kind are known to be unique: whoever has one is the thing. Order and
exclusion are data here; the traps behind them are in docs/decisions/0004.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_REGISTERS: Final = ("kvk", "rsin", "oin", "ror", "tooi")
ORDER: Final = (
    *_REGISTERS,
    *("org", "grant", "award", "eu", "uid", "url", "mem", "acro", "dom", "src", "name"),
)
"""Strongest first: registers of organisations, our own crosswalk, awards, calendar ids, addresses; a member in a body,
an acronym with its coordinator, a web domain with a name; names."""

EXCLUSIVE: Final = frozenset({*_REGISTERS, "org", "grant", "award", "eu"})
"""One thing has at most one value of each of these: two values are two things."""

ORGANISATION: Final = frozenset(_REGISTERS)
"""Registers that identify an organisation anywhere; without one only our crosswalk or a local name does."""

DECISION: Final = "decision."
"""Kinds of the keys that stewards' decisions give begin so; each decision is a kind of its own, and exclusive."""

_RANK: Final = {kind: number for number, kind in enumerate(ORDER)}


def kind_of(key: str) -> str:
    """Kind of a key, such as `ror`."""
    return key.partition(":")[0]


def decided(decision: str, side: int) -> str:
    """The key that a decision gives to the things on one of its sides."""
    return f"{DECISION}{decision}:{side}"


def is_exclusive(key: str) -> bool:
    """True when a thing has at most one value of the key's kind."""
    return kind_of(key) in EXCLUSIVE or key.startswith(DECISION)


def slot(key: str) -> str:
    """Of what a thing has one value at most: the kind; of an award (`award:<funder>/<number>`) the funder's."""
    return key.partition("/")[0] if key.startswith("award:") else kind_of(key)


def rank(key: str) -> tuple[int, str]:
    """Sort value of a key: decisions, then the strongest kind, then by value; an unknown kind comes last."""
    if key.startswith(DECISION):
        return -1, key
    return _RANK.get(kind_of(key), len(ORDER)), key


def strongest_first(keys: Iterable[str]) -> list[str]:
    """Keys without doubles, in the order that every rule uses."""
    return sorted(set(keys), key=rank)


def source_key(hub: str, kind: str, source_id: str) -> str:
    """Name of a source record all over the nation; the id may hold any character."""
    return f"{hub}|{kind}|{source_id}"


def split_source(source: str) -> tuple[str, str, str]:
    """Hub, kind and source id of a source key."""
    hub, kind, source_id = source.split("|", 2)
    return hub, kind, source_id
