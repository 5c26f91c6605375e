"""What the benchmarks share: a Kafka of their own, its filling, processes whose CPU time is measured, and results."""

from __future__ import annotations

import asyncio
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from connectors import estate
from schemas.bus.admin import ensure_topics
from schemas.bus.registry import Registry
from schemas.codec import decode, load
from schemas.digest import blake, canonical
from schemas.settings import Settings
from schemas.topics import Topic
from tests.benchmarks.workload import Change
from tests.support.broker import Cluster

TICKS = os.sysconf("SC_CLK_TCK")
POLL_S = 0.5
STILL_S = 3.0
IDLE = 0.15  # share of a core below which a process counts as done


class Bench(NamedTuple):
    """A running Kafka with the topics of the nation, and the schema id of each topic."""

    settings: Settings
    ids: dict[str, int]
    broker: int


@contextmanager
def bench() -> Iterator[Bench]:
    """A Kafka and registry of their own, with all topics and schemas."""
    with tempfile.TemporaryDirectory(prefix="zeven-bench-") as folder:
        cluster = Cluster(Path(folder))
        try:
            cluster.wait()
            topics = estate.topics(cluster.settings)
            ensure_topics(cluster.settings, topics)
            registry = Registry(cluster.settings.registry.url)
            yield Bench(cluster.settings, registry.ensure(topics), cluster.kafka.pid)
            registry.close()
        finally:
            cluster.close()


def fill(settings: Settings, records: Iterable[Change]) -> int:
    """Publish records as fast as they come; returns their number."""
    return asyncio.run(_fill(settings, records))


async def _fill(settings: Settings, records: Iterable[Change]) -> int:
    producer = AIOKafkaProducer(
        compression_type="zstd", max_batch_size=512 * 1024, linger_ms=20, **settings.kafka.for_aiokafka()
    )
    await producer.start()
    count, sent = 0, None
    try:
        for one in records:
            sent = await producer.send(
                one.topic, one.value, key=one.key.encode(), partition=one.partition, headers=one.headers
            )
            count += 1
        if sent is not None:
            await producer.flush()
            await sent
    finally:
        await producer.stop()
    return count


class Usage(NamedTuple):
    """CPU seconds since the start, and resident megabytes now."""

    cpu_s: float
    rss_mb: float


def usage(pid: int) -> Usage:
    """Of a process, from /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    return Usage((int(fields[11]) + int(fields[12])) / TICKS, resident / 1024)


@contextmanager
def process(settings: Settings, log: str, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process (`-m ...`) with the settings in its environment; ended at the end."""
    path = settings.data / f"{log}.log"
    with path.open("ab") as out:
        run = [sys.executable, *command]
        environ = {**os.environ, **settings.environ()}
        child = subprocess.Popen(run, env=environ, stdout=out, stderr=out)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if child.returncode not in (0, -signal.SIGTERM):
            print(f"{log} ended with {child.returncode}:\n{path.read_text()[-2000:]}", file=sys.stderr)


def worker(settings: Settings, stages: str, port: int, *more: str) -> Any:
    """`zeven worker` with these stages, as a process."""
    command = ("-m", "deploy.cli.main", "worker", "--stages", stages, "--port", str(port), *more)
    return process(settings, f"worker-{stages}", *command)


class Spent(NamedTuple):
    """What a process took until it was done: wall seconds, CPU seconds, records written; its largest size."""

    wall_s: float
    cpu_s: float
    records: int
    rss_mb: float


def until_still(child: subprocess.Popen[bytes], written: Callable[[], int], limit_s: float) -> Spent:
    """Wait until a process neither writes nor works any more; what it took up to that moment."""
    began, largest = time.monotonic(), 0.0
    last = Spent(0.0, 0.0, 0, 0.0)
    while time.monotonic() - began < limit_s:
        if child.poll() is not None:
            raise RuntimeError(f"the process ended with {child.returncode} while it was measured")
        found, records = usage(child.pid), written()
        now = Spent(time.monotonic() - began, found.cpu_s, records, found.rss_mb)
        largest = max(largest, found.rss_mb)
        busy = (now.cpu_s - last.cpu_s) > IDLE * (now.wall_s - last.wall_s)
        if records != last.records or records == 0 or (busy and now.wall_s - last.wall_s >= STILL_S):
            last = now
        elif now.wall_s - last.wall_s >= STILL_S:
            return last._replace(rss_mb=largest)
        time.sleep(POLL_S)
    raise TimeoutError(f"still at work after {limit_s:.0f} s, {last.records} records written")


async def ends(settings: Settings, topics: Iterable[Topic]) -> int:
    """Sum of the end offsets of topics."""
    consumer = AIOKafkaConsumer(**settings.kafka.for_aiokafka())
    await consumer.start()
    try:
        places = [TopicPartition(topic.name, part) for topic in topics for part in range(topic.partitions)]
        return sum((await consumer.end_offsets(places)).values())
    finally:
        await consumer.stop()


async def log_of(settings: Settings, topic: Topic) -> AsyncIterator[Any]:
    """Every record of a topic, in order per partition."""
    consumer = AIOKafkaConsumer(max_partition_fetch_bytes=4 * 1024 * 1024, **settings.kafka.for_aiokafka())
    await consumer.start()
    try:
        places = [TopicPartition(topic.name, part) for part in range(topic.partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        until = await consumer.end_offsets(places)
        while any([await consumer.position(place) < until[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=200, max_records=5000)).values():
                for record in records:
                    yield record
    finally:
        await consumer.stop()


class Result(NamedTuple):
    """Number of national records, and one digest over all of them."""

    records: int
    digest: str


async def result(settings: Settings, topic: Topic, schema: str) -> Result:
    """What stands in a topic of national records: who contributes with which revision, and the content.

    National ids, sequences and times of the writing are left out: they may differ between peers.
    """
    table: dict[bytes, bytes | None] = {}
    async for record in log_of(settings, topic):
        table[record.key] = record.value
    parsed, found = load(schema), []
    for value in table.values():
        if value is not None:
            one = decode(parsed, value[5:])
            at = sorted([said["hub"], said["source_id"], said["revision"]] for said in one["contributions"])
            found.append(blake(canonical([at, one["content"]])))
    return Result(len(found), blake(b"".join(sorted(found))).hex())


def conditions() -> str:
    """Machine, versions, date and load: what a figure needs beside it."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")
    names = ("faust-streaming", "aiokafka", "fastavro", "uvloop")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    load_now = " ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{time.strftime('%Y-%m-%d %H:%M')} · {os.cpu_count()} x {model} · "
        f"CPython {platform.python_version()} · {versions} · load {load_now}"
    )
