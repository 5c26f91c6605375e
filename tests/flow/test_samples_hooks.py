"""The sample CRM calls its changes out, signed, to the door of its hub, again until somebody takes them."""

from __future__ import annotations

import time
from pathlib import Path

from connectors import manifest as manifests
from deploy.samples.faces.hubspot import Item
from deploy.samples.hooks import HUB, Called, event
from deploy.samples.server import Others, Samples
from schemas.settings import Settings
from tests.support.inbox import SECRET, Running
from tests.support.waiting import until


def now() -> int:
    return time.time_ns() // 1_000_000


def test_a_change_in_the_sample_crm_lies_in_the_inbox_of_its_hub(tmp_path: Path) -> None:
    """Deals and memberships, changed, deleted and brought back; the calendar of the hub calls nobody."""
    settings = Settings(data=tmp_path)
    door = Running(settings, manifests.load(HUB, settings, {}), now, public="")
    called = Called(f"{door.base}/v1/{HUB}/hubspot", SECRET)
    samples = Samples(tmp_path, 0, every_s=0, others=Others([HUB], called=called))
    try:
        control, store = samples.others[HUB].control, samples.others[HUB].store
        deal, other = [one.source_id for one in store.every("project")][:2]
        member = next(store.every("membership")).source_id
        control.follow("set", {"kind": "project", "id": deal, "fields": {"title": "Anders"}})
        control.follow("delete", {"kind": "project", "id": other})
        control.follow("delete", {"kind": "membership", "id": member})
        number = int("".join(sign for sign in member if sign.isdigit()))
        deals = {str(4_000_000 + int(deal)), str(4_000_000 + int(other))}
        until(lambda: door.inbox.waiting("0-3").keys() == deals, 20, "the deals are named")
        until(lambda: door.inbox.waiting("2-99000001").keys() == {str(7_000_000 + number)}, 20, "the member")
    finally:
        samples.close()
        door.close()


def test_an_event_names_what_happened_and_nothing_of_the_content() -> None:
    item = Item("7", {"dealname": "geheim"}, 1)
    assert event("0-3", item, None, 5)["subscriptionType"] == "object.creation"
    assert event("0-3", item._replace(archived=True), item, 5)["subscriptionType"] == "object.deletion"
    assert event("0-3", item, item._replace(archived=True), 5)["subscriptionType"] == "object.restore"
    changed = event("0-3", item._replace(changed=2), item, 5)
    assert (changed["subscriptionType"], changed["objectId"]) == ("object.propertyChange", 7)
    assert "geheim" not in str(changed)
