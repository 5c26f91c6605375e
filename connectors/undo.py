"""Taking an approval back: before it was carried out, or after, while the log still holds what stood there.

An order of a steward to the connector. A record that is brought back is kept until its source shows it again or its
removal is approved anew; compaction sets the limit, so what the log no longer holds cannot be brought back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from connectors.look import Hands, stamped
from connectors.memory import CHUNK
from schemas.topics import DAY_MS

WINDOW_MS: Final = 7 * DAY_MS


class Undone(NamedTuple):
    """How many approvals were taken back, how many records were brought back, and which ids could not be."""

    held: int
    restored: int
    lost: Sequence[str]


def undo(hands: Hands, kind: str, source_ids: Sequence[str]) -> Undone:
    """Take approvals of a kind back: of these ids, or all."""
    held = hands.memory.undo(kind, source_ids)
    found = hands.tail.removed(kind, frozenset(source_ids), hands.clock() - WINDOW_MS)
    ids = list(found)
    for at in range(0, len(ids), CHUNK):
        some = ids[at : at + CHUNK]
        known = hands.memory.known(kind, some)
        batch = [
            hands.writer.restored(kind, found[one], stamped(known.get(one), "steward", hands.clock()))
            for one in some
        ]
        hands.send(batch)
        hands.memory.keep(kind, some)
    standing = hands.memory.known(kind, source_ids)
    lost = [
        one
        for one in source_ids
        if one not in found and (one not in standing or standing[one].digest is None)
    ]
    return Undone(held, len(ids), lost)
