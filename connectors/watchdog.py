"""Ends a Kafka consumer whose poll does not come back, so that its owner can begin anew.

kafka-python 3.0.12 hands tasks from the caller's thread to one of its own; seen under load, about once in a hundred
consumers, a task gets lost between the two and `poll` waits for it without end, whatever its time limit. Closing
the consumer from a third thread fails the lost task with a KafkaError. Where even that does not help, the process
ends: who supervises it starts it again, and nothing of it is only in memory.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from threading import Event, Thread, Timer
from types import TracebackType
from typing import Final, Self

import structlog
from kafka.errors import KafkaError

PATIENCE_S: Final = 15.0
LOOK_S: Final = 1.0


class Watchdog:
    """Within its block, calls `end` once when `turned` was not called for `patience_s`; and then `give_up`, when
    the block is not left within as long again.
    """

    def __init__(
        self,
        end: Callable[[], None],
        patience_s: float = PATIENCE_S,
        give_up: Callable[[], None] | None = None,
    ) -> None:
        self._end, self._patience_s = end, patience_s
        self._last = Timer(patience_s, give_up or _leave)
        self._last.daemon = True
        self._turned = time.monotonic()
        self._stop = Event()
        self._thread = Thread(target=self._watch, name="watchdog", daemon=True)

    def turned(self) -> None:
        """The loop that is watched has come round."""
        self._turned = time.monotonic()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._last.cancel()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_S):
            silent = time.monotonic() - self._turned
            if silent > self._patience_s:
                structlog.get_logger().error("kafka_consumer_hangs", seconds=round(silent), fix="begins anew")
                self._last.start()
                try:
                    self._end()
                except KafkaError as fault:
                    structlog.get_logger().warning("kafka_consumer_hangs", fault=str(fault))
                return


def _leave() -> None:
    structlog.get_logger().error("kafka_consumer_hangs", fix="the process ends and is started again")
    os._exit(os.EX_SOFTWARE)
