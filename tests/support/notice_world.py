"""A world for notices on a real Kafka: national records go in, and what the receivers got comes out.

Topics carry a prefix of the test, so that tests share a broker. Run as a program it is one delivery process,
for tests that kill it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
from kafka import KafkaProducer

from connectors.deliver.ledger import Policy
from connectors.deliver.loop import Delivery
from deploy.cli.worker import work
from deploy.routes import compose_with, hub_channels, routes
from deploy.samples.receivers.serve import Receivers
from schemas import codec, topics
from schemas.bus import logs
from schemas.bus.admin import ensure_topics
from schemas.bus.registry import Registry
from schemas.settings import Notices, Ports, Settings
from streams.agents.notices import NoticesStage
from streams.engine.pump import Place
from streams.engine.wire import Wire
from streams.notices import subscriptions
from tests.support.waiting import until

REPO = Path(__file__).parents[2]
SECTION = """
id = "{id}"
name = {{ nl = "Werkgroep {id}", en = "Working group {id}" }}
kinds = ["project", "event"]
[where]
any = [{{ field = "areas", op = "contains", value = "haven-en-maritiem" }}]
{channels}
"""
WEBHOOK = """
[[channels]]
type = "webhook"
url = "http://{{receivers}}/webhook/{id}"
secret_file = "{{data}}/secrets/webhook"
"""
MAIL = """
[[channels]]
type = "mail"
to = "{id}@voorbeeld.localhost"
"""
QUICK = Policy(waits_s=(0.2, 0.2, 0.5, 1, 2, 2, 2, 2), quiet_s=1.0, longest_gathering_s=5)


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


class World:
    """Topics, receivers and a hand to write national records by."""

    def __init__(self, broker: Settings, data: Path) -> None:
        self.prefix = f"t{uuid4().hex[:8]}."
        ports = Ports(webhook=free_port(), smtp=free_port(), receivers=free_port(), worker=free_port())
        folder = data / "subscriptions"
        folder.mkdir(parents=True)
        self.settings = broker.model_copy(
            update={"data": data, "ports": ports, "notices": Notices(folder=folder)}
        )
        self.subscribe("haven")
        catalogue = topics.catalogue((), self.settings.topics.partitions)
        named = {
            f"{self.prefix}{name}": replace(one, name=self.prefix + name) for name, one in catalogue.items()
        }
        ensure_topics(self.settings, named)
        self._registry = Registry(self.settings.registry.url)
        self._ids = self._registry.ensure(catalogue)
        self._producer = KafkaProducer(acks="all", **self.settings.kafka.for_kafka_python())
        self._receivers = Receivers(self.settings)
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{ports.receivers}", trust_env=False, timeout=10)
        self._sequence = 0

    def close(self) -> None:
        """Let go of everything."""
        self._http.close()
        self._receivers.close()
        self._producer.close()
        self._registry.close()

    def subscribe(self, name: str, channels: str = WEBHOOK + MAIL, **more: str) -> None:
        """Add a subscription file."""
        text = SECTION.format(id=name, channels=channels.format(id=name))
        path = self.settings.notices.folder
        assert path is not None
        lines = "".join(f"{key} = {value}\n" for key, value in more.items())
        (path / f"{name}.toml").write_text(lines + text, encoding="utf-8")

    def say(
        self, national_id: str, cause: str = "source", redirect: str | None = None, **content: Any
    ) -> None:
        """Write a national event, as fold does."""
        self._sequence += 1
        record = national(national_id, self._sequence, cause, redirect, content)
        schema = codec.load("national.Event")
        value = codec.frame(self._ids[topics.national("event")], codec.encode(schema, record))
        self._put(national_id, value, schema.fingerprint)

    def report(self, notice: dict[str, Any]) -> None:
        """Write a report to a hub, as the view does."""
        schema = codec.load("notice.Notice")
        value = codec.frame(self._ids[topics.NOTICE], codec.encode(schema, notice))
        partition = topics.partition_of(notice["subscription"], self.settings.topics.partitions)
        headers = [("zeven_schema", schema.fingerprint.encode())]
        topic, key = self.prefix + topics.NOTICE, notice["id"].encode()
        self._producer.send(topic, value, key, headers, partition).get(timeout=20)

    def drop(self, national_id: str) -> None:
        """Write a tombstone of a national event."""
        self._put(national_id, None, codec.load("national.Event").fingerprint)

    def _put(self, national_id: str, value: bytes | None, fingerprint: str) -> None:
        partition = topics.partition_of(national_id, self.settings.topics.partitions)
        topic = self.prefix + topics.national("event")
        headers = [("zeven_schema", fingerprint.encode())]
        self._producer.send(topic, value, national_id.encode(), headers, partition).get(timeout=20)

    def raw(self, topic: str, key: bytes, value: bytes) -> None:
        """Write any bytes into every partition of a topic."""
        for partition in range(self.settings.topics.partitions):
            self._producer.send(self.prefix + topic, value, key, [], partition).get(timeout=20)

    def order(self, receiver: str, mode: str, times: int | None = None) -> None:
        """Tell a receiver how to answer."""
        self._http.post(
            "/control", json={"receiver": receiver, "mode": mode, "times": times}
        ).raise_for_status()

    def received(self, channel: str | None = None, accepted: bool = True) -> list[dict[str, Any]]:
        """What arrived, oldest first; only what was accepted unless told otherwise."""
        found: list[dict[str, Any]] = self._http.get("/received", params={"limit": 5_000}).json()
        return [
            one
            for one in found
            if (channel is None or one["channel"] == channel) and (one["accepted"] or not accepted)
        ]

    def whats(self) -> list[str]:
        """What the accepted webhooks told, oldest first."""
        return [one["content"]["data"]["what"] for one in self.received("webhook")]

    def has_ids(self, count: int, channel: str = "webhook") -> bool:
        """Whether so many different notices were accepted by a channel."""
        return len({one["id"] for one in self.received(channel)}) == count

    def arrives(self, count: int, channel: str = "webhook") -> None:
        """Wait until exactly so many were accepted by a channel."""
        until(lambda: len(self.received(channel)) >= count, 40, f"{count} by {channel}")
        assert len(self.received(channel)) == count, self.received(channel)

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """The notices stage on its pump, in a process of its own."""
        with self.process("worker") as child:
            until(self._worker_ready, 60, "the notices stage is set up")
            yield child

    def _worker_ready(self) -> bool:
        try:
            answer = self._http.get(f"http://127.0.0.1:{self.settings.ports.worker}/health/ready")
        except httpx.TransportError:
            return False
        return answer.is_success

    @contextmanager
    def deliverer(self, policy: Policy = QUICK, enable: frozenset[str] = frozenset()) -> Iterator[Delivery]:
        """The delivery, in a thread."""
        delivery = delivery_of(self.settings, self.prefix, policy, enable)
        thread = Thread(target=delivery.run)
        thread.start()
        try:
            until(lambda: delivery.ready() is None, 40, "the delivery is ready")
            yield delivery
        finally:
            delivery.stop()
            thread.join()

    @contextmanager
    def process(self, what: str = "deliver") -> Iterator[subprocess.Popen[bytes]]:
        """A delivery or a worker as a process of its own, to be killed."""
        environ = {
            **os.environ,
            **self.settings.environ(),
            "PYTHONPATH": os.pathsep.join([str(REPO), os.environ.get("PYTHONPATH", "")]),
        }
        command = [sys.executable, "-m", "tests.support.notice_world", what, self.prefix]
        with (self.settings.data / f"{what}.log").open("ab") as log:
            child = subprocess.Popen(command, env=environ, cwd=REPO, stdout=log, stderr=log)
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def national(
    national_id: str, sequence: int, cause: str, redirect: str | None, content: dict[str, Any]
) -> dict[str, Any]:
    """A national event in the port area."""
    fields = {
        "title": {"nl": f"Slim varen {national_id}", "en": None},
        "summary": {"nl": None, "en": None},
        "status": "scheduled",
        "start": "2026-11-03T09:00:00Z",
        "zone": "Europe/Amsterdam",
        "areas": ["haven-en-maritiem"],
    }
    now = time.time_ns() // 1_000_000
    contribution = {
        "hub": "zuid-holland",
        "source_kind": "event",
        "source_id": national_id,
        "local": "",
        "revision": sequence,
        "digest": b"0" * 16,
        "address": "https://hub.example/agenda",
        "read_at": now,
    }
    return {
        "id": national_id,
        "sequence": sequence,
        "redirect": redirect,
        "sample": True,
        "cause": cause,
        "first_changed_at": now,
        "last_changed_at": now,
        "contributions": [] if redirect else [contribution],
        "content": None if redirect else fields | content,
    }


def delivery_of(
    settings: Settings, prefix: str, policy: Policy, enable: frozenset[str] = frozenset()
) -> Delivery:
    """A delivery with the subscriptions of these settings."""
    found = (*subscriptions.load(settings), *hub_channels(settings, {}))
    return Delivery(settings, routes(settings, found), compose_with(settings, found), policy, enable, prefix)


def main() -> None:
    """Run one delivery or worker until it is killed or stopped."""
    settings, (what, prefix) = Settings.load(os.environ), sys.argv[1:]
    logs.configure(what)
    if what == "worker":
        partitions = settings.topics.partitions
        wire = Wire(Registry(settings.registry.url), topics.catalogue((), partitions))
        stage = NoticesStage(subscriptions.load(settings), wire, partitions)
        work([stage], Place(settings.kafka, prefix=prefix), wire, settings.ports.worker)
        return
    delivery = delivery_of(settings, prefix, QUICK)
    signal.signal(signal.SIGTERM, lambda *_: delivery.stop())
    delivery.run()


if __name__ == "__main__":
    main()
