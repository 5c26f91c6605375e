"""Latency: from the producer's timestamp of a regional record to its national record, at a steady rate.

Open loop: every change has a scheduled moment, which is its timestamp, however late the producer is. Two ends are
measured: the timestamp of the national record, and the moment at which a consumer outside the worker has it.
One change in twenty is of a new source, which has to go through identity first.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.codec import decode_prefix, prefix
from schemas.topics import KINDS, Topic, national
from tests.benchmarks.support import Bench, bench, conditions, ends, fill, until_still, usage, worker
from tests.benchmarks.traffic import Told, Traffic

NEW_EVERY = 20
WARM_UP_S = 10  # sent and not counted: clients learn where the partitions are
DRAIN_S = 5.0
TOPICS = tuple(map(national, KINDS))
At = tuple[str, str, str, int]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--sources", type=int, default=21_000)
    parser.add_argument("--gather", default="0", help="As of `zeven worker --gather`.")
    asked = parser.parse_args(arguments)
    with bench() as place:
        traffic = Traffic(place.ids, place.settings.topics.partitions)
        fill(place.settings, (traffic.change(number).change for number in range(asked.sources)))
        port = place.settings.ports.worker
        with worker(place.settings, "identify,resolve,fold", port, "--gather", asked.gather) as child:
            until_still(child, lambda: _written(place), 600)
            before = usage(child.pid).cpu_s
            told = _schedule(traffic, asked.rate * (WARM_UP_S + asked.seconds), asked.sources)
            sent, got = asyncio.run(_run(place, told, asked.rate))
            cpu_s = usage(child.pid).cpu_s - before
    print(
        f"latency: {len(sent):,} changes at {asked.rate}/s over all {len(traffic.places)} regional topics, "
        f"{asked.sources:,} sources before · {conditions()}"
    )
    cores = cpu_s / (WARM_UP_S + asked.seconds + DRAIN_S)
    print(f"latency: worker {cores:.2f} cores, {cpu_s / len(told) * 1e6:.0f} µs CPU per change")
    _report(sent, got)


def _written(place: Bench) -> int:
    return asyncio.run(
        ends(place.settings, [Topic(name, "", "", "", place.settings.topics.partitions) for name in TOPICS])
    )


def _schedule(traffic: Traffic, count: int, sources: int) -> list[tuple[Told, bool]]:
    """Changes of known sources, spread over all topics, and new ones between them."""
    found = []
    for number in range(count):
        new = number % NEW_EVERY == 0
        found.append((traffic.change(sources + number // NEW_EVERY if new else number % sources), new))
    return found


async def _run(
    place: Bench, told: list[tuple[Told, bool]], rate: int
) -> tuple[dict[At, tuple[float, bool]], list[tuple[str, bytes, float, float]]]:
    got: list[tuple[str, bytes, float, float]] = []
    consumer = AIOKafkaConsumer(fetch_max_wait_ms=100, **place.settings.kafka.for_aiokafka())
    producer = AIOKafkaProducer(linger_ms=0, **place.settings.kafka.for_aiokafka())
    await consumer.start()
    await producer.start()
    places = [
        TopicPartition(name, part) for name in TOPICS for part in range(place.settings.topics.partitions)
    ]
    consumer.assign(places)
    await consumer.seek_to_end(*places)
    listening = asyncio.create_task(_listen(consumer, got))
    try:
        sent = await _produce(producer, told, rate)
        await producer.flush()
        await asyncio.sleep(DRAIN_S)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await consumer.stop()
        await producer.stop()
    return sent, got


async def _listen(consumer: AIOKafkaConsumer, got: list[tuple[str, bytes, float, float]]) -> None:
    while True:
        found: dict[Any, list[Any]] = await consumer.getmany(timeout_ms=1_000)
        now = time.time() * 1000
        for at, records in found.items():
            got += [(at.topic, one.value, one.timestamp, now) for one in records if one.value is not None]


async def _produce(
    producer: AIOKafkaProducer, told: list[tuple[Told, bool]], rate: int
) -> dict[At, tuple[float, bool]]:
    sent: dict[At, tuple[float, bool]] = {}
    latest, began = 0.0, time.time() + 0.5
    for number, (one, new) in enumerate(told):
        due = began + number / rate
        if (early := due - time.time()) > 0:
            await asyncio.sleep(early)
        change = one.change
        if number >= rate * WARM_UP_S:
            sent[*one.source, one.revision] = (due * 1000, new)
            latest = max(latest, time.time() - due)
        await producer.send(
            change.topic,
            change.value,
            key=change.key.encode(),
            partition=change.partition,
            headers=change.headers,
            timestamp_ms=int(due * 1000),
        )
    print(f"latency: the producer was at most {latest * 1000:.0f} ms late, which counts")
    return sent


def _report(sent: dict[At, tuple[float, bool]], got: list[tuple[str, bytes, float, float]]) -> None:
    stamped: dict[bool, list[float]] = {False: [], True: []}
    seen: dict[bool, list[float]] = {False: [], True: []}
    waiting = dict(sent)
    for topic, value, timestamp, now in got:
        kind = topic.rpartition(".")[2].capitalize()
        for one in decode_prefix(prefix(f"national.{kind}"), value[5:])[0]["contributions"]:
            at = (one["hub"], one["source_kind"], one["source_id"], one["revision"])
            scheduled = waiting.pop(at, None)
            if scheduled is not None:
                stamped[scheduled[1]].append(timestamp - scheduled[0])
                seen[scheduled[1]].append(now - scheduled[0])
    for name, found in (("timestamp of the national record", stamped), ("seen by a consumer", seen)):
        for which, values in (
            ("all", found[False] + found[True]),
            ("changes", found[False]),
            ("new sources", found[True]),
        ):
            print(f"latency: {name}, {which}: {_figures(values)}")
    print(f"latency: superseded before they were folded (a newer change came): {len(waiting):,}", flush=True)


def _figures(values: list[float]) -> str:
    ordered = sorted(values)
    at = {share: ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.99, 0.999)}
    shares = ", ".join(f"p{100 * share:g} {value:.0f} ms" for share, value in at.items())
    return f"{shares}, max {ordered[-1]:.0f} ms (n={len(ordered):,})"


if __name__ == "__main__":
    main()
