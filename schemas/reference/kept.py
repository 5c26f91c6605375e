"""Reference lists that the national office keeps: what a release brings, and what the office said since.

A row is changed by a record on `office.row`, never by a release alone; every version stays there, so that each
change can be taken back. Programs without Kafka see what the release brings.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from schemas.errors import Reject
from schemas.reference import lists

SAID: Final = "said"
GONE: Final = "gone"
RELEASED: Final = "released"
KEPT: Final = (
    "organisations",
    "targets",
    "icai_labs",
    "icai_cities",
    "focus_areas",
    "context_statistics",
    "hotspots",
    "texts",
    "sources",
)
"""Lists that the office may change; the others are vocabularies of the contract, which change with a release."""

Row = Mapping[str, str]
_TEXT: Final = (r"(?s).*\S.*", "a text")
USABLE: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = {
    "targets": (
        *((column, *_TEXT) for column in ("name_nl", "name_en", "unit", "owner_nl", "owner_en", "source")),
        ("value", r"[0-9]{1,12}", "a whole number"),
        ("per", r"year|cumulative", "year or cumulative"),
        ("period", r"([0-9]{4}(-[0-9]{4})?)?", "a year, two such as 2025-2027, or empty"),
    ),
    "icai_labs": (
        ("labs", r"[0-9]{1,6}", "a whole number"),
        ("as_of", r"[0-9]{4}", "a year"),
        ("source", *_TEXT),
    ),
    "icai_cities": (
        ("hub", r"[a-z]+(-[a-z]+)*", "the slug of a hub"),
        ("labs", r"yes|new", "yes (labs exist) or new (in preparation)"),
        ("source", *_TEXT),
    ),
    "context_statistics": (
        *((column, *_TEXT) for column in ("name_nl", "value_nl", "cited_from", "source")),
    ),
    "organisations": (("name", *_TEXT),),
}
"""Per list and column what a value must be, and how that is called."""


def columns(name: str) -> tuple[str, ...]:
    """Columns of a list; the first names the row. Raises `Reject` for a list that the office does not keep."""
    if name not in KEPT:
        raise Reject(
            f"The national office keeps no list {name}",
            field="list",
            fix="See `zeven office list` for the lists that it keeps.",
        )
    return tuple(lists.rows(name)[0])


def key_of(record: Mapping[str, Any]) -> str:
    """Kafka key of a version of a row."""
    return f"{record['list']}|{record['row']}|{record['version']}"


class Kept:
    """The lists as they are now."""

    def __init__(self) -> None:
        self._versions: dict[tuple[str, str], dict[int, Mapping[str, Any]]] = {}

    def put(self, key: str, record: Mapping[str, Any] | None) -> str | None:
        """Take a version in, or forget it; returns the list that it is of, None for a key that is none."""
        name, _, rest = key.partition("|")
        row, _, version = rest.rpartition("|")
        if name not in KEPT or not row or not version.isdecimal():
            return None
        versions = self._versions.setdefault((name, row), {})
        versions.pop(int(version), None)
        if record is not None:
            versions[int(version)] = record
        return name

    def versions(self, name: str, row: str) -> list[Mapping[str, Any]]:
        """All versions of a row, oldest first."""
        found = self._versions.get((name, row), {})
        return [found[number] for number in sorted(found)]

    def said(self, name: str) -> dict[str, Mapping[str, Any]]:
        """By row of a list the version that holds, of those rows that the office spoke of."""
        return {row: held[max(held)] for (of, row), held in self._versions.items() if of == name and held}

    def rows(self, name: str) -> tuple[Row, ...]:
        """The list: rows of the release in their order, as the office has them, then rows that only it has."""
        released = {next(iter(row.values())): row for row in lists.rows(name)}
        said = self.said(name)
        found = []
        for row in (*released, *sorted(set(said) - set(released))):
            latest = said.get(row)
            state = RELEASED if latest is None else latest["state"]
            if state == SAID and latest is not None:
                fields = {one["name"]: one["value"] for one in latest["fields"]}
                found.append({column: fields.get(column, "") for column in lists.rows(name)[0]})
            elif state == RELEASED and row in released:
                found.append(dict(released[row]))
        return tuple(found)


def changes(kept: Kept, name: str, wanted: Sequence[Row], *, whole: bool) -> list[dict[str, Any]]:
    """What differs between a list and the rows that are wanted: per row its name, and both states by column.

    With `whole`, rows that are not wanted go. Raises `Reject` with all faults of the rows at once.
    """
    refuse_faults(name, wanted, {row["slug"] for row in kept.rows("organisations")})
    key = columns(name)[0]
    now = {row[key]: dict(row) for row in kept.rows(name)}
    then = {row[key]: {column: row.get(column) or "" for column in columns(name)} for row in wanted}
    names = [*now, *(row for row in then if row not in now)]
    return [
        {"row": row, "before": now.get(row), "after": then.get(row)}
        for row in names
        if (row in then or whole) and now.get(row) != then.get(row)
    ]


def refuse_faults(name: str, wanted: Iterable[Row], organisations: Container[str] = ()) -> None:
    """Every row has the list's columns, a name of its own, and values that can be used. Raises `Reject` with all
    faults; `organisations` are the slugs that a scope may name.
    """
    known, faults, seen = columns(name), [], set[str]()
    for number, row in enumerate(wanted, 2):
        strange = [str(column) for column in row if column not in known]
        if strange:
            faults.append(f"line {number} has columns that {name} does not have: {', '.join(strange)}")
        named = (row.get(known[0]) or "").strip()
        if not named or "|" in named:
            faults.append(f"line {number} has no usable {known[0]}")
        elif named in seen:
            faults.append(f"line {number} names {named} a second time")
        seen.add(named)
        faults += [
            f"line {number}, {column}: {value} is none of {listed}"
            for column, listed in (("area", "areas"), ("dimension", "dimensions"), ("helix", "helix"))
            if (value := row.get(column)) and value not in lists.slugs(listed)
        ]
        faults += [f"line {number}, {fault}" for fault in _unusable(name, row, organisations)]
    if faults:
        raise Reject(
            f"{name} cannot be changed: {'; '.join(faults)}",
            field=name,
            fix="See `zeven office list` for the columns.",
        )


def _unusable(name: str, row: Row, organisations: Container[str]) -> Iterator[str]:
    """What is wrong with the values of a row."""
    for column, pattern, expected in USABLE.get(name, ()):
        value = row.get(column) or ""
        if not re.fullmatch(pattern, value, re.ASCII):
            yield f"{column}: {value or 'nothing'} is not {expected}"
    if name == "targets":
        scope = (row.get("scope") or "").split("|")
        strange = [one or "nothing" for one in scope if one not in organisations]
        if strange:
            yield f"scope: {', '.join(strange)} is not in the list organisations"
        first, _, last = (row.get("period") or "").partition("-")
        if last and last < first:
            yield f"period: {first}-{last} ends before it begins"


def versions_of(
    kept: Kept, name: str, found: Iterable[Mapping[str, Any]], reason: str, by: str, at: int
) -> list[dict[str, Any]]:
    """The records that make these changes."""
    return [
        _version(kept, name, one["row"], SAID if one["after"] else GONE, one["after"] or {}, (reason, by, at))
        for one in found
    ]


def undone(kept: Kept, name: str, row: str, reason: str, by: str, at: int) -> dict[str, Any]:
    """The record that takes the last change of a row back. Raises `Reject` when there is none."""
    known = kept.versions(name, row)
    if not known:
        raise Reject(
            f"The office never changed {row} of {name}", field="row", fix="It is as the release has it."
        )
    released: Mapping[str, Any] = {"state": RELEASED, "fields": []}
    before = known[-2] if len(known) > 1 else released
    fields = {one["name"]: one["value"] for one in before["fields"]}
    return _version(kept, name, row, before["state"], fields, (reason, by, at))


def _version(
    kept: Kept, name: str, row: str, state: str, fields: Row, said: tuple[str, str, int]
) -> dict[str, Any]:
    latest = kept.said(name).get(row)
    reason, by, at = said
    return {
        "list": name,
        "row": row,
        "version": 1 if latest is None else latest["version"] + 1,
        "state": state,
        "fields": [{"name": column, "value": value} for column, value in fields.items()],
        "reason": reason,
        "by": by,
        "at": at,
    }
