"""Set-up: how long a worker takes to be ready when all is done already, and what it holds in memory per record.

The first worker links and folds everything; then each stage begins anew alone, and all of them together. The
base of the memory figure is the same worker on empty topics.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import httpx

from schemas.settings import Settings
from schemas.topics import Topic, national, regional
from tests.benchmarks.support import (
    POLL_S,
    Bench,
    bench,
    conditions,
    ends,
    fill,
    until_still,
    usage,
    worker,
)
from tests.benchmarks.workload import HUBS, changes

TOGETHER = "identify,resolve,fold"
STAGES = ("identify", "resolve", "fold", TOGETHER)
LIMIT_S = 1_800.0
MARKED_S = 4.0  # a stage without input notes after a second that all is written


class SetUp(NamedTuple):
    """A worker that has become ready: by the clock, in CPU time, its size, and what its set-ups said."""

    wall_s: float
    cpu_s: float
    rss_mb: float
    said: list[dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=500_000)
    count = parser.parse_args(arguments).records
    with bench() as place:
        base = {stages: _set_up(place.settings, stages) for stages in STAGES}
        topic = regional(HUBS[0], "project")
        fill(place.settings, changes(count, count, place.ids[topic], organisations=count // 100))
        print(f"set-up: {count:,} records of as many sources · {conditions()}", flush=True)
        _first(place, count)
        for stages in STAGES:
            _tell(stages, base[stages], _set_up(place.settings, stages), count)


def _first(place: Bench, count: int) -> None:
    """A worker that does all the work, so that the others find it done."""
    settings = place.settings
    targets = [
        Topic(national(kind), "", "", "", settings.topics.partitions) for kind in ("project", "organisation")
    ]
    with worker(settings, TOGETHER, settings.ports.worker) as child:
        spent = until_still(child, lambda: asyncio.run(ends(settings, targets)), LIMIT_S)
        time.sleep(MARKED_S)
    print(
        f"set-up: first load: {spent.cpu_s / count * 1e6:.0f} µs CPU per record ({spent.cpu_s:.1f} s CPU, "
        f"{spent.wall_s:.1f} s by the clock), at most {spent.rss_mb:.0f} MB",
        flush=True,
    )


def _set_up(settings: Settings, stages: str) -> SetUp:
    log = settings.data / f"worker-{stages}.log"
    before = log.stat().st_size if log.exists() else 0
    with worker(settings, stages, settings.ports.worker) as child:
        wall_s = _until_ready(child, settings.ports.worker)
        found = usage(child.pid)
        time.sleep(2 * POLL_S)
        size = usage(child.pid).rss_mb
    lines = log.read_bytes()[before:].decode().splitlines()
    said = [json.loads(line) for line in lines if line.startswith("{")]
    return SetUp(wall_s, found.cpu_s, size, [one for one in said if one.get("event") == "set up"])


def _until_ready(child: subprocess.Popen[bytes], port: int) -> float:
    began = time.monotonic()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as door:
        while time.monotonic() - began < LIMIT_S:
            if child.poll() is not None:
                raise RuntimeError(f"the worker ended with {child.returncode}")
            try:
                if door.get("/health/ready").status_code == httpx.codes.OK:
                    return time.monotonic() - began
            except httpx.TransportError:
                time.sleep(POLL_S / 5)  # the door is not open yet
            time.sleep(POLL_S / 5)
    raise TimeoutError(f"not ready after {LIMIT_S:.0f} s")


def _tell(stages: str, base: SetUp, found: SetUp, count: int) -> None:
    held = (found.rss_mb - base.rss_mb) * 1024 * 1024 / count
    cpu_s = found.cpu_s - base.cpu_s
    print(
        f"set-up: {stages}: ready after {found.wall_s:.1f} s ({count / found.wall_s:,.0f} records/s), "
        f"{found.cpu_s:.1f} s CPU, {cpu_s / count * 1e6:.1f} µs per record beyond a start on empty topics; "
        f"{found.rss_mb:.0f} MB, {held:,.0f} bytes per record beyond {base.rss_mb:.0f} MB",
        flush=True,
    )
    for one in found.said:
        read = one["loaded"] + one["read_back"]
        print(
            f"set-up:   {one['stage']}: {one['seconds']:.1f} s, {one['loaded']:,} loaded, "
            f"{one['read_back']:,} read back, {one['emitted']:,} written; {read / one['seconds']:,.0f} read/s",
            flush=True,
        )


if __name__ == "__main__":
    main()
