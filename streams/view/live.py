"""Changes as they come: server-sent events (HTML standard, section 9.2), with ids to go on from.

The id of an event is the watermark after it: it stays good when the view is killed, or built anew. Who comes with a
watermark gets first what changed since, from the versions, then what changes; who comes with one that leads nowhere is
told to take the state again (`resync`).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from streams.view import answers, since, watermark
from streams.view.problems import problem
from streams.view.tables import open_reader
from streams.view.watermark import Watermark

if TYPE_CHECKING:
    from streams.view.api import View

HEARTBEAT_S = 15.0
MOST = 100


class Stand(NamedTuple):
    """Where a reader is: the number of the last change, None while it is still behind it; and its watermark."""

    seq: int | None
    mark: Watermark | None
    resync: str | None = None


Found = list[tuple[Stand, dict[str, Any]]]


def attach(app: FastAPI, view: View) -> None:
    """Add the address of changes."""

    @app.get("/api/v1/changes", tags=["changes"])
    async def changes(request: Request, since: str = "", format: str = "stream") -> Response:  # noqa: A002
        """Changes after `since` or Last-Event-ID, a watermark or the number of a change: as server-sent events, each
        with the watermark after it as its id, or with format=json as one answer.
        """
        asked = request.headers.get("last-event-id", "") or since
        stand = await asyncio.to_thread(_stand, view, asked)
        if format == "json":
            return await asyncio.to_thread(_answer, view, stand if asked else Stand(0, None))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_stream(view, stand), media_type="text/event-stream", headers=headers)


def _stand(view: View, asked: str) -> Stand:
    """Where to begin. Raises `Reject` for what is neither a watermark nor a number."""
    numbered = asked.isascii() and asked.isdigit() and len(asked) < 19
    mark = None if numbered or not asked else watermark.read(asked)
    with closing(open_reader(view.folder)) as db:
        db.execute("BEGIN")
        here, last = watermark.of(db, view.clock()), answers.last_change(db)
    if mark is None:
        after = min(int(asked), last) if asked and int(asked) <= last else 0 if asked else last
        return Stand(after, here if after == last else None)
    return Stand(None, mark)


def _answer(view: View, stand: Stand) -> Response:
    found, stand = _after(view, stand)
    if stand.resync:
        fix = "Take the state again, and go on from its watermark."
        return problem(410, stand.resync, fix)
    told = {"watermark": stand.mark.token()} if stand.mark else {}
    return JSONResponse({"items": [one for _, one in found], **told})


async def _stream(view: View, stand: Stand) -> AsyncIterator[bytes]:
    hello = {"after": stand.seq if stand.mark is None else stand.mark.token()}
    yield b"retry: 2000\n" + _event("hello", stand, hello)
    with view.bell.listening() as rung:
        while not view.bell.closed:
            found, stand = await asyncio.to_thread(_after, view, stand)
            for at, one in found:
                yield _event("resync" if at.resync else "change", at, one)
            if len(found) == MOST or (found and stand.seq is None):
                continue
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await rung.wait()
                rung.clear()
            except TimeoutError:
                yield b": still here\n\n"


def _event(name: str, stand: Stand, data: dict[str, Any]) -> bytes:
    number = stand.seq if stand.mark is None else stand.mark.token()
    return f"event: {name}\nid: {number}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"


def _after(view: View, stand: Stand) -> tuple[Found, Stand]:
    """What comes after where a reader stands, each with where it stands then; and where it stands after all."""
    with closing(open_reader(view.folder)) as db:
        db.execute("BEGIN")
        if stand.seq is not None or stand.mark is None:
            return _numbered(view, db, stand)
        found = since.after(db, view, stand.mark)
        if found is None:
            return [], stand  # the view is being built anew: it comes there
        here, items, reason = found
        live = Stand(answers.last_change(db), here, reason)
        if reason is not None:
            return [(live, {"reason": reason, "watermark": here.token()})], live
        told = [(Stand(None, mark), one) for mark, one in items]
        return (told, told[-1][0]) if told else ([], live)


def _numbered(view: View, db: sqlite3.Connection, stand: Stand) -> tuple[Found, Stand]:
    """Changes by number, as they were taken in."""
    last, after = answers.last_change(db), stand.seq or 0
    found: Found = []
    stand = stand._replace(resync=None)
    for one in answers.changes(db, after if after <= last else 0, MOST):
        part, offset = one.pop("part"), one.pop("offset")
        mark = stand.mark
        if mark is not None and part is not None:
            mark = mark.after((one["kind"], part), offset)
        stand = Stand(one["seq"], mark)
        found.append((stand, one))
    if len(found) < MOST:
        stand = Stand(stand.seq, watermark.of(db, view.clock()))
    return found, stand
