"""The ledger's steps: from waiting to delivered or given up, and what a new process makes of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.deliver import ledger
from connectors.deliver.summary import Gathering, summary_id
from connectors.sinks.outcome import DELIVERED, Outcome

NOW = 1_790_000_000_000
POLICY = ledger.Policy(waits_s=(5, 30, 300))
outcomes = st.builds(
    Outcome,
    st.sampled_from(["delivered", "refused", "unknown", "failed", "gone"]),
    st.none() | st.text(max_size=5),
    st.none() | st.floats(0, 1000),
)


def tried(entry: Any, channel: str, outcome: Outcome, now: int = NOW) -> dict[str, Any]:
    """One try with this outcome."""
    return ledger.settled(ledger.sending(entry, channel, now), channel, outcome, POLICY, now)


def test_a_delivered_notice_is_done_when_all_channels_are() -> None:
    """Webhook first, mail later; only then the notice is delivered."""
    entry = tried(ledger.fresh("n-1", "haven", ("webhook", "mail"), NOW), "webhook", DELIVERED)
    assert (entry["state"], ledger.due_at(entry, "webhook"), ledger.due_at(entry, "mail")) == (
        "pending",
        None,
        0,
    )
    entry = tried(entry, "mail", DELIVERED)
    assert entry["state"] == "delivered"
    assert {state["delivered_at"] for state in entry["channels"]} == {NOW}


def test_a_refusal_waits_longer_every_time_and_then_gives_up() -> None:
    """The declared waits are used up in order; then it has failed, with the last error."""
    entry, waits = ledger.fresh("n-1", "haven", ("webhook",), NOW), []
    for _ in POLICY.waits_s:
        entry = tried(entry, "webhook", Outcome("refused", "500"))
        due = ledger.due_at(entry, "webhook")
        assert due is not None
        waits.append((due - NOW) / 1000)
    assert all(base <= wait <= base * 1.2 for base, wait in zip(POLICY.waits_s, waits, strict=True))
    entry = tried(entry, "webhook", Outcome("refused", "500"))
    assert (entry["state"], ledger.due_at(entry, "webhook")) == ("failed", None)
    assert entry["channels"][0]["error"] == "given up after 4 tries: 500"


def test_retry_after_is_honoured_when_it_is_longer() -> None:
    """The receiver may ask for more patience, not for less."""
    fresh = ledger.fresh("n-1", "haven", ("webhook",), NOW)
    assert ledger.due_at(tried(fresh, "webhook", Outcome("refused", "429", 60)), "webhook") == NOW + 60_000
    soon = ledger.due_at(tried(fresh, "webhook", Outcome("refused", "429", 0)), "webhook")
    assert soon is not None
    assert soon >= NOW + 5_000


def test_a_try_under_way_is_made_again_by_a_new_process() -> None:
    """`sending` in the ledger means: nobody knows; again, now, under the same id."""
    entry = ledger.sending(ledger.fresh("n-1", "haven", ("webhook",), NOW), "webhook", NOW)
    assert ledger.due_at(entry, "webhook") == 0


def test_an_unknown_outcome_is_its_own_state() -> None:
    """Sent without an answer is neither delivered nor refused, and is tried again."""
    entry = tried(ledger.fresh("n-1", "haven", ("mail",), NOW), "mail", Outcome("unknown", "no reply"))
    assert entry["channels"][0]["state"] == "unknown"
    assert ledger.due_at(entry, "mail") is not None


@pytest.mark.parametrize("state", ["summarised", "suppressed"])
def test_a_closed_notice_is_never_due(state: str) -> None:
    """Summarised and suppressed are final, and say why."""
    entry = ledger.closed("n-1", "haven", state, "why", NOW)
    assert (ledger.due_at(entry, "webhook"), entry["reason"]) == (None, "why")


@given(st.lists(st.tuples(st.sampled_from(["webhook", "mail"]), outcomes), max_size=12))
def test_any_history_of_tries_ends_in_a_known_state(history: list[tuple[str, Outcome]]) -> None:
    """Attempts only grow, a channel that is done stays done, and the notice's state follows its channels."""
    entry = ledger.fresh("n-1", "haven", ("webhook", "mail"), NOW)
    for channel, outcome in history:
        if ledger.due_at(entry, channel) is None:
            continue
        before = ledger.channel_of(entry, channel)["attempts"]
        entry = tried(entry, channel, outcome)
        assert ledger.channel_of(entry, channel)["attempts"] == before + 1
        assert ledger.channel_of(entry, channel)["attempts"] <= len(POLICY.waits_s) + 1
    assert entry["state"] == ledger.overall(entry["channels"])
    done = all(ledger.due_at(entry, channel) is None for channel in ("webhook", "mail"))
    assert done is (entry["state"] in ledger.DONE)


def member(number: int, kind: str = "project") -> dict[str, Any]:
    """A first-look notice."""
    return {
        "id": f"n-{number}",
        "kind": kind,
        "title": f"Titel {number:03}",
        "hubs": ["zuid-holland"],
        "sample": True,
        "cause": "first-load",
        "created_at": NOW + number,
    }


def test_a_first_look_becomes_one_summary_with_counts_and_titles() -> None:
    """The same members in any order give the same summary under the same id."""
    one, other = (Gathering("haven", "first-look:zuid-holland", 0, 0) for _ in range(2))
    members = [member(number) for number in range(30)] + [member(99, "event")]
    for notice in members:
        one.add(notice, 1)
    for notice in [*reversed(members), members[0]]:
        other.add(notice, 1)
    assert one.notice() == other.notice()
    assert one.notice()["id"] == summary_id("haven", "first-look:zuid-holland")
    assert '"count":30' in one.notice()["after"]
    assert one.notice()["sample"] is True


def test_a_gathering_ends_when_it_is_quiet_or_has_lasted_too_long() -> None:
    """Quiet for ten seconds, or two minutes at most."""
    one = Gathering("haven", "first-look:zuid-holland", since=0, last=0)
    one.add(member(1), 100)
    assert not one.ready(105, 10, 120)
    assert one.ready(110, 10, 120)
    one.add(member(2), 119)
    assert one.ready(120, 10, 120)
