"""What was: one record at a moment, its versions, and what changed between two moments. Reads SQLite only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from schemas.errors import Reject
from schemas.topics import NATIONAL_KINDS
from streams.view import answers, facets, versions
from streams.view.answers import Query
from streams.view.asked import parameters
from streams.view.fields import picked
from streams.view.problems import problem
from streams.view.rows import hubs_of, instant
from streams.view.tables import open_reader
from streams.view.versions import ENDED, REDIRECTED, STANDING, THERE

if TYPE_CHECKING:
    from streams.view.api import View

Version = Mapping[str, Any]
MOST: Final = 500
VERSIONS: Final = 100
NOTHING: Final[tuple[Any, ...]] = (None, "", [], {}, {"nl": None, "en": None})


@dataclass(frozen=True)
class Asked:
    """What a comparison is asked for: two moments in epoch milliseconds, filters, and where to go on."""

    span: tuple[int, int]
    hub: str = ""
    area: str = ""
    kinds: tuple[str, ...] = NATIONAL_KINDS
    after: str = ""
    limit: int = 50
    dimension: str = ""


def attach(app: FastAPI, view: View) -> None:
    """Add the addresses of what was."""

    @app.get("/api/v1/diff", tags=["history"], openapi_extra={"parameters": _PARAMETERS})
    def diff(request: Request) -> Response:
        """What was added, changed, merged and ended between two moments, field by field."""
        with closing(open_reader(view.folder)) as db:
            db.execute("BEGIN")
            asked = _asked(view, db, request)
            first, last = map(instant, asked.span)
            about = view.about(db, asked.span[1])
            found = {"from": first, "to": last, **differences(db, asked), **about}
        return JSONResponse(found, headers=marked(about))

    @app.get("/api/v1/{plural}/{national_id}/history", tags=["history"])
    def history(plural: str, national_id: str) -> Response:
        """The versions of one record, newest first: when, what changed from what to what, and which hub said so."""
        with closing(open_reader(view.folder)) as db:
            db.execute("BEGIN")
            found = told(db, national_id)
            if not found or f"{found[0]['kind']}s" != plural:
                return _unknown(f"There are no versions of {plural}/{national_id}", plural)
            return JSONResponse({"id": national_id, "items": found, **view.about(db)})


_WORDS: Final = {
    "from": "The first moment: a day (its begin) or an instant.",
    "to": "The second moment; left out: now.",
    "hub": "Only what this hub contributes to, before or after.",
    "area": "Only this working area, before or after.",
    "kind": "Only project, event, membership or organisation.",
    "cursor": "`next` of the previous answer.",
    "limit": "1 to 500, default 50.",
}
_PARAMETERS: Final = parameters(_WORDS, "from")


def asked_at(view: View, db: sqlite3.Connection, request: Request, query: Query) -> Query:
    """The question of a list, with the moment that `as_of` asks for. Raises `Reject` outside of the history."""
    return replace(query, at=view.moment(db, request.query_params.get("as_of", "")))


def marked(about: Mapping[str, Any]) -> dict[str, str]:
    """The header that says from where on an answer goes on."""
    return {"Zeven-Watermark": about["watermark"]} if about["watermark"] else {}


def _asked(view: View, db: sqlite3.Connection, request: Request) -> Asked:
    said = request.query_params
    first = view.moment(db, said.get("from", ""), "from")
    if first is None:
        raise Reject(
            "From which moment is not said",
            field="from",
            fix="Give from=, such as /api/v1/diff?from=2026-10-01&to=2026-11-01.",
        )
    last = view.moment(db, said.get("to", ""), "to") or view.clock()
    if last < first:
        raise Reject("`to` lies before `from`", field="to", fix="Turn them around.")
    kind = said.get("kind", "")
    if kind and kind not in NATIONAL_KINDS:
        raise Reject(
            f"There is no kind {kind[:40]}", field="kind", fix=f"One of {', '.join(NATIONAL_KINDS)}."
        )
    limit = said.get("limit", "50")
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit[:9]) <= MOST:
        raise Reject(f"limit is no number from 1 to {MOST}", field="limit", fix="Leave it out for 50.")
    hub, area, after = (said.get(name, "")[:200] for name in ("hub", "area", "cursor"))
    return Asked((first, last), hub, area, (kind,) if kind else NATIONAL_KINDS, after, int(limit))


def differences(db: sqlite3.Connection, asked: Asked) -> dict[str, Any]:
    """A page of what differs between two moments, by id, and from where to go on."""
    items: list[dict[str, Any]] = []
    for one in _differing(db, asked):
        if len(items) == asked.limit:
            return {"items": items, "next": items[-1]["id"]}
        items.append(one)
    return {"items": items, "next": None}


def _differing(db: sqlite3.Connection, asked: Asked) -> Iterator[dict[str, Any]]:
    for kind, name in versions.changed_between(db, asked.span, asked.after, asked.kinds):
        before, after = (versions.at(db, name, moment) for moment in asked.span)
        if not any(_wanted(one, asked) for one in (before, after)):
            continue
        what = what_became(before, after)
        if what is not None:
            yield _shown(kind, name, what, before, after)


def _wanted(version: Version | None, asked: Asked) -> bool:
    return version is not None and all(
        not word or f"|{word}|" in (version[column] or "")
        for column, word in (("hubs", asked.hub), ("areas", asked.area), ("dimensions", asked.dimension))
    )


def what_became(before: Version | None, after: Version | None) -> str | None:
    """In one word what became of a thing between two versions; None when nothing did that a reader sees."""
    was = None if before is None or before["gone"] != THERE else before["digest"]
    if after is not None and after["gone"] == THERE:
        return "added" if was is None else None if was == after["digest"] else "changed"
    if was is None or after is None:
        return None
    return "merged" if after["gone"] == REDIRECTED else "ended"


def _shown(kind: str, name: str, what: str, before: Version | None, after: Version | None) -> dict[str, Any]:
    latest = after if what in ("added", "changed") else before
    shown: dict[str, Any] = {
        "id": name,
        "kind": kind,
        "what": what,
        "title": latest["title"] if latest else None,
        "hubs": hubs_of(latest["hubs"]) if latest else [],
        "sample": bool(latest and latest["sample"]),
        "at": instant(after["since"]) if after else None,
        "href": f"/api/v1/{kind}s/{name}",
    }
    if what == "merged" and after is not None:
        shown["into"] = after["redirect"]
    if what == "changed":
        shown["changes"] = changes(
            versions.record_of(dict(before or {})), versions.record_of(dict(after or {}))
        )
    return shown


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The fields that differ between two records: from what to what, and which hub said what stands now."""
    old, new = _fields(before), _fields(after)
    said = {one["field"]: one for one in (after or {}).get("origins", ())}
    found = []
    for name in [*new, *(name for name in old if name not in new)]:
        was, now = old.get(name), new.get(name)
        if was == now or (was in NOTHING and now in NOTHING):
            continue
        origin = said.get(name) or said.get("*") or {}
        found.append(
            {
                "field": name,
                "from": was,
                "to": now,
                "hub": origin.get("hub"),
                "source_id": origin.get("source_id"),
            }
        )
    return found


def _fields(record: Mapping[str, Any] | None) -> dict[str, Any]:
    if record is None:
        return {}
    named = [f"{one['name']} ({one['role']})" for one in record["organisations"]]
    return {**(record["content"] or {}), "organisations": named}


def listed(db: sqlite3.Connection, kind: str, query: Query) -> dict[str, Any]:
    """One page of a list as it stood at `query.at`: items, how many there were in all, and where to go on."""
    return answers.paged(db, *_standing(db, kind, query), query)


def every(db: sqlite3.Connection, kind: str, query: Query) -> Iterator[dict[str, Any]]:
    """All items of such a list, read as they are taken."""
    sql, values = _standing(db, kind, query)
    return (
        answers.item(row) for row in db.execute(f"SELECT * {sql} ORDER BY {answers.order(query)}", values)
    )


def _standing(db: sqlite3.Connection, kind: str, query: Query) -> tuple[str, list[Any]]:
    where, values = answers.conditions(kind, query)
    if query.facets:
        condition, named = facets.condition_then(db, query.facets)
        where.append(condition)
        values += named
    if query.q.strip():
        where.append("says(text, ?)")
        values.append(query.q)
    return f"FROM {STANDING} WHERE {' AND '.join(where)}", [query.at, query.at, *values]


def told(db: sqlite3.Connection, national_id: str) -> list[dict[str, Any]]:
    """The versions of a record in words for programs, newest first; those that a reader would not tell apart once."""
    found = versions.of(db, national_id, VERSIONS + 1)
    shown = []
    for at, one in enumerate(found[:VERSIONS]):
        before = found[at + 1] if at + 1 < len(found) else None
        what = _what(before, one)
        if what is not None:
            shown.append(_version(one, before, what))
    return shown


def _what(before: Version | None, one: Version) -> str | None:
    if one["gone"] == ENDED:
        return "ended"
    if one["gone"] == REDIRECTED:
        return "merged"
    return what_became(before, one)


def _version(one: dict[str, Any], before: dict[str, Any] | None, what: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "kind": one["kind"],
        "number": one["number"],
        "sequence": one["sequence"],
        "since": instant(one["since"]),
        "what": what,
        "cause": one["cause"],
        "title": one["title"],
        "hubs": hubs_of(one["hubs"]),
    }
    if what == "merged":
        shown["into"] = one["redirect"]
    if what == "changed":
        shown["changes"] = changes(versions.record_of(before), versions.record_of(one))
    return shown


def one(
    view: View,
    db: sqlite3.Connection,
    place: tuple[str, str],
    moment: int,
    asked: str,
    names: tuple[str, ...] = (),
) -> Response:
    """One record as it stood at a moment; 308 when it went on under another id by then, 404 when it was not there."""
    plural, name = place
    version = versions.at(db, name, moment)
    if version is not None and version["gone"] == REDIRECTED:
        where = f"/api/v1/{plural}/{version['redirect']}?as_of={asked.replace('+', '%2B')}"
        return JSONResponse(
            {"id": name, "redirect": version["redirect"], "href": where}, 308, {"Location": where}
        )
    sql = f"SELECT * FROM {STANDING} WHERE id = ? AND kind = ?"  # noqa: S608 (the words are ours)
    row = db.execute(sql, (moment, moment, name, plural[:-1])).fetchone()
    if row is None:
        return _unknown(f"There was no {plural[:-1]} {name} at {instant(moment)}", f"{plural}/{name}/history")
    about = view.about(db, moment)
    return JSONResponse({**picked(answers.item(row), names), **about}, headers=marked(about))


def _unknown(what: str, where: str) -> Response:
    return problem(404, what, f"See /api/v1/{where}.")
