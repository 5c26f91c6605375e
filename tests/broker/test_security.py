"""Who may do what on a Kafka that judges rights: every cell of users and topics, allowed or denied."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.protocol.consumer import FetchRequest
from kafka.protocol.producer import ProduceRequest
from kafka.record.memory_records import MemoryRecordsBuilder

from connectors import estate
from deploy import rights, security
from schemas import topics as names
from schemas.bus.admin import admin, ensure_topics
from schemas.bus.registry import Registry
from schemas.codec import encode, frame, load
from schemas.errors import Stop
from schemas.settings import Settings
from tests.support.programs import program
from tests.support.secured import Secured
from tests.support.view_past import record as record_of
from tests.unit.test_estate import hub

DENIED = 29
MAY = frozenset({"produce", "consume", "describe"})
DOCS = Path(__file__).parents[2] / "docs/howto/read-by-program.md"
NAMED = 12  # the last version of both requests that names topics


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A Kafka with all hubs that have a manifest, and two whose slugs begin alike."""
    folder = tmp_path_factory.mktemp("secured")
    for slug in ("noord", "noordoost"):
        hub(folder / "hubs", slug)
    made = Secured(folder, folder / "hubs")
    try:
        made.wait()
        with admin(made.settings) as client:
            ensure_topics(made.settings, estate.topics(made.settings))
            client.create_topics([NewTopic(f"trial.{slug}.project", 1, 1) for slug in hubs_of(made)])
        yield made
    finally:
        made.close()


TRY = """
import os, sys
from schemas.bus.admin import admin
from schemas.errors import Retry
from schemas.settings import Settings
try:
    with admin(Settings.load(os.environ), patience_s=3):
        sys.exit("came in")
except Retry as fault:
    print(fault)
"""


def why_refused(settings: Settings) -> str:
    """What is said when Kafka does not let these settings in; the client would leave its sockets open here."""
    environ = {**os.environ, **settings.environ()}
    done = subprocess.run(
        [sys.executable, "-c", TRY], env=environ, capture_output=True, text=True, check=True
    )
    return done.stdout


def hubs_of(secured: Secured) -> list[str]:
    return list(estate.declared(secured.settings))


def topics_of(secured: Secured) -> list[str]:
    return [*estate.topics(secured.settings), *(f"trial.{slug}.project" for slug in hubs_of(secured))]


def record() -> bytes:
    builder = MemoryRecordsBuilder(magic=2, compression_type=0, batch_size=1000)
    builder.append(timestamp=1, key=b"a", value=b"b", headers=[])
    builder.close()
    return bytes(builder.buffer())


def asked(client: KafkaAdminClient, request: Any) -> Any:
    return client._manager.run(client._manager.send, request)


def judged(settings: Settings, topics: list[str]) -> dict[str, frozenset[str]]:
    """What Kafka lets this user do with each topic, tried for real."""
    produce, fetch = ProduceRequest.TopicProduceData, FetchRequest.FetchTopic
    part = fetch.FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1000)
    data = produce.PartitionProduceData(index=0, records=record())
    found: dict[str, set[str]] = {topic: set() for topic in topics}
    with admin(settings) as client:
        described = client.describe_topics(topics)
        written = asked(
            client,
            ProduceRequest(
                acks=1,
                timeout_ms=10_000,
                topic_data=[produce(name=topic, partition_data=[data]) for topic in topics],
                max_version=NAMED,
            ),
        )
        read = asked(
            client,
            FetchRequest(
                max_wait_ms=0,
                min_bytes=0,
                topics=[fetch(topic=topic, partitions=[part]) for topic in topics],
                max_version=NAMED,
            ),
        )
    codes = {
        "describe": {str(one.get("name", one.get("topic"))): one["error_code"] for one in described},
        "produce": {one.name: one.partition_responses[0].error_code for one in written.responses},
        "consume": {one.topic: one.partitions[0].error_code for one in read.responses},
    }
    for act, by_topic in codes.items():
        assert set(by_topic) == set(topics)
        assert set(by_topic.values()) <= {0, DENIED}, act
        for topic, code in by_topic.items():
            if code == 0:
                found[topic].add(act)
    return {topic: frozenset(acts) for topic, acts in found.items()}


def expected(slug: str, topic: str) -> frozenset[str]:
    """What the hub should be able to do, written down apart from the code that grants it."""
    parts = topic.split(".")
    if parts[0] in ("regional", "rejected", "trial", "objection") and parts[1] == slug:
        return MAY
    if topic == f"control.{slug}" or parts[0] in ("national", "linked"):
        return MAY - {"produce"}
    if topic in ("identity", "identity.keys", "office.decision", "office.outcome"):
        return MAY - {"produce"}
    return frozenset()


def test_a_reader_reads_the_national_topics_as_the_contract_says_and_nothing_else(
    secured: Secured, broker: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they stand in the document; a second grant ends the first. (First: the others write what is no record.)"""
    text = DOCS.read_text(encoding="utf-8")
    typed, lines = (block.splitlines() for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    (program_of_theirs,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    shown = [office(secured, line.partition("#")[0].split()[1:]) for line in typed[:2]]
    assert "reader-cbs" in shown[1]
    assert "20000000" in shown[1]
    first = (tmp_path / "cbs.properties").read_text(encoding="utf-8")
    office(secured, ["reader", "grant", "cbs", "--out", "cbs.properties"])
    assert (tmp_path / "cbs.properties").stat().st_mode & 0o777 == 0o600
    said(secured, {"p-a": ("Een", 1, None), "p-b": ("Twee", 1, None), "p-c": ("", 1, "p-a")}, gone="p-b")

    found = outcome([sys.executable, "-c", program_of_theirs.replace("10_000", "4_000")], secured)
    assert (found.returncode, found.stdout.splitlines()) == (0, ["p-a Een", "p-c p-a"]), found.stderr
    assert by_librdkafka(tmp_path, "national.project") == {"p-a", "p-b", "p-c"}
    for topic, group in (("regional.noord.project", ""), ("national.project", "connector.noord")):
        with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED"):
            by_librdkafka(tmp_path, topic, **({"group.id": group} if group else {}))
    by_kcat(lines, broker, tmp_path)
    stale = re.findall(r"sasl.password=(.*)", first)[0]
    assert "Does it know reader-cbs by this password" in why_refused(secured.as_user("reader-cbs", stale))
    office(secured, typed[2].split()[1:])
    with security.guard(secured.settings) as client:
        assert not security.has_user(client, "reader-cbs")
        assert security.rights_of(client, "reader-cbs") == frozenset()


def test_every_hub_may_touch_its_own_topics_and_nothing_of_another(secured: Secured) -> None:
    """All hubs × all topics × produce, consume, describe; among them `noord` and `noordoost`."""
    topics = topics_of(secured)
    with security.guard(secured.settings) as client:
        for one in estate.declared(secured.settings).values():
            security.grant(client, one)
    cells = 0
    for slug, one in estate.declared(secured.settings).items():
        found = judged(secured.with_password(one.user), topics)
        assert found == {topic: expected(slug, topic) for topic in topics}, slug
        assert found["regional.noord.project"] == (MAY if slug == "noord" else frozenset())
        cells += len(found) * len(MAY)
    assert cells == len(hubs_of(secured)) * len(topics) * 3


def test_each_part_of_the_platform_may_do_what_the_catalogue_says(secured: Secured) -> None:
    """Who writes a topic also reads it; the reader of the national view sees nothing else."""
    catalogue = estate.topics(secured.settings)
    granted = rights.of_roles(catalogue)
    with security.guard(secured.settings) as client:
        for user, right in granted.items():
            security.set_rights(client, user, right)
    found = {user: judged(secured.with_password(user), list(catalogue)) for user in rights.ROLES}
    assert all(
        found[rights.READER][topic] == (MAY - {"produce"} if topic.startswith("national.") else frozenset())
        for topic in catalogue
    )
    writes = {
        user: {topic for topic in catalogue if "produce" in found[user][topic]} for user in rights.ROLES
    }
    assert writes["zeven-deliver"] == {"delivery"}
    orders = {f"control.{slug}" for slug in hubs_of(secured)}
    erases = {names.history(kind) for kind in names.NATIONAL_KINDS}
    brings_in = {topic for topic in catalogue if topic.startswith(names.OFFICE)}
    assert writes[rights.OFFICE] == orders | erases | brings_in
    desk = {"office.decision", "office.outcome"}
    assert writes["zeven-view"] == orders | {"notice"} | desk  # it reports to hubs, and stewards decide there
    assert not {topic for topic in writes["zeven-worker"] if topic.startswith(("regional.", "control."))}
    for name, topic in catalogue.items():
        if "fold" in topic.writer.split(", "):
            assert found["zeven-worker"][name] == MAY
        if "view" in topic.readers:
            assert "consume" in found["zeven-view"][name]


def test_rights_that_are_no_longer_wanted_are_taken_away(secured: Secured) -> None:
    """What somebody gave by hand does not stay, and doing it twice changes nothing."""
    one = estate.declared(secured.settings)["noord"]
    with security.guard(secured.settings) as client:
        security.grant(client, one)
        too_much = rights.Right("TOPIC", "regional.", "READ", prefixed=True)
        security.set_rights(client, one.user, {too_much, *rights.of_hub("noord")})
        assert security.grant(client, one) == 1
        assert security.rights_of(client, one.user) == rights.of_hub("noord")
        assert security.grant(client, one) == 0


def test_the_quota_is_that_of_the_manifest_and_goes_with_the_hub(secured: Secured) -> None:
    one = estate.declared(secured.settings)["noordoost"]
    mine = secured.with_password(one.user)
    with security.guard(secured.settings) as client:
        security.grant(client, one)
        assert security.quota_of(client, one.user) == {
            "producer_byte_rate": one.quota.produce_bytes_per_s,
            "consumer_byte_rate": one.quota.fetch_bytes_per_s,
        }
        security.drop(client, one.user)
        assert security.quota_of(client, one.user) == {}
        assert security.rights_of(client, one.user) == frozenset()
    assert "does not answer" in why_refused(mine)


def test_a_wrong_password_and_an_unknown_authority_are_refused(secured: Secured) -> None:
    one = estate.declared(secured.settings)["noord"]
    secured.with_password(one.user)
    assert f"Does it know {one.user} by this password" in why_refused(secured.as_user(one.user, "guessed"))
    trusting = secured.settings.kafka.model_copy(update={"ca_file": None})
    assert "does not answer" in why_refused(secured.settings.model_copy(update={"kafka": trusting}))


def test_a_hub_cannot_give_itself_rights(secured: Secured) -> None:
    one = estate.declared(secured.settings)["noord"]
    mine = secured.with_password(one.user)
    with pytest.raises(Stop, match="may not give rights"), security.guard(mine) as client:
        security.set_rights(client, one.user, {rights.Right("TOPIC", "*", "READ")})


def test_a_kafka_that_judges_nothing_says_so(broker: Settings) -> None:
    """The embedded one of `zeven up` has no users; asking it for rights tells what it lacks."""
    with pytest.raises(Stop, match="judges no rights"), security.guard(broker) as client:
        security.rights_of(client, "connector-noord")


def by_librdkafka(folder: Path, topic: str, **other: str) -> set[str]:
    """The keys of a topic, by another client and the file alone."""
    lines = (folder / "cbs.properties").read_text(encoding="utf-8").splitlines()
    pairs = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    more = {"auto.offset.reset": "earliest", "enable.partition.eof": True, "enable.auto.commit": False}
    consumer, keys, ended = Consumer(pairs | more | {"group.id": "reader.cbs.other"} | other), set[str](), 0
    try:
        found = consumer.list_topics(topic, 20).topics[topic]
        if found.error:
            raise KafkaException(found.error)
        consumer.subscribe([topic])
        while ended < len(found.partitions):
            for one in consumer.consume(100, 30):
                fault = one.error()
                if fault is None:
                    keys.add((one.key() or b"").decode())
                elif fault.code() == KafkaError._PARTITION_EOF:
                    ended += 1
                else:
                    raise KafkaException(fault)
    finally:
        consumer.close()
    return keys


def by_kcat(lines: list[str], broker: Settings, folder: Path) -> None:
    """The kcat of this machine is too old for passwords: its lines are tried where none is asked for."""
    plain = f"bootstrap.servers={broker.kafka.bootstrap}\ngroup.id=reader.cbs.main\n"
    (folder / "cbs.properties").write_text(plain, encoding="utf-8")
    ensure_topics(broker, {"national.project": names.catalogue(())["national.project"]})
    for line in lines:
        words = [program("kcat", "kcat", "kafkacat"), *shlex.split(line)[1:]]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
    assert 'topic "national.project"' in done.stdout


def office(secured: Secured, words: list[str]) -> str:
    """What the office sees when it types these words."""
    found = outcome([sys.executable, "-m", "deploy.cli.main", *words], secured)
    assert found.returncode == 0, found.stderr
    return found.stdout


def outcome(words: list[str], secured: Secured) -> subprocess.CompletedProcess[str]:
    """A command of somebody, in this folder."""
    environ = {**os.environ, **secured.settings.environ(), "REGISTRY": secured.settings.registry.url}
    return subprocess.run(words, env=environ, capture_output=True, text=True, timeout=60, check=False)


def said(secured: Secured, projects: dict[str, tuple[str, int, str | None]], gone: str) -> None:
    """What fold wrote: title, sequence and redirect by id; one is gone, and one version comes twice."""
    catalogue = estate.topics(secured.settings)
    topic = catalogue[names.national("project")]
    registry = Registry(secured.settings.registry.url)
    number = registry.ensure({topic.name: topic})[topic.name]
    registry.close()
    producer = KafkaProducer(**secured.settings.kafka.for_kafka_python())
    schema = load("national.Project")
    for key, (title, sequence, redirect) in projects.items():
        value = encode(schema, record_of(key, sequence, title, redirect))
        for _ in range(2):
            producer.send(topic.name, key=key.encode(), value=frame(number, value))
    producer.send(topic.name, key=gone.encode(), value=None)
    producer.flush()
    producer.close()
