"""The rules over before and after: by table, and for any two versions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Stop
from schemas.settings import Settings
from streams.notices.rules import evaluate, next_told, notice_id
from streams.notices.subscriptions import Subscription, load, parse
from streams.notices.versions import changes_of, version_of


def event(**content: Any) -> dict[str, Any]:
    """An event version in the port area, with some fields changed."""
    fields = {
        "title": {"nl": "Slim varen", "en": "Smart shipping"},
        "status": "scheduled",
        "start": "2026-11-03T09:00:00Z",
        "areas": ["haven-en-maritiem"],
        "capacity": 40,
    }
    return {
        "id": "e-1",
        "kind": "event",
        "sample": True,
        "hubs": ["zuid-holland"],
        "address": None,
        "content": fields | content,
        "organisations": [{"name": "TU Delft", "role": "organiser", "via": None}],
    }


def subscription(
    rule: str = "", where: str = "", hubs: tuple[str, ...] | None = None, **more: str
) -> Subscription:
    """A subscription with these TOML lines for its rule and where."""
    other = "\n".join(f"{name} = {value}" for name, value in more.items())
    return parse(
        f"""
        id = "haven"
        name = {{ nl = "Haven", en = "Port" }}
        {other}
        [where]
        {where}
        [rule]
        {rule}
        [[channels]]
        type = "mail"
        to = "haven@voorbeeld.localhost"
        """,
        "test",
        hubs=hubs,
    )


A = event()
CASES = [
    ("all = [{ field = 'status', op = 'is', value = 'cancelled' }]", A, event(status="cancelled"), True),
    ("all = [{ field = 'status', op = 'is', value = 'cancelled' }]", A, event(capacity=1), False),
    ("any = [{ field = 'title', op = 'contains', value = 'VAREN' }]", A, event(capacity=1), True),
    ("any = [{ field = 'title', op = 'contains', value = 'rijden' }]", A, event(capacity=1), False),
    ("any = [{ field = 'title.en', op = 'contains', value = 'varen' }]", A, event(capacity=1), False),
    ("any = [{ field = 'title.nl', op = 'contains', value = 'haven' }]", A, event(capacity=1), False),
    ("any = [{ field = 'areas', op = 'contains', value = 'haven-en-maritiem' }]", A, event(capacity=1), True),
    ("any = [{ field = 'organisations', op = 'contains', value = 'tu delft' }]", A, event(capacity=1), True),
    ("any = [{ field = 'start', op = 'changed' }]", A, event(start="2026-11-04T09:00:00Z"), True),
    ("any = [{ field = 'start', op = 'changed' }]", A, event(capacity=1), False),
    ("any = [{ field = 'start', op = 'changed' }]", None, A, False),
    ("any = [{ field = 'start', op = 'changed' }]", A, None, False),
    ("any = [{ field = 'status', op = 'from', value = 'scheduled' }]", A, event(status="postponed"), True),
    ("any = [{ field = 'status', op = 'from', value = 'postponed' }]", A, event(status="cancelled"), False),
    (
        "any = [{ field = 'status', op = 'to', value = ['postponed', 'cancelled'] }]",
        A,
        event(status="postponed"),
        True,
    ),
    ("any = [{ field = 'status', op = 'to', value = 'scheduled' }]", A, event(capacity=1), False),
    ("any = [{ field = 'start', op = 'before', value = '2026-12-01' }]", A, event(capacity=1), True),
    ("any = [{ field = 'start', op = 'after', value = '2026-12-01' }]", A, event(capacity=1), False),
    (
        "any = [{ field = 'start', op = 'moved-more-than', days = 7 }]",
        A,
        event(start="2026-11-10T09:00:00Z"),
        False,
    ),
    (
        "any = [{ field = 'start', op = 'moved-more-than', days = 7 }]",
        A,
        event(start="2026-11-10T09:00:01Z"),
        True,
    ),
    (
        "any = [{ field = 'start', op = 'moved-more-than', days = 7 }]",
        A,
        event(start="2026-10-01T09:00:00Z"),
        True,
    ),
    ("any = [{ field = 'capacity', op = 'is', value = 40 }]", A, event(status="postponed"), True),
    ("any = [{ field = 'what', op = 'is', value = ['new', 'removed'] }]", None, A, True),
    ("any = [{ field = 'what', op = 'is', value = ['new', 'removed'] }]", A, None, True),
    ("any = [{ field = 'what', op = 'is', value = ['new', 'removed'] }]", A, event(capacity=1), False),
    (
        (
            "all = [{ any = [{ field = 'status', op = 'changed' }, { field = 'start', op = 'changed' }] },"
            " { field = 'capacity', op = 'is', value = 40 }]"
        ),
        A,
        event(start="2026-11-04T09:00:00Z"),
        True,
    ),
    ("", A, event(capacity=41), True),
    ("", A, A, False),
]


@pytest.mark.parametrize(("rule", "before", "after", "tell"), CASES)
def test_a_rule_over_before_and_after(rule: str, before: Any, after: Any, tell: bool) -> None:
    """Each operator holds where the table says so, and nowhere else."""
    verdict = evaluate(subscription(rule), before, after, "source")
    assert verdict.tell is tell, verdict.why


@pytest.mark.parametrize(
    ("before", "after", "cause", "what"),
    [
        (None, A, "source", "new"),
        (None, A, "first-load", "first-look"),
        (A, None, "source", "removed"),
        (A, event(status="cancelled"), "source", "cancelled"),
        (A, event(status="completed"), "source", "ended"),
        (A, event(status="postponed"), "source", "changed"),
    ],
)
def test_what_happened_has_one_word(before: Any, after: Any, cause: str, what: str) -> None:
    """new, changed, ended, cancelled, removed, first-look."""
    assert evaluate(subscription(), before, after, cause).what == what


@pytest.mark.parametrize("cause", ["resync", "mapping", "repair", "steward", "first-load"])
def test_only_a_change_at_the_source_notifies(cause: str) -> None:
    """A re-sync, a new mapping, a repair and a first load of something known tell nothing by themselves."""
    assert not evaluate(subscription(), A, event(capacity=1), cause).tell
    assert evaluate(subscription(causes=f"['{cause}']"), A, event(capacity=1), cause).tell


def test_a_record_that_leaves_an_area_still_concerns_it() -> None:
    """`where` holds before or after."""
    where = "any = [{ field = 'areas', op = 'contains', value = 'haven-en-maritiem' }]"
    other = event(areas=["onderwijs"])
    assert evaluate(subscription(where=where), A, other, "source").tell
    assert evaluate(subscription(where=where), other, A, "source").tell
    assert not evaluate(
        subscription(where=where), other, event(areas=["onderwijs"], capacity=1), "source"
    ).tell
    assert not evaluate(subscription(where=where), None, other, "first-load").tell


def test_small_moves_add_up_until_they_are_told() -> None:
    """A distance is measured from what the subscription was last told, not from yesterday's version."""
    one = subscription("any = [{ field = 'start', op = 'moved-more-than', days = 7 }]")
    moved, further = event(start="2026-11-08T09:00:00Z"), event(start="2026-11-13T09:00:00Z")
    assert not evaluate(one, A, moved, "source", {}).tell
    told = next_told(one, A, moved, {}, False)
    assert told == {"start": "2026-11-03T09:00:00Z"}
    assert evaluate(one, moved, further, "source", told).tell
    assert next_told(one, moved, further, told, True) == {}
    assert next_told(one, moved, A, told, False) == {}


def test_the_id_of_an_organisation_is_no_news() -> None:
    """When two organisations are merged, their projects are not told as changed."""
    record = {"id": "p-1", "content": {"title": {"nl": "X"}}, "contributions": [], "sample": True}
    first = version_of(
        "project", {**record, "organisations": [{"id": "o-1", "name": "KPN", "role": "partner"}]}
    )
    second = version_of(
        "project", {**record, "organisations": [{"id": "o-2", "name": "KPN", "role": "partner"}]}
    )
    assert first == second


texts = st.dictionaries(
    st.sampled_from(["status", "price", "link", "zone"]),
    st.none() | st.text(max_size=5) | st.integers(-(2**63), 2**63 - 1),
)


@given(texts, texts)
def test_changes_are_exactly_the_fields_that_differ(one: dict[str, Any], other: dict[str, Any]) -> None:
    """No field too many, none too few, and nothing when nothing differs."""
    before, after = event(**one), event(**other)
    found = {change["field"] for change in changes_of(before, after)}
    assert found == {
        name for name in before["content"] | after["content"] if _at(before, name) != _at(after, name)
    }
    assert evaluate(subscription(), before, after, "source").tell is bool(found)


def _at(version: dict[str, Any], name: str) -> Any:
    return version["content"].get(name)


@given(texts, st.integers(1, 5), st.integers(1, 5))
def test_a_notice_has_one_id_per_evaluation(content: dict[str, Any], one: int, other: int) -> None:
    """The same evaluation gives the same id, another one another; without dots, for the webhook."""
    version = event(**content)
    assert (notice_id("a", "e-1", None, version, one) == notice_id("a", "e-1", None, version, other)) is (
        one == other
    )
    assert notice_id("a", "e-1", None, version, one) != notice_id("b", "e-1", None, version, one)
    assert "." not in notice_id("a", "e-1", None, version, one)


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("any = [{ field = 'colour', op = 'changed' }]", "no field colour"),
        ("any = [{ field = 'status', op = 'grows' }]", "Input should be"),
        ("any = [{ field = 'status', op = 'is' }]", "is wants a value"),
        ("any = [{ field = 'start', op = 'moved-more-than' }]", "wants days"),
        ("any = [{ field = 'status', op = 'changed', value = 1 }]", "takes no value"),
        ("any = [{ field = 'areas', op = 'contains', value = 'haven' }]", "areas is never haven"),
        ("some = []", "Extra inputs"),
        ("any = [", "no TOML"),
    ],
)
def test_a_faulty_subscription_says_what_is_wrong(rule: str, fault: str) -> None:
    """The file and the fault are named."""
    with pytest.raises(Stop, match=fault):
        subscription(rule)


def test_a_subscription_may_only_name_hubs_that_there_are() -> None:
    """Which those are is handed in; nobody knows them by heart."""
    rule = "any = [{ field = 'hubs', op = 'contains', value = 'flevoland' }]"
    assert subscription(rule, hubs=("flevoland",))
    with pytest.raises(Stop, match="hubs is never flevoland; it is one of zuid-holland"):
        subscription(rule, hubs=("zuid-holland",))


def test_the_shipped_subscriptions_can_be_read() -> None:
    """The default set covers the areas of the sample and one whole region."""
    names = [one.id for one in load(Settings(data="/nowhere"), {"zuid-holland"})]
    assert {"gezondheid-en-zorg", "haven-en-maritiem", "regioteam-zuid-holland"} <= set(names)
