"""`zeven erase`: single versions of a national record, taken out of the history and of all that is read from it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import closing
from typing import Any, Final, NamedTuple

import click
from kafka.errors import KafkaError

from connectors.publish import Outgoing, Publisher
from connectors.reading import everything, guarded, reader
from deploy.cli.asking import table
from deploy.cli.context import settings_of
from schemas import topics
from schemas.cloudevents import instant
from schemas.errors import Reject, Retry
from schemas.settings import Settings

KIND_OF: Final = {kind[0]: kind for kind in topics.NATIONAL_KINDS}
SINCE: Final = "zeven_since"


class Version(NamedTuple):
    """One version in the history: its number, when it began (epoch milliseconds), and its size in bytes."""

    number: int
    since: int
    size: int


@click.command()
@click.argument("national_id", metavar="ID")
@click.argument("numbers", metavar="[NUMBER]...", type=int, nargs=-1)
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.option("--data", help="Folder of the system; default: the last one started.")
@click.option("--json", "as_json", is_flag=True, help="As JSON: the receipt.")
def command(national_id: str, numbers: tuple[int, ...], yes: bool, data: str | None, as_json: bool) -> None:
    """Erase versions NUMBER of the national record ID from its history; without a number, list them.

    The standing version is not erased here: what stands is changed at its source.
    """
    settings = settings_of(data)
    kind = KIND_OF.get(national_id[:1])
    known = versions(settings, kind, national_id) if kind else {}
    if kind is None or not known:
        click.echo(f"The history has no version of {national_id}.", err=True)
        sys.exit(1)
    if not numbers:
        rows = [(one.number, instant(one.since), one.size) for one in known.values()]
        table(("number", "since", "bytes"), rows, f"Versions of {national_id}; the last one stands")
        return
    _refuse(national_id, numbers, known)
    ask = sys.stdin.isatty() and not yes
    if ask and not click.confirm(f"Erase {len(numbers)} of {len(known)} versions of {national_id}?"):
        return
    receipt = erase(settings, kind, national_id, numbers)
    if as_json:
        click.echo(json.dumps(receipt, indent=2))
        return
    for one in receipt:
        click.echo(f"{one['key']}: erased at {one['topic']}/{one['partition']}@{one['offset']}")
    click.echo("The view forgets it at once; Kafka and its copies when they compact, within days.")


def versions(settings: Settings, kind: str, national_id: str) -> dict[int, Version]:
    """The versions of a record by number, oldest first. Raises `Retry` without Kafka."""
    found: dict[int, Version] = {}
    prefix = f"{national_id}|".encode()
    try:
        with closing(reader(settings, "zeven-erase")) as consumer, guarded(consumer) as watchdog:
            for record in everything(consumer, topics.history(kind), watchdog):
                number = (record.key or b"").removeprefix(prefix)
                if not (record.key or b"").startswith(prefix) or not number.isdigit():
                    continue
                found.pop(int(number), None)
                if record.value is not None:
                    since = int(dict(record.headers).get(SINCE, b"%d" % record.timestamp))
                    found[int(number)] = Version(int(number), since, len(record.value))
    except KafkaError as fault:
        raise Retry(
            f"Kafka does not answer: {type(fault).__name__}",
            where=settings.kafka.bootstrap,
            fix="Is it running? See `zeven doctor`.",
        ) from fault
    return dict(sorted(found.items()))


def _refuse(national_id: str, numbers: tuple[int, ...], known: Mapping[int, Version]) -> None:
    unknown = sorted(set(numbers) - known.keys())
    if unknown:
        said = ", ".join(map(str, unknown))
        raise Reject(
            f"{national_id} has no version {said}", fix=f"`zeven erase {national_id}` lists its versions."
        )
    if max(known) in numbers:
        raise Reject(
            f"Version {max(known)} of {national_id} is the standing one",
            fix="Change the record at its source; then this version is an old one, and can be erased.",
        )


def erase(settings: Settings, kind: str, national_id: str, numbers: tuple[int, ...]) -> list[dict[str, Any]]:
    """Write the tombstones; returns where they stand. Raises `Retry` without Kafka."""
    topic = topics.history(kind)
    part = topics.partition_of(national_id, settings.topics.partitions)
    keys = [f"{national_id}|{number}" for number in numbers]
    publisher = Publisher(settings, "erase", lambda: None)
    try:
        places = publisher.publish([Outgoing(topic, part, key, None, []) for key in keys])
    finally:
        publisher.close()
    return [
        {"key": key, "topic": place.topic, "partition": place.partition, "offset": place.offset}
        for key, place in zip(keys, places, strict=True)
    ]
