"""Starts the sample receivers: one loop in a thread with the web on two ports and SMTP on a third."""

from __future__ import annotations

import asyncio
import socket
from threading import Event, Thread

import uvicorn

from deploy.samples.receivers.door import Catcher, Moods, application
from deploy.samples.receivers.store import Store
from deploy.samples.secrets import webhook_secret
from schemas.errors import Stop
from schemas.settings import Settings

LONGEST_START_S = 15.0


class Receivers:
    """The running receivers; `close` ends them."""

    def __init__(self, settings: Settings) -> None:
        secret = webhook_secret(settings).read_text(encoding="ascii").split()[0]
        host, ports = settings.ports.host, settings.ports
        opened: list[socket.socket] = []
        try:
            opened.extend(
                _listen(host, port) for port in (ports.webhook, ports.receivers, settings.smtp_port)
            )
        except Stop:
            for one in opened:
                one.close()
            raise
        *self._web, self._smtp = opened
        self._store, moods = Store(settings.data / "receivers.sqlite3"), Moods()
        self._catcher = Catcher(self._store, moods)
        config = uvicorn.Config(
            application(self._store, secret, moods),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server, self._started = uvicorn.Server(config), Event()
        self._thread = Thread(target=lambda: asyncio.run(self._run()), name="receivers", daemon=True)
        self._thread.start()
        if not self._started.wait(LONGEST_START_S):
            raise Stop("The receivers did not start", fix="See the log.")

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        smtp = await loop.create_server(self._catcher.server, sock=self._smtp)
        self._started.set()
        try:
            await self._server.serve(sockets=self._web)
        finally:
            smtp.close()

    @property
    def alive(self) -> bool:
        """Whether they still answer."""
        return self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        """Wait for their end, at most so long."""
        self._thread.join(seconds)

    def close(self) -> None:
        """Stop answering."""
        self._server.should_exit = True
        self._thread.join(LONGEST_START_S)
        for one in self._web:
            one.close()
        self._store.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), reuse_port=False)
    except OSError as fault:
        raise Stop(
            f"Port {port} cannot be used: {fault.strerror}",
            fix="Stop what uses it, or move the system with --base-port.",
        ) from fault
