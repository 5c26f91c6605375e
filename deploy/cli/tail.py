"""`zeven tail`: what passes through the topics, as lines a person can read, decoded through the registry."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import click
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from deploy.cli.context import settings_of
from schemas.bus.logs import MASK, personal_fields
from schemas.bus.registry import Registry
from schemas.cloudevents import instant
from schemas.codec import decode, unframe
from schemas.errors import Reject, Retry, Stop
from schemas.settings import Settings

WAIT_MS = 500
SHOWN = 160


@click.command()
@click.argument("wanted", metavar="[TOPIC]...", nargs=-1)
@click.option(
    "--from-start", is_flag=True, help="Begin with the oldest record instead of waiting for new ones."
)
@click.option("--count", type=click.IntRange(1), help="Stop after this many records.")
@click.option("--data", help="Folder of the system (default: the last one started).")
@click.option("--json", "as_json", is_flag=True, help="One JSON document per record.")
def command(
    wanted: tuple[str, ...], from_start: bool, count: int | None, data: str | None, as_json: bool
) -> None:
    """Show records as they come, of all topics or of those named (a prefix ending in a dot is enough).

    With --from-start it ends at the present end of the topics; otherwise it goes on until Ctrl-C.
    """
    settings = settings_of(data)
    registry = Registry(settings.registry.url)
    consumer = _consumer(settings)
    try:
        for number, record in enumerate(_records(consumer, wanted, from_start), 1):
            click.echo(_line(record, registry, as_json))
            if number == count:
                break
    except KafkaError as fault:
        raise _silent(settings, fault) from fault
    except KeyboardInterrupt:
        click.echo("", err=True)
    finally:
        consumer.close()
        registry.close()


def _consumer(settings: Settings) -> KafkaConsumer:
    try:
        return KafkaConsumer(
            client_id="zeven-tail",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            **settings.kafka.for_kafka_python(),
        )
    except KafkaError as fault:
        raise _silent(settings, fault) from fault


def _silent(settings: Settings, fault: KafkaError) -> Retry:
    return Retry(
        f"Kafka does not answer: {type(fault).__name__}",
        where=settings.kafka.bootstrap,
        fix="Start the system with `zeven up`, or name another with --data.",
    )


def _records(consumer: KafkaConsumer, wanted: tuple[str, ...], from_start: bool) -> Iterator[Any]:
    names = sorted(name for name in consumer.topics() if _asked(name, wanted))
    if not names:
        raise Stop(
            f"No topic is called {' or '.join(wanted) or 'anything'}", fix="See `zeven schemas topics`."
        )
    places = [
        TopicPartition(name, part) for name in names for part in consumer.partitions_for_topic(name) or ()
    ]
    consumer.assign(places)
    ends = consumer.end_offsets(places)
    if not from_start:
        consumer.seek_to_end(*places)
        print(f"Waiting for records of {len(names)} topics; Ctrl-C ends.", file=sys.stderr)
    else:
        consumer.seek_to_beginning(*places)
    while not from_start or any(consumer.position(place) < end for place, end in ends.items()):
        found = consumer.poll(timeout_ms=WAIT_MS)
        yield from sorted((one for run in found.values() for one in run), key=lambda one: one.timestamp)


def _asked(name: str, wanted: tuple[str, ...]) -> bool:
    if name.startswith("__"):
        return False
    return not wanted or any(name == one or (one.endswith(".") and name.startswith(one)) for one in wanted)


def _line(record: Any, registry: Registry, as_json: bool) -> str:
    key = (record.key or b"").decode("utf-8", "replace")
    value: dict[str, Any] | None = None
    fault = ""
    if record.value is not None:
        try:
            schema_id, body = unframe(record.value)
            value = _masked(decode(registry.by_id(schema_id), body))
        except Reject as refusal:
            fault = str(refusal)
    place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
    if as_json:
        about = {"at": instant(record.timestamp), "key": key, "value": value, "unreadable": fault or None}
        headers = {name: (text or b"").decode("utf-8", "replace") for name, text in record.headers}
        return json.dumps(place | about | {"headers": headers}, ensure_ascii=False, default=_plain)
    words = fault or ("(removed)" if value is None else _words(value))
    short = words if len(words) <= SHOWN else words[: SHOWN - 1] + "…"
    where = f"{record.topic}/{record.partition}@{record.offset}"
    return _visible(f"{instant(record.timestamp)} {where} {key}  {short}")


def _words(value: dict[str, Any]) -> str:
    """What a person looks for first: the title, then the plain fields; --json has the rest."""
    content = value.get("content") or {}
    title = content.get("title") or {}
    name = title.get("nl") or title.get("en") or content.get("name") or value.get("title")
    plain = [
        f"{field}={item}" for field, item in value.items() if isinstance(item, str | int) and item != name
    ]
    return " ".join([f"“{name}”", *plain] if name else plain)


def _visible(text: str) -> str:
    """Text without signs that could drive a terminal."""
    return "".join(sign if sign.isprintable() else "·" for sign in text)


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        hidden = personal_fields()
        return {name: MASK if name in hidden and item else _masked(item) for name, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list) else value
