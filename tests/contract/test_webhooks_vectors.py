"""Standard Webhooks: the published vectors hold for the library, and what we send is accepted by it."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError

from connectors.sinks.allow import Allow
from connectors.sinks.outcome import Message
from connectors.sinks.webhook import Webhook as Sink
from tests.support.vectors import VECTORS, expected, needed

needed()
NAME = "standard-webhooks/vectors.json"
VECTOR: dict[str, Any] = json.loads((VECTORS / NAME).read_text(encoding="utf-8"))
SIGN = VECTOR["sign"]
MESSAGE = Message(SIGN["id"], "haven", SIGN["payload"].encode(), "", "", "", "", 0)
OTHER = f"whsec_{b64encode(b'another secret, just as long').decode()}"


def _sent(*secrets: str, at_s: int = SIGN["timestamp"]) -> dict[str, str]:
    """Headers of one try at a moment."""
    sink = Sink("http://127.0.0.1:1/", secrets, Allow.of([]), lambda: at_s * 1000)
    try:
        return sink.headers(MESSAGE)
    finally:
        sink.close()


@pytest.mark.parametrize("secret", [SIGN["secret"], SIGN["secret"].removeprefix("whsec_")])
def test_our_signature_is_the_one_of_the_vector(secret: str) -> None:
    """With and without the prefix of the secret, over id, time and body."""
    headers = _sent(secret)
    assert headers["webhook-signature"] == SIGN["signature"] == expected(NAME)["signature"]
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (SIGN["id"], str(SIGN["timestamp"]))


def test_the_library_accepts_what_we_send() -> None:
    """Signed now, verified as a receiver does it."""
    headers = _sent(SIGN["secret"], at_s=int(time.time()))
    assert Webhook(SIGN["secret"]).verify(MESSAGE.event, headers) == {"test": 2432232314}


def test_while_a_secret_is_replaced_both_are_accepted() -> None:
    """Two secrets give two signatures; a receiver with either accepts, with a third it refuses."""
    headers = _sent(OTHER, SIGN["secret"], at_s=int(time.time()))
    for secret in (OTHER, SIGN["secret"]):
        assert Webhook(secret).verify(MESSAGE.event, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER[:-6] + "AAAAAA").verify(MESSAGE.event, headers)


def test_several_signatures_with_the_valid_one_third() -> None:
    """The vector's header is accepted at its own moment."""
    signatures = next(case["headers"] for case in VECTOR["accept"] if "headers" in case)["webhook-signature"]
    assert _sent(SIGN["secret"])["webhook-signature"] in signatures.split(" ")


def test_secrets_without_padding_sign() -> None:
    """Base64 without its padding is a secret all the same."""
    for case in VECTOR["accept"]:
        for secret in case.get("secrets", []):
            assert _sent(secret)["webhook-signature"].startswith("v1,")


@pytest.mark.parametrize("secret", next(case["secrets"] for case in VECTOR["reject"] if "secrets" in case))
def test_an_empty_secret_is_refused(secret: str) -> None:
    """Nothing is ever signed with nothing."""
    with pytest.raises(EmptyWebhookSecretError):
        Webhook(secret)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_request_without_one_of_the_headers_is_refused(missing: str) -> None:
    headers = _sent(SIGN["secret"], at_s=int(time.time()))
    del headers[missing]
    with pytest.raises(WebhookVerificationError):
        Webhook(SIGN["secret"]).verify(MESSAGE.event, headers)


def test_one_wrong_character_is_refused() -> None:
    """A near miss of the signature is a miss."""
    near = next(case["value"] for case in VECTOR["reject"] if case["case"].startswith("near miss"))
    assert near != SIGN["signature"]
    headers = _sent(SIGN["secret"], at_s=int(time.time()))
    good = headers["webhook-signature"]
    headers["webhook-signature"] = f"{good[:-3]}{'A' if good[-3] != 'A' else 'E'}{good[-2:]}"
    with pytest.raises(WebhookVerificationError):
        Webhook(SIGN["secret"]).verify(MESSAGE.event, headers)


@pytest.mark.parametrize("seconds", [case["seconds"] for case in VECTOR["reject"] if "seconds" in case])
def test_a_moment_outside_the_tolerance_is_refused(seconds: int) -> None:
    """Five minutes in both directions."""
    headers = _sent(SIGN["secret"], at_s=int(time.time()) + seconds + (2 if seconds > 0 else 0))
    with pytest.raises(WebhookVerificationError):
        Webhook(SIGN["secret"]).verify(MESSAGE.event, headers)


def test_a_timestamp_that_is_no_number_is_refused() -> None:
    value = next(case["value"] for case in VECTOR["reject"] if "not a number" in case["case"])
    headers = _sent(SIGN["secret"], at_s=int(time.time())) | {"webhook-timestamp": value}
    with pytest.raises(WebhookVerificationError):
        Webhook(SIGN["secret"]).verify(MESSAGE.event, headers)


def test_the_signed_time_is_utc_whole_seconds() -> None:
    """The header and the signature speak of the same second."""
    headers = _sent(SIGN["secret"])
    moment = datetime.fromtimestamp(SIGN["timestamp"], UTC)
    assert Webhook(SIGN["secret"]).sign(SIGN["id"], moment, SIGN["payload"]) == headers["webhook-signature"]
