"""What HubSpot sends: the signature of a webhook (version 3), and which objects its events name. Pure.

Signature: HubSpot's developer documentation, "Validating requests", section "Validate the v3 request signature".
Events: the same, "Webhooks API", "Webhook payloads". An event is never believed: it names objects, and these are
asked for. `eventId` is not unique and the order is not kept, so neither is used.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

import orjson

from connectors.inbox.refusal import GARBAGE, SIGNATURE, STALE, Refused

OLDEST_MS: Final = 300_000
MOST: Final = 1_000
"""Events in one request; HubSpot sends up to 100."""
_DECODED: Final = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}
"""The escapes that HubSpot decodes before it signs; all others stay as they are."""
_ESCAPE: Final = re.compile("|".join(_DECODED), re.IGNORECASE)
_TYPES: Final = {
    "contact": "0-1",
    "contacts": "0-1",
    "company": "0-2",
    "companies": "0-2",
    "deal": "0-3",
    "deals": "0-3",
    "ticket": "0-5",
    "tickets": "0-5",
    "product": "0-7",
    "products": "0-7",
    "line_item": "0-8",
    "line_items": "0-8",
}
_ID: Final = re.compile(r"[0-9]{1,20}")


class Named(NamedTuple):
    """An object that an event names; `erased`: the event says that it was erased for privacy."""

    object: str
    id: str
    erased: bool = False


def signature(secret: str, method: str, address: str, body: bytes, timestamp: str) -> str:
    """The signature of a request; `address` is the one that the sender called, as it was sent."""
    decoded = _ESCAPE.sub(lambda found: _DECODED[found[0].upper()], address)
    source = method.encode() + decoded.encode() + body + timestamp.encode()
    return b64encode(hmac.new(secret.encode(), source, sha256).digest()).decode()


def verify(
    secrets: Sequence[str], address: str, body: bytes, headers: Mapping[str, str], now_ms: int
) -> None:
    """Raise `Refused` unless one of the secrets signed this POST within the last five minutes."""
    stamp = headers.get("X-HubSpot-Request-Timestamp", "")
    given = headers.get("X-HubSpot-Signature-v3", "").encode("utf-8", "replace")
    if not re.fullmatch(r"[0-9]{1,16}", stamp) or not given:
        raise Refused(SIGNATURE, "X-HubSpot-Signature-v3, X-HubSpot-Request-Timestamp")
    right = [
        hmac.compare_digest(signature(one, "POST", address, body, stamp).encode(), given) for one in secrets
    ]
    if not any(right):
        raise Refused(SIGNATURE, f"X-HubSpot-Signature-v3, expected for {address}")
    if abs(now_ms - int(stamp)) > OLDEST_MS:
        raise Refused(STALE, f"X-HubSpot-Request-Timestamp: {stamp}")


def object_type(name: str) -> str:
    """The number of an object type by any of its names: `deals`, `deal` and `0-3` are one."""
    return _TYPES.get(name.lower(), name.lower())


def named(body: bytes) -> tuple[list[Named], int]:
    """The objects that a batch names, and how many of its events say nothing. Raises `Refused` for what is no batch."""
    try:
        events = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise Refused(GARBAGE, str(fault)) from fault
    events = [events] if isinstance(events, dict) else events
    if not isinstance(events, list) or len(events) > MOST:
        raise Refused(GARBAGE, f"expected: a list of at most {MOST} events")
    found: list[Named] = []
    silent = 0
    for event in events:
        told = list(_of(event)) if isinstance(event, dict) else []
        silent += not told
        found += told
    return found, silent


def _of(event: Mapping[str, Any]) -> Iterator[Named]:
    said = str(event.get("subscriptionType") or "")
    of, _, what = said.partition(".")
    kind = object_type(str(event.get("objectTypeId") or of))
    if what == "associationChange":
        ends = str(event.get("associationType") or "").split("_TO_")
        pairs = [
            (str(event.get("fromObjectTypeId") or ends[0] or of), event.get("fromObjectId")),
            (str(event.get("toObjectTypeId") or ends[-1] or of), event.get("toObjectId")),
        ]
        yield from (Named(object_type(name), one) for name, value in pairs for one in _ids([value]))
        return
    merged = event.get("mergedObjectIds")
    several = merged if isinstance(merged, list) else []
    every = (event.get("objectId"), event.get("primaryObjectId"), event.get("newObjectId"), *several)
    for one in dict.fromkeys(_ids(every)):
        yield Named(kind, one, erased=what == "privacyDeletion")


def _ids(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if not isinstance(value, bool) and _ID.fullmatch(said := str(value)):
            yield said
