"""Which source records the view asks a connector to publish again, because the proof says that they differ. Pure.

Only what a whole round of the proof found wrong is asked for, by id; again after growing pauses while it lasts, and
after the last try a person must look: the ids stand in the hub's completeness all the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

WAITS_S: Final = (0.0, 60.0, 600.0)
MOST_IDS: Final = 100

Id = tuple[str, str]


@dataclass
class Repairs:
    """What was asked of one hub's connector so far: per kind and id how often, and when it may be asked again."""

    _asked: dict[Id, tuple[int, float]] = field(default_factory=dict)

    def due(self, differing: Iterable[Mapping[str, str]], now_s: float) -> dict[str, list[str]]:
        """Per kind the ids to ask for now."""
        standing = {(one["kind"], one["source_id"]) for one in differing}
        self._asked = {key: said for key, said in self._asked.items() if key in standing}
        found: dict[str, list[str]] = {}
        for key in sorted(standing):
            times, again_at = self._asked.get(key, (0, now_s))
            if times >= len(WAITS_S) or now_s < again_at or len(found.get(key[0], ())) >= MOST_IDS:
                continue
            following = WAITS_S[times + 1] if times + 1 < len(WAITS_S) else 0.0
            self._asked[key] = (times + 1, now_s + following)
            found.setdefault(key[0], []).append(key[1])
        return found
