"""A portal of HubSpot for tests: lists by cursor, single objects, several at once, merges, a list that lags."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.site import Site, say

TOKEN = "heel-geheim"


class Crm:
    """A portal with pages of two. Its list does not show what is `late`, and shows what is `stale` as it was."""

    def __init__(self, site: Site, path: str = "/crm/v3/objects/companies") -> None:
        self.site, self.path = site, path
        self.objects: dict[str, dict[str, Any]] = {}
        self.merged: dict[str, str] = {}
        self.busy = 0
        self.late: set[str] = set()
        self.stale: dict[str, dict[str, Any]] = {}
        self.batches = 200
        site.reply = self.reply

    def put(self, source_id: str, **properties: Any) -> None:
        """A new or changed object."""
        stamp = {"createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-05-01T10:00:00.000Z"}
        self.objects[source_id] = {"id": source_id, "properties": properties, "archived": False, **stamp}

    def merge(self, losing: str, winning: str) -> None:
        """As a person merges two companies."""
        del self.objects[losing]
        self.merged[losing] = winning
        self.objects[winning]["properties"]["hs_merged_object_ids"] = losing

    def reply(self, to: BaseHTTPRequestHandler, _: int) -> None:
        """Answer one question."""
        path, query = urlsplit(to.path).path, dict(parse_qsl(urlsplit(to.path).query))
        if to.headers.get("Authorization") != f"Bearer {TOKEN}":
            _tell(to, 401, {})
        elif self.busy:
            self.busy -= 1
            say(to, 429, b"{}", Retry_After="0")
        elif path.endswith("/batch/read"):
            self._several(to)
        elif path != self.path:
            source_id = path.rpartition("/")[2]
            found = self.objects.get(self.merged.get(source_id, source_id))
            _tell(to, *((200, found) if found else (404, {})))
        else:
            assert "hs_merged_object_ids" in query["properties"]
            ids = sorted(self.objects.keys() - self.late)
            skip = ids.index(query["after"]) if query.get("after") in ids else 0
            more = {"paging": {"next": {"after": ids[skip + 2]}}} if len(ids) > skip + 2 else {}
            _tell(
                to,
                200,
                {"results": [self.stale.get(one, self.objects[one]) for one in ids[skip : skip + 2]]} | more,
            )

    def _several(self, to: BaseHTTPRequestHandler) -> None:
        asked = json.loads(self.site.sent[-1][1])
        assert "hs_merged_object_ids" in asked["properties"]
        assert len(asked["inputs"]) <= 100
        ids = [one["id"] for one in asked["inputs"]]
        found = [self.objects[one] for one in ids if one in self.objects]
        status = self.batches if self.batches != 200 or len(found) == len(ids) else 207
        _tell(to, status, {"status": "COMPLETE", "results": found})


def _tell(to: BaseHTTPRequestHandler, status: int, document: Any) -> None:
    say(to, status, json.dumps(document).encode())
