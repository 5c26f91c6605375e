"""The stand-in sources as they answer: WordPress REST, The Events Calendar REST, and the member list."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from deploy.samples.shapes import member_list, tec_event, wordpress_post
from deploy.samples.store import Store, Stored

EVENTS = "/agenda/wp-json/tribe/events/v1/events"
PROJECTS = "/projecten/wp-json/wp/v2/projecten"
FLUSH_AT_ONCE = 2_000


class Reply(NamedTuple):
    """An answer before caching and failures."""

    status: int
    document: Any
    headers: tuple[tuple[str, str], ...] = ()


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
            return self._event(path.rpartition("/")[2])
        if path.startswith(f"{PROJECTS}/"):
            return self._project(path.rpartition("/")[2])
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
        size = min(max(_int(query.get("per_page"), 10), 1), 50)
        number = max(_int(query.get("page"), 1), 1)
        window = (query.get("start_date", ""), query.get("end_date", "~") or "~")
        with self.store.lock:
            total = self._count("event", *window)
            pages = -(-total // size)
            if number > max(pages, 1) or not total:
                return _error(
                    404, "event-archive-page-not-found", "The requested event archive page does not exist."
                )
            wanted = min(size, total - (number - 1) * size)
            found = self.store.page("event", (number - 1) * size, wanted, *window)
        address = f"{self.base}{EVENTS}/?per_page={size}&page="
        body: dict[str, Any] = {
            "events": [self._event_json(each) for each in found],
            "rest_url": f"{address}{number}",
        }
        if number < pages:
            body["next_rest_url"] = f"{address}{number + 1}"
        if number > 1:
            body["previous_rest_url"] = f"{address}{number - 1}"
        body |= {"total": total, "total_pages": pages}
        return Reply(200, body, (("X-TEC-Total", str(total)), ("X-TEC-TotalPages", str(pages))))

    def _projects(self, query: Mapping[str, str]) -> Reply:
        size, number = _int(query.get("per_page"), 10), _int(query.get("page"), 1)
        if not 1 <= size <= 100 or number < 1:
            return _error(400, "rest_invalid_param", "Invalid parameter(s): per_page")
        with self.store.lock:
            total = self._count("project")
            pages = -(-total // size)
            if number > max(pages, 1):
                return _error(400, "rest_post_invalid_page_number", "The page number requested is larger.")
            wanted = max(min(size, total - (number - 1) * size), 0)
            found = self.store.page("project", (number - 1) * size, wanted)
        headers = [("X-WP-Total", str(total)), ("X-WP-TotalPages", str(pages))]
        if number < pages:
            headers.append(("Link", f'<{self.base}{PROJECTS}?per_page={size}&page={number + 1}>; rel="next"'))
        return Reply(200, [self._project_json(each) for each in found], tuple(headers))

    def _event(self, source_id: str) -> Reply:
        found = self.store.get("event", source_id)
        if found is None or found.state == "trash":
            return _error(404, "event-not-found", "The requested event post ID does not exist.")
        if found.state != "live":
            return _error(403, "event-not-accessible", "The requested event is not accessible.")
        return Reply(200, self._event_json(found))

    def _project(self, source_id: str) -> Reply:
        found = self.store.get("project", source_id)
        if found is None or found.state == "trash":
            return _error(404, "rest_post_invalid_id", "Invalid post ID.")
        if found.state != "live":
            return _error(401, "rest_forbidden", "Sorry, you are not allowed to do that.")
        return Reply(200, self._project_json(found))

    def _event_json(self, each: Stored) -> dict[str, Any]:
        return tec_event(each.source_id, each.body, each.modified, f"{self.base}/agenda")

    def _project_json(self, each: Stored) -> dict[str, Any]:
        return wordpress_post(each.source_id, each.body, each.modified, f"{self.base}/projecten")


Encode = Callable[[Any], bytes]


def encode(document: Any) -> bytes:
    """JSON as PHP writes it: ASCII only is not needed, slashes are."""
    return orjson.dumps(document)


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"code": code, "message": message, "data": {"status": status}})


def _int(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else default
