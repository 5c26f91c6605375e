"""What a team gives to have its connector tried: a source under control, and the connector that reads it.

Before the journey. The suite writes numbered items with a mark in their title (`zv7r2z`: item 7, second version) and
looks for these marks in what was published: so it knows what must stand there without knowing the mapping.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from connectors.hubs import Mapper
from connectors.manifest import Manifest
from connectors.sources import Source, open_source

_MARK: Final = re.compile(r"zv(\d+)r(\d+)z")
QUICK: Final = {"interval_s": 0, "backoff_s": 0.01, "timeout_s": 1.0, "patience_s": 2.0}


def mark(number: int, version: int) -> str:
    """What the title of an item holds, so that it is known again whatever becomes of the rest."""
    return f"zv{number}r{version}z"


def marks(text: str) -> dict[int, int]:
    """The items that a text speaks of, with their highest version."""
    found: dict[int, int] = {}
    for number, version in _MARK.findall(text):
        found[int(number)] = max(found.get(int(number), 0), int(version))
    return found


class Clock:
    """The time as the source and the connector have it; each can go wrong by itself."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms, self.skew_ms = now_ms, 0
        self.follows: Callable[[], None] = lambda: None
        """Called when time has passed: for a source that has a clock of its own to set."""

    def source(self) -> int:
        """The time at the source."""
        return self._now_ms

    def connector(self) -> int:
        """The time at the connector."""
        return self._now_ms + self.skew_ms

    def on(self, ms: int) -> None:
        """Let time pass."""
        self._now_ms += ms
        self.follows()


class Bench(Protocol):
    """A source under control. `upstream` is what the manifest's options point at: an address of the web, a database
    (`postgresql://host:port`), or a file.
    """

    upstream: str | Path
    most: int
    """How many items the source shows at once."""
    page: int
    """How many items the source gives in one answer."""
    removes: bool
    """Whether the connector can know that an item is gone."""
    tells_changes: bool
    """Whether the source is asked only for what changed, so that it may show nothing though it holds much."""
    apart_ms: int
    """Time between two looks: so long that eight of them see what is gone, where that is looked for now and then."""

    def put(self, number: int, title: str) -> None:
        """Make item `number`, change it, or bring it back; it is changed at the source's present time."""
        ...

    def take(self, number: int) -> None:
        """Delete item `number`."""
        ...

    def shrink(self, keep: int | None) -> None:
        """The source shows only its first `keep` items though all are there, as a broken one; None: all again."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


Open = Callable[[str, Mapping[str, Any]], Source]
Benches = Callable[[Path, Clock], Bench]


@dataclass(frozen=True)
class Subject:
    """The connector that is tried: one kind of a hub, with where its source under control comes from."""

    manifest: Manifest
    kind: str
    mapper: Mapper
    bench: Benches
    open: Open = open_source
    process: type[Any] | None = None
    """Another class of process than the suite's own, to try a changed loop."""
    limits: Mapping[str, str] = field(default_factory=dict)
    """Checks that do not apply to this source, each with the reason; they stand in the certificate."""

    @property
    def reader(self) -> str:
        """Kind of source system."""
        return self.manifest.sources[self.kind].reader

    @property
    def name(self) -> str:
        """What the certificate calls it."""
        return f"{self.manifest.hub}/{self.kind} ({self.reader})"
