"""The HTTP server of the stand-in sources: real answers, real validators, real failures when asked for."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import formatdate
from functools import partial
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from prometheus_client import Counter

from deploy.samples import regions
from deploy.samples.control import Control, Refused
from deploy.samples.database import Database
from deploy.samples.faces.wp import Reply
from deploy.samples.faults import Failure
from deploy.samples.hooks import HUB, Called, Hooks
from deploy.samples.sources import Sources, encode
from deploy.samples.standin import Answer, Asked, Standin
from deploy.samples.standins import noord_holland
from deploy.samples.store import Store
from deploy.samples.ticker import Ticker
from schemas.errors import Stop

ANSWERS = Counter("zeven_samples_answers", "Answers of the stand-in sources.", ["outcome"])
_MANY = 1_000_000
WITH_DATABASE = "midden-nederland"


def milliseconds() -> int:
    """The time now."""
    return time.time_ns() // 1_000_000


class Others(NamedTuple):
    """The hubs beside Zuid-Holland, the port of the one that has a database, and whom the CRM tells of changes."""

    hubs: Sequence[str] = ()
    database_port: int | None = None
    called: Called | None = None


class Samples:
    """The running stand-in sources of a data folder: those of Zuid-Holland, and of the `others` that are asked for.

    Changes happen in all of them, one every `every_s` seconds in all.
    """

    def __init__(
        self,
        data: Path,
        port: int,
        *,
        seed: int = 7,
        every_s: float = 5.0,
        host: str = "127.0.0.1",
        others: Others | None = None,
    ) -> None:
        folder = data / "samples"
        self.store = Store(folder / "samples.sqlite")
        try:
            self._http = ThreadingHTTPServer((host, port), type("Handler", (_Handler,), {"samples": self}))
        except OSError as fault:
            self.store.close()
            raise Stop(
                f"Port {port} cannot be used: {fault.strerror}", fix="Choose another base port."
            ) from fault
        self._http.daemon_threads = True
        self.port = int(self._http.server_address[1])
        self.base = f"http://127.0.0.1:{self.port}"
        self.sources = Sources(self.store, folder, self.base)
        _begin_list_of_office(folder / "werkgroepen.csv")
        hubs, database_port, called = others or Others()
        pace = every_s * (1 + len(hubs))
        self.ticker = Ticker(self.sources, regions.of(regions.ZUID_HOLLAND), seed, pace, milliseconds)
        self.control = Control(self.ticker)
        self.others = {
            hub: _Other(hub, folder / hub, self.base, seed, pace, _database(hub, folder, database_port))
            for hub in hubs
        }
        self._hooks = _hooks(self.others.get(HUB), called)
        self._thread = Thread(target=self._http.serve_forever, args=(0.1,), name="samples", daemon=True)
        self._thread.start()

    @property
    def list_path(self) -> Path:
        """The member list."""
        return self.sources.list_path

    def close(self) -> None:
        """Stop answering and changing."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        if self._hooks is not None:
            self._hooks.close()
        self.ticker.close()
        self.store.close()
        for other in self.others.values():
            other.close()


def _begin_list_of_office(path: Path) -> None:
    """The list of the national office, which nobody but people changes afterwards."""
    if not path.exists():
        path.write_bytes(files("deploy.samples.nation").joinpath("office.csv").read_bytes())


def _database(hub: str, folder: Path, port: int | None) -> Database | None:
    """The database of a hub that has one, started."""
    if hub != WITH_DATABASE or port is None:
        return None
    found = Database(folder / hub / "postgres", port)
    found.start()
    return found


class _Other:
    """The sources of another hub: its store, what it answers, what happens there."""

    def __init__(
        self, hub: str, folder: Path, base: str, seed: int, every_s: float, database: Database | None
    ) -> None:
        self.store, self.database = Store(folder / "samples.sqlite"), database
        self.standin = Standin(hub, self.store, folder, base, database)
        self.ticker = Ticker(self.standin, self.standin.region, seed, every_s, milliseconds)
        self.control = Control(self.ticker)

    def close(self) -> None:
        """Nothing more happens."""
        self.ticker.close()
        self.store.close()
        if self.database is not None:
            self.database.stop()


def _hooks(other: _Other | None, called: Called | None) -> Hooks | None:
    """The webhooks of the hub that has a CRM at HubSpot, if somebody is to be called."""
    if other is None or called is None:
        return None
    return Hooks(partial(noord_holland.objects, other.standin), called, other.ticker.now)


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection for the samples that it belongs to."""

    samples: Samples
    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize, disable_nagle_algorithm = -1, True  # head and body in one piece

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        path = address.path.rstrip("/") or "/"
        query = dict(parse_qsl(address.query))
        if path == "/_control/truth":
            self._send(200, encode(self._sources(query.get("hub")).truth()))
        elif path == "/_control/state":
            self._send(200, encode(self._control(query.get("hub")).state()))
        elif (other := self.samples.others.get(path.split("/")[1])) is not None:
            self._elsewhere(other, path, query)
        elif failure := self.samples.ticker.faults.next(self.path):
            self._fail(failure, path, query)
        elif reply := self.samples.sources.answer(path, query):
            self._give(reply)
        else:
            self._page(path)

    def _sources(self, hub: str | None) -> Sources | Standin:
        return self.samples.others[hub].standin if hub in self.samples.others else self.samples.sources

    def _control(self, hub: str | None) -> Control:
        return self.samples.others[hub].control if hub in self.samples.others else self.samples.control

    def _elsewhere(self, other: _Other, path: str, query: dict[str, str], body: bytes = b"") -> None:
        """A question to the sources of another hub."""
        headers = {name.lower(): said for name, said in self.headers.items()}
        below = "/" + path.split("/", 2)[2] if path.count("/") > 1 else "/"
        asked = Asked(self.command, below, query, headers, body, other.ticker.now())
        failure = other.ticker.faults.next(self.path)
        if failure is not None and failure.close:
            self.close_connection = True
        elif failure is not None and failure.body is not None:
            self._send(
                failure.status, failure.body, headers=list(failure.headers), content_type=failure.content_type
            )
        elif found := other.standin.answer(asked):
            self._tell(found, half=failure is not None)
        else:
            self._send(404, b'{"error": "voorbeelddata: no such address"}')

    def _tell(self, found: Answer, *, half: bool) -> None:
        mark = f'"{blake2b(found.body, digest_size=12).hexdigest()}"'
        headers = [*found.headers]
        if found.status == 200 and self.command == "GET":
            headers.append(("ETag", mark))
            if self.headers.get("If-None-Match") == mark:
                self._send(304, b"", headers=headers)
                return
        self._send(found.status, found.body, headers=headers, content_type=found.content_type, half=half)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, _MANY))
        address = urlsplit(self.path)
        if (other := self.samples.others.get(address.path.split("/")[1])) is not None:
            self._elsewhere(other, address.path.rstrip("/"), dict(parse_qsl(address.query)), body)
            return
        try:
            said = json.loads(body or b"{}")
            word = self.path.removeprefix("/_control/")
            self._send(200, encode(self._control(said.pop("hub", None)).follow(word, said)))
        except (Refused, ValueError) as fault:
            self._send(400, encode({"error": str(fault)}))

    def _give(self, reply: Reply, *, half: bool = False) -> None:
        body = encode(reply.document)
        headers = list(reply.headers)
        if reply.status == 200:
            digest = blake2b(body + repr(headers).encode(), digest_size=12).hexdigest()
            headers.append(("ETag", f'W/"{digest}"'))
            if self.headers.get("If-None-Match") == f'W/"{digest}"':
                self._send(304, b"", headers=headers)
                return
            modified = max((each for each in _modified(reply.document)), default=0)
            headers.append(("Last-Modified", formatdate(modified, usegmt=True)))
        self._send(reply.status, body, headers=headers, half=half)

    def _fail(self, failure: Failure, path: str, query: dict[str, str]) -> None:
        if failure.close:
            self.close_connection = True
        elif failure.body is not None:
            kind = failure.content_type
            self._send(failure.status, failure.body, headers=list(failure.headers), content_type=kind)
        elif reply := self.samples.sources.answer(path, query):
            self._give(reply, half=True)

    def _page(self, path: str) -> None:
        known = path == "/" or path.startswith(("/agenda", "/projecten"))
        words = f"Voorbeelddata: {html.escape(path)} van AI-hub Zuid-Holland bestaat niet echt."
        page = f"<!doctype html><html lang=nl><title>Voorbeelddata</title><p>{words}</html>"
        self._send(200 if known else 404, page.encode(), content_type="text/html; charset=UTF-8")

    def _send(
        self,
        status: int,
        body: bytes,
        *,
        headers: list[tuple[str, str]] | None = None,
        content_type: str = "application/json; charset=UTF-8",
        half: bool = False,
    ) -> None:
        ANSWERS.labels(outcome=str(status)).inc()
        self.send_response(status)
        for name, value in headers or ():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if half else body)
        if half:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of the base class)
        """Keep the looks out of the log."""


def _modified(document: Any) -> list[float]:
    events = document.get("events", [document]) if isinstance(document, dict) else document
    stamps = [
        each.get("modified_gmt") or str(each.get("modified_utc", "")).replace(" ", "T") for each in events
    ]
    return [_seconds(stamp) for stamp in stamps if stamp]


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp()
