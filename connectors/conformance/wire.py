"""The door of a database: a line that passes bytes both ways, and that can break while an answer comes.

It knows nothing of the protocol that is spoken through it, so what is said cannot be rewritten on the way.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Lock, Thread
from typing import Any, Final
from urllib.parse import urlsplit

from connectors.conformance.doors import SILENT_S, Fault, Rewrite, Traffic

WAYS: Final = ("timeout", "closed", "truncated", "garbage")
"""How an answer of a database can fail on its way."""
SCHEME: Final = "postgresql"
_PIECE: Final = 65_536


class Wire:
    """The door of a database that answers at `upstream`, such as `postgresql://127.0.0.1:5432`."""

    web = False

    def __init__(self, upstream: str) -> None:
        self.rewrite: Rewrite | None = None
        self.traffic = Traffic()
        self._lock = Lock()
        parts = urlsplit(upstream)
        self.upstream = (str(parts.hostname), int(parts.port or 5432))
        self._line = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"door": self}))
        self._thread = Thread(target=self._line.serve_forever, args=(0.02,), name="wire", daemon=True)
        self._thread.start()

    def options(self) -> dict[str, Any]:
        """The address of the database, behind this door."""
        return {"host": "127.0.0.1", "port": self._line.server_address[1], "timeout_s": 5.0}

    def fresh(self) -> None:
        """Count from nothing."""
        self.traffic.paths.clear()
        self.traffic.times.clear()

    def close(self) -> None:
        """Stop passing anything on."""
        self._line.shutdown()
        self._line.server_close()
        self._thread.join()

    def asked(self) -> Fault | None:
        """Count a piece of an answer; returns how it fails."""
        with self._lock:
            traffic = self.traffic
            traffic.paths.append("")
            traffic.times.append(time.monotonic())
            number = len(traffic.paths)
            traffic.before(number)
            return traffic.plan(number)


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


class _Handler(BaseRequestHandler):
    """Passes on what comes, for one connection."""

    door: Wire

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(self.door.upstream) as there:
            asking = Thread(target=_pass_on, args=(self.request, there), daemon=True)
            asking.start()
            try:
                while piece := there.recv(_PIECE):
                    if not self._answer(piece):
                        break
            finally:
                for end in (self.request, there):
                    with suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
                asking.join()

    def _answer(self, piece: bytes) -> bool:
        """Give a piece of an answer; False when the line is to break."""
        fault = self.door.asked()
        if fault is None:
            self.request.sendall(piece)
            return True
        if fault.way == "timeout":
            time.sleep(SILENT_S)
        elif fault.way == "truncated":
            self.request.sendall(piece[: len(piece) // 2])
        elif fault.way == "garbage":
            self.request.sendall(b"\xff\xfe\x00" + piece[::-1])
        return False


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
