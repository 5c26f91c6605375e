"""What one writes in an afternoon: the same records as JSON in SQLite, an index per column, a plain FastAPI."""

from __future__ import annotations

import asyncio
import random
import socket
import sqlite3
import time
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from fastapi import FastAPI, Response

from streams.view.serve import listening
from tests.benchmarks.view_served import BATCH, CHANGED, EVERY_S, Served, made

PAGE = 50


def run(folder: Path, many: int, pipe: Any) -> None:
    """The same as `view_served.run`."""
    path = folder / "peer.sqlite"
    writer = sqlite3.connect(path, check_same_thread=False)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute(
        "CREATE TABLE project (id TEXT PRIMARY KEY, hubs TEXT, area TEXT, title TEXT, text TEXT, json TEXT)"
    )
    writer.execute("CREATE INDEX by_area ON project (area, title)")
    seconds = 0.0
    for begin in range(0, many, BATCH):
        batch = [made(number) for number in range(begin, min(begin + BATCH, many))]
        start = time.perf_counter()
        _put(writer, batch)
        seconds += time.perf_counter() - start
    size = sum(one.stat().st_size for one in folder.iterdir())
    door = listening("127.0.0.1", 0)
    asyncio.run(
        _serve(path, writer, many, (door, pipe, Served(door.getsockname()[1], many / seconds, size / many)))
    )


def _put(db: sqlite3.Connection, batch: list[dict[str, Any]]) -> None:
    rows = []
    for one in batch:
        content = one["content"]
        hubs = f"|{'|'.join(giver['hub'] for giver in one['contributions'])}|"
        text = f"{content['title']['nl']} {content['summary']['nl']}".casefold()
        said = orjson.dumps(one, default=bytes.hex).decode()
        rows.append((one["id"], hubs, content["areas"][0], content["title"]["nl"].casefold(), text, said))
    with db:
        db.executemany("INSERT OR REPLACE INTO project VALUES (?,?,?,?,?,?)", rows)


def application(path: Path) -> FastAPI:
    """The door."""
    app = FastAPI()

    @app.get("/api/v1/projects/{name}")
    def one(name: str) -> Response:
        db = sqlite3.connect(path)
        (text,) = db.execute("SELECT json FROM project WHERE id = ?", (name,)).fetchone()
        db.close()
        return Response(text, media_type="application/json")

    @app.get("/api/v1/projects")
    def many(hub: str = "", area: str = "", q: str = "") -> Response:
        where, values = ["1"], list[str]()
        for condition, value in (("instr(hubs, ?)", hub and f"|{hub}|"), ("area = ?", area)):
            if value:
                where.append(condition)
                values.append(value)
        for word in q.casefold().split():
            where.append("text GLOB ?")
            values.append(f"*[ .]{word}[ .]*")
        clause = " AND ".join(where)
        db = sqlite3.connect(path)
        total = db.execute(f"SELECT count(*) FROM project WHERE {clause}", values).fetchone()[0]
        sql = f"SELECT json FROM project WHERE {clause} ORDER BY title, id LIMIT {PAGE}"
        items = [text for (text,) in db.execute(sql, values)]
        db.close()
        return Response(f'{{"total":{total},"items":[{",".join(items)}]}}', media_type="application/json")

    return app


async def _serve(
    path: Path, writer: sqlite3.Connection, many: int, ends: tuple[socket.socket, Any, Served]
) -> None:
    door, pipe, told = ends
    server = uvicorn.Server(uvicorn.Config(application(path), log_config=None, access_log=False))
    task = asyncio.create_task(server.serve(sockets=[door]))
    pipe.send(told)
    chance = random.Random(1)
    while not pipe.poll():
        await asyncio.sleep(EVERY_S)
        at = time.time_ns() // 1_000_000
        batch = [made(chance.randrange(many), at) for _ in range(CHANGED)]
        await asyncio.to_thread(_put, writer, batch)
    server.should_exit = True
    await task
