"""From a change to a working group on a real Kafka: told at least once, under one id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from schemas.settings import Settings
from streams.view import reports
from tests.support.notice_world import WEBHOOK, World
from tests.support.waiting import until

pytestmark = pytest.mark.broker


@pytest.fixture
def world(broker: Settings, tmp_path: Path) -> Iterator[World]:
    """Empty topics and running receivers."""
    found = World(broker, tmp_path)
    yield found
    found.close()


def known(world: World, *ids: str) -> None:
    """These events are known, and their first look has been told."""
    for one in ids:
        world.say(one, "first-load")
    world.arrives(1)
    world.arrives(1, "mail")


def test_a_change_arrives_by_webhook_and_by_mail_in_dutch_and_english(world: World) -> None:
    """A cancelled event: one signed webhook, one mail, old and new dates, the mark of a sample."""
    with world.worker(), world.deliverer():
        known(world, "e-1")
        world.say("e-1", status="cancelled", start="2026-11-05T09:00:00Z")
        world.arrives(2)
        world.arrives(2, "mail")
    event = world.received("webhook")[-1]["content"]
    mail = world.received("mail")[-1]
    assert event["data"]["what"] == "cancelled"
    assert event["id"] == mail["id"] == world.received("webhook")[-1]["id"]
    assert mail["content"]["headers"]["Message-ID"] == f"<{mail['id']}@localhost>"
    assert mail["content"]["headers"]["Auto-Submitted"] == "auto-generated"
    assert "geannuleerd" in mail["content"]["plain"]
    assert (
        "van dinsdag 3 november 2026 om 10.00 uur naar donderdag 5 november 2026" in mail["content"]["plain"]
    )
    assert "cancelled the event" in mail["content"]["plain"]
    assert "voorbeelddata" in mail["content"]["subject"]


def test_a_restart_a_replay_and_a_resync_tell_nothing_again(world: World) -> None:
    """Both processes start again, the same content comes again, and nobody hears of it."""
    with world.worker(), world.deliverer():
        known(world, "e-1")
        world.say("e-1", capacity=10)
        world.arrives(2)
        world.arrives(2, "mail")
    world.say("e-1", capacity=10)
    world.say("e-1", "resync", capacity=11)
    for _ in range(2):
        with world.worker(), world.deliverer():
            world.say("e-1", "resync", capacity=11)
            world.say("e-2", status="postponed")
            world.drop("e-2")
    with world.worker(), world.deliverer():
        world.say("e-1", capacity=12)
        until(lambda: "12" in str(world.received("mail")[-1]), 40, "the next change")
        until(lambda: "12" in str(world.received("webhook")[-1]), 40, "the next change")
    mine = [one for one in world.received("webhook") if one["content"]["subject"] == "e-1"]
    assert [one["content"]["data"]["changes"][0]["after"]["en"] for one in mine] == ["10", "12"]
    assert max(Counter(one["id"] for one in world.received("webhook")).values()) == 1


def test_a_first_look_is_one_summary_and_stragglers_add_nothing(world: World) -> None:
    """Forty records, one webhook and one mail; what comes later in the same look is not told."""
    with world.worker(), world.deliverer():
        for number in range(40):
            world.say(f"e-{number}", "first-load")
        world.arrives(1)
        world.arrives(1, "mail")
        world.say("e-late", "first-load")
        world.say("e-1", capacity=3)
        world.arrives(2)
    assert world.received("webhook")[0]["content"]["data"]["summary"]["kinds"]["event"]["count"] == 40
    assert "40 evenementen" in world.received("mail")[0]["content"]["plain"]
    assert world.whats() == ["first-look", "changed"]
    with world.worker(), world.deliverer():
        world.say("e-2", capacity=3)
        world.arrives(3)
    assert world.whats().count("first-look") == 1


def test_a_receiver_that_fails_gets_it_later_under_the_same_id(world: World) -> None:
    """Two times 500, then accepted."""
    with world.worker(), world.deliverer():
        known(world, "e-1")
        world.order("haven", "500", times=2)
        world.say("e-1", capacity=1)
        world.arrives(2)
    tries = world.received("webhook", accepted=False)[1:]
    assert [one["answer"] for one in tries] == ["500", "500", "202"]
    assert len({one["id"] for one in tries}) == 1


def test_a_receiver_that_is_down_holds_up_nobody_else(world: World) -> None:
    """The other subscription and the other channel hear at once, while one hangs."""
    world.subscribe("zorg", WEBHOOK)
    with world.worker(), world.deliverer():
        world.order("haven", "timeout")
        for number in range(3):
            world.say(f"e-{number}")
        until(
            lambda: len([one for one in world.received("webhook") if one["receiver"] == "zorg"]) == 3,
            10,
            "zorg",
        )
        until(lambda: len(world.received("mail")) == 3, 10, "mail")
        assert [one for one in world.received("webhook") if one["receiver"] == "haven"] == []


def test_a_receiver_that_says_gone_is_left_alone_until_it_is_enabled(world: World) -> None:
    """410 stops the webhook, also after a restart; mail goes on."""
    with world.worker(), world.deliverer():
        world.order("haven", "410", times=1)
        world.say("e-1")
        world.arrives(1, "mail")
        until(lambda: len(world.received("webhook", accepted=False)) == 1, 20, "the 410")
        world.say("e-2")
        world.arrives(2, "mail")
    with world.worker(), world.deliverer():
        world.say("e-3")
        world.arrives(3, "mail")
    assert len(world.received("webhook", accepted=False)) == 1
    with world.worker(), world.deliverer(enable=frozenset({"haven"})):
        world.say("e-4")
        world.arrives(1)


def test_a_redirect_is_no_removal_but_a_removal_is(world: World) -> None:
    """Merged away: silence. Gone: told."""
    with world.worker(), world.deliverer():
        known(world, "e-1", "e-2")
        world.say("e-1", redirect="e-2")
        world.drop("e-2")
        world.arrives(2)
    assert world.whats() == ["first-look", "removed"]
    assert world.received("webhook")[-1]["content"]["data"]["nationalId"] == "e-2"
    assert "meldt het evenement Slim varen e-2 niet meer" in world.received("mail")[-1]["content"]["plain"]


def test_a_deliverer_killed_in_the_middle_sends_at_most_again_under_the_same_ids(world: World) -> None:
    """kill -9 while a receiver hangs and others wait: everything arrives, second copies carry the same id."""
    ids = [f"e-{number}" for number in range(12)]
    with world.worker():
        with world.process() as first:
            world.order("haven", "timeout", times=1)
            for one in ids:
                world.say(one)
            until(lambda: world.received("webhook", accepted=False), 40, "a try is under way")
            assert len(world.received("webhook")) < len(ids)
            first.kill()
            first.wait()
        with world.deliverer():
            until(
                lambda: len({one["id"] for one in world.received("webhook")}) == len(ids), 60, "all webhooks"
            )
            until(lambda: len({one["id"] for one in world.received("mail")}) == len(ids), 60, "all mails")
    hung = world.received("webhook", accepted=False)[0]["id"]
    assert hung in {one["id"] for one in world.received("webhook")}
    subjects = Counter(one["content"]["subject"] for one in world.received("webhook"))
    assert set(subjects) == set(ids)


def test_two_deliverers_share_the_work_and_one_takes_over(world: World) -> None:
    """While a second one joins and leaves, every notice arrives and none gets a second id."""
    for name in ("zorg", "energie", "water", "mobiliteit"):
        world.subscribe(name, WEBHOOK)
    told = 0
    with world.worker(), world.deliverer():
        for round_ in range(3):
            with world.deliverer():
                for number in range(5):
                    world.say(f"e-{round_}-{number}")
                told += 5
            until(partial(world.has_ids, 5 * told), 60, "all webhooks of this round")
    pairs = Counter((one["receiver"], one["content"]["subject"]) for one in world.received("webhook"))
    ids = {one["id"] for one in world.received("webhook")}
    assert len(pairs) == len(ids) == 75


def test_a_notice_that_cannot_be_read_holds_up_nothing(world: World) -> None:
    """Hostile bytes in `notice` are passed over and counted; the next notice arrives."""
    with world.worker(), world.deliverer():
        world.raw("notice", b"n-bad", b"\x00\x00\x00\x00\x01\xff\xff\xff\xff")
        world.raw("notice", b"n-worse", b"no frame")
        world.say("e-1")
        world.arrives(1)


def test_a_report_to_a_hub_arrives_in_its_mailbox_in_dutch_with_the_row_and_the_cure(world: World) -> None:
    """The channel stands in the manifest; what is wrong, in which row, and what to do."""
    row = {
        "kind": "membership",
        "row": "leden.csv, rij 4",
        "field": "Rol",
        "expected": "partner",
        "got": "baas",
    }
    kinds = {"event": {"state": "failing", "reasons": ["500"], "live": 3, "held": 0, "complete_at": None}}
    condition = {
        "hub": "zuid-holland",
        "kinds": kinds,
        "rejected": {"count": 1, "digest": "x", "rows": [row | {"cause": "Rol", "fix": "Fill it in."}]},
    }
    with world.deliverer():
        world.report(reports.notice(condition, reports.NOTHING, True, 1_760_000_000_000))
        world.arrives(1, "mail")
    mail = world.received("mail")[0]["content"]
    assert mail["headers"]["To"] == "ai-hub@zuid-holland.example"
    assert mail["subject"] == "[voorbeelddata] AI-hub Zuid-Holland: kijk naar evenementen"
    assert "leden.csv, rij 4: Rol. verwacht partner, gevonden baas. Vul het in." in mail["plain"]
    assert mail["plain"].index("de bron kan niet worden gelezen") < mail["plain"].index("cannot be read")
