"""The process of the view: reads Kafka and answers HTTP in one event loop; ends when either cannot go on."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Mapping
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from schemas.errors import Stop
from schemas.hubs import Hub
from schemas.settings import Settings
from streams.view import decide_api, desk, signing
from streams.view.api import View, application
from streams.view.deciding import Decider
from streams.view.doorman import Head
from streams.view.guard import Guard
from streams.view.keyring import Keyring
from streams.view.materialise import Materialiser, wall_ms
from streams.view.page import attach
from streams.view.painter import Painter, environment
from streams.view.proposals import Proposals
from streams.view.scribe import Scribe
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
    """A bound socket. Raises `Stop` when the port is taken.

    Whom it lets in sends at once: asyncio sees to that only for sockets that say they are TCP, and these do not; head
    and body of an answer would be 40 ms apart on a connection that is kept (Nagle, delayed acknowledgement).
    """
    try:
        door = socket.create_server((host, port))
    except OSError as fault:
        raise Stop(
            f"Port {port} cannot be used: {fault.strerror}",
            where=f"{host}:{port}",
            fix="Another view may be running; choose another port with --port.",
        ) from fault
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return door


def guarded(app: FastAPI, view: View, settings: Settings) -> Proposals:
    """Add what needs somebody: signing in, deciding, the steward's desk."""
    guard = Guard(Keyring(settings.data, wall_ms), settings.page, wall_ms)
    painter, decider = Painter(environment(), view), Decider(view, Scribe(settings))
    signing.attach(app, guard, painter)
    proposals = Proposals(view.folder)
    decide_api.attach(app, guard, decider, proposals)
    desk.attach(app, guard, painter, decider, proposals)
    return proposals


def _view(settings: Settings, hubs: tuple[Hub, ...], reader: Materialiser, doors: Mapping[str, str]) -> View:
    history, certificates = settings.topics.history_days, settings.data / "certificates"
    more = (doors, history, certificates, settings.page.licence)
    return View(reader.folder, hubs, wall_ms, reader.bell, reader.ready, *more)


async def serve(
    settings: Settings,
    hubs: tuple[Hub, ...],
    door: socket.socket,
    stop: asyncio.Event | None = None,
    doors: Mapping[str, str] | None = None,
) -> None:
    """Run until a signal or `stop`; raises what made the reading end."""
    reader = Materialiser(settings, tuple(hub.slug for hub in hubs))
    view = _view(settings, hubs, reader, doors or {})
    app = application(view)
    proposals = guarded(app, view, settings)
    attach(app, view)
    config = uvicorn.Config(
        app, http=Head, log_config=None, access_log=False, timeout_graceful_shutdown=GOODBYE_S
    )
    server = Door(config)
    server.view = view
    speaker = Speaker(settings, hubs, reader.folder, reader.ready, wall_ms)
    tasks = [asyncio.create_task(one.run()) for one in (reader, speaker, proposals)]

    def goodbye(_task: object) -> None:
        view.bell.close()
        server.should_exit = True

    asked = asyncio.create_task((stop or asyncio.Event()).wait())
    for task in (*tasks, asked):
        task.add_done_callback(goodbye)
    structlog.get_logger("view").info("listening", address="http://{}:{}".format(*door.getsockname()[:2]))
    try:
        await server.serve(sockets=[door])
    finally:
        for task in (*tasks, asked):
            task.cancel()
        await asyncio.wait([*tasks, asked])
    for task in tasks:
        if not task.cancelled() and (fault := task.exception()) is not None:
            raise fault


def run(
    settings: Settings, hubs: tuple[Hub, ...], port: int | None = None, doors: Mapping[str, str] | None = None
) -> None:
    """Run the view in this process until it is asked to end; `doors`: where connectors show their figures."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it writes 20 lines a second without a broker
    door = listening(settings.page.host, settings.page.port if port is None else port)
    asyncio.run(serve(settings, hubs, door, doors=doors))
