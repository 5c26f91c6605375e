"""A web server for tests that answers as a test says and counts what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

Reply = Callable[[BaseHTTPRequestHandler, int], None]


class Site:
    """A server that answers as a test says and counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sent: list[tuple[str, bytes]] = []
        self.reply: Reply = lambda to, _: say(to, 200, b"{}")
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, dict(self.headers.items())))
                site.reply(self, len(site.asked))

            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", "0"))
                site.sent.append((self.path, self.rfile.read(size)))
                site.reply(self, len(site.asked))

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of the base class)
                """Quiet."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def say(to: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    to.send_response(status)
    for name, value in (
        {"Content-Type": "application/json", "Content-Length": str(len(body))} | headers
    ).items():
        to.send_header(name.replace("_", "-"), value)
    to.end_headers()
    to.wfile.write(body)


@pytest.fixture
def site() -> Iterator[Site]:
    """A server of the test's own."""
    running = Site()
    yield running
    running.close()
