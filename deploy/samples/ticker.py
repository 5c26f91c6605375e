"""The passing of time in the region: every few seconds the next change, and the member list written anew."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import date
from threading import Event, Thread
from typing import Any

import structlog

from deploy.samples import changes, generator
from deploy.samples.faults import Faults
from deploy.samples.regions import Region
from deploy.samples.sources import Sources
from deploy.samples.standin import Standin
from deploy.samples.world import build

_LIST_EVERY_S = 1.0
_SHORTEST_S = 0.05


class Ticker:
    """Applies changes until it is closed. `today` is the day on which this region was first made."""

    def __init__(
        self,
        sources: Sources | Standin,
        region: Region,
        seed: int,
        every_s: float,
        now: Callable[[], int],
    ) -> None:
        self.sources, self.region, self.faults, self.now = sources, region, Faults(), now
        store = sources.store
        if store.fact("seed", "") == "":
            today = date.fromtimestamp(now() / 1000)  # noqa: DTZ012 (a local day)
            with store.together():  # all or nothing: a killed first start begins anew
                store.remember("seed", str(seed))
                store.remember("today", today.isoformat())
                store.fill(build(seed, today, region), now())
        self.seed, self.today = int(store.fact("seed", "")), date.fromisoformat(store.fact("today", ""))
        self._every_s, self._paused = every_s, every_s <= 0
        self._last: deque[str] = deque(maxlen=20)
        self._wake, self._closing = Event(), Event()
        self._churning = False
        sources.write_list()
        self._thread = Thread(target=self._run, name="changes", daemon=True)
        self._thread.start()

    def step(self) -> str:
        """Apply the next change."""
        name, words = changes.next_change(self.sources.store, self.seed, self.today, self.now(), self.region)
        self._last.append(f"{name}: {words}")
        structlog.get_logger().info("source changed", change=name, what=words)
        return words

    def pause(self) -> None:
        """No more changes by themselves."""
        self._paused = True

    def resume(self) -> None:
        """Changes go on."""
        self._paused = False
        self._wake.set()

    def set_every(self, seconds: float, *, churn: bool = False) -> None:
        """How often something changes, 0: never; `churn` plays with identity instead of telling a story."""
        self._every_s, self._paused, self._churning = seconds, seconds <= 0, churn
        self._wake.set()

    def state(self) -> dict[str, Any]:
        """Where it is."""
        tick = int(self.sources.store.fact("tick", "0"))
        return {
            "seed": self.seed,
            "today": self.today.isoformat(),
            "tick": tick,
            "paused": self._paused,
            "every_s": self._every_s,
            "last": list(self._last),
        }

    def close(self) -> None:
        """Stop, with the member list as it should be."""
        self._closing.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        waited = since_list = 0.0
        while not self._closing.is_set():
            pause = min(
                _LIST_EVERY_S, max(self._every_s, _SHORTEST_S) if self._every_s > 0 else _LIST_EVERY_S
            )
            if self._wake.wait(pause):
                self._wake.clear()
            waited, since_list = waited + pause, since_list + pause
            if not self._paused and not self._closing.is_set() and waited >= self._every_s:
                self._steps(max(1, round(waited / self._every_s)))
                waited = 0.0
            if since_list >= _LIST_EVERY_S:  # not oftener: readers wait until nobody writes a file
                since_list = 0.0
                self.sources.write_list()

    def _steps(self, count: int) -> None:
        if self._churning:
            generator.churn(self.sources.store, self.seed, count, self.now())
            return
        for _ in range(min(count, 1000)):
            self.step()
