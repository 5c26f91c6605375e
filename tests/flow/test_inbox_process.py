"""The door as a process, over TLS: who it is, what it refuses, how it ends, and what a kill leaves."""

from __future__ import annotations

import json
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from connectors.inbox.desk import path_of
from connectors.inbox.store import Inbox
from deploy.local.processes import Running, ours
from schemas.settings import Settings
from tests.support.broker import free_ports
from tests.support.inbox import OBJECT, SECRET, TOKEN, hub, signed
from tests.support.secured import authority
from tests.support.waiting import files_in, until

PUBLIC = "https://inbox.example"


class Door:
    """Doors of two new hubs, one with a list and one at HubSpot; Kafka is away."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_ports(4)
        self.ca = authority(folder)
        self.hubs = [hub(folder / "hubs"), hub(folder / "hubs", at_hubspot=True)]
        self.settings = Settings.at(folder, free_ports(60)).model_copy(update={"hubs": folder / "hubs"})
        listed, called = (f"ZEVEN_HUB_{name.upper().replace('-', '_')}" for name in self.hubs)
        own = {"ZEVEN_INBOX_CERTIFICATE": str(folder / "server.pem"), "ZEVEN_INBOX_PUBLIC_URL": PUBLIC}
        secrets = {f"{listed}_UPLOAD_TOKEN": TOKEN, f"{called}_HUBSPOT_SECRET": SECRET}
        self.environ = self.settings.environ() | own | secrets
        self.running: list[Running] = []

    def start(self, which: int) -> Running:
        port = self.port + 2 * which
        words = f"hub inbox {self.hubs[which]} --port {port} --metrics-port {port + 1}"
        process = ours(f"inbox-{len(self.running)}", words, f"tcp:127.0.0.1:{port}", self.environ)
        self.running.append(Running(process, self.folder / f"{process.name}.log"))
        return self.running[-1]

    def post(self, which: int, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        address = f"https://127.0.0.1:{self.port + 2 * which}/v1/{self.hubs[which]}/{path}"
        trust = ssl.create_default_context(cafile=self.ca)
        with httpx.Client(verify=trust, trust_env=False, timeout=60) as client:
            return client.post(address, content=body, headers=headers)

    def logs(self) -> str:
        return "".join(one.log.read_text(encoding="utf-8") for one in self.running)


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Door]:
    found = Door(tmp_path)
    yield found
    for one in found.running:
        one.kill()


def test_webhooks_are_taken_over_tls_while_kafka_is_away_and_survive_a_kill(doors: Door) -> None:
    """The address that is signed is the public one; the secret stands in no log."""
    running = doors.start(1)
    running.wait_ready()
    body = json.dumps(
        [{"subscriptionType": "object.creation", "objectTypeId": OBJECT, "objectId": 7}]
    ).encode()
    now = time.time_ns() // 1_000_000
    headers = dict(signed(doors.hubs[1], body, now, base=PUBLIC))
    assert doors.post(1, "hubspot", body, headers).status_code == 204
    running.kill()
    inbox = Inbox(path_of(doors.settings, doors.hubs[1]))
    assert list(inbox.waiting(OBJECT)) == ["7"]
    inbox.close()
    again = doors.start(1)
    again.wait_ready()
    assert doors.post(1, "hubspot", body, headers | {"X-HubSpot-Signature-v3": "x"}).status_code == 401
    again.send(signal.SIGTERM)
    until(lambda: again.ended() is not None, 20, "it ends by itself")
    assert again.ended() == 0
    assert SECRET not in doors.logs()


def test_without_kafka_an_upload_is_asked_to_come_again_and_a_cut_one_leaves_nothing(doors: Door) -> None:
    """Not even after kill -9 in the middle of it."""
    (doors.folder / "leden.csv").write_bytes(b"Nr;Naam\n1;Staat er al\n")
    running = doors.start(0)
    running.wait_ready()
    login = {"Authorization": f"Bearer {TOKEN}"}
    answer = doors.post(0, "membership/files/leden.csv", b"Nr;Naam\n1;Nieuw\n", login)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:nld:zeven:inbox:away")
    assert "Retry-After" in answer.headers
    uploads = doors.folder / "connectors" / doors.hubs[0] / "uploads"
    assert list(uploads.iterdir()) == []
    trust = ssl.create_default_context(cafile=doors.ca)
    with (
        socket.create_connection(("127.0.0.1", doors.port)) as line,
        trust.wrap_socket(line, server_hostname="127.0.0.1") as safe,
    ):
        head = f"POST /v1/{doors.hubs[0]}/membership/files/leden.csv HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n"
        safe.sendall(f"{head}Authorization: Bearer {TOKEN}\r\n\r\nNr;Naam\n".encode())
        until(lambda: files_in(uploads), 20, "it is being received")
        running.kill()
    assert (doors.folder / "leden.csv").read_bytes() == b"Nr;Naam\n1;Staat er al\n"
    doors.start(0).wait_ready()
    assert list(uploads.iterdir()) == []
    assert TOKEN not in doors.logs()


def test_a_port_that_is_taken_is_said(doors: Door) -> None:
    with socket.create_server(("127.0.0.1", doors.port)):
        second = doors.start(0)
        until(lambda: second.ended() is not None, 20, "it does not start")
    assert f"Port {doors.port} cannot be used" in doors.logs()
    assert "Traceback" not in doors.logs()
