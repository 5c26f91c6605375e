"""The process of the view: reads Kafka and answers HTTP in one event loop; ends when either cannot go on."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Mapping
from types import FrameType

import structlog
import uvicorn

from schemas.errors import Stop
from schemas.hubs import Hub
from schemas.settings import Settings
from streams.view.api import View, application
from streams.view.materialise import Materialiser, wall_ms
from streams.view.page import attach
from streams.view.speaker import Speaker

GOODBYE_S = 3


class Door(uvicorn.Server):
    """A uvicorn that first lets those go who listen for changes."""

    view: View

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal asks us to end."""
        self.view.bell.close()
        super().handle_exit(sig, frame)


def listening(host: str, port: int) -> socket.socket:
    """A bound socket. Raises `Stop` when the port is taken."""
    try:
        return socket.create_server((host, port))
    except OSError as fault:
        raise Stop(
            f"Port {port} cannot be used: {fault.strerror}",
            where=f"{host}:{port}",
            fix="Another view may be running; choose another port with --port.",
        ) from fault


async def serve(
    settings: Settings,
    hubs: tuple[Hub, ...],
    door: socket.socket,
    stop: asyncio.Event | None = None,
    doors: Mapping[str, str] | None = None,
) -> None:
    """Run until a signal or `stop`; raises what made the reading end."""
    reader = Materialiser(settings, tuple(hub.slug for hub in hubs))
    days = settings.topics.history_days
    view = View(reader.folder, hubs, wall_ms, reader.bell, reader.ready, doors or {}, days)
    app = application(view)
    attach(app, view)
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=GOODBYE_S)
    server = Door(config)
    server.view = view
    reading = asyncio.create_task(reader.run(), name="materialise")
    speaker = Speaker(settings, hubs, reader.folder, reader.ready, wall_ms)
    speaking = asyncio.create_task(speaker.run(), name="speak")

    def goodbye(_task: object) -> None:
        view.bell.close()
        server.should_exit = True

    reading.add_done_callback(goodbye)
    speaking.add_done_callback(goodbye)
    asked = asyncio.create_task((stop or asyncio.Event()).wait())
    asked.add_done_callback(goodbye)
    structlog.get_logger("view").info("listening", address="http://{}:{}".format(*door.getsockname()[:2]))
    try:
        await server.serve(sockets=[door])
    finally:
        asked.cancel()
        reading.cancel()
        speaking.cancel()
        await asyncio.wait([reading, speaking, asked])
    for task in (reading, speaking):
        if not task.cancelled() and (fault := task.exception()) is not None:
            raise fault


def run(
    settings: Settings, hubs: tuple[Hub, ...], port: int | None = None, doors: Mapping[str, str] | None = None
) -> None:
    """Run the view in this process until it is asked to end; `doors`: where connectors show their figures."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it writes 20 lines a second without a broker
    door = listening(settings.page.host, settings.page.port if port is None else port)
    asyncio.run(serve(settings, hubs, door, doors=doors))
