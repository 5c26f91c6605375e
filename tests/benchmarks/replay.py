"""Replay: changes that wait in the regional topics, until the national records stand; against the naive faust way.

Both processes begin with nothing and read the same topics of the same broker, one after the other. The figure is
CPU time per change, from the start of the process (imports and all) to its last write. No ratio is printed
unless the digests of both results are equal.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from schemas.bus.admin import ensure_topics
from schemas.topics import Topic, national, regional
from tests.benchmarks.naive_faust import NATIONAL
from tests.benchmarks.support import (
    Bench,
    Result,
    Spent,
    bench,
    conditions,
    ends,
    fill,
    process,
    result,
    until_still,
    worker,
)
from tests.benchmarks.workload import HUBS, changes

SCHEMA = "national.Project"
LIMIT_S = 1_800.0
STAGES = "identify,resolve,fold"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=300_000)
    parser.add_argument("--sources", type=int, default=60_000)
    asked = parser.parse_args(arguments)
    with bench() as place:
        topic = regional(HUBS[0], "project")
        count = fill(place.settings, changes(asked.changes, asked.sources, place.ids[topic]))
        print(f"replay: {count:,} changes of {asked.sources:,} sources · {conditions()}", flush=True)
        ours = _ours(place, count)
        naive = _naive(place, count)
        peer, mine = naive[1].cpu_s / count, ours[1].cpu_s / count
    if ours[0] != naive[0]:
        raise SystemExit(f"replay: the results differ: {ours[0]} and {naive[0]}; no ratio")
    print(f"replay: same digest {ours[0].digest} over {ours[0].records:,} national projects")
    print(f"replay: {peer / mine:.1f} times less CPU per change than the naive faust way", flush=True)


def _ours(place: Bench, count: int) -> tuple[Result, Spent]:
    target = Topic(national("project"), SCHEMA, "", "", place.settings.topics.partitions)
    with worker(place.settings, STAGES, place.settings.ports.worker) as child:
        spent = _spent(place, child, target)
    _tell("zeven", spent, count)
    return asyncio.run(result(place.settings, target, SCHEMA)), spent


def _naive(place: Bench, count: int) -> tuple[Result, Spent]:
    target = Topic(NATIONAL, SCHEMA, "", "", place.settings.topics.partitions)
    ensure_topics(place.settings, {NATIONAL: target})
    schema_id = str(place.ids[national("project")])
    words = ("-m", "tests.benchmarks.naive_faust", place.settings.kafka.bootstrap, schema_id)
    with process(place.settings, "naive", *words) as child:
        spent = _spent(place, child, target)
    _tell("naive faust", spent, count)
    return asyncio.run(result(place.settings, target, SCHEMA)), spent


def _spent(place: Bench, child: object, target: Topic) -> Spent:
    return until_still(child, lambda: asyncio.run(ends(place.settings, [target])), LIMIT_S)  # type: ignore[arg-type]


def _tell(name: str, spent: Spent, count: int) -> None:
    print(
        f"replay: {name}: {spent.cpu_s / count * 1e6:.0f} µs CPU per change ({spent.cpu_s:.1f} s CPU, "
        f"{spent.wall_s:.1f} s by the clock, {count / spent.wall_s:,.0f} changes/s, "
        f"{spent.records:,} national projects written, at most {spent.rss_mb:.0f} MB)",
        flush=True,
    )


if __name__ == "__main__":
    main()
