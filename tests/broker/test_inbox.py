"""The inbox of a hub as processes on a real Kafka: from upload or webhook to the record, through kill -9."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from kafka import KafkaConsumer, TopicPartition

from connectors.inbox.desk import path_of
from connectors.inbox.store import Inbox
from deploy.local.processes import Running, ours
from schemas import topics
from schemas.bus.admin import ensure_topics
from schemas.codec import decode, load, unframe
from schemas.settings import Settings
from tests.support import eighth
from tests.support.broker import free_ports
from tests.support.crm import TOKEN as CRM_TOKEN
from tests.support.crm import Crm
from tests.support.inbox import OBJECT, SECRET, TOKEN, hub, signed
from tests.support.site import Site
from tests.support.waiting import until

pytestmark = pytest.mark.broker
Told = tuple[str, dict[str, Any] | None, dict[str, str]]


class Place:
    """A new hub with its topics; its door and its connector are processes that can be killed."""

    def __init__(self, broker: Settings, folder: Path, *, at_hubspot: bool, **environ: str) -> None:
        self.name = hub(folder / "hubs", at_hubspot=at_hubspot)
        self.folder, self.first = folder, free_ports(3)
        self.settings = broker.model_copy(update={"data": folder, "hubs": folder / "hubs"})
        self.catalogue = topics.catalogue([self.name], broker.topics.partitions)
        ensure_topics(self.settings, {key: one for key, one in self.catalogue.items() if self.name in key})
        prefix = f"ZEVEN_HUB_{self.name.upper().replace('-', '_')}"
        given = {"INTERVAL_S": "600", "FRESHNESS_TARGET_S": "3600"} | environ
        self.environ = self.settings.environ() | {f"{prefix}_{key}": said for key, said in given.items()}
        self.base = f"http://127.0.0.1:{self.first}"
        self._running: list[Running] = []

    def start(self, words: str, ready: str) -> Running:
        process = ours(f"{words.split()[1]}-{len(self._running)}", words, ready, self.environ)
        running = Running(process, self.folder / f"{process.name}.log")
        self._running.append(running)
        return running

    def door(self) -> Running:
        """The door, when it answers."""
        words = f"hub inbox {self.name} --port {self.first} --metrics-port {self.first + 1}"
        running = self.start(words, f"tcp:127.0.0.1:{self.first}")
        running.wait_ready()
        return running

    def connector(self) -> Running:
        return self.start(
            f"hub run {self.name} --port {self.first + 2}",
            f"http:http://127.0.0.1:{self.first + 2}/health/live",
        )

    def close(self) -> None:
        for one in self._running:
            one.kill()

    def post(self, path: str, body: bytes = b"") -> httpx.Response:
        """What the hub's own program does."""
        address = f"{self.base}/v1/{self.name}/membership/{path}"
        login = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.post(address, content=body, headers=login, timeout=60, trust_env=False)

    def call(self, *events: tuple[str, int]) -> httpx.Response:
        """What HubSpot does."""
        body = json.dumps(
            [{"subscriptionType": what, "objectTypeId": OBJECT, "objectId": one} for what, one in events]
        ).encode()
        headers = signed(self.name, body, time.time_ns() // 1_000_000, base=self.base)
        address = f"{self.base}/v1/{self.name}/hubspot"
        return httpx.post(address, content=body, headers=dict(headers), timeout=20, trust_env=False)

    def told(self, topic: str = "") -> list[Told]:
        """All records of the members, or of another topic, in the order of each key."""
        name = topic or topics.regional(self.name, "membership")
        consumer = KafkaConsumer(
            auto_offset_reset="earliest", enable_auto_commit=False, **self.settings.kafka.for_kafka_python()
        )
        try:
            parts = [TopicPartition(name, part) for part in range(self.catalogue[name].partitions)]
            consumer.assign(parts)
            ends = consumer.end_offsets(parts)
            found: list[Told] = []
            while any(consumer.position(part) < ends[part] for part in parts):
                for records in consumer.poll(timeout_ms=200).values():
                    found += [self._told(name, one) for one in records]
        finally:
            consumer.close()
        return found

    def _told(self, topic: str, one: Any) -> Told:
        value = None
        if one.value is not None:
            value = decode(load(self.catalogue[topic].schema), unframe(one.value)[1])
        return one.key.decode(), value, {name: said.decode() for name, said in one.headers}

    def names(self) -> dict[str, str]:
        """What stands, by id."""
        last = {key: value for key, value, _ in self.told()}
        return {key: value["organisations"][0]["name"] for key, value in last.items() if value is not None}

    def looks(self) -> int:
        return len(self.told(topics.checked(self.name)))

    def removed(self, source_id: str) -> list[str]:
        """What became of a record, each time that it was told."""
        gone = [headers for key, value, headers in self.told() if key == source_id and value is None]
        return [json.loads(one["zeven_evidence"])["what"] for one in gone]

    def waiting(self) -> set[str]:
        """What lies in the inbox."""
        inbox = Inbox(path_of(self.settings, self.name))
        try:
            return {*inbox.waiting(OBJECT), *inbox.waiting("file:membership")}
        finally:
            inbox.close()


Make = Callable[..., Place]


@pytest.fixture
def make(broker: Settings, tmp_path: Path) -> Iterator[Make]:
    """Makes places; afterwards their processes are ended."""
    made: list[Place] = []

    def one(*, at_hubspot: bool = False, **environ: str) -> Place:
        made.append(Place(broker, tmp_path, at_hubspot=at_hubspot, **environ))
        return made[-1]

    yield one
    for each in made:
        each.close()


@pytest.fixture
def crm(site: Site) -> Crm:
    """A portal of three members."""
    found = Crm(site, f"/crm/v3/objects/{OBJECT}")
    for number in (1, 2, 3):
        found.put(f"{number}", Naam=f"Lid {number}")
    return found


@pytest.fixture
def portal(make: Make, crm: Crm) -> Place:
    """The hub that has it."""
    address = {"MEMBERSHIP_URL": crm.site.url, "MEMBERSHIP_TOKEN": CRM_TOKEN}
    return make(at_hubspot=True, HUBSPOT_SECRET=SECRET, **address)


def test_an_upload_is_shown_against_what_stands_and_read_when_it_is_published(make: Make) -> None:
    """The connector, which looks every ten minutes, is called; kill -9 of the door loses no upload."""
    place = make(UPLOAD_TOKEN=TOKEN)
    running = place.door()
    first = place.post("files/leden.csv", eighth.MEMBERS.encode())
    assert first.status_code == 201, first.text
    assert [one["what"] for one in first.json()["preview"]["changes"]] == ["new", "new"]
    assert not (place.folder / "leden.csv").exists()
    assert place.post(f"uploads/{first.json()['id']}/publish").status_code == 200
    place.connector()
    until(lambda: len(place.names()) == 2, 90, "it is read")

    rows = eighth.MEMBERS.replace("Almere", "Almere-Stad") + ";Zonder nummer\n"
    second = place.post("files/leden.csv", rows.encode())
    said = {one["what"]: one for one in second.json()["preview"]["changes"]}
    assert said.keys() == {"changed", "rejected"}
    assert said["changed"]["source_id"] == "1"
    assert "rij 4" in said["rejected"]["why"]
    running.kill()
    place.door()
    assert place.post(f"uploads/{second.json()['id']}/publish").status_code == 200
    until(lambda: place.names()["1"].startswith("Voorbeeld Almere-Stad"), 90, "the connector was called")
    until(lambda: not place.waiting(), 30, "what is done leaves the inbox")


def test_what_a_webhook_named_is_published_although_the_list_does_not_show_it_yet(
    portal: Place, crm: Crm
) -> None:
    """Long before the next poll. What is only claimed to be erased stays; what is gone, merged or changed is so."""
    portal.door()
    portal.connector()
    until(lambda: len(portal.names()) == 3, 90, "the first look")
    crm.put("4", Naam="Lid 4")
    crm.late = {"4"}
    crm.merge("1", "2")
    crm.put("3", Naam="Lid drie")
    assert (
        portal.call(("object.creation", 4), ("object.merge", 1), ("object.privacyDeletion", 3)).status_code
        == 204
    )
    until(
        lambda: portal.names() == {"2": "Lid 2", "3": "Lid drie", "4": "Lid 4"},
        90,
        "the objects that were named",
    )
    assert portal.removed("1") == ["merged"]
    until(lambda: not portal.waiting(), 30, "what is done leaves the inbox")
    metrics = httpx.get(f"http://127.0.0.1:{portal.first + 1}/metrics", trust_env=False).text
    assert (
        f'zeven_inbox_requests_total{{hub="{portal.name}",kind="hubspot",outcome="accepted"}} 1.0' in metrics
    )


def test_an_erasure_is_told_also_of_what_was_removed_before_anybody_knew_why(portal: Place, crm: Crm) -> None:
    """The deletion comes first, the privacy deletion after it; the one that comes in time is told once."""
    portal.door()
    portal.connector()
    until(lambda: len(portal.names()) == 3, 90, "the first look")
    del crm.objects["1"]
    assert portal.call(("object.deletion", 1)).status_code == 204
    until(lambda: portal.removed("1") == ["deleted"], 90, "it is gone")
    del crm.objects["2"]
    assert portal.call(("object.privacyDeletion", 1), ("object.privacyDeletion", 2)).status_code == 204
    until(lambda: portal.removed("1") == ["deleted", "erased"], 90, "now it is known why")
    until(lambda: not portal.waiting(), 30, "what is done leaves the inbox")
    assert portal.removed("2") == ["erased"]
    assert portal.names() == {"3": "Lid 3"}


def test_killed_between_the_thanks_and_the_record_it_is_repeated_and_never_lost(
    portal: Place, crm: Crm
) -> None:
    """kill -9 of the door right after its answer, then of the connector while it asks for the object."""
    crm.put("4", Naam="Lid 4")
    crm.late = {"4"}
    running = portal.door()
    assert portal.call(("object.creation", 4)).status_code == 204
    running.kill()
    assert portal.waiting() == {"4"}
    asked, usual = Event(), crm.reply

    def silent(to: BaseHTTPRequestHandler, number: int) -> None:
        if to.path.endswith("/batch/read"):
            asked.set()
        else:
            usual(to, number)

    crm.site.reply = silent
    first = portal.connector()
    assert asked.wait(90)
    first.kill()
    assert portal.waiting() == {"4"}
    assert "4" not in portal.names()
    crm.site.reply = usual
    portal.connector()
    until(lambda: portal.names().get("4") == "Lid 4", 90, "the object that was named")
    until(lambda: not portal.waiting(), 30, "what is done leaves the inbox")
