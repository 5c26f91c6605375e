"""The stand-in sources themselves: what they hold, how they change, and that they remember."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from deploy.samples import regions
from tests.support.sample import read, sample
from tests.support.waiting import until


def test_the_same_seed_gives_the_same_world_and_the_same_story(tmp_path: Path) -> None:
    told = []
    for name in ("one", "two"):
        with sample(tmp_path / name, seed=11) as running:
            told.append([running.control("change") for _ in range(20)])
    assert told[0] == told[1]
    assert len(set(told[0])) > 10


def test_the_members_are_those_of_the_hubs_own_documents_and_invented_ones_say_so(tmp_path: Path) -> None:
    members = regions.of(regions.ZUID_HOLLAND).members
    with sample(tmp_path) as running:
        rows, faulty, verdict = read(running.files(types={"KvK-nummer": "digits8", "Lid sinds": "day"}))
        assert (faulty, verdict.complete) == ([], True)
        listed = {(row.fields["Organisatie"], row.fields["Orgaan"], row.fields["Rol"]): row for row in rows}
        for member in members:
            row = listed[member.organisation.name, member.body, member.role]
            assert row.fields["Via"] == (member.via or None)
            assert row.fields["Lid sinds"] is None
        invited = [row for row in rows if row.fields["Rol"] == "uitgenodigd"]
        assert [row.fields["Organisatie"] for row in invited] == ["De Haagse Hogeschool"]
        known = {member.organisation.name for member in members}
        others = [row.fields for row in rows if row.fields["Organisatie"] not in known]
        assert others
        assert all(each["Opmerking"] == "Voorbeelddata" for each in others)
        assert any(each["KvK-nummer"].startswith("0") for each in others)


def test_what_is_served_is_the_truth(tmp_path: Path) -> None:
    with sample(tmp_path) as running:
        for _ in range(30):
            running.control("change")
        truth = running.truth()
        events, _, _ = read(running.tec())
        projects, _, _ = read(running.wordpress())
        members, _, _ = read(running.files())
        assert len(events) == len(truth["event"])
        assert {row.source_id for row in projects} == {str(each["id"]) for each in truth["project"]}
        assert {row.source_id for row in members} == {each["Lidnummer"] for each in truth["membership"]}


def test_a_second_start_goes_on_where_it_was(tmp_path: Path) -> None:
    with sample(tmp_path) as running:
        for _ in range(10):
            running.control("change")
        before = running.truth()
        old = running.base
    with sample(tmp_path) as running:
        after = json.loads(json.dumps(running.truth()).replace(running.base, old))
        port, was = running.base.rpartition(":")[2], old.rpartition(":")[2]
        assert json.loads(json.dumps(after).replace(port, was)) == before
        assert httpx.get(f"{running.base}/_control/state").json()["tick"] == 10


def test_changes_happen_by_themselves_and_can_be_held(tmp_path: Path) -> None:
    with sample(tmp_path, every_s=0.05) as running:

        def tick() -> int:
            return int(httpx.get(f"{running.base}/_control/state").json()["tick"])

        until(lambda: tick() >= 7, 20, "seven changes")
        running.control("pause")
        held = tick()
        running.control("change")
        assert tick() == held + 1


def test_churn_changes_keys_takes_away_and_brings_back(tmp_path: Path) -> None:
    with sample(tmp_path) as running:
        running.control("load", rows=300, seed=5)
        told = running.control("churn", steps=400, seed=5)
        words = {each.rpartition(" ")[2] for each in told}
        assert {"edit", "key", "merge", "part", "vanishes", "returns"} <= words
        keys = [each["acf"]["subsidienummer"] for each in running.truth()["project"]]
        keys = [each for each in keys if each]
        assert len(set(keys)) < len(keys)


def test_a_wrong_command_is_refused_in_words(tmp_path: Path) -> None:
    with sample(tmp_path) as running:
        for word, said in (("dance", {}), ("fail", {"way": "softly"}), ("set", {"kind": "event", "id": "0"})):
            answer = httpx.post(f"{running.base}/_control/{word}", json=said)
            assert answer.status_code == 400
            assert answer.json()["error"]


def test_every_page_for_people_says_that_it_is_invented(tmp_path: Path) -> None:
    with sample(tmp_path) as running:
        rows, _, _ = read(running.wordpress())
        answer = httpx.get(rows[0].address)
        assert answer.status_code == 200
        assert "Voorbeelddata" in answer.text
