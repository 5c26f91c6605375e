"""The door of a hub's inbox over real HTTP, and a hub of a test's own that has one."""

from __future__ import annotations

import asyncio
import random
import socket
import string
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import httpx
from aiohttp import web

from connectors import manifest as manifests
from connectors.inbox import hubspot
from connectors.inbox.checks import Keys
from connectors.inbox.desk import path_of
from connectors.inbox.door import Door
from connectors.inbox.store import Inbox
from connectors.manifest import Manifest
from connectors.sources import open_source
from schemas.settings import Inbox as Bounds
from schemas.settings import Settings
from tests.support import eighth

TOKEN: Final = "een-heel-lang-token-voor-de-proef"
OLD_TOKEN: Final = "het-vorige-token-dat-nog-even-geldt"
SECRET: Final = "0f0e0d0c-proef-geheim-van-de-app"
OBJECT: Final = "2-4711"
LARGEST: Final = 1_000_000
AT_HUBSPOT: Final = """
[sources.membership]
reader = "hubspot"
[sources.membership.options]
url = "http://127.0.0.1:1"
object = "2-4711"
properties = ["Naam"]
may_be_empty = true
manners = { interval_s = 0, backoff_s = 0.05, timeout_s = 5, attempts = 1 }
"""


def hub(folder: Path, *, at_hubspot: bool = False) -> str:
    """Write manifest and mapping of a new hub into a folder of hubs; returns its name."""
    name = "proef-" + "".join(random.choices(string.ascii_lowercase, k=10))
    head, _, _ = eighth.MANIFEST.partition("[sources.membership]")
    text = head + AT_HUBSPOT if at_hubspot else eighth.MANIFEST
    home = folder / name
    home.mkdir(parents=True)
    said = text.replace('hub = "flevoland"', f'hub = "{name}"').replace('provinces = ["NL-FL"]\n', "")
    (home / "manifest.toml").write_text(said, encoding="utf-8")
    (home / "mapping.py").write_text(eighth.MAPPING, encoding="utf-8")
    return name


class Running:
    """A door that answers on a port of this machine."""

    def __init__(
        self,
        settings: Settings,
        manifest: Manifest,
        clock: Callable[[], int],
        public: str = "https://inbox.example",
    ) -> None:
        self.settings, self.manifest, self.clock, self._public = settings, manifest, clock, public
        self.inbox = Inbox(path_of(settings, manifest.hub))
        self._started, self._loop = Event(), asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="inbox", daemon=True)
        self._thread.start()
        assert self._started.wait(15)
        self.client = httpx.Client(base_url=f"{self.base}/v1/{manifest.hub}", trust_env=False, timeout=60)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(listening.getsockname()[1])
        self.base = f"http://127.0.0.1:{self.port}"
        keys = Keys((TOKEN, OLD_TOKEN), (SECRET, "de-vorige"), self._public or self.base)
        door = Door(self.settings, self.manifest, keys, self.inbox, self._read, self.clock)
        runner = web.AppRunner(door.application(), shutdown_timeout=1)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        self._ending = asyncio.Event()
        self._started.set()
        await self._ending.wait()
        await runner.cleanup()

    def _read(self, kind: str, path: Path) -> dict[str, Any]:
        """What the reader says of a file, without a national view to compare it with."""
        part = self.manifest.sources[kind]
        source = open_source(part.reader, part.options | {"path": str(path), "settle_s": 0})
        look = source.look(None, self.clock)
        rows = [row.source_id for page in look for row in page.rows]
        said = {"kind": kind, "complete": look.verdict.complete, "reasons": list(look.verdict.reasons)}
        return {"kinds": [said], "changes": rows}

    def close(self) -> None:
        self.client.close()
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join()
        self._loop.close()
        self.inbox.close()

    def upload(
        self, content: bytes, name: str = "leden.csv", token: str = TOKEN, **headers: str
    ) -> httpx.Response:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.client.post(
            f"membership/files/{name}", content=content, headers={"Authorization": f"Bearer {token}", **named}
        )

    def step(self, way: str, upload_id: str, token: str = TOKEN) -> httpx.Response:
        """Publish or throw away."""
        method, path = ("POST", "/publish") if way == "publish" else ("DELETE", "")
        address = f"membership/uploads/{upload_id}{path}"
        return self.client.request(method, address, headers={"Authorization": f"Bearer {token}"})

    def call(self, body: bytes, query: str = "", **how: Any) -> httpx.Response:
        """A webhook as HubSpot sends it."""
        headers = signed(self.manifest.hub, body, self.clock(), query, **how)
        return self.client.post(f"hubspot{query}", content=body, headers=headers)


def signed(
    hub: str,
    body: bytes,
    now_ms: int,
    query: str = "",
    *,
    secret: str = SECRET,
    base: str = "https://inbox.example",
) -> Mapping[str, str]:
    """The headers of a signed webhook."""
    address = f"{base}/v1/{hub}/hubspot{query}"
    made = hubspot.signature(secret, "POST", address, body, str(now_ms))
    return {"X-HubSpot-Signature-v3": made, "X-HubSpot-Request-Timestamp": str(now_ms)}


@contextmanager
def door(
    folder: Path, clock: Callable[[], int], *, at_hubspot: bool = False, old: str = "", new: str = ""
) -> Iterator[Running]:
    """A door of a new hub in a folder; `new` stands in its manifest where `old` was."""
    name = hub(folder / "hubs", at_hubspot=at_hubspot)
    path = folder / "hubs" / name / "manifest.toml"
    if old:
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    settings = Settings(data=folder, hubs=folder / "hubs", inbox=Bounds(max_bytes=LARGEST))
    running = Running(settings, manifests.load(name, settings, {}), clock)
    try:
        yield running
    finally:
        running.close()
