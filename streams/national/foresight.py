"""What follows from a decision before it is written, by the rules of naming: ids, their sources, and redirects.

Keys that sources hold are not looked at: where strong ones contradict a merge, it does not come about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from streams.national.decisions import MERGE, PIN
from streams.national.keys import source_key

Record = Mapping[str, Any]


class Part(NamedTuple):
    """A thing as it will be: its id (None: one that is minted then), and who speaks of it."""

    id: str | None
    sources: tuple[str, ...]


class Following(NamedTuple):
    """What there is afterwards, which ids redirect to which, and the value that changes: field, before, after."""

    parts: tuple[Part, ...]
    redirects: tuple[tuple[str, str], ...] = ()
    change: tuple[str, Any, Any] | None = None


def foresee(decision: Record, things: Sequence[Record]) -> Following:
    """What follows from a decision about these national records, as the view gives them."""
    if decision["action"] == MERGE:
        kept, *lost = sorted(things, key=lambda one: (-_holders(one), one["id"]))
        sources = tuple(sorted(source for one in things for source in _sources(one)))
        return Following((Part(kept["id"], sources),), tuple((one["id"], kept["id"]) for one in lost))
    if decision["action"] == PIN:
        [thing] = things
        field = decision["field"]
        change = (field, thing["fields"].get(field), orjson.loads(decision["value"]))
        return Following((Part(thing["id"], _sources(thing)),), change=change)
    if len(things) > 1:
        return Following(tuple(Part(one["id"], _sources(one)) for one in things))
    return Following(_sides(decision, things[0]))


def _sides(decision: Record, thing: Record) -> tuple[Part, ...]:
    """The side with most sources keeps the id."""
    sides: dict[int, list[str]] = {}
    for one in decision["spoken"]:
        sides.setdefault(one["side"], []).append(_name(one))
    found = sorted(sides.items(), key=lambda side: (-len(set(side[1])), side[0]))
    return tuple(
        Part(thing["id"] if number == 0 else None, tuple(sorted(names)))
        for number, (_, names) in enumerate(found)
    )


def _sources(thing: Record) -> tuple[str, ...]:
    return tuple(sorted(_name(one) for one in thing["contributions"]))


def _holders(thing: Record) -> int:
    return len({(one["hub"], one["source_kind"], one["source_id"]) for one in thing["contributions"]})


def _name(one: Record) -> str:
    source = source_key(one["hub"], one["source_kind"], one["source_id"])
    return f"{source} as {one['local']}" if one["local"] else source
