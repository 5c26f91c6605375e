"""A small world for tests of the view: topics of its own on a real Kafka, and hands to publish by.

Publishes what connectors and stages would, with the real codec and registry, so that the view meets the
wire form and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx
from kafka import KafkaProducer

from schemas import cloudevents, topics
from schemas.bus.admin import admin, ensure_topics
from schemas.bus.registry import Registry
from schemas.codec import encode, frame, load
from schemas.digest import MODULUS, blake, bucket_hash, bucket_of
from schemas.hubs import Hub
from schemas.settings import Settings
from streams.view.serve import listening, serve
from tests.support.waiting import auntil, until

HUBS = (
    Hub("limburg", "AI-hub Brightlands", "Brightlands AI Hub", provinces=("NL-LI",)),
    Hub(
        "zuid-holland",
        "AI-hub Zuid-Holland",
        "AI Hub Zuid-Holland",
        provinces=("NL-ZH",),
        coordinator="tu-delft",
        contact="ai-hub@zuid-holland.example",
    ),
)
HUB = "zuid-holland"
NOON = 1_760_000_000_000


def project(title: str = "Slimme haven", **fields: Any) -> dict[str, Any]:
    """Content of a project."""
    content: dict[str, Any] = {
        "title": {"nl": title, "en": None},
        "summary": {"nl": "Een proef.", "en": None},
        "type": "project",
        "status": "running",
    }
    empty: dict[str, list[str]] = {
        name: [] for name in ("areas", "dimensions", "pillars", "instruments", "focus_areas", "themes")
    }
    nothing = dict.fromkeys(
        ("phase", "start", "end", "deadline", "research_kind", "place", "link", "contact")
    )
    return content | empty | nothing | {"funding": [], "indicators": []} | fields


class World:
    """Publishes by hand; keeps count of what it published, as a connector does for its manifest."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.catalogue = topics.catalogue([hub.slug for hub in HUBS], settings.topics.partitions)
        ensure_topics(settings, self.catalogue)
        self.registry = Registry(settings.registry.url)
        self.ids = self.registry.ensure(self.catalogue)
        self.producer = KafkaProducer(acks="all", **settings.kafka.for_kafka_python())
        self.alive: dict[tuple[str, str], bytes] = {}
        self.ends: dict[tuple[str, int], int] = {}
        self.look = 0

    def leave(self) -> None:
        """Let go of Kafka (kafka-python leaves a socket open whenever it does not reach a broker)."""
        self.producer.close()

    def come_back(self) -> None:
        """Connect again after `leave`."""
        self.producer = KafkaProducer(acks="all", **self.settings.kafka.for_kafka_python())

    def close(self) -> None:
        """Let go of the connections."""
        self.producer.close()
        self.registry.close()

    def put(
        self, topic: str, key: str, value: Mapping[str, Any] | None, headers: Mapping[str, str] | None = None
    ) -> int:
        """Publish one record; returns its offset."""
        found = self.catalogue[topic]
        body = None
        sent = [(name, text.encode()) for name, text in (headers or {}).items()]
        if value is not None:
            schema = load(found.schema)
            body = frame(self.ids[topic], encode(schema, dict(value)))
            sent.append(cloudevents.schema_header(schema))
        return self.raw(topic, key.encode(), body, sent)

    def raw(
        self,
        topic: str,
        key: bytes | None,
        body: bytes | None,
        headers: list[tuple[str, bytes]] | None = None,
    ) -> int:
        """Publish bytes as they are."""
        text = (key or b"").decode("utf-8", "replace")
        by = text.split("|")[0] if topic.startswith("linked.") else text
        part = topics.partition_of(by, self.catalogue[topic].partitions)
        sent = self.producer.send(topic, value=body, key=key, headers=headers or [], partition=part)
        offset = int(sent.get(timeout=20).offset)
        self.ends[topic, part] = offset + 1
        return offset

    def regional(
        self, source_id: str, revision: int, title: str = "Slimme haven", keys: Sequence[str] = ()
    ) -> bytes:
        """A connector publishes a project; returns its digest."""
        digest = blake(f"{source_id}{title}{''.join(keys)}")
        origin = {
            "address": "https://example.org/p",
            "changed_at": NOON,
            "first_seen_at": NOON,
            "read_at": NOON + 1,
        }
        value = {
            "source_id": source_id,
            "revision": revision,
            "digest": digest,
            "sample": True,
            "cause": "source",
        }
        more = {"keys": list(keys), "organisations": [], "origin": origin, "content": project(title)}
        self.put(topics.regional(HUB, "project"), source_id, value | more)
        self.alive["project", source_id] = digest
        return digest

    def gone(self, source_id: str, revision: int) -> None:
        """A connector publishes that a project is gone."""
        self.put(topics.regional(HUB, "project"), source_id, None, {"zeven_revision": str(revision)})
        self.alive.pop(("project", source_id), None)

    def checked(self, finished_at: int = NOON + 1000, **fields: Any) -> None:
        """A connector publishes its manifest of what is alive now."""
        self.look += 1
        sums: dict[tuple[str, int], tuple[int, int]] = {}
        for (kind, source_id), digest in self.alive.items():
            place = (kind, bucket_of(kind, source_id))
            count, total = sums.get(place, (0, 0))
            sums[place] = (count + 1, (total + bucket_hash(kind, source_id, digest)) % MODULUS)
        value = {
            "hub": HUB,
            "look": self.look,
            "started_at": finished_at - 500,
            "finished_at": finished_at,
            "state": "live",
            "sample": True,
            "first_look": False,
            "interval_s": 5,
            "freshness_target_s": 60,
            "release": "test",
            "kinds": [look("project", len(self.alive))],
            "offsets": [offset(place, end) for place, end in self.ends.items() if self._own(place[0])],
            "buckets": [bucket(place, found) for place, found in sums.items()],
        }
        self.put(topics.checked(HUB), HUB, value | fields)

    @staticmethod
    def _own(topic: str) -> bool:
        return topic.startswith(f"regional.{HUB}.") and not topic.endswith(".checked")

    def national(
        self, national_id: str, givers: Mapping[str, int], title: str = "Slimme haven", **fields: Any
    ) -> None:
        """Fold publishes a project; `givers` are source ids with the revision that was used."""
        origin = {
            "field": "*",
            "hub": HUB,
            "source_kind": "project",
            "changed_at": NOON,
            "rule": "only",
            "losing": [],
        }
        value: dict[str, Any] = {
            "id": national_id,
            "sequence": 1,
            "redirect": None,
            "same_as": [],
            "sample": True,
            "cause": "source",
            "first_changed_at": NOON,
            "last_changed_at": NOON,
            "contributions": [giver(one, number, title) for one, number in givers.items()],
            "organisations": [],
            "origins": [origin | {"source_id": next(iter(givers), "")}],
            "content": project(title),
        }
        self.put(topics.national("project"), national_id, value | fields)

    def progress(self) -> None:
        """identify and fold say that they have done everything there is."""
        for stage, prefix in (("identify", "regional."), ("fold", "linked.")):
            offsets = [offset(place, end) for place, end in self.ends.items() if place[0].startswith(prefix)]
            value = {"stage": stage, "task": 0, "offsets": offsets, "at": NOON}
            self.put(topics.PROGRESS, f"{stage}|0", value)


def look(kind: str, live: int) -> dict[str, Any]:
    """What a look found of one kind."""
    numbers = dict.fromkeys(("read", "published", "unchanged", "rejected", "held", "removed"), 0)
    return {
        "kind": kind,
        "source": "test",
        "state": "live",
        "complete": True,
        **numbers,
        "live": live,
        "reasons": [],
    }


def offset(place: tuple[str, int], end: int) -> dict[str, Any]:
    """A position."""
    return {"topic": place[0], "partition": place[1], "offset": end}


def bucket(place: tuple[str, int], found: tuple[int, int]) -> dict[str, Any]:
    """One bucket of a manifest."""
    return {"kind": place[0], "bucket": place[1], "count": found[0], "hash": found[1].to_bytes(16, "big")}


def giver(source_id: str, revision: int, title: str) -> dict[str, Any]:
    """One contribution to a national record."""
    who = {"hub": HUB, "source_kind": "project", "source_id": source_id, "local": ""}
    what = {"revision": revision, "digest": blake(f"{source_id}{title}"), "address": "https://example.org/p"}
    return who | what | {"changed_at": NOON, "read_at": NOON + 1, "unreadable_since": None}


def fresh_topics(settings: Settings) -> None:
    """Remove the topics of an earlier test, and wait until they are gone."""
    names = set(topics.catalogue([hub.slug for hub in HUBS], settings.topics.partitions))
    with admin(settings) as client:
        there = names & set(client.list_topics())
        if there:
            client.delete_topics(sorted(there))
            until(lambda: not names & set(client.list_topics()), 20, "the old topics are gone")


def fresh(broker: Settings, folder: Path) -> World:
    """A world with empty topics and a state folder of its own."""
    settings = broker.model_copy(update={"data": folder})
    fresh_topics(settings)
    return World(settings)


class Running:
    """A view that runs in this event loop, and a client of it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.base, self.port = "", 0

    async def __aenter__(self) -> Self:
        door = listening("127.0.0.1", 0)
        self.port = door.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self._task = asyncio.create_task(serve(self._settings, HUBS, door, self._stop))
        self.http = httpx.AsyncClient(base_url=self.base, timeout=20, trust_env=False)
        return self

    async def __aexit__(self, *_fault: object) -> None:
        await self.http.aclose()
        self._stop.set()
        if self._task is not None:
            await self._task

    async def json(self, path: str) -> Any:
        """The answer to a question."""
        try:
            return (await self.http.get(path)).json()
        except httpx.TransportError:
            return {}

    async def state(self, hub: str = HUB) -> str:
        """What the view says of the completeness of a hub."""
        hubs = (await self.json("/api/v1/hubs")).get("items", [])
        return "".join(one["completeness"]["state"] for one in hubs if one["hub"] == hub)

    async def reaches(self, state: str, deadline_s: float = 20) -> dict[str, Any]:
        """Wait for a verdict on the hub; returns its line."""

        async def there() -> bool:
            return await self.state() == state

        await auntil(there, deadline_s, f"{HUB} is {state}")
        hubs = (await self.json("/api/v1/hubs"))["items"]
        return next(one for one in hubs if one["hub"] == HUB)
