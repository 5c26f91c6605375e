"""A client that has nothing of ours: kafka-python, httpx, and fastavro or Apache's avro, can read every topic."""

from __future__ import annotations

import io
import json
import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import avro.io
import avro.schema
import fastavro
import httpx
import pytest
from click.testing import CliRunner
from kafka import KafkaConsumer, KafkaProducer

from connectors import estate
from deploy.cli.schemas import command
from schemas import codec
from schemas.bus.admin import ensure_topics
from schemas.bus.registry import Registry
from schemas.settings import Settings
from schemas.topics import Topic, catalogue
from tests.contract.examples import example
from tests.support.waiting import until

pytestmark = pytest.mark.broker
HUB = "voorbeeldhub"


@pytest.fixture(scope="module")
def published(broker: Settings) -> dict[str, Topic]:
    """One record in each topic of the catalogue, under a prefix of this test's own, by topic name."""
    prefix = f"contract-{uuid4().hex[:8]}."
    ours = {f"{prefix}{topic.name}": topic for topic in catalogue([HUB], 1).values()}
    topics = {name: replace(topic, name=name, partitions=1) for name, topic in ours.items()}
    ensure_topics(broker, topics)
    registry = Registry(broker.registry.url)
    ids = registry.ensure(topics)
    producer = KafkaProducer(**broker.kafka.for_kafka_python(), acks="all")
    for name, topic in topics.items():
        schema = codec.load(topic.schema)
        producer.send(
            name, key=b"k", value=codec.frame(ids[name], codec.encode(schema, example(schema)))
        ).get(timeout=30)
    producer.close()
    registry.close()
    return topics


@pytest.fixture(scope="module")
def foreign(published: dict[str, Topic], broker: Settings) -> dict[str, tuple[str, bytes]]:
    """What the foreign client finds: schema text of the registry and Avro bytes, by topic."""
    consumer = KafkaConsumer(
        *published,
        bootstrap_servers=broker.kafka.bootstrap,
        group_id=None,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    values: dict[str, bytes] = {}

    def seen() -> bool:
        for batch in consumer.poll(timeout_ms=500).values():
            values.update({message.topic: message.value for message in batch})
        return len(values) == len(published)

    until(seen, 60, "one record of every topic")
    consumer.close()
    with httpx.Client(trust_env=False) as web:
        return {
            topic: (_schema(web, broker.registry.url, value), value[5:]) for topic, value in values.items()
        }


def _schema(web: httpx.Client, url: str, value: bytes) -> str:
    zero, schema_id = struct.unpack(">bI", value[:5])
    assert zero == 0
    return str(web.get(f"{url}/schemas/ids/{schema_id}").raise_for_status().json()["schema"])


def test_fastavro_reads_one_record_of_every_topic(
    published: dict[str, Topic], foreign: dict[str, tuple[str, bytes]]
) -> None:
    """The registry's schema and the bytes are enough; nothing is left over and nothing is lost."""
    for name, (text, body) in foreign.items():
        source = io.BytesIO(body)
        record = fastavro.schemaless_reader(source, fastavro.parse_schema(json.loads(text)), None)
        assert record == example(codec.load(published[name].schema)), name
        assert source.tell() == len(body), name


def test_apache_avro_reads_one_record_of_every_topic(
    published: dict[str, Topic], foreign: dict[str, tuple[str, bytes]]
) -> None:
    """A second implementation of Avro finds the same."""
    for name, (text, body) in foreign.items():
        schema = avro.schema.parse(text)
        record = avro.io.DatumReader(schema, schema).read(avro.io.BinaryDecoder(io.BytesIO(body)))
        assert record == example(codec.load(published[name].schema)), name


def test_the_client_sees_every_topic_of_the_catalogue(foreign: dict[str, tuple[str, bytes]]) -> None:
    """The tests above left none out."""
    assert {name.partition(".")[2] for name in foreign} == set(catalogue([HUB], 1))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            {"name": "extra", "type": "string", "doc": "No default."}, id="new-field-without-default"
        ),
        pytest.param(None, id="field-without-default-dropped"),
    ],
)
def test_the_registry_refuses_an_incompatible_version(
    published: dict[str, Topic], broker: Settings, change: dict[str, Any] | None
) -> None:
    """FULL_TRANSITIVE holds at the registry itself: 409, and the version is not there afterwards."""
    topic = next(topic for topic in published.values() if topic.schema == "progress.Progress")
    document = codec.load(topic.schema).document
    document["fields"] = document["fields"][1:] if change is None else [*document["fields"], change]
    address = f"{broker.registry.url}/subjects/{topic.subject}/versions"
    with httpx.Client(trust_env=False) as web:
        answer = web.post(address, json={"schemaType": "AVRO", "schema": json.dumps(document)})
        assert answer.status_code == 409, answer.text
        assert len(web.get(address).raise_for_status().json()) == 1


def test_the_registry_takes_a_compatible_version(published: dict[str, Topic], broker: Settings) -> None:
    """A new field with a default is the way to grow."""
    topic = next(topic for topic in published.values() if topic.schema == "control.Command")
    document = codec.load(topic.schema).document
    document["fields"].append({"name": "extra", "type": ["null", "string"], "default": None, "doc": "New."})
    with httpx.Client(trust_env=False) as web:
        answer = web.post(
            f"{broker.registry.url}/subjects/{topic.subject}/versions",
            json={"schemaType": "AVRO", "schema": json.dumps(document)},
        )
    assert answer.status_code == 200, answer.text


def test_the_command_registers_the_schema_of_every_topic(
    broker: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`zeven schemas register` leaves all subjects behind, and the rule that guards them."""
    for name, value in broker.environ().items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(command, ["register", "--json"])
    assert result.exit_code == 0, result.output
    topics = estate.topics(Settings())
    assert set(json.loads(result.output)) == set(topics)
    with httpx.Client(trust_env=False) as web:
        subjects = web.get(f"{broker.registry.url}/subjects").raise_for_status().json()
        rule = web.get(f"{broker.registry.url}/config").raise_for_status().json()
    assert {topic.subject for topic in topics.values()} <= set(subjects)
    assert rule["compatibilityLevel"] == "FULL_TRANSITIVE"


def test_many_may_register_one_schema_at_the_same_moment(broker: Settings) -> None:
    """The registry refuses some of them at first, since it writes them one by one; all get the same id."""
    subject, schema = f"tegelijk-{uuid4().hex}-value", codec.load("rejected.Rejected")
    clients = [Registry(broker.registry.url) for _ in range(8)]
    with ThreadPoolExecutor(len(clients)) as pool:
        found = list(pool.map(lambda one: one.register(subject, schema), clients))
    for one in clients:
        one.close()
    assert len(set(found)) == 1
