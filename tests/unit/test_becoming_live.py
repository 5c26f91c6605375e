"""What would become of a hub that is live: reading again makes nothing more recent, and much of it is one pass."""

from __future__ import annotations

import time
from typing import Any

from deploy.becoming import Nation, Ours, become
from deploy.cli.hubs.trial import unseen
from schemas.digest import content_digest
from schemas.reference.lists import resolve_organisation
from streams.national.fold import NOTHING, fold
from streams.national.identify import linked_for, speak_of
from streams.national.keys import source_key
from tests.support.view_world import project

THEN, NOW = 1_790_000_000_000, 1_790_000_900_000
GRANT = "grant:10.61686/abc"
MANY = 20_000


def regional(source_id: str, title: str, keys: list[str], read_at: int, partners: int = 0) -> dict[str, Any]:
    """A record of a source that shows no change stamps."""
    rest: dict[str, Any] = dict.fromkeys(("via", "helix", "website", "place"))
    record = {
        "source_id": source_id,
        "revision": read_at,
        "sample": True,
        "cause": "source",
        "keys": keys,
        "organisations": [
            {"local": f"o{number}", "name": f"Partner {number}", "role": "partner", "keys": []} | rest
            for number in range(partners)
        ],
        "origin": {
            "address": "https://x",
            "changed_at": None,
            "first_seen_at": read_at,
            "read_at": read_at,
        },
        "content": project(title),
    }
    return record | {"digest": content_digest("regional.Project", record)}


def joined(*spoken: tuple[str, dict[str, Any]]) -> Nation:
    """Hubs whose records are one project."""
    name, linked = "p-1", {}
    things, ids = {}, {}
    for hub, record in spoken:
        source = source_key(hub, "project", record["source_id"])
        things[source] = speak_of(hub, "project", record["source_id"], record, resolve_organisation)
        ids[source, "project", ""] = name
        named = [{"kind": "project", "local": "", "id": name}]
        (target,) = linked_for(hub, "project", record, named, None)
        linked[source, ""] = {**target.header, "origin": record["origin"], "content": record["content"]}
    golden = fold("project", name, linked.values(), None, (), NOTHING)
    assert golden is not None
    return Nation(things, ids, {name: linked}, {name: golden})


def test_what_is_only_read_again_does_not_win_from_what_is_more_recent() -> None:
    """A rehearsal reads everything now; what the nation has of it in the same words keeps its moment."""
    mine, theirs = regional("a", "Haven", [GRANT], THEN), regional("z", "De haven", [GRANT], THEN + 1)
    nation = joined(("limburg", mine), ("zuid-holland", theirs))
    again = regional("a", "Haven", [GRANT], NOW)
    (one,) = become("limburg", [Ours("project", "a", again)], nation)
    assert (one.what, one.fields) == ("stays", ())
    other = regional("a", "Haven, nieuw", [GRANT], NOW)
    (one,) = become("limburg", [Ours("project", "a", other)], nation)
    assert (one.what, [each["field"] for each in one.fields]) == ("changes", ["title"])


def test_many_records_that_share_organisations_are_grouped_once() -> None:
    """The cost grows with the records, not with their square."""
    few, many = (
        [
            Ours("project", str(one), regional(str(one), f"Project {one}", [], NOW, partners=3))
            for one in range(count)
        ]
        for count in (MANY // 10, MANY)
    )
    took = []
    for ours in (few, many):
        began = time.process_time()
        found = become("limburg", ours, Nation())
        took.append(time.process_time() - began)
        assert len(found) == len(ours) + 3
    print(f"{MANY} records in {took[1]:.1f} s of processor time, {MANY // 10} in {took[0]:.1f} s")
    assert took[1] < 40 * took[0]


def test_what_a_rehearsal_did_not_meet_is_named_and_said_to_end_only_with_evidence() -> None:
    """A row that is rejected now, a kind that was not read whole, a feed's older entries: none of them is gone."""
    nation = joined(
        ("limburg", regional("a", "Haven", [], THEN)), ("oost-nederland", regional("b", "B", [], THEN))
    )
    assert unseen("limburg", nation, {"project"}, set()) == {"project": ["a"]}
    assert unseen("limburg", nation, {"event"}, set()) == {}
    assert unseen("limburg", nation, {"project"}, {("project", "a")}) == {}
    assert become("limburg", [], nation) == []
    (one,) = become("limburg", [Ours("project", "a", None)], nation)
    assert one.what == "parts"
