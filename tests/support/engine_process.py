"""A stream worker as a process of its own, for tests that kill and stop it."""

from __future__ import annotations

import sys

from deploy.cli.worker import work
from schemas.bus import logs
from schemas.bus.registry import Registry
from schemas.settings import Kafka
from schemas.topics import catalogue
from streams.agents.fold import Fold
from streams.agents.identify import Identify
from streams.agents.resolve import Resolve
from streams.engine.pump import Place
from streams.engine.wire import Wire
from tests.support.engine_world import HUBS, PARTITIONS, nowhere


def main(bootstrap: str, registry: str, prefix: str, port: str, session_s: str) -> None:
    """Run all three stages until a signal."""
    logs.configure("worker")
    wire = Wire(Registry(registry), catalogue(HUBS, PARTITIONS), 2.0)
    stages = [
        Identify(wire, HUBS, nowhere, PARTITIONS),
        Resolve(wire, PARTITIONS),
        Fold(wire, HUBS, PARTITIONS),
    ]
    work(stages, Place(Kafka(bootstrap=bootstrap), prefix, float(session_s)), wire, int(port))


if __name__ == "__main__":
    main(*sys.argv[1:])
