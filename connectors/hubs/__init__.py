"""What a region says: per hub one folder with a manifest and a pure mapping; here is what a mapping gives.

`mapping.MAPPINGS` has one function per kind, `(Row, Words) -> Statement`, that raises `Reject` when a row
cannot be used. It reads no clock, no file and no network: the same row gives the same statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.sources import Row


@dataclass(frozen=True, slots=True)
class Words:
    """How a hub's own tags read in national words: per tag (lower case) the lists it stands for; and by which
    names (folded) the hub itself goes.
    """

    tags: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    hubs: Mapping[str, str] = field(default_factory=dict)

    def assign(self, tags: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
        """Slugs per national list in sorted order, and the tags that say nothing here."""
        found: dict[str, set[str]] = {}
        unknown = []
        for tag in tags:
            meanings = self.tags.get(tag.strip().casefold())
            if meanings is None:
                unknown.append(tag)
                continue
            for name, slugs in meanings.items():
                found.setdefault(name, set()).update(slugs)
        return {name: sorted(slugs) for name, slugs in found.items()}, unknown


@dataclass(frozen=True, slots=True)
class Statement:
    """What one row says in the words of the contract; `unassigned` tags are counted, never guessed at."""

    keys: list[str]
    organisations: list[dict[str, Any]]
    content: dict[str, Any]
    unassigned: list[str] = field(default_factory=list)


Mapper = Callable[[Row, Words], Statement]
