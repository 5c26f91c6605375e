"""A stand-in for one table of Dataverse: OData v4 with change tracking, pages, tokens that expire, and a login."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.site import Site, say

PATH = "/api/data/v9.2"
SECRET = "heel-geheim"


class Table:
    """Rows by id with the version at which each changed; a removed row is None."""

    def __init__(self, site: Site, ident: str = "projectid", *, login: bool = False) -> None:
        self.site, self.ident, self.login = site, ident, login
        self.version, self.oldest = 0, 0
        self.rows: dict[str, tuple[int, dict[str, Any] | None]] = {}
        self.broken_page: str | None = None
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

    def put(self, source_id: str, name: str) -> None:
        """A new or changed row."""
        self.version += 1
        stamp = f"2026-05-01T10:00:{self.version % 60:02d}Z"
        self.rows[source_id] = (self.version, {self.ident: source_id, "name": name, "modifiedon": stamp})

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
        elif path != f"{PATH}/projects":
            self._one(to, path)
        elif self.broken_page is not None and self.broken_page in to.path:
            say(to, 200, b'{"value": [{"projec')
        elif "$deltatoken" in query:
            self._delta(to, int(query["$deltatoken"]))
        else:
            self._whole(to, int(query.get("$skiptoken", "0")))

    def _one(self, to: BaseHTTPRequestHandler, path: str) -> None:
        source_id = path.rpartition("(")[2].rstrip(")")
        row = self.rows.get(source_id, (0, None))[1]
        _tell(to, *((200, row) if row else (404, {"error": {"message": "Does Not Exist"}})))

    def _whole(self, to: BaseHTTPRequestHandler, skip: int) -> None:
        live = [row for _, row in self.rows.values() if row is not None]
        page = {"value": [row | {"@odata.etag": "W/1"} for row in live[skip : skip + 2]]}
        if skip + 2 < len(live):
            _tell(to, 200, page | {"@odata.nextLink": f"{self.url}/projects?$skiptoken={skip + 2}"})
        else:
            _tell(to, 200, page | {"@odata.deltaLink": f"{self.url}/projects?$deltatoken={self.version}"})

    def _delta(self, to: BaseHTTPRequestHandler, since: int) -> None:
        if since < self.oldest:
            _tell(to, 410, {"error": {"message": "The token has expired"}})
            return
        context = f"{self.url}/$metadata#projects/$deletedEntity"
        changed = [
            row if row is not None else {"@odata.context": context, "id": source_id, "reason": "deleted"}
            for source_id, (version, row) in self.rows.items()
            if version > since
        ]
        link = f"{self.url}/projects?$deltatoken={self.version}"
        _tell(to, 200, {"value": changed, "@odata.deltaLink": link})


def _tell(to: BaseHTTPRequestHandler, status: int, document: Any) -> None:
    say(to, status, json.dumps(document).encode())
