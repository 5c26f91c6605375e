"""The fence before every emission: who can no longer prove its membership of the group does not write.

An accepted commit proves that this worker was a member when the commit was sent. When the youngest proof is
older than 0.6 of the session timeout, one more commit is asked for; if it is not accepted in time the process
ends with 70. What remains is a process stopped between this test and the socket: reconciling repairs it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

import structlog

EXIT_CODE: Final = 70
SHARE: Final = 0.6

Leave = Callable[[str], NoReturn]


def leave(reason: str) -> NoReturn:
    """End the process at once: nothing is acknowledged, flushed or committed any more."""
    structlog.get_logger().error("worker ends itself", reason=reason, exit=EXIT_CODE)
    sys.stderr.flush()
    os._exit(EXIT_CODE)


class Fence:
    """The age of the last proof of membership, on a monotonic `clock` in seconds."""

    def __init__(self, session_s: float, clock: Callable[[], float], ends: Leave = leave) -> None:
        self._limit_s = session_s * SHARE
        self._clock = clock
        self._ends = ends
        self._proven_at = clock()

    @property
    def age_s(self) -> float:
        """Seconds since the last proof was sent."""
        return self._clock() - self._proven_at

    def proven(self, sent_at: float) -> None:
        """A commit (or a join) that was sent at `sent_at` has been accepted."""
        self._proven_at = max(self._proven_at, sent_at)

    async def check(self, prove: Callable[[], Awaitable[bool]]) -> None:
        """Go on only with a young proof; `prove` commits and tells whether that was accepted."""
        age = self.age_s
        if age > self._limit_s and not (await prove() and self.age_s <= self._limit_s):
            self._ends(f"the last proof of membership is {age:.1f} s old, allowed are {self._limit_s:.1f} s")
