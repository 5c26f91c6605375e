"""What the view says, and does not only show: reports to hubs, and orders to publish again what differs.

Beside the reading, in the same process; it speaks only while the view is up to date. Both are records on Kafka:
a report is a notice, an order goes to the connector's control topic. Kafka away: it waits, nothing is lost, because
what is to be said is found anew from what the view holds.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from prometheus_client import Counter

from schemas import cloudevents, codec, topics
from schemas.bus.registry import Registry
from schemas.digest import blake
from schemas.errors import Retry
from schemas.hubs import Hub
from schemas.settings import Settings
from streams.view import answers, reports
from streams.view.hubs import all_hubs
from streams.view.repairs import Repairs
from streams.view.tables import open_reader

EVERY_S: Final = 2.0
REJECTED_READ: Final = 500
SPOKEN = Counter("zeven_view_spoken", "Reports to hubs and orders to connectors.", ("hub", "outcome"))
Record = tuple[str, int, str, bytes, list[tuple[str, bytes]]]
"""Topic, partition, key, value and headers."""


class Speaker:
    """The task; `run` until cancelled."""

    def __init__(
        self,
        settings: Settings,
        hubs: tuple[Hub, ...],
        folder: Path,
        ready: Callable[[], str | None],
        clock: Callable[[], int],
    ) -> None:
        self._settings, self._hubs, self._folder = settings, hubs, folder
        self._ready, self._clock = ready, clock
        self._watches = {hub.slug: reports.Watch() for hub in hubs}
        self._repairs = {hub.slug: Repairs() for hub in hubs}
        self._registry = Registry(settings.registry.url)
        self._catalogue = topics.catalogue([hub.slug for hub in hubs], settings.topics.partitions)
        self._log = structlog.get_logger("view").bind(step="speak")

    async def run(self) -> None:
        """Say what there is to say, again and again."""
        try:
            while True:
                await asyncio.sleep(EVERY_S)
                if self._ready() is not None:
                    continue
                try:
                    said = await asyncio.to_thread(self._said)
                    if said:
                        await self._speak(said)
                except (KafkaError, Retry, OSError, TimeoutError) as fault:
                    self._log.warning("waiting", reason=str(fault) or type(fault).__name__)
        finally:
            self._registry.close()

    def _said(self) -> list[Record]:
        """Everything that is to be said now."""
        db = open_reader(self._folder)
        try:
            found = all_hubs(db, self._hubs, self._clock())
            return [record for hub in found if hub["connected"] for record in self._of(db, hub)]
        finally:
            db.close()

    def _of(self, db: sqlite3.Connection, hub: dict[str, Any]) -> list[Record]:
        now_s, slug = time.monotonic(), hub["hub"]
        rejected = answers.rejections(db, slug, limit=REJECTED_READ)
        condition = reports.condition_of(hub, rejected, hub["rejected"])
        told = told_last(db, slug)
        said = []
        if self._watches[slug].due(condition, told, now_s):
            said.append(self._report(reports.notice(condition, told, hub["sample"], self._clock())))
        proof = hub["completeness"]
        differing = proof["ids"] if proof["state"] == "differs" else ()
        for kind, ids in self._repairs[slug].due(differing, now_s).items():
            said.append(self._order(slug, kind, ids))
        return said

    def _report(self, notice: dict[str, Any]) -> Record:
        topic = self._catalogue[topics.NOTICE]
        schema = codec.load(topic.schema)
        headers = cloudevents.headers(
            cloudevents.type_of("notice", notice["kind"]),
            cloudevents.source_of(None),
            notice["id"],
            notice["created_at"],
            notice["subscription"],
        )
        headers.append(cloudevents.schema_header(schema))
        value = codec.frame(self._registry.id_for(topic), codec.encode(schema, notice))
        part = topics.partition_of(notice["subscription"], topic.partitions)
        self._log.info("report", hub=notice["hubs"][0], changes=len(notice["changes"]), notice=notice["id"])
        SPOKEN.labels(notice["hubs"][0], "report").inc()
        return topic.name, part, str(notice["id"]), value, headers

    def _order(self, hub: str, kind: str, source_ids: Sequence[str]) -> Record:
        topic = self._catalogue[topics.control(hub)]
        schema, now = codec.load(topic.schema), self._clock()
        command = {
            "id": blake(f"{hub}|{kind}|{now}".encode()).hex(),
            "action": "republish",
            "kind": kind,
            "source_ids": list(source_ids),
            "by": "view",
            "at": now,
        }
        value = codec.frame(self._registry.id_for(topic), codec.encode(schema, command))
        self._log.warning("repair", hub=hub, kind=kind, source_ids=list(source_ids))
        SPOKEN.labels(hub, "repair").inc()
        return topic.name, 0, str(command["id"]), value, [cloudevents.schema_header(schema)]

    async def _speak(self, said: Sequence[Record]) -> None:
        producer = AIOKafkaProducer(
            client_id="zeven-view-speaker",
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=10_000,
            **self._settings.kafka.for_aiokafka(),
        )
        await producer.start()
        try:
            for topic, part, key, value, headers in said:
                await producer.send_and_wait(topic, value, key=key.encode(), partition=part, headers=headers)
        finally:
            await producer.stop()


def told_last(db: sqlite3.Connection, hub: str) -> reports.Told:
    """The last report of a hub that stands in `notice`."""
    row = db.execute("SELECT id, number, json FROM told WHERE hub = ?", (hub,)).fetchone()
    return reports.NOTHING if row is None else reports.Told(row[0], row[1], orjson.loads(row[2]))
