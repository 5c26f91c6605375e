"""What holds for every answer of the API, and for a head that is none: version, safe headers, a problem document.

Headers as the NL API Design Rules have them (core/version-header, core/transport/security-headers).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from streams.view.asked import API
from streams.view.problems import MEDIA, problem

VERSION: Final = "1.1.0"
"""Of the HTTP API (Semantic Versioning); the first part stands in its addresses."""
SAFE: Final = {
    "API-Version": VERSION,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


LINGER_S: Final = 2.0


class Doorman:
    """Puts the headers on every answer below the API that does not say them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith(f"{API}/"):
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        await self._app(scope, receive, dressed)


class Head(H11Protocol):
    """HTTP/1.1 of which a head that is too long, or none, is answered with a problem document."""

    _refused = False

    def data_received(self, data: bytes) -> None:
        """What still comes after the answer is dropped: closing at once would reset the line and lose the answer."""
        if not self._refused:
            super().data_received(data)

    def eof_received(self) -> None:
        """Who asked has nothing more to say."""
        if self._refused:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Say why, and hang up when all was sent, or after a while; the words of the library are for its log."""
        del msg
        self._refused = True
        fix = "Send HTTP/1.1 with a head (address and headers together) of at most 64 KiB."
        said = problem(HTTPStatus.BAD_REQUEST, "The head of the request is too long, or no HTTP", fix)
        lines = (
            "HTTP/1.1 400 Bad Request",
            f"Content-Type: {MEDIA}",
            f"API-Version: {VERSION}",
            f"Content-Length: {len(said.body)}",
            "Connection: close",
        )
        head = "\r\n".join((*lines, "", "")).encode()
        self.transport.write(head + bytes(said.body))
        self.transport.write_eof()
        self.loop.call_later(LINGER_S, self.transport.close)


def crashed(request: Any, fault: Exception) -> Any:
    """An error of ours: the place is in the log, not in the answer."""
    del request, fault
    fix = "Ask again; when it stays, tell the operator: the log of the view has the place."
    return problem(500, "The view could not answer", fix)
