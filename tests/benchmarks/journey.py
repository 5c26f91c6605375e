"""The whole journey: from a change at the source to the notice at the receiver, on the whole local system.

One change at a time, at a moment that has nothing to do with the looks of the connector; the figure therefore
holds the wait for the next look, half an interval on average.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from connectors import manifest
from schemas.settings import Settings
from tests.benchmarks.support import conditions, process
from tests.support.broker import PORTS, free_ports
from tests.support.waiting import until

HUB = "zuid-holland"
RECEIVER = "regioteam-zuid-holland"
QUIET_S = 8.0
START_S = 240.0
NOTICE_S = 60.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=20)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="zeven-journey-") as folder:
        settings = Settings.at(Path(folder), base := free_ports(PORTS))
        words = ("-m", "deploy.cli.main", "up", "--data", folder, "--base-port", str(base))
        with process(settings, "up", *words), httpx.Client(timeout=30, trust_env=False) as http:
            interval_s = manifest.load(HUB, settings, os.environ).interval_s
            found = sorted(_measure(settings, http, asked.changes, interval_s))
    half = found[len(found) // 2]
    print(
        f"journey: change at the source to webhook at the receiver: p50 {half:.1f} s, min {found[0]:.1f} s, "
        f"max {found[-1]:.1f} s (n={len(found)}, a look every {interval_s} s) · {conditions()}",
        flush=True,
    )


def _measure(settings: Settings, http: httpx.Client, count: int, interval_s: float) -> list[float]:
    samples = f"http://127.0.0.1:{settings.ports.samples}/_control"
    until(lambda: _proven(settings, http), START_S, "the view has its proof")
    http.post(f"{samples}/pause", json={}).raise_for_status()
    draw, found = random.Random(7), []
    for _ in range(count):
        last = _quiet(settings, http)
        time.sleep(draw.random() * interval_s)
        before = time.time()
        http.post(f"{samples}/change", json={"name": "new_event"}).raise_for_status()
        arrived: list[dict[str, Any]] = []
        until(_arrival(settings, http, last, arrived), NOTICE_S, "the notice arrives")
        found.append(arrived[0]["at"] / 1000 - before)
    return found


def _arrival(
    settings: Settings, http: httpx.Client, last: int, arrived: list[dict[str, Any]]
) -> Callable[[], bool]:
    def look() -> bool:
        arrived.extend(
            one
            for one in _received(settings, http, last)
            if one["channel"] == "webhook" and one["receiver"] == RECEIVER
        )
        return bool(arrived)

    return look


def _quiet(settings: Settings, http: httpx.Client) -> int:
    """The number of the last arrival, once nothing arrives any more."""
    last, since = -1, time.monotonic()
    while time.monotonic() - since < QUIET_S:
        found = _received(settings, http, max(last, 0))
        if found:
            last, since = found[-1]["seq"], time.monotonic()
        time.sleep(0.25)
    return max(last, 0)


def _received(settings: Settings, http: httpx.Client, after: int) -> list[dict[str, Any]]:
    answer = http.get(f"http://127.0.0.1:{settings.ports.webhook}/received", params={"after": after})
    found: list[dict[str, Any]] = answer.raise_for_status().json()
    return found


def _proven(settings: Settings, http: httpx.Client) -> bool:
    try:
        answer = http.get(f"http://127.0.0.1:{settings.page.port}/api/v1/hubs")
    except httpx.HTTPError:
        return False
    items = answer.json().get("items", []) if answer.is_success else []
    hub: dict[str, Any] = next((one for one in items if one["hub"] == HUB), {})
    return bool(hub.get("completeness", {}).get("state") == "proven")


if __name__ == "__main__":
    main()
