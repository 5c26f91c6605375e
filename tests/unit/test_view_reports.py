"""When a hub is told of itself, and what of; and what the view asks a connector to mend."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import encode, load
from streams.notices import reporting
from streams.view import reports
from streams.view.repairs import WAITS_S, Repairs

ROW = {
    "id": "limburg|connector|membership|7",
    "kind": "membership",
    "stage": "connector",
    "row": "leden.csv, rij 7",
    "source_id": "7",
    "field": "KvK-nummer",
    "expected": "8 digits",
    "got": "12",
    "cause": "KvK-nummer: expected 8 digits, got '12'",
    "fix": "Fill it in.",
}


def condition(
    event: str = "live", rejected: list[dict[str, Any]] | None = None, **more: Any
) -> dict[str, Any]:
    kinds = [
        {
            "kind": name,
            "state": state,
            "reasons": ["the site answers 500"],
            "live": 9,
            "held": 0,
            "complete_at": None,
        }
        for name, state in (("event", event), ("project", "idle"))
    ]
    rows = rejected or []
    return reports.condition_of({"hub": "limburg", "kinds": kinds} | more, rows, len(rows))


def test_a_hub_that_is_well_from_the_start_is_told_nothing():
    watch = reports.Watch()
    assert not any(
        watch.due(condition(state), reports.NOTHING, now) for now, state in ((0, "live"), (99, "idle"))
    )


def test_a_condition_is_told_once_it_has_stood_and_not_again():
    watch = reports.Watch()
    bad = condition("failing")
    assert [watch.due(bad, reports.NOTHING, now) for now in (0, 10, 21, 23)] == [False, False, True, False]

    told = reports.Told("n-1", 1, bad)
    assert not any(watch.due(bad, told, now) for now in (25, 60, 600))


def test_a_report_that_did_not_arrive_in_kafka_is_made_again_under_the_same_id():
    watch = reports.Watch()
    bad = condition("failing")
    watch.due(bad, reports.NOTHING, 0)
    assert [watch.due(bad, reports.NOTHING, now) for now in (21, 30, 52)] == [True, False, True]
    first, second = (reports.notice(bad, reports.NOTHING, True, at) for at in (1, 2))
    assert first["id"] == second["id"]


def test_what_comes_and_goes_within_seconds_is_not_told():
    watch = reports.Watch()
    states = ["failing", "live"] * 50
    assert not any(watch.due(condition(one), reports.NOTHING, now) for now, one in enumerate(states))


def test_a_change_of_the_reasons_alone_is_no_change():
    first, second = condition("failing"), condition("failing")
    second["kinds"]["event"]["reasons"] = ["the source asked to be left alone for 37 s more"]
    assert reports.signature(first) == reports.signature(second)


def test_another_rejected_row_and_the_way_back_to_well_are_told():
    told = reports.Told("n-1", 1, condition("live", [ROW]))
    for now in (condition("live", [ROW, ROW | {"id": "limburg|connector|membership|8"}]), condition()):
        watch = reports.Watch()
        watch.due(now, told, 0)
        assert watch.due(now, told, 30)


@given(
    st.lists(st.sampled_from(["live", "idle", "failing", "held", "partial", "silent", "stale"]), max_size=12)
)
def test_every_report_in_a_row_has_an_id_of_its_own_and_fits_the_contract(states: list[str]):
    told, ids = reports.NOTHING, []
    for at, state in enumerate(states):
        now = condition(state)
        if reports.signature(now) == reports.signature(told.condition):
            continue
        notice = reports.notice(now, told, sample=True, now_ms=at)
        encode(load("notice.Notice"), notice)
        ids.append(notice["id"])
        told = reports.Told(notice["id"], notice["evaluation"], orjson.loads(notice["after"]))
    assert len(set(ids)) == len(ids)


def test_a_report_says_what_where_and_how_to_mend_it_in_dutch_first():
    bad = condition("failing", [ROW])
    notice = reports.notice(bad, reports.NOTHING, sample=True, now_ms=1)
    shown = orjson.loads(notice["after"])

    said = reporting.lines(notice, shown, "nl")

    assert reporting.subject(shown, "AI-hub Brightlands", "nl") == "AI-hub Brightlands: kijk naar evenementen"
    assert said[0].startswith("evenementen: de bron kan niet worden gelezen. the site answers 500.")
    assert "1 rij afgewezen:" in said
    assert said[-1] == "leden.csv, rij 7: KvK-nummer. verwacht 8 cijfers, gevonden 12. Vul het in."
    assert reporting.lines(notice, shown, "en")[-1].endswith("expected 8 digits, found 12. Fill it in.")


def test_a_hub_that_is_well_again_hears_so():
    told = reports.Told("n-1", 1, condition("failing"))
    notice = reports.notice(condition(), told, sample=False, now_ms=1)
    shown = orjson.loads(notice["after"])

    assert reporting.subject(shown, "Hub", "nl") == "Hub: alles weer in orde"
    assert reporting.lines(notice, shown, "nl") == ["evenementen: weer in orde"]


def differing(*ids: str) -> list[dict[str, str]]:
    return [{"kind": "event", "source_id": one, "why": "missing"} for one in ids]


def test_what_differs_is_asked_for_at_once_and_then_with_growing_pauses_to_an_end():
    repairs = Repairs()
    asked = [now for now in range(0, 3_000, 10) if repairs.due(differing("a"), float(now))]
    assert asked == [0, 60, 660]
    assert len(WAITS_S) == 3


def test_only_what_still_differs_is_asked_for_and_what_differs_anew_begins_anew():
    repairs = Repairs()
    assert repairs.due(differing("a", "b"), 0.0) == {"event": ["a", "b"]}
    assert repairs.due(differing("b", "c"), 10.0) == {"event": ["c"]}
    assert repairs.due(differing(), 20.0) == {}
    assert repairs.due(differing("a"), 30.0) == {"event": ["a"]}
