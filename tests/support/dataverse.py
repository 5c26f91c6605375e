"""A server with one table of Dataverse for tests: tokens that expire, half answers, and a login."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from deploy.samples.faces import dataverse
from deploy.samples.faces.dataverse import PATH, Entity
from tests.support.site import Site, say

SECRET = "heel-geheim"


class Table:
    """Rows by id with the version at which each changed; a removed row is None."""

    def __init__(self, site: Site, ident: str = "projectid", *, login: bool = False) -> None:
        self.site, self.ident, self.login = site, ident, login
        self.version, self.oldest = 0, 0
        self.rows: dict[str, tuple[int, dict[str, Any] | None]] = {}
        self.broken_page: str | None = None
        self.limited: list[str] = []
        """Retry-After of the next answers, which are refusals."""
        self.url = f"{site.url}{PATH}"
        site.reply = self.reply

    def options(self, **more: Any) -> dict[str, Any]:
        """What a manifest says of this table."""
        said: dict[str, Any] = {"url": self.url, "table": "projects", "id": self.ident, "page_size": 2}
        said["select"] = [self.ident, "name", "modifiedon"]
        if self.login:
            said |= {
                "tenant": "t",
                "client_id": "c",
                "client_secret": SECRET,
                "token_url": f"{self.site.url}/token",
            }
        return said | more

    def put(self, source_id: str, name: str, **more: Any) -> None:
        """A new or changed row."""
        self.version += 1
        stamp = f"2026-05-01T10:00:{self.version % 60:02d}Z"
        row = {self.ident: source_id, "name": name, "modifiedon": stamp, "statecode": 0}
        self.rows[source_id] = (self.version, row | more)

    def drop(self, *source_ids: str) -> None:
        """Remove rows."""
        for source_id in source_ids:
            self.version += 1
            self.rows[source_id] = (self.version, None)

    def reply(self, to: BaseHTTPRequestHandler, _: int) -> None:
        """Answer one question."""
        path, query = urlsplit(to.path).path, dict(parse_qsl(urlsplit(to.path).query))
        if path == "/token":
            _tell(to, 200, {"access_token": "munt", "expires_in": 3600})
        elif self.login and to.headers.get("Authorization") != "Bearer munt":
            _tell(to, 401, {"error": {"message": "no token"}})
        elif self.limited:
            refused = b'{"error": {"code": "0x80072322", "message": "Number of requests exceeded"}}'
            say(to, 429, refused, Retry_After=self.limited.pop(0))
        elif self.broken_page is not None and self.broken_page in to.path:
            say(to, 200, b'{"value": [{"projec')
        else:
            entities = [Entity(one, version, row) for one, (version, row) in self.rows.items()]
            table = dataverse.Table("projects", self.ident, entities, self.version + 1, self.oldest)
            prefer = to.headers.get("Prefer", "")
            status, said, _headers = dataverse.answer(table, self.url, path.removeprefix(PATH), query, prefer)
            _tell(to, status, said)


def _tell(to: BaseHTTPRequestHandler, status: int, document: Any) -> None:
    say(to, status, json.dumps(document).encode())
