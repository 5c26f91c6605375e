"""A real Apache Kafka and a real schema registry for tests: one for the session, or a private one to hurt."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from deploy.local import artifacts, kafka, registry
from deploy.local.processes import Process, Running
from schemas.settings import Settings

PORTS = 60


class Cluster:
    """Kafka and registry in a folder of their own; they can be killed and started again."""

    def __init__(
        self,
        folder: Path,
        overrides: Mapping[str, str] | None = None,
        settings: Settings | None = None,
        users: Sequence[str] = (),
    ) -> None:
        self.settings = settings or Settings.at(folder, free_ports(PORTS))
        software = artifacts.bring(artifacts.cache_of(os.environ), lambda _: None)
        self._kafka: Process = kafka.prepare(self.settings, software.kafka, overrides, users)
        self._registry: Process = registry.prepare(self.settings, software.registry)
        self.kafka = Running(self._kafka, folder / "log" / "kafka.log")
        self.registry = Running(self._registry, folder / "log" / "registry.log")

    def wait(self) -> None:
        """Wait until both answer."""
        self.kafka.wait_ready()
        self.registry.wait_ready()

    def kill_kafka(self) -> None:
        """kill -9."""
        self.kafka.kill()

    def start_kafka(self) -> None:
        """Start the broker again on the same data, and wait until it answers."""
        self.kafka = Running(self._kafka, self.settings.data / "log" / "kafka.log")
        self.kafka.wait_ready()

    def pause_kafka(self) -> None:
        """SIGSTOP."""
        self.kafka.send(signal.SIGSTOP)

    def resume_kafka(self) -> None:
        """SIGCONT."""
        self.kafka.send(signal.SIGCONT)

    def close(self) -> None:
        """End both."""
        self.registry.stop()
        self.kafka.stop()


def free_ports(count: int) -> int:
    """The first of `count` free ports in a row, outside of the range that the kernel gives to clients."""
    begin = (
        20_000 if os.environ.get("ZEVEN_TEST_LANE", "gw0") == "gw0" else 26_000
    )  # lanes never look at the same
    for base in range(begin + os.getpid() % 50 * 50, begin + 6_000, count):
        if all(_free(port) for port in range(base, base + count)):
            return base
    raise AssertionError("no free ports in a row")


def _free(port: int) -> bool:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The Kafka and registry of this session."""
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        made.wait()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def broker(cluster: Cluster) -> Settings:
    """The settings of the session's Kafka and registry; take topics, hub or prefix of your own."""
    return cluster.settings
