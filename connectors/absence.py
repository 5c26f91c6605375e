"""Evidence that a record is gone: what a complete look that lacks it proves, for each kind of source.

A failed, partial or empty look proves nothing. After a complete one, a source that can be asked per item is
asked; a file must lack the row in a second, different version, unless a steward approved the removal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.sources import Evidence, Verdict, What


class Proof(NamedTuple):
    """How it is known that a record is gone, what became of it, and whether a steward let it go."""

    how: str
    what: What = "deleted"
    approved: bool = False


class Missing(NamedTuple):
    """A live record that a complete look did not show; `snapshot` is the version that lacked it first."""

    source_id: str
    approved: bool = False
    snapshot: str | None = None


@dataclass
class Finding:
    """What becomes of missing records: gone with the reason, back after all, or not known yet."""

    gone: dict[str, Proof] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)


def may_remove(verdict: Verdict, read: int, live: int, unnamed: int) -> str | None:
    """Why this look proves no absence at all, or None when it may."""
    if not verdict.complete:
        return "the look was not complete"
    if verdict.unchanged:
        return "the source says that nothing changed"
    if verdict.absence == "nothing":
        return "this kind of source does not show what is gone"
    if read == 0 and live > 0:
        return f"the source answered without any row where {live} are known; nothing is removed"
    if verdict.absence == "snapshot" and unnamed:
        return f"{unnamed} rows without a readable id may be the missing ones"
    return None


def from_snapshot(missing: Sequence[Missing], snapshot: str | None) -> Finding:
    """Judge rows that a file lacks: a second, different version that lacks them too is proof."""
    found = Finding()
    for one in missing:
        if one.approved:
            found.gone[one.source_id] = Proof(
                "absent from a complete list; approved by a steward", approved=True
            )
        elif one.snapshot is not None and snapshot is not None and one.snapshot != snapshot:
            how = f"absent from two versions of the list: {one.snapshot[:12]} and {snapshot[:12]}"
            found.gone[one.source_id] = Proof(how)
        else:
            found.waiting.append(one.source_id)
    return found


def from_answers(missing: Sequence[Missing], answers: Mapping[str, Evidence]) -> Finding:
    """Judge items that were asked for one by one: only a clear answer about the item is proof."""
    found = Finding()
    for one in missing:
        answer = answers.get(one.source_id)
        if answer is not None and answer.state == "gone":
            found.gone[one.source_id] = Proof(answer.how, answer.what, one.approved)
        elif answer is not None and answer.state == "present":
            found.present.append(one.source_id)
        else:
            found.waiting.append(one.source_id)
    return found
