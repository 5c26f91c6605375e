"""Signed webhooks over real HTTP: kept before they are acknowledged, and nothing that is forged, stale or garbled."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.inbox import hubspot
from connectors.inbox.desk import path_of
from connectors.inbox.refusal import Refused
from connectors.inbox.store import Inbox
from tests.support import vectors
from tests.support.inbox import OBJECT, Running, door

NOW = 1_800_000_000_000


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with door(tmp_path, lambda: NOW, at_hubspot=True) as found:
        yield found


def event(what: str, object_id: int, **more: Any) -> dict[str, Any]:
    """An event of an object of the hub's own."""
    said = {"eventId": 1, "portalId": 1, "occurredAt": NOW, "attemptNumber": 0}
    return said | {"subscriptionType": what, "objectTypeId": OBJECT, "objectId": object_id} | more


def batch(*events: Any) -> bytes:
    return json.dumps(events).encode()


def waiting(running: Running) -> dict[str, bool]:
    """What waits, read from the disk by another, and whether it is said to be erased."""
    other = Inbox(path_of(running.settings, running.manifest.hub))
    try:
        return {one.id: one.erased for one in other.waiting(OBJECT).values()}
    finally:
        other.close()


def test_what_a_batch_names_is_on_the_disk_when_it_is_acknowledged(running: Running) -> None:
    """Each object once, whatever is said of it and however often; what is not read here is passed over."""
    answer = running.call(
        batch(
            event("object.propertyChange", 1, propertyName="Naam", propertyValue="geheim"),
            event("object.propertyChange", 1),
            event("object.creation", 2),
            event("object.deletion", 3),
            event("object.privacyDeletion", 3),
            event("object.merge", 4, primaryObjectId=4, mergedObjectIds=[5, 6], newObjectId=7),
            event(
                "object.associationChange",
                0,
                fromObjectTypeId=OBJECT,
                fromObjectId=8,
                toObjectTypeId="0-1",
                toObjectId=9,
            ),
            event("contact.creation", 10, objectTypeId=None),
            event("object.creation", 11, objectTypeId="2-1"),
        )
    )
    assert answer.status_code == 204, answer.text
    assert waiting(running) == {one: one == "3" for one in "1234567"} | {"8": False}
    assert running.call(batch(event("object.deletion", 3))).status_code == 204
    assert waiting(running)["3"], "a later word does not take back that it was erased"
    assert b"geheim" not in path_of(running.settings, running.manifest.hub).read_bytes()


@pytest.mark.parametrize(
    ("body", "how", "status", "code"),
    [
        (batch(event("object.creation", 1)), {"secret": "van-een-andere-app"}, 401, "signature"),
        (batch(event("object.creation", 1)), {"base": "https://elders.example"}, 401, "signature"),
        (b"\xff\xfe{", {}, 400, "garbage"),
        (b'"woord"', {}, 400, "garbage"),
        (batch(*[{}] * 1_001), {}, 400, "garbage"),
        (b" " * 1_000_001, {}, 413, "too-large"),
    ],
)
def test_what_is_forged_or_no_batch_is_refused(
    running: Running, body: bytes, how: dict[str, str], status: int, code: str
) -> None:
    answer = running.call(body, **how)
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (status, code)
    assert waiting(running) == {}


def test_a_body_that_was_changed_a_stamp_that_is_old_or_missing(running: Running) -> None:
    """Five minutes, also into the future; the stamp is part of what is signed."""
    body = batch(event("object.creation", 1))
    headers = {key: said for key, said in running.call(body).request.headers.items() if "hubspot" in key}
    signature = "x-hubspot-signature-v3"
    wrong: tuple[dict[str, Any], ...] = (
        {"content": body + b" "},
        {"headers": headers | {"x-hubspot-request-timestamp": str(NOW + 1)}},
        {"headers": {signature: headers[signature]}},
        {"headers": {}},
    )
    for changed in wrong:
        asked: dict[str, Any] = {"content": body, "headers": headers} | changed
        assert running.client.post("hubspot", **asked).status_code == 401
    address = f"https://inbox.example/v1/{running.manifest.hub}/hubspot"
    for late in (300_001, -300_001):
        stamp = str(NOW - late)
        made = hubspot.signature("de-vorige", "POST", address, body, stamp)
        stale = running.client.post(
            "hubspot",
            content=body,
            headers={"X-HubSpot-Signature-v3": made, "X-HubSpot-Request-Timestamp": stamp},
        )
        assert stale.json()["type"].endswith(":stale")


def test_the_secret_of_before_holds_and_events_without_an_id_spoil_nothing(running: Running) -> None:
    strange: tuple[Any, ...] = (
        {},
        7,
        None,
        event("object.creation", 1) | {"objectId": "../../etc"},
        event("x", 5),
    )
    assert running.call(batch(*strange), secret="de-vorige").status_code == 204
    assert waiting(running) == {"5": False}


def test_the_address_is_signed_with_the_escapes_that_hubspot_decodes(running: Running) -> None:
    """`%3A` and `%2F` are decoded, `%20` stays."""
    body, query = batch(event("object.creation", 1)), "?from=a%3Ab%2fc%20d&x=1"
    assert running.call(body, query).status_code == 204
    plain = f"https://inbox.example/v1/{running.manifest.hub}/hubspot?from=a:b/c%20d&x=1"
    escaped = plain.replace(":b/", "%3Ab%2f")
    assert hubspot.signature("s", "POST", plain, body, "1") == hubspot.signature(
        "s", "POST", escaped, body, "1"
    )


def test_nothing_is_acknowledged_that_could_not_be_written(running: Running) -> None:
    """Another program holds the file; afterwards the same batch is taken."""
    body = batch(event("object.creation", 1))
    other = sqlite3.connect(path_of(running.settings, running.manifest.hub), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = running.call(body)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    other.execute("ROLLBACK")
    other.close()
    assert running.call(body).status_code == 204
    assert waiting(running) == {"1": False}


def test_the_published_vectors_of_the_signature() -> None:
    """HubSpot's own client's: the third version holds, its age is judged."""
    vectors.needed()
    said = json.loads((vectors.VECTORS / "hubspot" / "signature-vectors.json").read_text(encoding="utf-8"))
    (one,) = [each for each in said["vectors"] if each["version"] == "v3"]
    body, stamp = one["body"].encode(), one["timestamp_ms"]
    assert hubspot.signature(one["client_secret"], one["method"], one["uri"], body, stamp) == one["signature"]
    headers = {"X-HubSpot-Signature-v3": one["signature"], "X-HubSpot-Request-Timestamp": stamp}
    oldest = int(stamp) + said["max_age_seconds"] * 1_000
    hubspot.verify([one["client_secret"]], one["uri"], body, headers, oldest)
    with pytest.raises(Refused, match="stale"):
        hubspot.verify([one["client_secret"]], one["uri"], body, headers, oldest + 1)
    with pytest.raises(Refused, match="signature"):
        hubspot.verify(
            [one["client_secret"]], one["uri"], body, headers | {"X-HubSpot-Request-Timestamp": ""}, 0
        )
