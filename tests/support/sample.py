"""A stand-in source system of its own for a test, with readers that are quick and do not wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from connectors.sources import Faulty, LookState, Row, Source, Verdict, open_source
from deploy.samples.server import Samples

QUICK = {"interval_s": 0, "backoff_s": 0.01, "timeout_s": 10, "patience_s": 0.5}


class Sample:
    """A running sample, its readers, and its control."""

    def __init__(self, samples: Samples) -> None:
        self.samples, self.base = samples, samples.base
        self._client = httpx.Client(timeout=120)
        self._open: list[Source] = []

    def tec(self, **options: Any) -> Source:
        return self._keep(open_source("tec", {"url": f"{self.base}/agenda", "manners": QUICK} | options))

    def wordpress(self, **options: Any) -> Source:
        said = {"url": f"{self.base}/projecten", "type": "projecten", "manners": QUICK}
        return self._keep(open_source("wordpress", said | options))

    def files(self, **options: Any) -> Source:
        said = {"path": self.samples.list_path, "mode": "snapshot", "id": ["Lidnummer"], "settle_s": 0}
        return self._keep(open_source("files", said | options))

    def control(self, word: str, **said: Any) -> Any:
        answer = self._client.post(f"{self.base}/_control/{word}", json=said)
        assert answer.status_code == 200, answer.text
        return answer.json()["done"]

    def truth(self) -> dict[str, Any]:
        found: dict[str, Any] = self._client.get(f"{self.base}/_control/truth").json()
        return found

    def ids(self, kind: str) -> list[str]:
        name = "Lidnummer" if kind == "membership" else "id"
        return [str(each[name]) for each in self.truth()[kind]]

    def close(self) -> None:
        for each in self._open:
            each.close()
        self._client.close()
        self.samples.close()

    def _keep(self, source: Source) -> Source:
        self._open.append(source)
        return source


@contextmanager
def sample(data: Path, *, seed: int = 7, every_s: float = 0) -> Iterator[Sample]:
    """A sample that changes only when told to."""
    running = Sample(Samples(data, 0, seed=seed, every_s=every_s))
    try:
        yield running
    finally:
        running.close()


def now() -> int:
    """The clock of a look."""
    return int(time.time() * 1000)


def read(
    source: Source,
    previous: LookState | None = None,
    *,
    between: Callable[[int], None] = lambda _: None,
    clock: Callable[[], int] = now,
) -> tuple[list[Row], list[Faulty], Verdict]:
    """Read a source to its end; `between` is called after each page with its number."""
    rows: list[Row] = []
    faulty: list[Faulty] = []
    look = source.look(previous, clock)
    for number, page in enumerate(look, start=1):
        rows += page.rows
        faulty += page.faulty
        between(number)
    return rows, faulty, look.verdict
