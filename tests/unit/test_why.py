"""The life of a record, told in the order of the journey."""

from __future__ import annotations

from typing import Any

from streams.view import why
from streams.view.why import Step

NOON = 1_760_000_000_000
SOURCE: dict[str, Any] = {
    "hub": "limburg",
    "kind": "event",
    "source_id": "7",
    "part": 1,
    "offset": 5,
    "revision": 9,
    "at": NOON + 2,
    "read_at": NOON + 1,
    "changed_at": None,
    "address": "https://example.org/7",
    "cause": "source",
    "gone": 0,
}
NOTICE: dict[str, Any] = {
    "id": "n1",
    "subscription": "zorg",
    "what": "changed",
    "created_at": NOON + 9,
    "state": None,
    "reason": None,
    "updated_at": None,
}


def test_steps_follow_the_journey_even_when_clocks_do_not() -> None:
    """A stage's clock that runs behind does not put the effect before its cause."""
    steps = [Step("national", 5, "", ""), Step("source", 90, "", ""), Step("regional", 7, "", "")]

    assert [step.stage for step in why.in_order(steps)] == ["source", "regional", "national"]


def test_a_source_record_tells_when_it_changed_was_read_and_was_published() -> None:
    """Three steps, each with its own time; an unknown time stays empty."""
    told = [step.shown() for step in why.of_source(SOURCE)]

    assert [one["stage"] for one in told] == ["source", "read", "regional"]
    assert told[0]["at"] is None
    assert told[2]["at"] == "2025-10-09T08:53:20.002Z"
    assert told[2]["where"] == "regional.limburg.event/1@5"


def test_a_removed_source_record_says_so() -> None:
    """A tombstone is the last step of the source."""
    evidence = '{"how": "GET x: 403", "what": "unpublished"}'
    (only,) = why.of_source(SOURCE | {"gone": 1, "evidence": evidence})
    (old,) = why.of_source(SOURCE | {"gone": 1, "evidence": None})

    assert only.what == "limburg|event|7: unpublished (revision 9): GET x: 403"
    assert old.what == "limburg|event|7: removed (revision 9)"


def test_a_redirected_record_names_where_it_goes_on() -> None:
    """A merge is no removal."""
    row = {
        "id": "p-1",
        "kind": "project",
        "part": 0,
        "offset": 3,
        "at": NOON,
        "sequence": 4,
        "cause": "source",
    }

    assert why.of_national(row | {"redirect": "p-2"}).what == "p-1 goes on as p-2"
    assert why.of_national(row | {"redirect": None}).what == "p-1: version 4 (source)"


def test_a_notice_without_a_ledger_entry_is_told_and_no_more() -> None:
    """What was not delivered yet does not claim to be."""
    assert [step.stage for step in why.of_notice(NOTICE, [])] == ["notice"]


def test_each_channel_of_a_delivery_tells_its_state_tries_and_fault() -> None:
    """Webhook and mail may end differently."""
    row = NOTICE | {"state": "pending", "updated_at": NOON + 20}
    channels = [
        {"channel": "webhook", "state": "delivered", "attempts": 1, "delivered_at": NOON + 10, "error": None},
        {"channel": "mail", "state": "failed", "attempts": 3, "delivered_at": None, "error": "550 no"},
    ]

    told = [step.what for step in why.of_notice(row, channels)]

    assert told[1:] == ["webhook delivered after 1 attempt", "mail failed after 3 attempts: 550 no"]


def test_a_suppressed_notice_says_why() -> None:
    """No channel was tried, so the ledger's own words stand."""
    row = NOTICE | {"state": "summarised", "reason": "first-look:limburg", "updated_at": NOON + 20}

    assert why.of_notice(row, [])[1].what == "summarised: first-look:limburg"
