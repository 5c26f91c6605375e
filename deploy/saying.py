"""How a command writes what an office or a hub decides: one producer, acknowledged, with the schema's fingerprint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.publish import Outgoing, Publisher
from schemas.bus.registry import Registry
from schemas.cloudevents import schema_header
from schemas.codec import encode, frame, load
from schemas.settings import Settings
from schemas.topics import catalogue


def say(
    settings: Settings,
    topic: str,
    records: Iterable[tuple[str, Mapping[str, Any]]],
    hubs: Iterable[str] = (),
) -> None:
    """Write records, by key, to a topic of one partition. Raises `Retry` when Kafka or the registry does not answer."""
    found = catalogue(hubs, settings.topics.partitions)[topic]
    schema, registry = load(found.schema), Registry(settings.registry.url)
    try:
        schema_id = registry.id_for(found)
    finally:
        registry.close()
    said = [
        Outgoing(topic, 0, key, frame(schema_id, encode(schema, dict(record))), [schema_header(schema)])
        for key, record in records
    ]
    publisher = Publisher(settings, "office", lambda: None)
    try:
        publisher.publish(said)
    finally:
        publisher.close()
