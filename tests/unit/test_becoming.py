"""What a hub's records would become nationally, by the rules of the stages."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.becoming import Nation, Ours, become
from schemas.digest import content_digest
from schemas.reference.lists import resolve_organisation
from schemas.settings import Settings
from streams.national import decisions
from streams.national.decisions import Author
from streams.national.fold import NOTHING, fold
from streams.national.identify import linked_for, speak_of
from streams.national.keys import source_key
from streams.notices import subscriptions
from tests.support.view_world import project

NOW = 1_790_000_000_000
HUB = "limburg"


def regional(source_id: str, title: str, keys: tuple[str, ...] = (), **said: Any) -> dict[str, Any]:
    organisations = said.pop("organisations", [])
    record: dict[str, Any] = {
        "source_id": source_id,
        "revision": said.pop("at", NOW),
        "digest": b"",
        "sample": True,
        "cause": "source",
        "keys": list(keys),
        "organisations": organisations,
        "origin": {"address": "https://x", "changed_at": None, "first_seen_at": NOW, "read_at": NOW},
        "content": project(title) | said,
    }
    record["origin"]["changed_at"] = record["revision"]
    return record | {"digest": content_digest("regional.Project", record)}


def partner(name: str) -> dict[str, Any]:
    rest: dict[str, Any] = dict.fromkeys(("via", "helix", "website", "place"))
    return {"local": name, "name": name, "role": "partner", "keys": [], **rest}


def nation(*spoken: tuple[str, str, dict[str, Any]]) -> Nation:
    """Hub, national id and record of projects that stand, each with organisations of its own."""
    things: dict[str, list[dict[str, Any]]] = {}
    ids: dict[tuple[str, str, str], str] = {}
    linked: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    for hub, name, record in spoken:
        source = source_key(hub, "project", record["source_id"])
        things[source] = speak_of(hub, "project", record["source_id"], record, resolve_organisation)
        named = [
            {"kind": one["kind"], "local": one["local"], "id": f"o-{one['local']}" if one["local"] else name}
            for one in things[source]
        ]
        ids |= {(source, one["kind"], one["local"]): one["id"] for one in named}
        for target in linked_for(hub, "project", record, named, None):
            mention = target.mention or {}
            content = (
                record["content"]
                if not target.mention
                else {k: mention[k] for k in ("name", "helix", "website", "place")}
            )
            whole = {**target.header, "origin": record["origin"], "content": content}
            linked.setdefault(target.national_id, {})[source, target.local] = whole
    folded = {
        name: fold(
            "organisation" if name.startswith("o-") else "project", name, said.values(), None, (), NOTHING
        )
        for name, said in linked.items()
    }
    return Nation(things, ids, linked, {name: one for name, one in folded.items() if one})


def test_a_record_that_stands_as_it_is_stays() -> None:
    record = regional("a", "Slimme haven", ("url:https://x/a",), organisations=[partner("Havenbedrijf")])
    found = become(HUB, [Ours("project", "a", record)], nation((HUB, "p-a", record)))
    assert [(one.what, one.national_id, one.fields) for one in found] == [
        ("stays", "o-Havenbedrijf", ()),
        ("stays", "p-a", ()),
    ]


def test_a_shared_key_joins_and_says_which_key_with_whom_and_what_changes() -> None:
    theirs = regional("z", "Slimme haven", ("grant:10.61686/abc",), at=NOW - 1)
    mine = regional("a", "Slimme haven Limburg", ("grant:10.61686/abc", "url:https://x/a"))
    (one,) = become(HUB, [Ours("project", "a", mine)], nation(("zuid-holland", "p-z", theirs)))
    assert (one.what, one.national_id, one.hubs, one.key) == (
        "joins",
        "p-z",
        ("zuid-holland",),
        "grant:10.61686/abc",
    )
    assert [each["field"] for each in one.fields] == ["title"]
    assert "Slimme haven Limburg" in str(one.fields[0]["after"])


def test_what_is_only_alike_is_shown_with_its_reasons_and_not_joined() -> None:
    theirs = regional("z", "AI voor de slimme haven", ("url:https://y/z",))
    other = regional("y", "Iets heel anders", ("url:https://y/y",))
    stands = nation(("zuid-holland", "p-z", theirs), ("zuid-holland", "p-y", other))
    (one,) = become(HUB, [Ours("project", "a", regional("a", "AI voor slimme haven"))], stands)
    assert (one.what, one.national_id) == ("new", None)
    assert [alike.national_id for alike in one.alike] == ["p-z"]
    assert "alike" in one.alike[0].why[0]


def test_two_grants_never_join_and_the_doubt_is_told() -> None:
    theirs = regional("z", "Haven", ("grant:10.61686/abc", "url:https://x/p"))
    mine = regional("a", "Haven", ("grant:10.61686/def", "url:https://x/p"))
    (one,) = become(HUB, [Ours("project", "a", mine)], nation(("zuid-holland", "p-z", theirs)))
    assert (one.what, one.hubs) == ("new", ())
    assert "url:x/p" in one.doubts[0]


def test_what_stewards_decided_is_foreseen() -> None:
    """Without a key in common a merge joins, and a pinned title stays whatever ours says."""
    theirs, mine = regional("z", "Haven", ("url:https://x/z",)), regional("a", "Kade", ("url:https://x/a",))
    stands = nation((HUB, "p-a", mine), ("zuid-holland", "p-z", theirs))
    things = [{"kind": "project", "fields": {}, **one} for one in stands.golden.values()]
    author = Author("steward", "", 1)
    stands.decisions.put("d1", decisions.merge("d1", things, author))
    stands.decisions.put("d2", decisions.pin("d2", things[1], "title", {"nl": "Vast", "en": None}, author))
    (one,) = become(HUB, [Ours("project", "a", regional("a", "Andere kade", ("url:https://x/a",)))], stands)
    assert (one.what, one.hubs, one.title) == ("joins", ("zuid-holland",), "Vast")


@pytest.mark.parametrize("stays", [True, False])
def test_what_we_no_longer_speak_of_ends_or_stays_with_the_others(stays: bool) -> None:
    mine = regional("a", "Haven", ("grant:10.61686/abc",))
    theirs = regional("z", "Haven Rotterdam", ("grant:10.61686/abc",), at=NOW - 1)
    others = [("zuid-holland", "p-a", theirs)] if stays else []
    (one,) = become(HUB, [Ours("project", "a", None)], nation((HUB, "p-a", mine), *others))
    assert (one.what, one.hubs) == (("parts", ("zuid-holland",)) if stays else ("ends", ()))
    assert one.sources == (f"{HUB}|project|a",)


def test_who_would_hear_of_it_is_said_and_a_first_look_is_a_summary() -> None:
    heard = subscriptions.load(Settings())
    mine = regional("a", "Haven", areas=["haven-en-maritiem"])
    (new,) = become(HUB, [Ours("project", "a", mine)], Nation(), heard)
    (elsewhere,) = become(HUB, [Ours("project", "b", regional("b", "Niets"))], Nation(), heard)
    assert ("haven-en-maritiem" in new.told, "haven-en-maritiem" in elsewhere.told) == (True, False)


def test_two_of_our_own_join_each_other() -> None:
    ours = [
        Ours("project", "a", regional("a", "Haven", ("url:https://x/a",))),
        Ours("project", "b", regional("b", "Haven", ("url:https://x/a",))),
    ]
    (one,) = become(HUB, ours, Nation())
    assert one.sources == (f"{HUB}|project|a", f"{HUB}|project|b")
