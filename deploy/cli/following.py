"""How a command follows what a connector makes of an order: a bar with rate and the time it still takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from connectors.publish import Place
from schemas import topics
from schemas.bus.admin import admin
from schemas.errors import Retry
from schemas.settings import Settings

POLL_MS = 500


class Watcher:
    """Counts what comes into a hub's own topics, from the moment that it is made."""

    def __init__(self, settings: Settings, hub: str, kinds: Sequence[str]) -> None:
        self._settings, self._hub = settings, hub
        self._consumer = KafkaConsumer(
            client_id="zeven-follow",
            group_id=None,
            enable_auto_commit=False,
            **settings.kafka.for_kafka_python(),
        )
        names = [topics.regional(hub, kind) for kind in kinds]
        parts = [
            TopicPartition(name, part)
            for name in names
            for part in self._consumer.partitions_for_topic(name) or ()
        ]
        self._consumer.assign(parts)
        for part, end in self._consumer.end_offsets(parts).items():
            self._consumer.seek(part, end)

    def close(self) -> None:
        """Let go of Kafka."""
        self._consumer.close()

    def follow(self, order: Place, total: int | None, console: Console | None = None) -> int:
        """Show what is published until the connector has carried the order out; returns how many records came.

        `total` is how many are expected; None where nobody knows. Raises `Retry` when Kafka is gone.
        """
        came = 0
        try:
            with _bar(console) as bar, admin(self._settings) as client:
                task = bar.add_task(self._hub, total=total)
                done = False
                while not done:
                    done = self._is_done(client, order)
                    came += sum(map(len, self._consumer.poll(timeout_ms=POLL_MS).values()))
                    bar.update(task, completed=came, total=came if done else total)
        except KafkaError as fault:
            raise Retry(
                f"Kafka does not answer: {type(fault).__name__}; the order stands, and the connector goes on",
                where=self._settings.kafka.bootstrap,
                fix="See `zeven status`.",
            ) from fault
        return came

    def _is_done(self, client: KafkaAdminClient, order: Place) -> bool:
        """Whether the connector says that it has carried out what stands there."""
        group = f"connector.{self._hub}"
        part = TopicPartition(order.topic, order.partition)
        found = client.list_group_offsets({group: [part]})[group].get(part)
        return found is not None and found.offset > order.offset


@contextmanager
def watching(settings: Settings, hub: str, kinds: Sequence[str]) -> Iterator[Watcher]:
    """A watcher of a hub's own topics. Raises `Retry` without Kafka."""
    try:
        watcher = Watcher(settings, hub, kinds)
    except KafkaError as fault:
        raise Retry(
            f"Kafka does not answer: {type(fault).__name__}",
            where=settings.kafka.bootstrap,
            fix="Is it running? See `zeven doctor`.",
        ) from fault
    try:
        yield watcher
    finally:
        watcher.close()


class _Rate(ProgressColumn):
    """Records per second."""

    def render(self, task: Task) -> Text:
        if not task.completed:
            return Text("waiting for the connector")
        return Text(f"{task.completed / max(task.elapsed or 0.0, POLL_MS / 1000):,.0f}/s")


def _bar(console: Console | None) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TextColumn("elapsed"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
    )
