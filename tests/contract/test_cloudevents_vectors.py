"""CloudEvents: vectors of the specification and of NL GOV are read, and our own envelopes pass both."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from connectors.sinks.webhook import CONTENT_TYPE
from schemas import cloudevents
from schemas.topics import NATIONAL_KINDS
from tests.support.vectors import VECTORS, expected, needed
from tests.unit.test_compose import composed, version

needed()
FOLDER = VECTORS / "cloudevents"
JSON = ("cloudevents-spec-example.json", "nl-gov-api-lab-event.json", "nl-gov-extensive-example.json")
PROFILE_NAMES = re.compile(r"[a-z0-9]{1,20}")


def _event(path: Path) -> Any:
    return JSONFormat().read(CloudEvent, path.read_bytes())


@pytest.mark.parametrize("name", JSON)
def test_a_published_event_is_read_as_expected(name: str) -> None:
    """Id and source as the vectors say; an extension that is null counts as absent."""
    wanted = expected(f"cloudevents/{name}")
    event = _event(FOLDER / name)
    assert event.get_id() == wanted["id"]
    assert event.get_source() == wanted.get("source", event.get_source())
    for extension in wanted.get("extensions_unset", []):
        assert event.get_extension(extension) is None


def test_every_minimum_event_is_read() -> None:
    """The six events of the conformance suite, with non-BMP characters and an unquoted version."""
    documents = list(yaml.safe_load_all((FOLDER / "v1-minimum.yaml").read_text(encoding="utf-8")))
    found = []
    for one in documents:
        attributes = {name: str(value) for name, value in one["ContextAttributes"].items()}
        found.append(JSONFormat().read(CloudEvent, json.dumps(attributes | {"data": one["Data"]})))
    assert [event.get_id() for event in found] == expected("cloudevents/v1-minimum.yaml")["ids"]


def _feature(name: str, title: str) -> str:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return text[text.index(title) :].partition("Then the attributes")[0]


def _blocks(text: str) -> list[str]:
    return [block.strip() for block in re.findall(r'"""(.*?)"""', text, re.DOTALL)]


def _kafka_headers(scenario: str) -> dict[str, bytes]:
    rows = re.findall(r"^\s*\|\s*(\S+)\s*\|\s*(.*?)\s*\|$", scenario, re.MULTILINE)
    return {name: value.encode() for name, value in rows if name != "key"}


def test_a_kafka_message_in_binary_mode_is_read_as_the_conformance_suite_says() -> None:
    """Attributes from `ce_` headers, media type from `content-type`."""
    scenario = _feature("kafka-protocol-binding.feature", "Scenario: Binary content mode")
    message = KafkaMessage(_kafka_headers(scenario), None, _blocks(scenario)[0].encode())
    event = from_kafka_event(message)
    wanted = expected("cloudevents/kafka-protocol-binding.feature")["attributes"]
    found = {name: str(value) for name, value in event.get_attributes().items()}
    moment = event.get_time()
    assert moment is not None
    found["time"] = moment.isoformat().replace("+00:00", "Z")
    assert found == wanted
    assert event.get_data() == {"message": "Hello World!"}


@pytest.mark.parametrize("content_type", ["application/cloudevents+json", CONTENT_TYPE])
def test_an_http_request_in_structured_mode_is_read(content_type: str) -> None:
    """With and without a charset, and with the media type we send ourselves."""
    scenario = _feature("http-protocol-binding.feature", "Scenario Outline: Structured content mode")
    body = _blocks(scenario)[0].partition("\n\n")[2]
    event = from_http_event(HTTPMessage({"content-type": content_type}, body.encode()))
    assert event.get_id() == "1234-1234-1234"


@pytest.mark.parametrize("kind", NATIONAL_KINDS)
def test_our_own_kafka_headers_are_a_cloudevent(kind: str) -> None:
    """What lies beside every record is read by the library of the specification."""
    event_type = cloudevents.type_of("national", kind)
    pairs = cloudevents.headers(event_type, cloudevents.source_of("limburg"), "x-1", 1_790_000_000_000, "p-1")
    event = from_kafka_event(KafkaMessage(dict(pairs), None, b"\x00"))
    assert (event.get_type(), event.get_subject(), event.get_datacontenttype()) == (
        event_type,
        "p-1",
        "application/avro",
    )


def test_a_notice_obeys_the_nl_gov_profile() -> None:
    """The rules of the profile that a program can check, on what really goes out."""
    sent = json.loads(composed(version(), version(status="cancelled")).event)
    event = JSONFormat().read(CloudEvent, json.dumps(sent))
    assert event.get_source().startswith("urn:nld:")
    assert re.fullmatch(r"[a-z]+(\.[a-z-]+)+\.v1", event.get_type())
    assert event.get_type().count("v1") == 1
    assert sent["datacontenttype"] == "application/json"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", sent["time"])
    assert all(PROFILE_NAMES.fullmatch(name) for name in sent)
    assert "@" not in json.dumps({name: value for name, value in sent.items() if name != "data"})
    assert len(json.dumps(sent)) < 65_536
