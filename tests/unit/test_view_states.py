"""The truthful state of a hub: what a connector said, and what the time since then says."""

from __future__ import annotations

from typing import Any

import pytest

from streams.view import states

NOW = 1_000_000_000


def checked(age_s: float, **said: Any) -> dict[str, Any]:
    at = NOW - int(age_s * 1000)
    return {"started_at": at - 1000, "finished_at": at, "interval_s": 60, "freshness_target_s": 300} | said


def kind(state: str, complete_age_s: float | None = 10, *, complete: bool = True) -> dict[str, Any]:
    at = None if complete_age_s is None else NOW - int(complete_age_s * 1000)
    return {"kind": "event", "state": state, "complete": complete, "complete_at": at}


@pytest.mark.parametrize("said", ["live", "idle", "partial", "held", "failing"])
def test_what_a_connector_just_said_holds(said: str):
    assert states.of_kind(kind(said), checked(5), NOW) == said


@pytest.mark.parametrize("said", ["live", "idle", "partial", "held", "failing"])
def test_a_connector_that_is_not_heard_of_is_silent_whatever_it_said(said: str):
    assert states.of_kind(kind(said), checked(180.5), NOW) == "silent"
    assert states.of_kind(kind(said), checked(179), NOW) != "silent"


def test_a_short_interval_is_given_half_a_minute():
    assert states.of_kind(kind("live"), checked(29, interval_s=1), NOW) == "live"
    assert states.of_kind(kind("live"), checked(31, interval_s=1), NOW) == "silent"


def test_a_kind_that_was_not_seen_completely_for_long_is_stale_though_its_connector_lives():
    assert states.of_kind(kind("idle", 299), checked(5), NOW) == "idle"
    assert states.of_kind(kind("idle", 301), checked(5), NOW) == "stale"
    assert states.of_kind(kind("idle", None, complete=False), checked(5), NOW) == "stale"


def test_a_fault_is_said_rather_than_the_age_it_causes():
    assert states.of_kind(kind("failing", 9_000), checked(5), NOW) == "failing"
    assert states.of_kind(kind("partial", 9_000), checked(5), NOW) == "partial"


def test_a_life_sign_of_an_older_release_is_as_old_as_its_look():
    old = kind("live", None)
    assert states.of_kind(old, checked(5), NOW) == "live"
    assert states.of_kind(old, checked(170, freshness_target_s=100), NOW) == "stale"


def test_a_state_that_is_not_known_is_no_good_state():
    assert states.of_kind(kind("prima"), checked(5), NOW) == "failing"


def test_a_hub_is_as_well_as_the_worst_of_its_kinds():
    assert states.of_hub(["live", "stale", "idle"]) == "stale"
    assert states.of_hub(["idle", "live"]) == "live"
    assert states.of_hub(["held", "failing"]) == "failing"
    assert states.of_hub([]) == "silent"
