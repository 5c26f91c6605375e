"""The view as a process of its own, for tests that kill it: the hubs of `view_world`, settings from the environment."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from schemas.bus import logs
from schemas.settings import Settings
from streams.view.serve import listening, serve
from tests.support.view_world import HUBS
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]


class Killed:
    """A view at a port, which can be killed and started again."""

    def __init__(self, settings: Settings, port: int) -> None:
        self._environ = os.environ | settings.environ()
        self.port, self.base = port, f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until its answers can be trusted."""
        command = [sys.executable, "-m", "tests.support.view_process", str(self.port)]
        self._process = subprocess.Popen(command, cwd=ROOT, env=self._environ, stderr=subprocess.DEVNULL)
        until(self._ready, 60, "the view is ready")

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.base}/health/ready", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


@asynccontextmanager
async def running(settings: Settings, port: int) -> AsyncIterator[Killed]:
    """A view in a process; killed at the end."""
    made = Killed(settings, port)
    try:
        await asyncio.to_thread(made.start)
        yield made
    finally:
        made.kill()


if __name__ == "__main__":
    logs.configure("view")
    asyncio.run(serve(Settings.load(os.environ), HUBS, listening("127.0.0.1", int(sys.argv[1]))))
