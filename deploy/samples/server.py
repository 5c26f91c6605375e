"""The HTTP server of the stand-in sources: real answers, real validators, real failures when asked for."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from prometheus_client import Counter

from deploy.samples.control import Control, Refused
from deploy.samples.faults import Failure
from deploy.samples.sources import Reply, Sources, encode
from deploy.samples.store import Store
from deploy.samples.ticker import Ticker
from schemas.errors import Stop

ANSWERS = Counter("zeven_samples_answers", "Answers of the stand-in sources.", ["outcome"])
_MANY = 1_000_000


def milliseconds() -> int:
    """The time now."""
    return time.time_ns() // 1_000_000


class Samples:
    """The running stand-in sources of a data folder."""

    def __init__(
        self,
        data: Path,
        port: int,
        *,
        seed: int = 7,
        every_s: float = 5.0,
        host: str = "127.0.0.1",
        now: Callable[[], int] = milliseconds,
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
        self.ticker = Ticker(self.sources, seed, every_s, now)
        self.control = Control(self.ticker)
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
        self.ticker.close()
        self.store.close()


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection for the samples that it belongs to."""

    samples: Samples
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        path = address.path.rstrip("/") or "/"
        if path == "/_control/truth":
            self._send(200, encode(self.samples.sources.truth()))
        elif path == "/_control/state":
            self._send(200, encode(self.samples.control.state()))
        elif failure := self.samples.ticker.faults.next(self.path):
            self._fail(failure, path, dict(parse_qsl(address.query)))
        elif reply := self.samples.sources.answer(path, dict(parse_qsl(address.query))):
            self._give(reply)
        else:
            self._page(path)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        try:
            said = json.loads(self.rfile.read(min(length, _MANY)) or b"{}")
            word = self.path.removeprefix("/_control/")
            self._send(200, encode(self.samples.control.follow(word, said)))
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
