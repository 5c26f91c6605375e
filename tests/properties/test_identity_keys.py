"""Laws of `identify`: keys have one form, what can change is no key, and both computations of identity agree."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.hubs import Words, builders
from connectors.hubs.statements import mention
from schemas.reference.lists import resolve_organisation
from streams.agents.stages import listed
from streams.national.identify import speak_of, things_digest
from streams.national.keys import source_key
from streams.national.resolve import KeyGraph
from tests.oracle import national as oracle

LAWS = settings(max_examples=200, deadline=None, derandomize=True)
HUBS = ("limburg", "zuid-holland")
NAMES = ("TU Delft", "Technische Universiteit Delft", "De Molen B.V.", "de molen", "Gilde", "Erasmus MC")
SITES = (
    *(None, "https://www.molen.example", "http://molen.example/nl/", "https://molen.example/index.html"),
    *("molen.example", "https://campus.example/molen", "https://nl.linkedin.com", "https://gilde.example"),
)
REGISTERED = ("kvk:27378529", "kvk:27364265", "oin:00000003273785290000", "rsin:123456782", "ror:018906e22")
OWN = (
    *("grant:10.61686/abc", "grant:https://doi.org/10.61686/ABC", "grant:10.61686/xyz"),
    *("award:NWO/628.011.001", "award:Dutch Research Council/628 011 001", "award:NWO/628.011.002"),
    *("award:EFRO/2024", "eu:101099999", "eu:HE 101099999", "eu:101012345"),
    *("acro:LAAG", "acro:Laag!", "acro:AI", "uid:A@x.example", "uid:a@x.example"),
    *("url:x.example/a", "url:https://www.x.example/nl/a/?utm_source=y#top", "url:x.example/b?b=1&a=2"),
    *("url:x.example", "url:x.example/a@2026-10-12T12:00", "url:x.example/en/index.php"),
)
mentions = st.lists(
    st.fixed_dictionaries(
        {
            "local": st.sampled_from("abc"),
            "name": st.sampled_from(NAMES),
            "website": st.sampled_from(SITES),
            "role": st.sampled_from(("coordinator", "partner")),
            "keys": st.lists(st.sampled_from(REGISTERED), max_size=2, unique=True),
        }
    ),
    max_size=3,
)
projects = st.fixed_dictionaries(
    {"keys": st.lists(st.sampled_from(OWN), max_size=3, unique=True), "organisations": mentions}
)
members = st.fixed_dictionaries(
    {"keys": st.just(["mem:hub:limburg"]), "organisations": mentions.filter(lambda said: len(said) == 1)}
)
records = st.one_of(
    st.tuples(st.sampled_from(HUBS), st.sampled_from(("project", "event")), st.sampled_from("123"), projects),
    st.tuples(st.sampled_from(HUBS), st.just("membership"), st.sampled_from("123"), members),
)
steps = st.lists(st.tuples(records, st.booleans()), max_size=12)
Told = dict[tuple[str, str, str], Any]


@LAWS
@given(records)
def test_both_computations_give_the_same_keys(said: Any) -> None:
    """The stage and the oracle, written apart, find the same things with the same keys."""
    hub, kind, source_id, record = said
    things = speak_of(hub, kind, source_id, record, listed)
    ours = {(one["kind"], one["local"]): {key for key in one["keys"] if key[:4] != "src:"} for one in things}
    theirs = oracle.things_of({(hub, kind, source_id): record}, resolve_organisation)
    assert ours == {(of, local): set(keys) for (_, of, local), keys in theirs.items()}


@LAWS
@given(steps, st.integers(1, 4))
def test_incremental_identity_is_batch_identity_with_all_kinds_of_keys(script: Any, every: int) -> None:
    """Whatever came, changed and went, in whatever order: the groups are those of one computation of everything."""
    graph, told, named = KeyGraph(), Told(), dict[tuple[str, str, str], list[dict[str, str]]]()

    def settle() -> None:
        for one in graph.settle(0).identities:
            named[one["hub"], one["kind"], one["source_id"]] = one["things"]

    for number, ((hub, kind, source_id, record), gone) in enumerate(script):
        if gone:
            told.pop((hub, kind, source_id), None)
            graph.remove(source_key(hub, kind, source_id))
        else:
            told[hub, kind, source_id] = record
            things = speak_of(hub, kind, source_id, record, listed)
            graph.put(source_key(hub, kind, source_id), things_digest(things), things)
        if number % every == 0:
            settle()
    settle()
    groups: dict[str, set[Any]] = {}
    for source in told:
        for thing in named[source]:
            groups.setdefault(thing["id"], set()).add((source, thing["kind"], thing["local"]))
    batch = oracle.groups_of(oracle.things_of(told, resolve_organisation))
    assert {frozenset(one) for one in groups.values()} == {frozenset(one) for one in batch}


NOTHING = Words({}, {})
moments = st.datetimes().map(lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ"))
days = st.one_of(st.none(), st.dates().map(str))


@LAWS
@given(moments, moments, st.sampled_from(("scheduled", "postponed", "cancelled")))
def test_a_moved_or_cancelled_event_keeps_its_keys(start: str, end: str, status: str) -> None:
    """Start, end and status only help to recognise; they are no key and no part of one."""
    seen = {"title": "Dag", "zone": "Europe/Amsterdam", "all_day": False, "url": "https://x.example/a"}
    made = builders.event(seen | {"start": start, "end": end, "event_status": status, "uids": ["7"]}, NOTHING)
    assert made.keys == ["uid:7", "url:x.example/a"]


@LAWS
@given(days, days, st.sampled_from(("proposed", "running", "completed")), st.sampled_from(("a", None)))
def test_a_project_keeps_its_keys_over_period_and_status(
    start: str | None, end: str | None, status: str, phase: str | None
) -> None:
    """So does a project, whatever its period, status or phase."""
    parts = {"title": "X", "status": status, "start": start, "end": end, "phase": phase, "eu": "101099999"}
    assert builders.project(parts, NOTHING).keys == ["eu:101099999"]


@LAWS
@given(days, days, st.sampled_from(("coordinator", "partner", "invited", "member")))
def test_a_membership_keeps_its_things_over_period_and_role(
    start: str | None, end: str | None, role: str
) -> None:
    """An organisation that becomes coordinator of a body, or stays longer, is the same member."""
    member = mention("Gilde", role)
    made = builders.membership(member, ("hub", "limburg"), {"start": start, "end": end})
    prefix = {"keys": made.keys, "organisations": made.organisations}
    own = speak_of("limburg", "membership", "1", prefix, listed)[0]
    assert own["keys"] == ["mem:hub:limburg:name:limburg:gilde", "src:limburg|membership|1"]
