"""Between the source under control and the reader stands a door that can fail: a proxy for the web, a copy for a file.

A door knows nothing of what is read through it, so that one script of faults serves every kind of source.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlsplit

Rewrite = Callable[[bytes, str], bytes]
"""Body and content type (or suffix of the file) -> the body that is given."""
SILENT_S: Final = 1.3
_LONG: Final = 30
_KEPT: Final = ("content-type", "etag", "last-modified", "link", "location")


class Fault(NamedTuple):
    """How one answer fails: a status with body and headers, or by being cut, garbled, silent or not there."""

    way: str
    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


FAULTS: Final = {
    "429": Fault("429", 429, b'{"message": "too many requests"}', (("Retry-After", "0"),)),
    "500": Fault("500", 500, b"<h1>Internal Server Error</h1>"),
    "503": Fault("503", 503, b"<h1>Onderhoud</h1>"),
    "timeout": Fault("timeout"),
    "closed": Fault("closed"),
    "truncated": Fault("truncated"),
    "garbage": Fault("garbage", 200, b'[{"id": 1, \xff\xfe\x00 "title": '),
    "html": Fault("html", 200, b"<!doctype html><title>Momentje</title><p>Log in</p>"),
    "nothing": Fault("nothing", 200, b""),
    "unauthorised": Fault("unauthorised", 401, b'{"message": "not logged in"}'),
    "forbidden": Fault("forbidden", 403, b"<title>Blocked by firewall</title>"),
    "not found": Fault("not found", 404, b"<title>404</title>"),
}


class Door(Protocol):
    """What a trial does with the way to a source."""

    rewrite: Rewrite | None
    web: bool

    def options(self) -> dict[str, Any]:
        """Changes of the manifest's options, so that the reader goes through this door."""
        ...

    def fresh(self) -> None:
        """A look begins."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


@dataclass
class Traffic:
    """What was asked in this look, and how the next answers fail."""

    paths: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    plan: Callable[[int], Fault | None] = lambda _: None
    before: Callable[[int], None] = lambda _: None
    bound: int | None = None
    """Beyond so many requests all answers are right again, so that whoever asks without end comes to one."""


class Proxy:
    """The door of a web source: a real server in front of it."""

    web = True

    def __init__(self, upstream: str, options: Mapping[str, Any]) -> None:
        self.rewrite: Rewrite | None = None
        self.traffic = Traffic()
        self._lock = Lock()
        parts = urlsplit(upstream)
        self._host, self._upstream = parts.netloc, f"{parts.scheme}://{parts.netloc}"
        self._addresses = {name: str(options[name]) for name in ("url", "sitemap") if name in options}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"door": self}))
        self._http.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = Thread(target=self._http.serve_forever, args=(0.02,), name="door", daemon=True)
        self._thread.start()

    def options(self) -> dict[str, Any]:
        """The address of the source, behind this door."""
        own = urlsplit(self.base).netloc
        return {
            name: urlsplit(url)._replace(scheme="http", netloc=own).geturl()
            for name, url in self._addresses.items()
        }

    def fresh(self) -> None:
        """Count from nothing."""
        self.traffic.paths.clear()
        self.traffic.times.clear()

    def close(self) -> None:
        """Stop answering."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def asked(self, path: str) -> Fault | None:
        """Count a request; returns how its answer fails."""
        traffic = self.traffic
        with self._lock:
            traffic.paths.append(path)
            traffic.times.append(time.monotonic())
            number = len(traffic.paths)
            traffic.before(number)
            return traffic.plan(number) if traffic.bound is None or number <= traffic.bound else None

    def fetch(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, bytes]:
        """The right answer, as it would be if it stood at this address."""
        headers = {name: said for name, said in headers.items() if name.lower() not in ("host", "connection")}
        if self.rewrite is not None:
            headers = {name: said for name, said in headers.items() if not name.lower().startswith("if-")}
        connection = HTTPConnection(self._host, timeout=_LONG)
        try:
            connection.request(method, path, body or None, headers | {"Accept-Encoding": "identity"})
            answer = connection.getresponse()
            found = answer.read().replace(self._upstream.encode(), self.base.encode())
        finally:
            connection.close()
        if self.rewrite is not None and answer.status == 200:
            found = self.rewrite(found, answer.headers.get("content-type", ""))
        said = [
            (name, value.replace(self._upstream, self.base))
            for name, value in answer.headers.items()
            if name.lower() in _KEPT or name.lower().startswith(("x-", "odata", "preference"))
        ]
        return answer.status, said, found


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection for its door."""

    door: Proxy
    protocol_version = "HTTP/1.1"
    timeout = _LONG
    wbufsize, disable_nagle_algorithm = (
        -1,
        True,
    )  # head and body in one piece: else each answer waits 40 ms for an ACK

    def do_GET(self) -> None:
        with suppress(ConnectionError):  # who asked has gone
            self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.door.asked(self.path)
        if fault is None or fault.way == "truncated":
            self._pass(body, cut=fault is not None)
        elif fault.way in ("closed", "timeout"):
            if fault.way == "timeout":
                time.sleep(SILENT_S)
            self.close_connection = True
        else:
            self._send(fault.status, list(fault.headers), fault.body)

    def do_POST(self) -> None:
        self.do_GET()

    def _pass(self, body: bytes, *, cut: bool) -> None:
        try:
            status, headers, found = self.door.fetch(self.command, self.path, dict(self.headers), body)
        except (OSError, HTTPException):
            self.close_connection = True
            return
        self._send(status, headers, found, cut=cut)

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes, *, cut: bool = False) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of the base class)
        """Keep requests out of the output."""


class Copy:
    """The door of a file: a copy that is made for each look, or left half made."""

    web = False

    def __init__(self, upstream: Path, folder: Path) -> None:
        self.rewrite: Rewrite | None = None
        self._upstream, self.path = upstream, folder / upstream.name

    def options(self) -> dict[str, Any]:
        """The copy."""
        return {"path": str(self.path), "settle_s": 0}

    def fresh(self) -> None:
        """Make the copy as it is to be."""
        content = self._upstream.read_bytes()
        self.write(content if self.rewrite is None else self.rewrite(content, self.path.suffix))

    def write(self, content: bytes) -> None:
        """Put the copy in place in one step."""
        part = self.path.with_suffix(".part")
        part.write_bytes(content)
        os.replace(part, self.path)  # noqa: PTH105 (one step: a reader sees the old or the new)

    def close(self) -> None:
        """Nothing is held."""
