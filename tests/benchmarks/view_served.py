"""The view of the benchmark: a process that took made records in and takes changes in while it answers."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn

from schemas.hubs import Hub
from streams.view import page
from streams.view.api import View, application
from streams.view.incoming import Read
from streams.view.ledger import Ledger, Position
from streams.view.materialise import Bell
from streams.view.serve import listening
from streams.view.tables import open_writer
from tests.support.view_past import HISTORY, NATIONAL, record
from tests.support.view_world import NOON

AREAS = ("onderwijs", "defensie", "gezondheid-en-zorg", "water-en-klimaat")
HUBS = tuple(Hub(f"hub-{number}", f"Hub {number}", f"Hub {number}") for number in range(7))
BATCH, EVERY_S, CHANGED = 1_000, 0.25, 5
SHARED = 50  # one in so many is told by two hubs


class Served(NamedTuple):
    """Where it answers, how fast it took the records in (at first and at last, microseconds each), and their size."""

    port: int
    rate: float
    bytes_each: float
    first_us: float = 0
    last_us: float = 0


def made(number: int, version: int = 1) -> dict[str, Any]:
    """One golden record; one in fifty of two hubs."""
    chance = random.Random(number)
    words = " ".join(f"woord{chance.randrange(500)}" for _ in range(12))
    summary = {"nl": f"Een proef met {words}.", "en": None}
    hub = f"hub-{chance.randrange(7)}"
    found = record(
        f"p-{number:06}", NOON + version, f"Project {number} versie {version}", None, hub=hub,
        areas=[chance.choice(AREAS)], summary=summary, start="2026-01-01",
    )  # fmt: skip
    if number % SHARED == 0:
        found["contributions"].append(found["contributions"][0] | {"hub": "hub-6", "source_id": "z"})
    return found


def reads(numbers: Iterator[int], offset: int, version: int, at: int) -> list[Read]:
    """What comes of them in the national topic and in the history."""
    found = []
    for step, number in enumerate(numbers):
        value = made(number, version)
        found.append(Read(NATIONAL, 0, offset + step, at, value["id"], value, {}))
        headers = {"zeven_since": b"%d" % at, "zeven_offset": b"%d" % (offset + step)}
        key = f"{value['id']}|{value['sequence']}"
        found.append(Read(HISTORY, 0, offset + step, at, key, value, headers))
    return found


def take(ledger: Ledger, batch: list[Read]) -> None:
    """One batch."""
    places = {(one.topic, one.part): Position(one.offset + 1, None, None) for one in batch}
    ledger.apply(batch, places, batch[-1].at)


def written_at(change: Mapping[str, Any]) -> float:
    """When the change was written, in seconds since 1970; it stands in the title."""
    return float(str(change["title"]).rpartition(" ")[2]) / 1000


def run(folder: Path, many: int, pipe: Any) -> None:
    """Take everything in, then answer until told to stop, with changes four times a second."""
    writer = open_writer(folder)
    ledger = Ledger(writer, 0)
    now = time.time_ns() // 1_000_000
    times = []
    for begin in range(0, many, BATCH):
        batch = reads(iter(range(begin, min(begin + BATCH, many))), begin, 1, now)
        start = time.perf_counter()
        take(ledger, batch)
        times.append((time.perf_counter() - start) / len(batch) * 2_000_000)  # two reads a record
    size = sum(path.stat().st_size for path in folder.iterdir())
    door = listening("127.0.0.1", 0)
    tenth = max(1, len(times) // 10)
    first, last = sum(times[:tenth]) / tenth, sum(times[-tenth:]) / tenth
    rate = 1_000_000 / (sum(times) / len(times))
    told = Served(door.getsockname()[1], rate, size / many, first, last)
    asyncio.run(_serve(folder, ledger, many, (door, pipe, told)))


async def _serve(folder: Path, ledger: Ledger, many: int, ends: tuple[socket.socket, Any, Served]) -> None:
    door, pipe, told = ends
    bell = Bell()
    view = View(folder, HUBS, lambda: time.time_ns() // 1_000_000, bell, lambda: None)
    app = application(view)
    page.attach(app, view)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    task = asyncio.create_task(server.serve(sockets=[door]))
    pipe.send(told)
    offset, chance = many, random.Random(1)
    while not pipe.poll():
        await asyncio.sleep(EVERY_S)
        at = time.time_ns() // 1_000_000
        numbers = iter([chance.randrange(many) for _ in range(CHANGED)])
        await asyncio.to_thread(take, ledger, reads(numbers, offset, at, at))
        bell.ring()
        offset += CHANGED
    bell.close()
    server.should_exit = True
    await task
