"""The stand-in sources as they answer: WordPress REST, The Events Calendar REST, and the member list."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from deploy.samples.faces import wp
from deploy.samples.faces.wp import Listing, Reply
from deploy.samples.shapes import member_list, tec_event, wordpress_post
from deploy.samples.store import Store, Stored

EVENTS = f"/agenda{wp.EVENTS}"
PROJECTS = "/projecten/wp-json/wp/v2/projecten"
FLUSH_AT_ONCE = 2_000


class Sources:
    """The three sources over one store. `limits` cuts a list short, as a broken site would."""

    def __init__(self, store: Store, folder: Path, base: str) -> None:
        self.store, self.base = store, base
        self.list_path = folder / "ledenlijst.csv"
        self.limits: dict[str, int] = {}
        self.list_way = "whole"
        self._written = -1

    def answer(self, path: str, query: Mapping[str, str]) -> Reply | None:
        """The answer of a REST address; None when it is none."""
        if path == EVENTS:
            return self._events(query)
        if path == PROJECTS:
            return self._projects(query)
        if path.startswith(f"{EVENTS}/"):
            return wp.event(self.store.get("event", path.rpartition("/")[2]), self._event_json)
        if path.startswith(f"{PROJECTS}/"):
            return wp.post(self.store.get("project", path.rpartition("/")[2]), self._project_json)
        return None

    def write_list(self, *, even_if_large: bool = True) -> bool:
        """Write the member list if it changed; whole, by renaming, unless a test asked for half of it."""
        version = self.store.version
        if version == self._written:
            return False
        if not even_if_large and self.store.count("membership") > FLUSH_AT_ONCE:
            return False
        with self.store.lock:
            every = ((each.source_id, each.body) for each in self.store.every("membership"))
            content = member_list(every)
            self._written = self.store.version
        content = {"whole": content, "empty": b"", "half": content[: len(content) // 2]}[self.list_way]
        if self.list_path.exists() and self.list_path.read_bytes() == content:
            return False
        part = self.list_path.with_suffix(".part")
        part.write_bytes(content)
        os.replace(part, self.list_path)  # noqa: PTH105 (one step: a reader sees the old or the new)
        return True

    def rewrite_list(self, way: str) -> None:
        """Write the list whole, empty or half. Raises `KeyError` for another way."""
        if way not in ("whole", "empty", "half"):
            raise KeyError(way)
        self.list_way, self._written = way, -1
        self.write_list()

    def truth(self) -> dict[str, Any]:
        """What the sources hold now, in their own words, whatever failures are planned."""
        self.write_list()
        with self.store.lock:
            store = self.store
            return {
                "version": store.version,
                "event": [self._event_json(each) for each in store.every("event")],
                "project": [self._project_json(each) for each in store.every("project")],
                "membership": [
                    {"Lidnummer": each.source_id, **each.body} for each in store.every("membership")
                ],
            }

    def _count(self, kind: str, *window: str) -> int:
        return min(self.store.count(kind, *window), self.limits.get(kind, 1 << 62))

    def _events(self, query: Mapping[str, str]) -> Reply:
        with self.store.lock:
            return wp.events(self._listing("event", self._event_json, EVENTS), query)

    def _projects(self, query: Mapping[str, str]) -> Reply:
        with self.store.lock:
            return wp.posts(self._listing("project", self._project_json, PROJECTS), query)

    def _listing(self, kind: str, render: wp.Render, path: str) -> Listing:
        count = partial(self._count, kind)
        return Listing(count, partial(self.store.page, kind), render, f"{self.base}{path}")

    def _event_json(self, each: Stored) -> dict[str, Any]:
        return tec_event(each.source_id, each.body, each.modified, f"{self.base}/agenda")

    def _project_json(self, each: Stored) -> dict[str, Any]:
        return wordpress_post(each.source_id, each.body, each.modified, f"{self.base}/projecten")


Encode = Callable[[Any], bytes]


def encode(document: Any) -> bytes:
    """JSON as PHP writes it: ASCII only is not needed, slashes are."""
    return orjson.dumps(document)
