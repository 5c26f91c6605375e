"""Starts, watches and stops all processes of a local system; whatever happens, nothing is left behind.

One supervisor per data folder, held by a lock on a file that the kernel lets go of when the process dies.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

from connectors import estate
from deploy import addresses
from deploy.local import artifacts, kafka, registry
from deploy.local.artifacts import Software
from deploy.local.processes import Process, Running, ours
from deploy.samples.hooks import HUB
from deploy.samples.secrets import hubspot_secret
from schemas.errors import Retry, Stop
from schemas.settings import Settings

ROOM_BYTES: Final = 1_500_000_000
UNPACKED: Final = 3  # times its download that a piece of software takes, both there for a while
WATCH_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
CALM_S: Final = 60.0
Say = Callable[[str], None]


@contextmanager
def lock(data: Path) -> Iterator[None]:
    """Hold the data folder. Raises `Stop` when another supervisor holds it."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise Stop(
                f"This system runs already (process {file.read().strip() or 'unknown'})",
                where=str(data),
                fix="Use it, stop it with `zeven down`, or choose another with --data DIR --base-port N.",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def end_leftovers(data: Path) -> list[str]:
    """End what a killed supervisor left running here; returns their names."""
    known = addresses.read(data)
    found = []
    for name, pid in known.children.items() if known else ():
        if _is_of(data, pid):
            with suppress(ProcessLookupError):  # it ended meanwhile
                os.kill(pid, signal.SIGKILL)
            found.append(name)
    end = time.monotonic() + 10
    while any(alive(known.children[name]) for name in found) and time.monotonic() < end if known else False:
        time.sleep(WATCH_S)
    return found


def _is_of(data: Path, pid: int) -> bool:
    """Whether the process is one of ours on this data folder; its id may be another's by now."""
    asked = ["ps", "eww", "-o", "command=", "-p", str(pid)]  # e: with its environment
    words = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    ours = any(mark in words for mark in ("deploy.cli.main", "kafka.Kafka", "apicurio-registry"))
    return ours and re.search(rf"{re.escape(str(data.absolute()))}(?=[\s/]|$)", words) is not None


def alive(pid: int) -> bool:
    """Whether a process with this id is there."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def hindrances(settings: Settings, cache: Path) -> list[str]:
    """Everything that would keep the system from starting here: ports, room for data and for what is lacking."""
    found = []
    host, _, kafka_port = settings.kafka.bootstrap.rpartition(":")
    ports = {"page": settings.page.port, "kafka": int(kafka_port)}
    ports["registry"] = int(settings.registry.url.split(":")[2].split("/")[0])
    ports |= {name: port for name, port in settings.ports.model_dump().items() if isinstance(port, int)}
    for name, port in ports.items():
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                door.bind((host, port))
            except OSError as fault:
                found.append(f"port {port} ({name}): {fault.strerror}")
    needed = {settings.data: ROOM_BYTES, cache: UNPACKED * sum(one.size for one in artifacts.missing(cache))}
    for folder, size in needed.items():
        room = shutil.disk_usage(_there(folder)).free
        if room < size:
            found.append(f"{folder} has {room / 1e9:.1f} GB of room, {size / 1e9:.1f} GB are needed")
    return found


def _there(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there already."""
    return next(one for one in (folder, *folder.absolute().parents) if one.exists())


def refuse(settings: Settings, cache: Path) -> None:
    """Raise `Retry` with everything that hinders a start here."""
    faults = hindrances(settings, cache)
    if faults:
        raise Retry(
            "The system cannot start: " + "; ".join(faults),
            fix="Free them, or choose others with --base-port N (and --data DIR for another system).",
        )


def processes(settings: Settings) -> tuple[Process, ...]:
    """The processes of Zeven itself."""
    return (*platform(settings), *connectors(settings), *inboxes(settings))


def platform(settings: Settings) -> tuple[Process, ...]:
    """Everything that is no hub's own, in the order of the journey."""
    environ, ports = settings.environ(), settings.ports

    def one(name: str, words: str, port: int, path: str = "/health/live") -> Process:
        return ours(name, words, f"http:http://127.0.0.1:{port}{path}", environ)

    return (
        one("samples", "samples serve", ports.samples_metrics),
        ours("receivers", "receivers serve", f"tcp:127.0.0.1:{ports.receivers}", environ),
        one("view", "view", settings.page.port),
        one("worker", "worker", ports.worker),
        one("deliver", "deliver", ports.deliver),
    )


def connectors(settings: Settings) -> tuple[Process, ...]:
    """The connector of every hub, each with a port of its own."""
    environ = settings.environ()
    return tuple(
        ours(
            f"connector-{hub}",
            f"hub run {hub} --port {port}",
            f"http:http://127.0.0.1:{port}/health/live",
            environ,
        )
        for hub, port in estate.doors(settings).items()
    )


def inboxes(settings: Settings) -> tuple[Process, ...]:
    """The door of the hub whose sample CRM tells of its changes."""
    number = list(estate.doors(settings)).index(HUB) if HUB in estate.doors(settings) else None
    if number is None:
        return ()
    secret = hubspot_secret(settings).read_text(encoding="ascii").strip()
    opens = {f"ZEVEN_HUB_{HUB.upper().replace('-', '_')}_HUBSPOT_SECRET": secret}
    ready = f"http:http://127.0.0.1:{settings.ports.inbox_metrics + number}/health/live"
    return (ours(f"inbox-{HUB}", f"hub inbox {HUB}", ready, settings.environ() | opens),)


@dataclass
class Watched:
    """A process under watch: since when it runs, how often it ended lately, when it is due to start again."""

    running: Running
    since: float
    ends: int = 0
    due: float | None = None


class Supervisor:
    """Runs a system until it is told to stop."""

    def __init__(self, settings: Settings, software: Software, environ: Mapping[str, str], say: Say) -> None:
        self.settings, self._software, self._environ, self._say = settings, software, environ, say
        self._watched: dict[str, Watched] = {}
        self.stop = Event()

    def start(self) -> None:
        """Start everything in order, until `stop` is set; each part says when it is ready. Raises `Stop`.

        Nobody waits for the connectors: a hub whose connector does not start hinders no other, and is told by `tend`.
        """
        for prepared in (self._base, self._setup, lambda: platform(self.settings)):
            if self.stop.is_set():
                return
            self._together(prepared())
        self._watched.pop("setup")
        for process in (*connectors(self.settings), *inboxes(self.settings)):
            self._launch(process)
            self._say(f"  {process.name:<26} started")
        self._write()

    def _base(self) -> tuple[Process, ...]:
        software = self._software
        return kafka.prepare(self.settings, software.kafka), registry.prepare(
            self.settings, software.registry
        )

    def _setup(self) -> tuple[Process, ...]:
        return (ours("setup", "setup", "exit:", self.settings.environ()),)

    def _together(self, group: Iterable[Process]) -> None:
        began = time.monotonic()
        waiting = [self._launch(process) for process in group]
        self._write()
        while waiting and not self.stop.is_set():
            for running in [one for one in waiting if one.is_ready()]:
                waiting.remove(running)
                self._say(f"  {running.process.name:<26} ready after {time.monotonic() - began:.1f} s")
            late = [one for one in waiting if time.monotonic() - began > one.process.deadline_s]
            if late:
                raise late[0].late()
            self.stop.wait(0.1)

    def _launch(self, process: Process, ends: int = 0) -> Running:
        running = Running(process, self.settings.data / "log" / f"{process.name}.log")
        self._watched[process.name] = Watched(running, time.monotonic(), ends)
        return running

    def _write(self) -> None:
        children = {name: one.running.pid for name, one in self._watched.items()}
        addresses.write(self.settings, children, self._environ)

    def watch(self) -> None:
        """Start again what ends, with growing pauses, until `stop` is set."""
        while not self.stop.wait(WATCH_S):
            self.tend(time.monotonic())

    def tend(self, now: float) -> None:
        """One look at all processes."""
        for name, one in list(self._watched.items()):
            code = one.running.ended()
            if one.due is not None and now >= one.due:
                self._launch(one.running.process, one.ends)
                self._write()
            elif one.due is None and code is not None:
                one.ends = 1 if now - one.since > CALM_S else one.ends + 1
                pause = min(LONGEST_PAUSE_S, 2.0 ** (one.ends - 1))
                one.due = now + pause
                self._say(f"  {name} ended with {code}; again in {pause:.0f} s. Its log: {one.running.log}")

    def close(self) -> None:
        """Stop everything, the last started first."""
        for name, one in reversed(list(self._watched.items())):
            one.running.stop()
            del self._watched[name]
        self._write()
