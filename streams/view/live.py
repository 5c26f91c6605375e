"""Changes as they come: server-sent events (HTML standard, section 9.2), with ids to go on from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from streams.view import answers
from streams.view.tables import open_reader

if TYPE_CHECKING:
    from streams.view.api import View

HEARTBEAT_S = 15.0
MOST = 100


def attach(app: FastAPI, view: View) -> None:
    """Add the address of changes."""

    @app.get("/api/v1/changes", tags=["changes"])
    async def changes(request: Request, since: int | None = None, format: str = "stream") -> Response:  # noqa: A002
        """Changes as server-sent events, after `since` or Last-Event-ID; with format=json as one answer."""
        last = request.headers.get("last-event-id", "")
        after = int(last) if last.isdigit() and len(last) < 19 else since
        if format == "json":
            return JSONResponse({"items": await _after(view, after or 0)})
        start = await _last(view) if after is None else after
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_stream(view, start), media_type="text/event-stream", headers=headers)


async def _stream(view: View, after: int) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n" + _event("hello", after, {"after": after})
    with view.bell.listening() as rung:
        while not view.bell.closed:
            found = await _after(view, after)
            for one in found:
                after = one["seq"]
                yield _event("change", after, one)
            if len(found) < MOST:
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        await rung.wait()
                    rung.clear()
                except TimeoutError:
                    yield b": still here\n\n"


def _event(name: str, number: int, data: dict[str, Any]) -> bytes:
    return f"event: {name}\nid: {number}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"


async def _after(view: View, after: int) -> list[dict[str, Any]]:
    return await asyncio.to_thread(_read, view, after)


def _read(view: View, after: int) -> list[dict[str, Any]]:
    db = open_reader(view.folder)
    try:
        last = answers.last_change(db)
        return answers.changes(db, after if after <= last else 0, MOST)
    finally:
        db.close()


async def _last(view: View) -> int:
    return await asyncio.to_thread(_read_last, view)


def _read_last(view: View) -> int:
    db = open_reader(view.folder)
    try:
        return answers.last_change(db)
    finally:
        db.close()
