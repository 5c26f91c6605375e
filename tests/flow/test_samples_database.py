"""The database of the samples comes back, whatever ended it."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest

from deploy.samples.database import Database
from tests.support.broker import free_ports

PROGRAM = """
import sys
from pathlib import Path
from deploy.samples.database import Database
Database(Path(sys.argv[1]), int(sys.argv[2])).start()
print("up", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[tuple[Database, Path, int]]:
    port = free_ports(1)
    found = Database(tmp_path / "postgres", port)
    yield found, tmp_path / "postgres", port
    found.stop()


def test_what_it_holds_survives_a_kill_of_the_server(database: tuple[Database, Path, int]):
    base, _, _ = database
    base.start()
    base.execute("CREATE TABLE t AS SELECT 1 AS n")
    with psycopg.connect(base.dsn):
        base.kill()
        base.start()
    assert base.execute("SELECT n FROM t") == [{"n": 1}]


def test_it_starts_again_while_a_client_still_holds_the_server_of_a_program_that_was_killed(
    database: tuple[Database, Path, int],
):
    base, folder, port = database
    command = [sys.executable, "-c", PROGRAM, str(folder), str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"up\n"
        base.execute("CREATE TABLE t AS SELECT 1 AS n")
        with psycopg.connect(base.dsn):
            program.kill()
            program.wait()
            base.start()
    assert base.execute("SELECT n FROM t") == [{"n": 1}]


def test_it_goes_elsewhere_when_another_was_quicker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A server of HTTP and a PostgreSQL have the first two ports that it tries."""
    first = free_ports(3)
    monkeypatch.setattr(random, "sample", lambda ports, count: [first, first + 1, first + 2])
    quicker, found = Database(tmp_path / "quicker", first + 1), Database(tmp_path / "postgres", 0)
    with ThreadingHTTPServer(("127.0.0.1", first), BaseHTTPRequestHandler):
        try:
            quicker.start()
            found.start()
            assert found.port == first + 2
        finally:
            found.stop()
            quicker.stop()
