"""Which value survives, by declared rules; what lost stays visible, and a contradiction is counted as one."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.codec import load
from schemas.reference.lists import rows
from schemas.topics import NATIONAL_KINDS
from streams.national.conflicts import conflicts
from streams.national.fold import NOTHING, fold
from streams.national.owner import owner_of
from streams.national.survivorship import Said, choose, counts, rule_of, trust
from tests.contract.examples import example
from tests.oracle import national as oracle

RULES = {"most-trusted", "most-recent", "longest", "union", "by-owner", "most-said"}


def said(*told: tuple[Any, int, str, str]) -> list[Said]:
    """Values with moment, hub and source kind."""
    return [Said(value, when, (hub, kind, f"s{at}", "")) for at, (value, when, hub, kind) in enumerate(told)]


def test_every_rule_is_known_and_every_field_exists() -> None:
    """The list declares what the schemas have; each kind has a rule for what is not named; each line says why."""
    for row in rows("survivorship"):
        fields = {field["name"] for field in load(f"{row['kind'].capitalize()}Content").document["fields"]}
        assert row["rule"] in RULES
        assert row["field"] in fields | {"*"}
        assert row["conflict"] in ("yes", "no")
        assert row["reason"]
    assert {row["kind"] for row in rows("survivorship") if row["field"] == "*"} == set(NATIONAL_KINDS)


def test_the_owner_speaks_last_even_when_others_speak_later() -> None:
    """The hub whose thing it is knows its status; without a word of it, the newest holds."""
    told = said(("running", 1, "zuid-holland", "project"), ("completed", 9, "limburg", "project"))
    mine = choose("project", "status", told, "zuid-holland")
    assert (mine.value, mine.rule, [one.value for one in mine.losing]) == (
        "running",
        "by-owner",
        ["completed"],
    )
    assert choose("project", "status", told, "utrecht")[:2] == ("completed", "most-recent")
    assert choose("project", "status", told)[:2] == ("completed", "most-recent")


def test_a_silent_owner_does_not_silence_others() -> None:
    """No value of the owner is no statement."""
    told = said((None, 9, "zuid-holland", "project"), ("2026-01-01", 1, "limburg", "project"))
    assert choose("project", "start", told, "zuid-holland").value == "2026-01-01"


def test_who_is_trusted_most_beats_who_are_many() -> None:
    """A list of members knows an organisation better than three calendars; among equals the many are right."""
    told = said(
        ("business", 9, "limburg", "event"),
        ("business", 8, "utrecht", "event"),
        ("knowledge", 1, "zuid-holland", "membership"),
        ("government", 2, "zuid-holland", "membership"),
        ("government", 2, "limburg", "membership"),
    )
    found = choose("organisation", "helix", told)
    assert (found.value, found.rule) == ("government", "most-trusted")
    assert sorted(one.value for one in found.losing) == ["business", "knowledge"]
    assert trust("x", "membership") < trust("x", "project") < trust("x", "event") < trust("x", "unheard")


@pytest.mark.parametrize(
    ("kind", "field", "rule", "value"),
    [
        ("project", "summary", "longest", "lang verhaal"),
        ("project", "type", "most-recent", "kort"),
        ("organisation", "name", "most-said", "lang verhaal"),
    ],
)
def test_the_other_rules(kind: str, field: str, rule: str, value: str) -> None:
    """Longest, most recent, most said."""
    told = said(
        ("lang verhaal", 1, "limburg", kind), ("lang verhaal", 2, "utrecht", kind), ("kort", 9, "oost", kind)
    )
    assert rule_of(kind, field) == rule
    assert choose(kind, field, told).value == value


def linked(number: int, **content: Any) -> dict[str, Any]:
    """One contribution to a project, led by TU Delft."""
    found: dict[str, Any] = example(load("linked.Project"))
    found |= {"hub": ("limburg", "zuid-holland", "utrecht")[number], "source_id": f"s{number}", "local": ""}
    found["origin"] = found["origin"] | {"changed_at": 9 - number}
    link = {"id": "o-x", "name": "Technische Universiteit Delft", "role": "coordinator", "via": None}
    found["organisations"] = [link]
    found["content"] = found["content"] | content
    return found


def test_a_project_led_by_a_partner_of_one_hub_is_that_hubs() -> None:
    """TU Delft is a partner of Zuid-Holland; what that hub says of the status is golden, however old."""
    both = [linked(0, status="completed"), linked(1, status="running")]
    assert owner_of("project", both) == "zuid-holland"
    found = fold("project", "p-x", both, None, [], NOTHING)
    assert found is not None
    assert found["content"]["status"] == "running"
    records = [{"organisations": one["organisations"]} for one in both]
    assert oracle._owner("project", records, []) == "zuid-holland"  # the second computation agrees


def test_what_the_office_says_of_a_working_group_goes_before_what_a_hub_says() -> None:
    """Members of groups, teams and dimensions are the office's; members of a hub are that hub's."""
    of_team = {"body_kind": "team", "body": "covid-overzicht", "role": "member"}
    for content, owner in (
        (of_team, "office"),
        (of_team | {"body_kind": "working-group", "body": "defensie"}, "office"),
        (of_team | {"body_kind": "hub", "body": "limburg"}, "limburg"),
        (of_team | {"body_kind": "cluster", "body": "ai-data-digitalisering"}, None),
    ):
        assert owner_of("membership", [{"content": content}]) == owner
        assert oracle._owner("membership", [], [content]) == owner
    told = said(("member", 1, "office", "membership"), ("partner", 9, "limburg", "membership"))
    assert choose("membership", "role", told, "office").value == "member", "though the hub spoke later"
    assert choose("membership", "role", told[1:], "office").value == "partner", "though the office is silent"


def test_contradictions_are_listed_with_winner_losers_and_rule() -> None:
    """Another status is one; another summary or title of a page is not counted among them."""
    both = [
        linked(0, status="completed", summary={"nl": "kort", "en": None}),
        linked(1, status="running", summary={"nl": "een langer verhaal", "en": None}),
    ]
    record = fold("project", "p-x", both, None, [], NOTHING)
    assert record is not None
    (found,) = conflicts("project", record)
    assert (found.field, found.rule, found.hubs()) == ("status", "by-owner", ["limburg", "zuid-holland"])
    assert found.winner == ("zuid-holland", "s1", "running")
    assert found.losing == (("limburg", "s0", "completed"),)
    assert not counts("project", "summary")
    at = {"field": "status", "hub": "office", "source_kind": "decision", "source_id": "d-1", "changed_at": 1}
    losing = [{"hub": "limburg", "source_id": "s0", "value": '"completed"'}]
    decided = record | {"origins": [at | {"rule": "pinned", "losing": losing}]}
    assert [one.rule for one in conflicts("project", decided)] == ["pinned"]
    alone = fold("project", "p-x", both[:1], None, [], NOTHING)
    gone = fold("project", "p-x", [], "p-y", [], NOTHING)
    assert alone is not None
    assert gone is not None
    assert conflicts("project", alone) == conflicts("project", gone) == []
