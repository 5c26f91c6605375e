"""The peer: the same national projects as a faust application is written by its documentation.

An agent on the regional topics takes one event at a time: it decodes it with fastavro, looks the national ids up
in a Table by identity key (or mints them), keeps the contributions per national id in a second Table, folds them
with the rule that we use (`streams.national.fold.fold`), and sends the national record with faust's producer.

It is spared much of what the system does: repartitioning by national id, records of organisations (only their ids
are minted), removal, merging of ids, refusal of bad records, set-up after a crash. Its settings are those that were
found to be fast: uvloop, large stream buffers, tables in memory, compression and gathering in the producer.

Run as `python -m tests.benchmarks.naive_faust <bootstrap> <schema id of national.project>`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from itertools import count
from typing import Any

import faust
import uvloop
from faust.types import ProcessingGuarantee

from schemas.cloudevents import schema_header
from schemas.codec import decode, encode, frame, load
from schemas.topics import hub_and_kind, regional
from streams.national.fold import NOTHING, Last, fold, last_of
from streams.national.identify import linked_for
from tests.benchmarks.workload import HUBS

NATIONAL = "naive.national.project"
REGIONAL_SCHEMA = load("regional.Project")
NATIONAL_SCHEMA = load("national.Project")


class Kept(faust.Record, serializer="pickle"):
    """What is said of one national project by source, and what was last written of it."""

    said: dict[str, Any]
    sequence: int
    revisions: dict[Any, int]


def app_of(bootstrap: str) -> faust.App:
    """The application with good settings."""
    return faust.App(
        "naive",
        broker=f"kafka://{bootstrap}",
        store="memory://",
        web_enabled=False,
        topic_partitions=4,
        topic_disable_leader=True,
        processing_guarantee=ProcessingGuarantee.AT_LEAST_ONCE,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=4 * 1024 * 1024,
        stream_buffer_maxsize=65_536,
        broker_commit_interval=1.0,
        broker_max_poll_interval=86_400.0,
        producer_linger=0.02,
        producer_max_batch_size=512 * 1024,
        producer_compression_type="lz4",
        producer_request_timeout=120.0,
    )


def build(app: faust.App, schema_id: int) -> None:
    """Topics, tables and the agent."""
    source = app.topic(
        *(regional(hub, "project") for hub in HUBS), key_type=bytes, value_type=bytes, value_serializer="raw"
    )
    target = app.topic(NATIONAL, key_type=bytes, value_type=bytes, value_serializer="raw")
    ids: Any = app.Table("ids", key_type=str, value_type=str, partitions=4)
    kept: Any = app.Table("contributions", key_type=str, value_type=Kept, partitions=4)
    numbers = count(1)
    fingerprint = dict([schema_header(NATIONAL_SCHEMA)])

    def named(kind: str, local: str, keys: list[str]) -> dict[str, str]:
        known = next((found for key in keys if (found := ids.get(key)) is not None), None)
        name = known or f"{kind[0]}-{next(numbers):012d}"
        for key in keys:
            if key not in ids:
                ids[key] = name
        return {"kind": kind, "local": local, "id": name}

    @app.agent(source)
    async def follow(stream: faust.StreamT[bytes]) -> None:
        async for event in stream.events():
            hub, kind = hub_and_kind(event.message.topic)
            name, linked = _linked(hub, kind, decode(REGIONAL_SCHEMA, event.value[5:]), named)
            row = kept.get(name)
            said = {**(row.said if row else {}), f"{hub}|{linked['source_id']}": linked}
            last = Last(row.sequence, row.revisions) if row else NOTHING
            national = fold(kind, name, said.values(), None, (), last) or {}
            kept[name] = Kept(said=said, **last_of(national)._asdict())
            value = frame(schema_id, encode(NATIONAL_SCHEMA, national))
            await target.send(key=name.encode(), value=value, headers=fingerprint)


def _linked(hub: str, kind: str, record: Mapping[str, Any], named: Any) -> tuple[str, dict[str, Any]]:
    """National id, and what the source says of it, with the ids of the organisations it mentions."""
    own = [*record["keys"], f"src:{hub}|{kind}|{record['source_id']}"]
    names = [named(kind, "", own)]
    names += [named("organisation", one["local"], one["keys"]) for one in record["organisations"]]
    target = linked_for(hub, kind, record, names, None)[0]
    return target.national_id, {**target.header, "origin": record["origin"], "content": record["content"]}


def main(bootstrap: str, schema_id: str) -> None:
    """Run until a signal."""
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    app = app_of(bootstrap)
    build(app, int(schema_id))
    worker: Any = faust.Worker(app, loop=loop, loglevel="WARNING", redirect_stdouts=False, quiet=True)
    worker.execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:])
