"""Topics as the catalogue wants them, made and checked with kafka-python's admin client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from schemas.errors import Retry, Stop
from schemas.settings import Settings, Topics
from schemas.topics import Topic


@contextmanager
def admin(settings: Settings, patience_s: float = 30.0) -> Iterator[KafkaAdminClient]:
    """An admin client. Raises `Retry` when Kafka is not reached."""
    kafka = settings.kafka
    try:
        client = KafkaAdminClient(
            client_id="zeven-admin", bootstrap_timeout_ms=int(patience_s * 1000), **kafka.for_kafka_python()
        )
    except KafkaError as fault:
        user = f" Does it know {kafka.username} by this password?" if kafka.sasl_mechanism else ""
        raise Retry(
            f"Kafka does not answer: {type(fault).__name__}",
            where=kafka.bootstrap,
            fix=f"Is it running?{user} See `zeven doctor`.",
        ) from fault
    try:
        yield client
    finally:
        client.close()


def config_of(topic: Topic, overrides: Topics) -> dict[str, str]:
    """Kafka's settings of a topic: the catalogue's, with the overrides for trials."""
    config = dict(topic.config)
    if overrides.min_compaction_lag_ms is not None and "min.compaction.lag.ms" in config:
        config["min.compaction.lag.ms"] = str(overrides.min_compaction_lag_ms)
        config["min.cleanable.dirty.ratio"] = "0.01"
    if overrides.segment_ms is not None:
        config["segment.ms"] = str(overrides.segment_ms)
    if overrides.segment_bytes is not None:
        config["segment.bytes"] = str(overrides.segment_bytes)
    return config


def ensure_topics(settings: Settings, catalogue: Mapping[str, Topic]) -> list[str]:
    """Make the topics that are missing; returns their names. Raises `Stop` when partitions differ."""
    with admin(settings) as client:
        there = set(client.list_topics())
        missing = [topic for name, topic in catalogue.items() if name not in there]
        if missing:
            _make(client, missing, settings)
        kept = [name for name in catalogue if name in there]
        described = client.describe_topics(kept) if kept else []
        _check_partitions(catalogue, described)
    return [topic.name for topic in missing]


def _make(client: KafkaAdminClient, missing: list[Topic], settings: Settings) -> None:
    wanted = [
        NewTopic(
            topic.name,
            topic.partitions,
            settings.topics.replication,
            topic_configs=config_of(topic, settings.topics),
        )
        for topic in missing
    ]
    try:
        client.create_topics(wanted)
    except TopicAlreadyExistsError:
        return  # another process was first, with the same catalogue
    except KafkaError as fault:
        raise Stop(
            f"Topics cannot be made: {fault}",
            where=settings.kafka.bootstrap,
            fix="Check the rights of this user and ZEVEN_TOPICS_REPLICATION.",
        ) from fault


def _check_partitions(catalogue: Mapping[str, Topic], described: list[dict[str, object]]) -> None:
    wrong = []
    for found in described:
        name = str(found.get("topic", found.get("name")))
        partitions = found["partitions"]
        count = len(partitions) if isinstance(partitions, list) else 0
        if count != catalogue[name].partitions:
            wrong.append(f"{name} has {count}, wanted {catalogue[name].partitions}")
    if wrong:
        raise Stop(
            f"Topics have another number of partitions: {'; '.join(wrong)}",
            fix="Set ZEVEN_TOPICS_PARTITIONS to what they were made with; a change of it needs new topics.",
        )
