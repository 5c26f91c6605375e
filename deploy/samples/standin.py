"""The stand-in source systems of one hub, whatever they speak: what is asked, what is answered, which files lie ready.

Before the journey. A hub's module in `standins/` says how its three kinds are shown: `answer(place, asked)` for what is
asked over HTTP, `listings(place)` for files. Everything comes from one store; `Sources` does the same for Zuid-Holland.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Protocol, cast

import orjson

from deploy.samples.database import Database
from deploy.samples.regions import Region, of, slugs
from deploy.samples.store import Store, Stored

JSON = "application/json; charset=UTF-8"


class Asked(NamedTuple):
    """A question; `path` begins behind the hub's own part of the address."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    now: int


class Answer(NamedTuple):
    """What is said; `headers` beside the type and the validators, which every answer gets."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


class Face(Protocol):
    """A module of `standins/`."""

    answer: Callable[[Standin, Asked], Answer | None]
    listings: Callable[[Standin], Mapping[str, bytes]]


def served() -> tuple[str, ...]:
    """The hubs that have stand-ins of their own, beside Zuid-Holland."""
    modules = files("deploy.samples.standins")
    return tuple(hub for hub in slugs() if modules.joinpath(f"{hub.replace('-', '_')}.py").is_file())


class Filler(Protocol):
    """One that also keeps a database."""

    fill: Callable[[Standin, Database], None]


class Standin:
    """The sources of one hub. `limits` cuts a list short, as a broken site would; `list_way` damages the files."""

    def __init__(
        self, hub: str, store: Store, folder: Path, base: str, database: Database | None = None
    ) -> None:
        self._database = database
        self.region: Region = of(hub)
        self.store, self.folder = store, folder
        self.base, self.site = f"{base}/{hub}", f"https://{hub}.example"
        self.limits: dict[str, int] = {}
        self.list_way = "whole"
        self._written = -1
        self._writing = Lock()
        module = f"deploy.samples.standins.{hub.replace('-', '_')}"
        self._face = cast("Face", import_module(module))

    def answer(self, asked: Asked) -> Answer | None:
        """The answer at an address below the hub's own; None when there is none."""
        return self._face.answer(self, asked)

    def live(self, kind: str) -> list[Stored]:
        """What the source shows now, in the order of its list."""
        return list(self.store.every(kind))[: self.limits.get(kind, 1 << 30)]

    def every(self, kind: str) -> list[Stored]:
        """The same with what was deleted or withdrawn; what a broken list lacks is not among it."""
        if kind in self.limits:
            return self.live(kind)
        return self.store.all(kind)

    def write_list(self, *, even_if_large: bool = True) -> bool:
        """Write the files that changed, each in one step, unless a test asked for half of them."""
        del even_if_large
        with self._writing:
            version = self.store.version
            if version == self._written:
                return False
            changed = [self._write(name, content) for name, content in self._face.listings(self).items()]
            if self._database is not None:
                cast("Filler", self._face).fill(self, self._database)
            self._written = version
            return any(changed)

    def _write(self, name: str, content: bytes) -> bool:
        content = {"whole": content, "empty": b"", "half": content[: len(content) // 2]}[self.list_way]
        path = self.folder / name
        if path.exists() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(content)
        os.replace(part, path)  # noqa: PTH105 (one step: a reader sees the old or the new)
        return True

    def rewrite_list(self, way: str) -> None:
        """Write the files whole, empty or half. Raises `KeyError` for another way."""
        if way not in ("whole", "empty", "half"):
            raise KeyError(way)
        self.list_way, self._written = way, -1
        self.write_list()

    def truth(self) -> dict[str, Any]:
        """What the sources hold now, in the neutral words of the store."""
        self.write_list()
        with self.store.lock:
            kinds = ("event", "project", "membership")
            held = {
                kind: [{"id": one.source_id, **one.body} for one in self.store.every(kind)] for kind in kinds
            }
            return {"version": self.store.version, **held}


def as_json(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A document as an answer."""
    return Answer(status, orjson.dumps(document), JSON, tuple((headers or {}).items()))


def areas(item: Stored, kind: str) -> Iterable[str]:
    """The working areas of an item, as the store names them."""
    return cast("list[str]", item.body["terms"]["werkgebied"] if kind == "project" else item.body["areas"])
