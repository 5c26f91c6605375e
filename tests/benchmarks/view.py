"""The view at size: how fast it takes records in, and how it answers while changes stream in; without Kafka.

`.venv/bin/python -m tests.benchmarks.view --records 200000`. A peer beside it: the same records as JSON in a plain
SQLite table with an index per column, behind a plain FastAPI (`view_peer`), asked the same in the same run. Both serve
from a process of their own, each alone. Before a figure is printed both must find the same ids.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks import view_peer, view_served
from tests.benchmarks.view_served import AREAS, Served

ASKED = 400
READERS = 50
TELLING = 20


def main(arguments: list[str]) -> None:
    """Measure both and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--asked", type=int, default=ASKED)
    said = parser.parse_args(arguments)
    many, times = said.records, said.asked
    with tempfile.TemporaryDirectory(prefix="zeven-bench-") as folder:
        ours, theirs = Path(folder) / "ours", Path(folder) / "peer"
        with served(view_served.run, ours, many) as view:
            print(f"{many} records taken in: {view.rate:,.0f}/s, {view.bytes_each:,.0f} bytes each")
            print(
                f"a record costs {view.first_us:,.0f} us in the first tenth, {view.last_us:,.0f} us in the last"
            )
            found = {name: asked(view, ask, times) for name, ask in questions(many).items()}
            heard = told(view)
        with served(view_peer.run, theirs, many) as peer:
            print(f"the peer: {peer.rate:,.0f}/s, {peer.bytes_each:,.0f} bytes each")
            beside = {name: asked(peer, ask, times) for name, ask in questions(many).items()}
    print(
        "\n| question, while changes stream in | p50 | p99 | a second | peer p50 | peer p99 | peer a second |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, (ids, mine) in found.items():
        same, other = beside[name]
        if ids != same:
            raise SystemExit(f"{name}: the two find other records")
        print(f"| {name} | {' | '.join(mine)} | {' | '.join(other)} |")
    print(f"\n{READERS} readers of the stream hear a change after {heard}")


def questions(many: int) -> dict[str, Callable[[random.Random], str]]:
    """What is asked, by its name; each a path that changes from one time to the next."""
    return {
        "one record": lambda chance: f"projects/p-{chance.randrange(many):06}",
        "a list of a hub and an area": lambda chance: (
            f"projects?hub=hub-{chance.randrange(7)}&area={chance.choice(AREAS)}"
        ),
        "a search for two words": lambda chance: f"projects?q=woord{chance.randrange(500)} proef",
    }


@contextmanager
def served(run: Any, folder: Path, many: int) -> Iterator[Served]:
    """A process that holds the records and answers."""
    folder.mkdir()
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=run, args=(folder, many, there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("stop")
        process.join(30)


def asked(
    place: Served, ask: Callable[[random.Random], str], number_of: int
) -> tuple[list[str], tuple[str, str, str]]:
    """Ids of the first answers, and p50, p99 and requests a second."""
    chance, ids, times = random.Random(7), list[str](), list[float]()
    with httpx.Client(base_url=f"http://127.0.0.1:{place.port}/api/v1/", timeout=60) as client:
        began = time.perf_counter()
        for number in range(number_of):
            path, start = ask(chance), time.perf_counter()
            answer = client.get(path)
            times.append(time.perf_counter() - start)
            answer.raise_for_status()
            if number < 20:
                body = answer.json()
                ids.append(",".join(sorted(one["id"] for one in body.get("items", [body]))))
        seconds = time.perf_counter() - began
    cuts = statistics.quantiles(times, n=100)
    return ids, (f"{cuts[49] * 1000:.1f} ms", f"{cuts[98] * 1000:.1f} ms", f"{number_of / seconds:,.0f}")


def told(place: Served) -> str:
    """How long after a change was written the last of many readers hears of it."""
    waits: list[float] = []
    ready = threading.Barrier(READERS + 1)

    def listen() -> None:
        heard = 0
        with httpx.stream("GET", f"http://127.0.0.1:{place.port}/api/v1/changes", timeout=60) as answer:
            lines = answer.iter_lines()
            next(lines)
            ready.wait()
            for line in lines:
                if line.startswith("data:") and '"at"' in line:
                    waits.append(time.time() - view_served.written_at(json.loads(line[5:])))
                    heard += 1
                if heard == TELLING:
                    return

    threads = [threading.Thread(target=listen) for _ in range(READERS)]
    for one in threads:
        one.start()
    ready.wait()
    for one in threads:
        one.join(60)
    cuts = statistics.quantiles(waits, n=100)
    return f"{cuts[49] * 1000:.0f} ms (p50), {cuts[98] * 1000:.0f} ms (p99), {len(waits)} times"


if __name__ == "__main__":
    main(__import__("sys").argv[1:])
