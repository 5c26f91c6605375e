"""What stewards decided: beside the journey, taken in by resolve (what is one) and by fold (what a field says).

A decision names sources, never national ids, so it outlives every re-sync and every other name. What is one is
said with a key: `decision.ID:SIDE`. Things on one side hold the same key, and are one; a key's kind is exclusive,
so things on two sides are two. A merge has one side, a split has several, and a split always wins. A pin says
what a field of the national record holds, whatever the sources say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import orjson
from fastavro.schema import expand_schema
from fastavro.validation import validate

from schemas.codec import load
from schemas.errors import Reject
from schemas.topics import NATIONAL_KINDS
from streams.national.keys import decided, source_key

MERGE: Final = "merge"
SPLIT: Final = "split"
PIN: Final = "pin"
CLASSIFIED: Final = ("areas", "dimensions", "pillars", "instruments", "focus_areas", "themes")
Record = Mapping[str, Any]
At = tuple[str, str]
"""A source (`hub|kind|source id`) and the label under which it speaks of a thing."""


Named = dict[tuple[str, At], set[str]]


def unfit(record: Record) -> str | None:
    """Why a decision cannot be carried out, or None."""
    if record["action"] not in (MERGE, SPLIT, PIN):
        return f"there is no action {record['action']}"
    if record["kind"] not in NATIONAL_KINDS:
        return f"there is no kind {record['kind']}"
    if record["action"] != PIN:
        return None
    shape = _shapes(record["kind"]).get(record["field"])
    if shape is None:
        return f"a {record['kind']} has no field {record['field']}"
    try:
        value = orjson.loads(record["value"] or "")
    except ValueError:
        return f"the value of {record['field']} is no JSON"
    if not validate(value, shape, raise_errors=False):
        return f"{record['value']} is no {record['field']}"
    return None


@cache
def _shapes(kind: str) -> dict[str, Any]:
    document: Any = expand_schema(load(f"{kind.capitalize()}Content").document)
    return {field["name"]: field["type"] for field in document["fields"]}


class Pin(NamedTuple):
    """What a field holds by decision; `at` in epoch milliseconds."""

    field: str
    value: Any
    decision: str
    at: int


class Decisions:
    """All decisions that hold now."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._keys: Named = {}
        self._pins: Named = {}

    def put(self, decision_id: str, record: Record | None) -> set[At]:
        """Take a decision in; None or a withdrawn one no longer holds. Returns what it touches, now and before."""
        before = self._records.pop(decision_id, None)
        touched = set()
        if before is not None:
            for holders, at, name in self._named(decision_id, before):
                holders[at].discard(name)
                touched.add(at[1])
        if record is not None and record["withdrawn_at"] is None:
            self._records[decision_id] = record
            for holders, at, name in self._named(decision_id, record):
                holders.setdefault(at, set()).add(name)
                touched.add(at[1])
        return touched

    def _named(self, decision_id: str, record: Record) -> Iterator[tuple[Named, tuple[str, At], str]]:
        """Where a decision stands, per thing that it is about, and under what name."""
        for at, side in _spoken(record):
            if record["action"] == PIN:
                yield self._pins, (record["kind"], at), decision_id
            else:
                yield self._keys, (record["kind"], at), decided(decision_id, side)

    def keys(self, kind: str, source: str, local: str) -> list[str]:
        """Keys that decisions give to a thing."""
        return sorted(self._keys.get((kind, (source, local)), ()))

    def pins(self, kind: str, spoken: Iterable[At]) -> list[Pin]:
        """What is pinned on the thing that these speak of, by field; of two the later decision holds."""
        ids = {name for at in spoken for name in self._pins.get((kind, at), ())}
        found = [
            Pin(record["field"], orjson.loads(record["value"]), name, record["at"])
            for name in ids
            for record in (self._records[name],)
        ]
        latest = {pin.field: pin for pin in sorted(found, key=lambda pin: (pin.at, pin.decision))}
        return [latest[name] for name in sorted(latest)]

    def __bool__(self) -> bool:
        return bool(self._records)


def _spoken(record: Record) -> Iterable[tuple[At, int]]:
    for one in record["spoken"]:
        source = source_key(one["hub"], one["source_kind"], one["source_id"])
        yield (source, one["local"]), one["side"]


def pinned(national: dict[str, Any], pins: Sequence[Pin]) -> dict[str, Any]:
    """A national record with the pinned values; what the sources say stands with the losing values."""
    if not pins or national["content"] is None:
        return national
    content, origins = dict(national["content"]), list(national["origins"])
    for pin in pins:
        said = next((one for one in origins if one["field"] in (pin.field, "*")), None)
        losing = list(said["losing"]) if said is not None and said["field"] != "*" else []
        if said is not None and content[pin.field] != pin.value:
            value = orjson.dumps(content[pin.field], option=orjson.OPT_SORT_KEYS).decode()
            losing.insert(0, {"hub": said["hub"], "source_id": said["source_id"], "value": value})
        content[pin.field] = pin.value
        origins = [one for one in origins if one["field"] != pin.field]
        origins.append(_origin(pin, losing))
    cause = "steward" if national["cause"] == "repair" else national["cause"]
    return {**national, "cause": cause, "content": content, "origins": origins}


def _origin(pin: Pin, losing: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "field": pin.field,
        "hub": OFFICE,
        "source_kind": "decision",
        "source_id": pin.decision,
        "changed_at": pin.at,
        "rule": "pinned",
        "losing": losing,
    }


OFFICE: Final = "nationaal"
"""What stands in place of a hub when the national office says something; no hub may be called so."""


class Author(NamedTuple):
    """Who decides, a role and never a person; why; and when, in epoch milliseconds."""

    by: str
    reason: str
    at: int


def merge(decision_id: str, things: Sequence[Record], author: Author) -> dict[str, Any]:
    """These national records, as the view gives them, are one. Raises `Reject` with what forbids it."""
    kind = _same_kind(things)
    if len({one["id"] for one in things}) < 2:
        raise Reject("A merge needs two things", field="ids", fix="Name two or more different national ids.")
    spoken = [_side(one, 1) for thing in things for one in thing["contributions"]]
    return _decision(decision_id, MERGE, kind, spoken, things, author)


def split(decision_id: str, things: Sequence[Record], apart: Sequence[At], author: Author) -> dict[str, Any]:
    """Of one national record the sources `apart` are another thing; or several records are, and stay, several."""
    kind = _same_kind(things)
    if len(things) > 1:
        spoken = [_side(one, at) for at, thing in enumerate(things, 1) for one in thing["contributions"]]
        return _decision(decision_id, SPLIT, kind, spoken, things, author)
    [thing] = things
    wanted = set(apart)
    known = {_at(one) for one in thing["contributions"]}
    if not wanted or wanted - known or wanted == known:
        strange = ", ".join(" ".join(one) for one in sorted(wanted - known))
        raise Reject(
            f"{strange} speak not of {thing['id']}"
            if strange
            else "All sources, or none, cannot be another thing",
            field="apart",
            fix="Name some of its sources, as hub|kind|source id: "
            + ", ".join(" ".join(one).strip() for one in sorted(known)),
        )
    spoken = [_side(one, 2 if _at(one) in wanted else 1) for one in thing["contributions"]]
    return _decision(decision_id, SPLIT, kind, spoken, things, author)


def pin(decision_id: str, thing: Record, field: str, value: Any, author: Author) -> dict[str, Any]:
    """A field of this national record holds this value. Raises `Reject` for a field that its kind does not have."""
    spoken = [_side(one, 1) for one in thing["contributions"]]
    made = _decision(decision_id, PIN, thing["kind"], spoken, [thing], author)
    made |= {"field": field, "value": orjson.dumps(value).decode()}
    why = unfit(made)
    if why is not None:
        known = ", ".join(_shapes(thing["kind"]))
        raise Reject(
            f"Nothing is pinned: {why}", field=field, fix=f"Give JSON; the fields of its kind: {known}."
        )
    return made


def withdrawn(record: Record, author: Author) -> dict[str, Any]:
    """The decision taken back. Raises `Reject` when it was already."""
    if record["withdrawn_at"] is not None:
        raise Reject(f"{record['id']} was taken back before", field="id", fix="Nothing is left to do.")
    return {**record, "withdrawn_at": author.at, "withdrawn_by": author.by}


def refuse_split(made: Record, known: Iterable[Record]) -> None:
    """A merge of what a split keeps apart would do nothing. Raises `Reject` that names the split."""
    mine = {at for at, _ in _spoken(made)}
    for one in known:
        holds = one["action"] == SPLIT and one["kind"] == made["kind"] and one["withdrawn_at"] is None
        if holds and len({side for at, side in _spoken(one) if at in mine}) > 1:
            raise Reject(
                f"Decision {one['id']} says that these are several things",
                field="ids",
                fix=f"Take it back first: zeven steward undo {one['id']}.",
            )


def _same_kind(things: Sequence[Record]) -> str:
    kinds = sorted({str(one["kind"]) for one in things})
    if len(kinds) != 1:
        raise Reject(
            f"A decision is about things of one kind, not {' and '.join(kinds) or 'none'}",
            field="ids",
            fix="Name things of one kind.",
        )
    return kinds[0]


def _at(one: Record) -> At:
    return source_key(one["hub"], one["source_kind"], one["source_id"]), one["local"]


def _side(one: Record, side: int) -> dict[str, Any]:
    return {**{name: one[name] for name in ("hub", "source_kind", "source_id", "local")}, "side": side}


def _decision(
    decision_id: str,
    action: str,
    kind: str,
    spoken: Iterable[Record],
    things: Iterable[Record],
    author: Author,
) -> dict[str, Any]:
    return {
        "id": decision_id,
        "action": action,
        "kind": kind,
        "spoken": list(spoken),
        "field": None,
        "value": None,
        "reason": author.reason,
        "by": author.by,
        "at": author.at,
        "ids": [one["id"] for one in things],
        "withdrawn_at": None,
        "withdrawn_by": None,
    }
