"""What a CRM at HubSpot calls out when something changes in it: signed webhooks, version 3, again until they are taken.

Before the journey. One batch per second at most, as events of HubSpot: several for one change, in no sure order, and
without the content.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from threading import Event, Thread
from typing import Any, Final, NamedTuple

import httpx

from connectors.inbox.hubspot import signature
from deploy.samples.faces.hubspot import Item

HUB: Final = "noord-holland"
EVERY_S: Final = 1.0
BATCH: Final = 100
MOST: Final = 10_000
Objects = Callable[[], Iterable[tuple[str, Item]]]
"""All objects, with the number of their type, archived ones among them."""


class Called(NamedTuple):
    """Where the webhooks of a CRM go, and the secret of its app."""

    address: str
    secret: str


class Hooks:
    """Looks for what changed until it is closed, and calls it out."""

    def __init__(self, objects: Objects, called: Called, now: Callable[[], int]) -> None:
        self._objects, self._called, self._now = objects, called, now
        self._known = {(kind, item.id): item for kind, item in objects()}
        self._waiting: list[dict[str, Any]] = []
        self._closing = Event()
        self._thread = Thread(target=self._run, name="hooks", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Call nothing more out."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        with httpx.Client(timeout=5, trust_env=False) as client:
            while not self._closing.wait(EVERY_S):
                self._waiting = [*self._waiting, *self._news()][-MOST:]
                while self._waiting and self._send(client, self._waiting[:BATCH]):
                    del self._waiting[:BATCH]

    def _news(self) -> Iterator[dict[str, Any]]:
        now = {(kind, item.id): item for kind, item in self._objects()}
        for place, item in now.items():
            before = self._known.get(place)
            if before is None or item.changed != before.changed:
                yield event(place[0], item, before, self._now())
        self._known = now

    def _send(self, client: httpx.Client, events: list[dict[str, Any]]) -> bool:
        body, stamp = json.dumps(events).encode(), str(self._now())
        headers = {
            "Content-Type": "application/json",
            "X-HubSpot-Request-Timestamp": stamp,
            "X-HubSpot-Signature-v3": signature(
                self._called.secret, "POST", self._called.address, body, stamp
            ),
        }
        try:
            return client.post(self._called.address, content=body, headers=headers).is_success
        except httpx.HTTPError:
            return False


def event(kind: str, item: Item, before: Item | None, now_ms: int) -> dict[str, Any]:
    """An event as HubSpot words it for objects of any type."""
    if before is None:
        what = "object.creation"
    elif item.archived != before.archived:
        what = "object.deletion" if item.archived else "object.restore"
    else:
        what = "object.propertyChange"
    return {
        "eventId": item.changed % 2**31,
        "subscriptionId": 1,
        "portalId": 1,
        "appId": 1,
        "occurredAt": now_ms,
        "subscriptionType": what,
        "attemptNumber": 0,
        "objectId": int(item.id),
        "objectTypeId": kind,
        "changeSource": "CRM_UI",
    }
