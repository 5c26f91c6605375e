"""A real browser for tests: Debian's chromium, driven over its debugging pipe (Chrome DevTools Protocol).

The pipe carries JSON documents, each ended by a zero byte: commands on descriptor 3, answers and events on 4.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any, Self

from tests.support.programs import program
from tests.support.waiting import auntil

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe")
ANSWER_S = 20.0


class Browser:
    """One browser with one page."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session = ""
        self.complaints: list[str] = []

    async def __aenter__(self) -> Self:
        to_read, self._to_write = os.pipe()
        self._from_read, from_write = os.pipe()
        command = [
            program("chromium", "chromium", "chromium-browser"),
            *FLAGS,
            f"--user-data-dir={self._folder}",
            "about:blank",
        ]
        shuffled = f'exec 3<&{to_read} 4>&{from_write}; exec "$@"'
        self._process = subprocess.Popen(  # noqa: ASYNC220 (it only forks)
            ["bash", "-c", shuffled, "-", *command],
            pass_fds=(to_read, from_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(from_write)
        self._reading = asyncio.create_task(asyncio.to_thread(self._read, asyncio.get_running_loop()))
        target = await self.send("Target.createTarget", url="about:blank")
        attached = await self.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            await self.send(f"{domain}.enable")
        return self

    async def __aexit__(self, *_fault: object) -> None:
        self._session = ""
        with contextlib.suppress(TimeoutError, BrokenPipeError):
            await self.send("Browser.close")
        await asyncio.to_thread(self._process.wait, ANSWER_S)
        await self._reading
        os.close(self._to_write)
        os.close(self._from_read)

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        rest = b""
        while chunk := os.read(self._from_read, 65536):
            *documents, rest = (rest + chunk).split(b"\0")
            for document in documents:
                loop.call_soon_threadsafe(self._heard, json.loads(document))

    def _heard(self, said: dict[str, Any]) -> None:
        waiting = self._answers.pop(said.get("id", 0), None)
        if waiting is not None:
            waiting.set_result(said)
        elif said.get("method") == "Log.entryAdded":
            self.complaints.append(str(said["params"]["entry"]["text"]))
        elif said.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(said["params"]["exceptionDetails"]))

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Give one command; returns its result."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": params}
        if self._session:
            command["sessionId"] = self._session
        waiting = self._answers[self._number] = asyncio.get_running_loop().create_future()
        os.write(self._to_write, json.dumps(command).encode() + b"\0")
        async with asyncio.timeout(ANSWER_S):
            said = await waiting
        assert "error" not in said, said
        result: dict[str, Any] = said.get("result", {})
        return result

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        found = await self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        return found["result"].get("value")

    async def visit(self, url: str, width: int = 1280, dark: bool = False) -> None:
        """Go to a page at a width, in light or dark."""
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        await self.send("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.send("Emulation.setEmulatedMedia", features=[scheme])
        await self.send("Page.navigate", url=url)

        async def loaded() -> bool:
            return bool(
                await self.evaluate(
                    f"document.readyState === 'complete' && location.href === {json.dumps(url)}"
                )
            )

        await auntil(loaded, ANSWER_S, f"{url} is loaded")

    async def press(self, key: str) -> None:
        """Press one key, as who uses no mouse."""
        text = {"text": "\r"} if key == "Enter" else {}
        codes = {"Tab": 9, "Enter": 13, " ": 32}
        said = {"key": key, "code": key, "windowsVirtualKeyCode": codes[key], **text}
        await self.send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **said)
        await self.send("Input.dispatchKeyEvent", type="keyUp", **said)

    async def picture(self, path: Path) -> None:
        """Keep what the window shows as PNG."""
        shot = await self.send("Page.captureScreenshot", format="png")
        await asyncio.to_thread(_written, path, base64.b64decode(shot["data"]))


def _written(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
