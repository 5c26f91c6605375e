"""Doubtful matches: a key that would put two things together that cannot be one. A steward, or a hub, must look.

Beside resolve, which finds them as it groups: what stands of them is compared whenever a component is computed anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from streams.national.grouping import Doubt

Told = tuple[str, dict[str, Any] | None]
"""Key of a doubt (`kind|key`), and the doubt; None when there is none any more."""


class Doubts:
    """The doubts that stand."""

    def __init__(self) -> None:
        self._standing: dict[str, tuple[str, ...]] = {}
        self._unseen: set[str] = set()

    def load(self, at: str, record: Mapping[str, Any] | None) -> None:
        """What was written of a doubt; until it is found again it may be one of the past."""
        if record is None:
            self._standing.pop(at, None)
            self._unseen.discard(at)
        else:
            self._standing[at] = tuple(record["sources"])
            self._unseen.add(at)

    def compared(self, kind: str, keys: Iterable[str], found: Iterable[Doubt], now_ms: int) -> list[Told]:
        """What differs, in a component that holds these keys, between its doubts and those that stand."""
        new = {f"{kind}|{doubt.key}": doubt for doubt in found}
        if not new and not self._standing:
            return []
        told: list[Told] = []
        for at in sorted({*new, *(f"{kind}|{key}" for key in keys)}):
            doubt, before = new.get(at), self._standing.get(at)
            self._unseen.discard(at)
            if doubt is None and before is not None:
                del self._standing[at]
                told.append((at, None))
            elif doubt is not None and doubt.sources != before:
                self._standing[at] = doubt.sources
                told.append((at, _record(doubt, now_ms)))
        return told

    def past(self) -> list[Told]:
        """Doubts that were read back and are found nowhere: after everything was computed anew."""
        told: list[Told] = [(at, None) for at in sorted(self._unseen)]
        for at, _ in told:
            del self._standing[at]
        self._unseen.clear()
        return told


def _record(doubt: Doubt, now_ms: int) -> dict[str, Any]:
    return {"kind": doubt.kind, "key": doubt.key, "sources": list(doubt.sources), "at": now_ms}
