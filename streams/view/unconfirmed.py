"""What of a hub cannot be confirmed now, counted, in words, and one by one. The rules are plain functions.

A kind that was not seen in full (silent, failing, partial, stale) is unconfirmed as a whole since its last complete
look. Of one that was, only what the proof found different or has still to judge, removals that are held, and records
whose newest version is rejected.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from schemas.digest import bucket_of
from schemas.hubs import Hub
from schemas.topics import KINDS
from streams.view import cursors, states
from streams.view.moments import HOME
from streams.view.problems import problem
from streams.view.rows import instant
from streams.view.tables import open_reader

if TYPE_CHECKING:
    from streams.view.api import View

MOST: Final = 500
UNSEEN: Final = frozenset({"silent", "failing", "partial", "stale"})
PROVEN: Final = "proven"
REJECTED: Final = "rejected"
HELD: Final = "held"
MOVED_ON: Final = "newer than the look"
BUCKET: Final = "bucket differs"
_KINDS: Final = {
    "project": ("projecten", "projects"),
    "event": ("evenementen", "events"),
    "membership": ("lidmaatschappen", "memberships"),
}
_DAYS: Final = (
    ("maandag", "Monday"),
    ("dinsdag", "Tuesday"),
    ("woensdag", "Wednesday"),
    ("donderdag", "Thursday"),
    ("vrijdag", "Friday"),
    ("zaterdag", "Saturday"),
    ("zondag", "Sunday"),
)
_MONTHS: Final = (
    *("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september"),
    *("oktober", "november", "december"),
)
_COUNTED: Final = "SELECT hub, kind, count(*) FROM regional WHERE gone = 0 GROUP BY hub, kind"
_FAULTS: Final = "SELECT source_id, why FROM fault WHERE hub = ? AND kind = ?"
_AHEAD: Final = "SELECT DISTINCT source_id FROM ahead WHERE hub = ? AND kind = ?"
_REJECTED: Final = """
SELECT DISTINCT r.source_id FROM rejected r JOIN contribution c ON c.hub = r.hub AND c.source_kind = r.kind
  AND c.source_id = r.source_id WHERE r.hub = ? AND r.kind = ?
"""
_ALIVE: Final = "SELECT source_id FROM regional WHERE hub = ? AND kind = ? AND gone = 0"


class Line(NamedTuple):
    """Of one kind of a hub: how many of how many, since when (epoch milliseconds; None: never confirmed), and why."""

    hub: str
    kind: str
    unconfirmed: int
    total: int
    since: int | None
    why: str


def attach(app: FastAPI, view: View) -> None:
    """Add the address of the list."""

    @app.get("/api/v1/hubs/{hub}/unconfirmed", tags=["hubs"])
    def unconfirmed_of(hub: str, kind: str = "", cursor: str = "", limit: int = 100) -> Response:
        """What of a hub cannot be confirmed now, one by one, and why."""
        if hub not in view.names:
            return problem(404, f"There is no hub {hub[:100]}", "See /api/v1/hubs.")
        most = max(1, min(limit, MOST))
        with closing(open_reader(view.folder)) as db:
            db.execute("BEGIN")
            found = listed(db, hub, kind, cursors.opened(cursor), most, view.clock())
            following = found["next"] and cursors.closed(found["next"])
            return JSONResponse({"hub": hub, **found, "next": following, **view.about(db)})


def lines(db: sqlite3.Connection, verdicts: Mapping[str, Mapping[str, Any]], now_ms: int) -> list[Line]:
    """Of every kind that has been looked at, confirmed or not."""
    totals = {(hub, kind): count for hub, kind, count in db.execute(_COUNTED)}
    found = []
    for hub, text in db.execute("SELECT hub, json FROM checked ORDER BY hub").fetchall():
        checked, verdict = orjson.loads(text), verdicts.get(hub, {})
        for kind in checked["kinds"]:
            if kind["kind"] in KINDS:
                total = totals.get((hub, kind["kind"]), 0)
                found.append(_line(db, checked | {"hub": hub}, kind, verdict, total, now_ms))
    return found


def _line(
    db: sqlite3.Connection,
    checked: Mapping[str, Any],
    kind: Mapping[str, Any],
    verdict: Mapping[str, Any],
    total: int,
    now_ms: int,
) -> Line:
    hub, name = checked["hub"], kind["kind"]
    state = states.of_kind(kind, checked, now_ms)
    if state in UNSEEN:
        return Line(hub, name, total, total, kind.get("complete_at"), state)
    ids = {source_id for source_id, _ in _ids(db, hub, kind, verdict)}
    since = verdict.get("proven_up_to")
    return Line(hub, name, max(len(ids), kind["held"]), max(total, len(ids)), since, _why(state, verdict))


def _why(state: str, verdict: Mapping[str, Any]) -> str:
    if state == HELD:
        return HELD
    return str(verdict.get("state", "unknown")) if verdict.get("state") != PROVEN else REJECTED


def _ids(
    db: sqlite3.Connection, hub: str, kind: Mapping[str, Any], verdict: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Source ids of a kind that was seen in full, and why each is not confirmed; some more than once."""
    place = (hub, kind["kind"])
    if verdict.get("state") != PROVEN:
        yield from db.execute(_FAULTS, place).fetchall()
        yield from ((row[0], MOVED_ON) for row in db.execute(_AHEAD, place).fetchall())
        broken = {one["bucket"] for one in verdict.get("buckets", ()) if one["kind"] == kind["kind"]}
        if broken:
            alive = (row[0] for row in db.execute(_ALIVE, place).fetchall())
            yield from ((one, BUCKET) for one in alive if bucket_of(kind["kind"], one) in broken)
    yield from ((one, HELD) for one in kind.get("held_ids", ()))
    yield from ((row[0], REJECTED) for row in db.execute(_REJECTED, place).fetchall())


def keep(db: sqlite3.Connection, found: Sequence[Line]) -> bool:
    """Write the lines down; False when they were there already."""
    columns = "hub, kind, unconfirmed, total, since, why"
    if db.execute(f"SELECT {columns} FROM unconfirmed ORDER BY hub, kind").fetchall() == sorted(found):  # noqa: S608
        return False
    with db:
        db.execute("DELETE FROM unconfirmed")
        db.executemany("INSERT OR REPLACE INTO unconfirmed VALUES (?,?,?,?,?,?)", found)
    return True


def kept(db: sqlite3.Connection) -> dict[str, list[Line]]:
    """The lines by hub."""
    found: dict[str, list[Line]] = {}
    for row in db.execute(
        "SELECT hub, kind, unconfirmed, total, since, why FROM unconfirmed ORDER BY hub, kind"
    ):
        found.setdefault(row[0], []).append(Line(*row))
    return found


def in_words(
    db: sqlite3.Connection, proofs: Mapping[str, dict[str, Any]], hubs: Sequence[Hub], now_ms: int
) -> dict[str, dict[str, Any]]:
    """The proof of each hub, with what is unconfirmed of it counted and in sentences, Dutch and English."""
    known = kept(db)
    found = {}
    for hub in hubs:
        mine, proof = known.get(hub.slug, []), proofs[hub.slug]
        open_ = [one for one in mine if one.unconfirmed]
        said = [sentence(one, hub, now_ms) for one in open_]
        proven = moment_ms(proof["proven_up_to"])
        if not said and mine and proof["state"] == PROVEN and proven is not None:
            said = [confirmed(mine, hub, proven, now_ms)]
        shown = [one._asdict() | {"since": instant(one.since)} for one in open_]
        words = {"nl": [one[0] for one in said], "en": [one[1] for one in said]}
        where = f"/api/v1/hubs/{hub.slug}/unconfirmed"
        more = {"unconfirmed_href": where, "unconfirmed_page": f"/hubs/{hub.slug}/unconfirmed"}
        found[hub.slug] = proof | {"unconfirmed": shown, **more, "sentences": words}
    return found


def moment_ms(text: str | None) -> int | None:
    """Epoch milliseconds of an instant that this view gave."""
    return None if text is None else int(datetime.fromisoformat(text).timestamp() * 1000)


def sentence(line: Line, hub: Hub, now_ms: int) -> tuple[str, str]:
    """Dutch and English, such as: 12 of 412 projects of AI Hub Limburg unconfirmed since Tuesday 14:00."""
    nl, en = _KINDS[line.kind]
    if line.since is None:
        return (
            f"{line.unconfirmed} van {line.total} {nl} van {hub.nl} nog nooit bevestigd",
            f"{line.unconfirmed} of {line.total} {en} of {hub.en} never confirmed yet",
        )
    since = spoken(line.since, now_ms)
    return (
        f"{line.unconfirmed} van {line.total} {nl} van {hub.nl} niet bevestigd sinds {since[0]}",
        f"{line.unconfirmed} of {line.total} {en} of {hub.en} unconfirmed since {since[1]}",
    )


def confirmed(found: Sequence[Line], hub: Hub, until: int, now_ms: int) -> tuple[str, str]:
    """That everything of a hub is confirmed, and up to when."""
    nl = ", ".join(f"{one.total} {_KINDS[one.kind][0]}" for one in found)
    en = ", ".join(f"{one.total} {_KINDS[one.kind][1]}" for one in found)
    at = spoken(until, now_ms)
    return (
        f"Alles van {hub.nl} bevestigd tot {at[0]}: {nl}",
        f"Everything of {hub.en} confirmed up to {at[1]}: {en}",
    )


def spoken(at_ms: int, now_ms: int) -> tuple[str, str]:
    """A moment as people say it, in the Netherlands: today, a weekday of the last six days, or a date."""
    at, now = (datetime.fromtimestamp(ms / 1000, UTC).astimezone(HOME) for ms in (at_ms, now_ms))
    clock = at.strftime("%H:%M")
    if at.date() == now.date():
        return f"vandaag {clock}", f"today {clock}"
    if timedelta() <= now.date() - at.date() < timedelta(days=7):
        return tuple(f"{day} {clock}" for day in _DAYS[at.weekday()])  # type: ignore[return-value]
    day = f"{at.day} {_MONTHS[at.month - 1]} {at.year}"
    return f"{day} {clock}", f"{at.strftime('%-d %B %Y')} {clock}"


def listed(
    db: sqlite3.Connection, hub: str, kind: str, after: tuple[str, str], limit: int, now_ms: int
) -> dict[str, Any]:
    """What is unconfirmed of a hub, one by one: by kind and source id, with why, where it is, and its national ids."""
    row = db.execute("SELECT json FROM checked WHERE hub = ?", (hub,)).fetchone()
    if row is None:
        return {"items": [], "next": None}
    checked = orjson.loads(row[0]) | {"hub": hub}
    known = db.execute("SELECT json FROM completeness WHERE hub = ?", (hub,)).fetchone()
    verdict = orjson.loads(known[0]) if known else {}
    reasons: dict[tuple[str, str], list[str]] = {}
    for one in checked["kinds"]:
        if one["kind"] in KINDS and kind in ("", one["kind"]):
            for source_id, why in _all_ids(db, checked, one, verdict, now_ms):
                reasons.setdefault((one["kind"], source_id), []).append(why)
    order = [key for key in sorted(reasons) if key > after]
    items = [_item(db, hub, key, reasons[key]) for key in order[:limit]]
    return {"items": items, "next": order[limit - 1] if len(order) > limit else None}


def _all_ids(
    db: sqlite3.Connection,
    checked: Mapping[str, Any],
    kind: Mapping[str, Any],
    verdict: Mapping[str, Any],
    now_ms: int,
) -> Iterator[tuple[str, str]]:
    state = states.of_kind(kind, checked, now_ms)
    if state in UNSEEN:
        yield from (
            (row[0], f"kind {state}") for row in db.execute(_ALIVE, (checked["hub"], kind["kind"])).fetchall()
        )
    yield from _ids(db, checked["hub"], kind, verdict)


def _item(db: sqlite3.Connection, hub: str, key: tuple[str, str], reasons: Sequence[str]) -> dict[str, Any]:
    place = (hub, *key)
    where = "hub = ? AND kind = ? AND source_id = ?"
    row = db.execute(f"SELECT address, at FROM regional WHERE {where}", place).fetchone()  # noqa: S608
    ids = db.execute(
        "SELECT DISTINCT id FROM contribution WHERE hub = ? AND source_kind = ? AND source_id = ? AND local = ''",
        place,
    ).fetchall()
    return {
        "kind": key[0],
        "source_id": key[1],
        "why": list(dict.fromkeys(reasons)),
        "address": row[0] if row else None,
        "published_at": instant(row[1]) if row else None,
        "national_ids": [one[0] for one in ids],
    }
