"""Whether a hub reaches all it needs: Kafka by its own credential, its topics and rights, the registry.

Each step says in words what was found; a later one is not tried when an earlier one that it needs failed.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from schemas import topics
from schemas.bus.admin import admin
from schemas.bus.registry import Registry
from schemas.errors import Retry, Stop
from schemas.settings import Kafka, Settings

PATIENCE_S: Final = 8.0
AGAIN_S: Final = 0.2
BOTH: Final = frozenset({"READ", "WRITE"})


class Found(NamedTuple):
    """One thing that was tried; `fix` says what to do when it failed."""

    what: str
    good: bool
    said: str
    fix: str = ""


def examine(settings: Settings, hub: str) -> Iterator[Found]:
    """Everything that the connector of a hub will need."""
    servers = [_server(settings.kafka, address) for address in settings.kafka.bootstrap.split(",")]
    yield from servers
    if any(one.good for one in servers):
        yield from _inside(settings, hub)
    yield _registry(settings, hub)


def _server(kafka: Kafka, address: str) -> Found:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as door:
            if "SSL" not in kafka.security_protocol:
                return Found("Kafka", good=True, said=f"{address} answers, without TLS")
            context = ssl.create_default_context(cafile=str(kafka.ca_file) if kafka.ca_file else None)
            with context.wrap_socket(door, server_hostname=host) as inner:
                return Found("Kafka", good=True, said=f"{address} answers by {inner.version()}")
    except ssl.SSLCertVerificationError as fault:
        fix = "Ask the office for the certificate of its authority."
        return Found("Kafka", good=False, said=f"{address}: {fault.verify_message}", fix=fix)
    except (OSError, ValueError) as fault:
        fix = f"Let this machine connect outward to {address}; nothing has to come in."
        return Found("Kafka", good=False, said=f"{address}: {fault}", fix=fix)


def _inside(settings: Settings, hub: str) -> Iterator[Found]:
    user = settings.kafka.username or "nobody"
    try:
        with admin(settings, PATIENCE_S) as client:
            yield Found("user", good=True, said=f"Kafka knows {user}")
            yield _topics(client, hub)
            yield _group(client, f"connector.{hub}")
    except Retry:
        fix = "Ask the office for a new bundle and join again: a newer one may have replaced this password."
        yield Found("user", good=False, said=f"Kafka does not let {user} in with this password", fix=fix)


def _topics(client: KafkaAdminClient, hub: str) -> Found:
    """The rights at every topic, as Kafka tells them."""
    wanted: dict[str, frozenset[str]] = {topic.name: BOTH for topic in topics.of_hub(hub, 1)}
    wanted[topics.control(hub)] = frozenset({"READ"})
    wanted |= {topics.national(kind): frozenset({"READ"}) for kind in topics.NATIONAL_KINDS}
    told: dict[str, Any] = {str(one.get("name")): one for one in client.describe_topics(sorted(wanted))}
    lacking = []
    for name, rights in wanted.items():
        there = told.get(name, {})
        if there.get("error_code", 3) or not rights <= set(there.get("authorized_operations") or rights):
            lacking.append(name)
    if lacking:
        fix = f"Ask the office to run `zeven hub grant {hub}`."
        return Found("rights", good=False, said=f"not enough at {', '.join(lacking)}", fix=fix)
    return Found("rights", good=True, said=f"{len(wanted)} topics, as a hub needs them")


def _group(client: KafkaAdminClient, group: str) -> Found:
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            client.describe_groups([group])
            return Found("group", good=True, said=group)
        except KafkaError as fault:  # who asks for a group first waits until Kafka has made place for groups
            if not fault.retriable or time.monotonic() > end:
                fix = "Ask the office to run `zeven hub grant`."
                return Found("group", good=False, said=f"{group}: {type(fault).__name__}", fix=fix)
            time.sleep(AGAIN_S)


def _registry(settings: Settings, hub: str) -> Found:
    registry = Registry(settings.registry.url)
    try:
        ids = {registry.id_for(topic) for topic in topics.of_hub(hub, 1)}
    except (Retry, Stop) as fault:
        fix = f"Let this machine connect outward to {settings.registry.url}."
        return Found("registry", good=False, said=fault.what, fix=fault.fix or fix)
    finally:
        registry.close()
    return Found("registry", good=True, said=f"{settings.registry.url} knows {len(ids)} schemas of this hub")
