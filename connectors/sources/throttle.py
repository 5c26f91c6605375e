"""How often a source system may be asked: one token bucket per host over all streams of a hub.

First step of the journey. Every reader of a connector takes from the same `Throttle`, so that three kinds of
record from one site together keep its limits. A bucket never lends: what is asked too early is told how long to
wait. When the other side asks for patience (`Retry-After`), all streams of that host keep away until then.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Limit:
    """So many questions at once, and then one every `interval_s` seconds."""

    burst: int
    interval_s: float


class Bucket:
    """Tokens of one host under its limits; safe for several threads."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s, self._lock = clock_s, Lock()
        self._due: dict[Limit, float] = {}
        self._closed_until = float("-inf")

    def keep(self, limit: Limit) -> None:
        """Hold this limit too; the strictest decides."""
        with self._lock:
            self._due.setdefault(limit, float("-inf"))

    def take(self, patience_s: float) -> float:
        """Take a token: seconds to wait before asking. More than `patience_s`: nothing was taken."""
        with self._lock:
            now = self._clock_s()
            earliest = max((self._free_at(limit, due) for limit, due in self._due.items()), default=now)
            wait = max(0.0, earliest - now, self._closed_until - now)
            if wait <= patience_s:
                for limit, due in self._due.items():
                    self._due[limit] = max(due, now + wait) + limit.interval_s
            return wait

    def close_for(self, seconds: float) -> None:
        """Ask nothing for so long."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock_s() + seconds)

    def _free_at(self, limit: Limit, due: float) -> float:
        """When a token is there: `due` is when the bucket would be full again but for one."""
        return due - (limit.burst - 1) * limit.interval_s


class Throttle:
    """The buckets of one connector."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s, self._lock = clock_s, Lock()
        self._buckets: dict[str, Bucket] = {}

    def bucket(self, host: str) -> Bucket:
        """The bucket of a host."""
        with self._lock:
            return self._buckets.setdefault(host, Bucket(self._clock_s))
