"""The small door for operators on every process: /metrics, /health/live and /health/ready."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from schemas.bus.metrics import READY
from schemas.errors import Stop

Ready = Callable[[], str | None]


class Server:
    """A running door; `close` ends it."""

    def __init__(self, http: ThreadingHTTPServer) -> None:
        self._http = http
        self._thread = Thread(
            target=http.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True, name="door"
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._http.server_address[1])

    def close(self) -> None:
        """Stop answering."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def start(port: int, ready: Ready, host: str = "127.0.0.1", live: Ready = lambda: None) -> Server:
    """Serve on `port` (0: any). `ready` and `live` return None, or why not."""
    try:
        http = ThreadingHTTPServer((host, port), _handler(ready, live))
    except OSError as fault:
        raise Stop(
            f"Port {port} cannot be used: {fault.strerror}", fix="Choose another with --port."
        ) from fault
    http.daemon_threads = True
    return Server(http)


def _handler(ready: Ready, live: Ready) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                READY.set(0 if ready() else 1)
                self._answer(200, generate_latest(REGISTRY), CONTENT_TYPE_LATEST)
            elif path in ("/health/live", "/health/ready"):
                word = path.rpartition("/")[2]
                reason = ready() if word == "ready" else live()
                body = {word: reason is None} | ({"reason": reason} if reason else {})
                self._answer(503 if reason else 200, json.dumps(body).encode(), "application/json")
            else:
                self._answer(
                    404, b'{"paths": ["/metrics", "/health/live", "/health/ready"]}', "application/json"
                )

        def _answer(self, status: int, body: bytes, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of the base class)
            """Keep the scrapes out of the log."""

    return Handler
