"""The view's ear on Kafka: which partitions, from where, and whether these are still the same topics.

No group and no commits: the view keeps its positions beside its data. Every partition is read again from the
last record known (the anchor): is another record there now, or lies our position outside of the topic, then
the topic was made anew, and the view is rebuilt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import ConsumerRecord

from schemas import topics
from schemas.errors import Retry
from schemas.settings import Settings
from schemas.topics import Topic
from streams.view.incoming import Incoming
from streams.view.ledger import Position
from streams.view.proof import Place

ANSWER_S = 3.0
MAX_RECORDS = 2000
WAIT_MS = 150
_NOT_READ = (topics.IDENTITY_KEYS, topics.IDENTITY, topics.IDENTIFY_STATE, topics.NOTICES_STATE)


class TopicReset(Exception):
    """A topic is not the one we read before; what we hold came from another."""


def wanted(hubs: Iterable[str], partitions: int) -> dict[str, Topic]:
    """The topics the view reads."""
    every = topics.catalogue(hubs, partitions)
    return {
        name: topic
        for name, topic in every.items()
        if name not in _NOT_READ and not name.startswith("control.")
    }


def places_of(found: Iterable[Topic]) -> list[Place]:
    """All partitions of these topics."""
    return [(topic.name, part) for topic in found for part in range(topic.partitions)]


def starts(
    positions: Mapping[Place, Position],
    first: Mapping[Place, int],
    ends: Mapping[Place, int],
    kept: Mapping[str, Topic],
) -> dict[Place, int]:
    """Where to begin in every partition. Raises `TopicReset`."""
    begin: dict[Place, int] = {}
    for place, end in ends.items():
        position = positions.get(place)
        if position is None:
            begin[place] = first[place]
            continue
        if position.next > end:
            raise TopicReset(f"{place[0]}/{place[1]} ends at {end}, we were at {position.next}")
        if first[place] > position.next and kept[place[0]].config["cleanup.policy"] == "compact":
            raise TopicReset(f"{place[0]}/{place[1]} begins at {first[place]}, we were at {position.next}")
        at = position.next if position.anchor is None else position.anchor
        begin[place] = max(at, first[place])
    return begin


class Feed:
    """One reading session."""

    def __init__(self, settings: Settings, hubs: Iterable[str]) -> None:
        self._settings = settings
        self.topics = wanted(hubs, settings.topics.partitions)
        self.places = places_of(self.topics.values())
        self._positions: dict[Place, Position] = {}
        self._consumer = AIOKafkaConsumer(
            client_id="zeven-view",
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            request_timeout_ms=10_000,
            retry_backoff_ms=250,
            **settings.kafka.for_aiokafka(),
        )

    async def cluster(self) -> str:
        """Id of the cluster we speak to."""
        admin = AIOKafkaAdminClient(client_id="zeven-view", **self._settings.kafka.for_aiokafka())
        await admin.start()
        try:
            return str((await admin.describe_cluster()).get("cluster_id"))
        finally:
            await admin.close()

    async def open(self, positions: Mapping[Place, Position]) -> None:
        """Connect and go where we were. Raises `TopicReset`, and `Retry` while topics are missing."""
        await self._consumer.start()
        missing = sorted(self.topics.keys() - await self._consumer.topics())
        if missing:
            names = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
            raise Retry(f"{len(missing)} topics are missing: {names}", fix="Run `zeven setup`.")
        self._consumer.assign([TopicPartition(*place) for place in self.places])
        async with asyncio.timeout(ANSWER_S * 3):
            first = await self._consumer.beginning_offsets([TopicPartition(*place) for place in self.places])
        begin = starts(positions, _plain(first), await self.ends(), self.topics)
        for place, offset in begin.items():
            self._consumer.seek(TopicPartition(*place), offset)
        self._positions = {place: positions.get(place, Position(begin[place], None, None)) for place in begin}

    async def ends(self) -> dict[Place, int]:
        """Where every partition ends now. Raises TimeoutError when Kafka does not answer."""
        async with asyncio.timeout(ANSWER_S):
            return _plain(await self._consumer.end_offsets([TopicPartition(*place) for place in self.places]))

    async def batch(self) -> tuple[list[Incoming], dict[Place, Position]]:
        """The next records and the positions after them. Raises `TopicReset`."""
        found = await self._consumer.getmany(timeout_ms=WAIT_MS, max_records=MAX_RECORDS)
        records: list[Incoming] = []
        moved: dict[Place, Position] = {}
        for partition, run in found.items():
            place = (partition.topic, partition.partition)
            fresh = self._new_ones(place, run)
            records += fresh
            if fresh:
                moved[place] = Position(fresh[-1].offset + 1, fresh[-1].offset, fresh[-1].at)
        self._positions.update(moved)
        return records, moved

    def _new_ones(self, place: Place, run: list[ConsumerRecord]) -> list[Incoming]:
        known = self._positions[place]
        for record in run:
            if record.offset == known.anchor and record.timestamp != known.anchor_at:
                raise TopicReset(f"{place[0]}/{place[1]} has another record at {known.anchor}")
        return [
            Incoming(*place, one.offset, one.timestamp, one.key, one.value, dict(one.headers))
            for one in run
            if one.offset >= known.next
        ]

    async def reached(self) -> dict[Place, int]:
        """How far we are: past what compaction left out, too."""
        return {place: await self._consumer.position(TopicPartition(*place)) for place in self.places}

    async def close(self) -> None:
        """End the session."""
        await self._consumer.stop()


def _plain(offsets: Mapping[TopicPartition, int]) -> dict[Place, int]:
    return {(place.topic, place.partition): offset for place, offset in offsets.items()}
