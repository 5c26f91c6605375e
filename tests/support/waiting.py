"""Waiting for a condition with a deadline: the only way in which tests wait."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

POLL_S = 0.05
T = TypeVar("T")


def until(condition: Callable[[], T], deadline_s: float, what: str) -> T:
    """The first true value of `condition`. Fails with `what` was waited for."""
    end = time.monotonic() + deadline_s
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        time.sleep(POLL_S)
    return found


def files_in(folder: Path) -> list[Path]:
    """Files anywhere in a folder that somebody else is emptying: `rglob` fails over a folder that has just gone."""
    return [Path(place) / name for place, _, names in os.walk(folder) for name in names]


async def auntil(condition: Callable[[], Awaitable[T]], deadline_s: float, what: str) -> T:
    """As `until`, for a condition that is awaited."""
    end = time.monotonic() + deadline_s
    while not (found := await condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        await asyncio.sleep(POLL_S)
    return found
