"""How Dataverse answers (OData v4): pages, change tracking, formatted values, rows of lookups. Pure.

Before the journey. As in the real system: the id always comes along, `Prefer` says page size, annotations and
tracking; tracking refuses `$filter`, `$expand`, `$orderby` and `$top`; a delta gives what is new or changed first
and then what was removed, also what was never shown; tokens expire.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote

LABEL: Final = "@OData.Community.Display.V1.FormattedValue"
PATH: Final = "/api/data/v9.2"
_UNTRACKED: Final = ("$filter", "$orderby", "$expand", "$top")
_EQUAL: Final = re.compile(r"(\w+) eq (?:'((?:[^']|'')*)'|([\w-]+))")
_EXPAND: Final = re.compile(r"(\w+)\(\$select=([\w,]+)\)")
_SPACE: Final = 10**7
_GONE: Final = 10**25
Answer = tuple[int, Any, dict[str, str]]
"""Status, document, headers."""


class Entity(NamedTuple):
    """A row with all its columns, and when it last changed in the table's own counting; `row` None: removed."""

    source_id: str
    changed: int
    row: Mapping[str, Any] | None


class Table(NamedTuple):
    """An entity set: its rows, where its counting stands, and the oldest token that still holds."""

    name: str
    ident: str
    entities: Sequence[Entity]
    now: int
    oldest: int = 0


class _Asked(NamedTuple):
    size: int
    labels: bool
    tracked: bool
    query: Mapping[str, str]


def answer(table: Table, url: str, path: str, query: Mapping[str, str], prefer: str) -> Answer:
    """What stands under `url` (the web API) is asked for at `path`: the table, or one row of it."""
    said = _preferences(prefer)
    asked = _Asked(
        min(int(said.get("odata.maxpagesize", "5000")), 5000),
        "FormattedValue" in said.get("odata.include-annotations", ""),
        "odata.track-changes" in said or "$deltatoken" in query,
        query,
    )
    if path != f"/{table.name}":
        return _one(table, path, asked)
    refused = [name for name in _UNTRACKED if name in query] if asked.tracked else []
    if refused:
        words = f'The "{refused[0]}" query parameter isn\'t supported when Change Tracking is enabled.'
        return _error(400, "0x80060888", words)
    try:
        if "$deltatoken" in query:
            return _delta(table, url, asked)
        return _whole(table, url, asked)
    except KeyError as fault:
        return _error(400, "0x80060888", f"Could not find a property named {fault} on type '{table.name}'.")


def _one(table: Table, path: str, asked: _Asked) -> Answer:
    source_id = path.rpartition("(")[2].rstrip(")")
    for one in table.entities:
        if one.source_id == source_id and one.row is not None:
            return _found(_shown(table, one.row, asked))
    return _error(404, "0x80040217", f"{table.name} With Id = {source_id} Does Not Exist")


def _whole(table: Table, url: str, asked: _Asked) -> Answer:
    rows = {
        at: _shown(table, one.row, asked)
        for at, one in enumerate(table.entities, start=1)
        if one.row is not None and _passes(one.row, asked.query.get("$filter", ""))
    }
    return _page(table, url, asked, rows)


def _delta(table: Table, url: str, asked: _Asked) -> Answer:
    since = int(asked.query["$deltatoken"])
    if since < table.oldest:
        return _error(410, "0x80060891", "The token has expired.")
    context = f"{url}/$metadata#{table.name}/$deletedEntity"
    rows: dict[int, Mapping[str, Any]] = {}
    for at, one in enumerate(table.entities):
        place = one.changed * _SPACE + at
        if one.changed >= since and one.row is not None:
            rows[place] = _shown(table, one.row, asked)
        elif one.changed >= since:
            rows[_GONE + place] = {"@odata.context": context, "id": one.source_id, "reason": "deleted"}
    return _page(table, url, asked, dict(sorted(rows.items())))


def _page(table: Table, url: str, asked: _Asked, rows: Mapping[int, Mapping[str, Any]]) -> Answer:
    """A page goes on after a place, not after a number of rows; the delta link counts from the first page on."""
    after, _, token = asked.query.get("$skiptoken", f"0:{table.now}").partition(":")
    places = [place for place in rows if place > int(after)]
    shown = places[: asked.size]
    document: dict[str, Any] = {
        "@odata.context": f"{url}/$metadata#{table.name}",
        "value": [rows[place] for place in shown],
    }
    if len(places) > asked.size:
        document["@odata.nextLink"] = _link(table, url, asked, {"$skiptoken": f"{shown[-1]}:{token}"})
    elif asked.tracked:
        document["@odata.deltaLink"] = _link(table, url, asked, {"$deltatoken": token})
    return _found(document, tracked=asked.tracked)


def _link(table: Table, url: str, asked: _Asked, more: dict[str, str]) -> str:
    kept = {name: said for name, said in asked.query.items() if name != "$skiptoken"} | more
    said = "&".join(f"{name}={quote(value, safe='$,()=')}" for name, value in kept.items())
    return f"{url}/{table.name}?{said}"


def _shown(table: Table, row: Mapping[str, Any], asked: _Asked) -> dict[str, Any]:
    """The selected columns of a row; an unknown column is a `KeyError`."""
    names = asked.query.get("$select", "")
    found: dict[str, Any] = {"@odata.etag": f'W/"{row.get("versionnumber", 1)}"'}
    found |= _columns(row, dict.fromkeys([*names.split(",")] if names else list(row)), labels=asked.labels)
    found.setdefault(table.ident, row[table.ident])
    for name, columns in _EXPAND.findall(asked.query.get("$expand", "")):
        inner = row[name]
        found[name] = inner and _columns(inner, columns.split(","), labels=asked.labels)
    return found


def _columns(row: Mapping[str, Any], names: Iterable[str], *, labels: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in names:
        if LABEL in name or isinstance(row[name], Mapping):
            continue
        found[name] = row[name]
        if labels and f"{name}{LABEL}" in row:
            found[f"{name}{LABEL}"] = row[f"{name}{LABEL}"]
    return found


def _passes(row: Mapping[str, Any], said: str) -> bool:
    """Equalities that all hold: as much of `$filter` as is needed here."""
    return all(
        str(row[name]).casefold() == (text.replace("''", "'") or bare).casefold()
        for name, text, bare in _EQUAL.findall(said)
    )


def _preferences(prefer: str) -> dict[str, str]:
    parts = (part.partition("=") for part in prefer.split(","))
    return {name.strip(): value.strip('" ') for name, _, value in parts}


def _found(document: Any, *, tracked: bool = False) -> Answer:
    headers = {"OData-Version": "4.0"} | ({"Preference-Applied": "odata.track-changes"} if tracked else {})
    return 200, document, headers


def _error(status: int, code: str, words: str) -> Answer:
    return status, {"error": {"code": code, "message": words}}, {"OData-Version": "4.0"}
