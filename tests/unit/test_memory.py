"""The connector's memory: a fold of the own log that never trusts what somebody else wrote."""

from __future__ import annotations

import random

import pytest

from connectors.memory import Memory, Seen
from schemas.digest import MODULUS, blake, bucket_hash, bucket_of

ONE, TWO, OTHER = blake("1"), blake("2"), blake("x")


@pytest.fixture
def memory(tmp_path):
    found = Memory(tmp_path / "hub" / "memory.sqlite")
    found.forget()
    yield found
    found.close()


def fold(memory: Memory, source_id: str, revision: int, digest: bytes | None, foreign: bool = False) -> bool:
    return memory.apply("event", source_id, Seen(revision, digest, 1000), foreign)


def standing(memory: Memory, source_id: str):
    return memory.known("event", [source_id]).get(source_id)


def test_the_last_version_in_the_log_stands_and_the_first_sight_stays(memory):
    fold(memory, "a", 10, ONE)
    memory.apply("event", "a", Seen(11, TWO, 9999), foreign=False)

    assert standing(memory, "a") == (11, TWO, 1000, 0)


def test_reading_the_same_record_again_changes_nothing(memory):
    fold(memory, "a", 10, ONE)

    assert not fold(memory, "a", 10, ONE)
    assert memory.live("event") == 1


def test_an_older_record_after_a_newer_one_is_marked_for_repair_and_keeps_the_revision(memory):
    fold(memory, "a", 10, ONE)

    assert fold(memory, "a", 4, TWO)
    assert standing(memory, "a").digest == TWO, "what stands in the log counts for the manifest"
    assert standing(memory, "a").revision == 10
    assert memory.wants_all("event")


def test_a_foreign_record_is_marked_even_when_it_is_newer(memory):
    fold(memory, "a", 10, ONE)

    assert fold(memory, "a", 11, OTHER, foreign=True)
    assert memory.phantoms("event") == []


def test_our_next_word_ends_a_repair(memory):
    fold(memory, "a", 10, ONE)
    fold(memory, "a", 4, TWO, foreign=True)
    fold(memory, "a", 12, ONE)

    assert standing(memory, "a").repair == 0
    assert not memory.wants_all("event")


def test_a_foreign_record_under_an_id_that_we_never_had_or_removed_is_a_phantom(memory):
    fold(memory, "gone", 10, ONE)
    fold(memory, "gone", 11, None)
    fold(memory, "gone", 3, ONE, foreign=True)
    fold(memory, "never", 99, OTHER, foreign=True)

    assert sorted(memory.phantoms("event")) == ["gone", "never"]


def test_a_foreign_removal_of_what_is_not_there_needs_no_repair(memory):
    assert not fold(memory, "never", 99, None, foreign=True)
    assert memory.live("event") == 0


def test_bucket_sums_are_those_of_a_recount(memory):
    """Random folds, also across a restart, leave the sums that a recount of the rows gives."""
    chance = random.Random(7)
    log: dict[str, bytes] = {}
    for revision in range(1, 2000):
        source_id = f"id-{chance.randrange(300)}"
        digest = None if chance.random() < 0.3 else blake(str(chance.random()))
        fold(memory, source_id, revision, digest, foreign=chance.random() < 0.1)
        log.pop(source_id, None)
        if digest is not None:
            log[source_id] = digest
    memory.commit()
    again = Memory(memory.path)
    counted: dict[int, tuple[int, int]] = {}
    for source_id, digest in log.items():
        count, total = counted.get(bucket_of("event", source_id), (0, 0))
        added = (total + bucket_hash("event", source_id, digest)) % MODULUS
        counted[bucket_of("event", source_id)] = (count + 1, added)

    try:
        assert again.buckets() == [
            ("event", bucket, count, total.to_bytes(16, "big"))
            for bucket, (count, total) in sorted(counted.items())
        ]
    finally:
        again.close()


def test_what_was_not_committed_is_forgotten_with_its_position(memory):
    fold(memory, "a", 10, ONE)
    memory.moved_to("topic", 0, 1)
    memory.commit()
    fold(memory, "b", 11, ONE)
    memory.moved_to("topic", 0, 2)
    memory._db.rollback()
    again = Memory(memory.path)

    try:
        assert again.position("topic", 0) == 1
        assert again.live("event") == 1
    finally:
        again.close()


def test_held_records_go_only_after_approval_and_new_ones_need_their_own(memory):
    for source_id in "abc":
        fold(memory, source_id, 10, ONE)
    memory.start_look()
    memory.saw([("a", True)])
    memory.hold("event")

    assert memory.held("event") == 2
    assert memory.count_absent("event") == (2, 0)
    assert memory.approve("event", ["b"]) == 1
    assert memory.count_absent("event") == (1, 1)
    assert [one.source_id for one in memory.absent("event", True, "")] == ["b"]


def test_an_approval_that_is_not_carried_out_can_be_taken_back_and_is_held_again(memory):
    for one in "abc":
        fold(memory, one, 10, ONE)
    memory.start_look()
    memory.hold("event")
    memory.approve("event")

    assert memory.undo("event", ["b", "unknown"]) == 1
    assert (memory.held("event"), memory.count_absent("event")) == (1, (1, 2))
    assert memory.undo("event") == 2
    assert (memory.held("event"), memory.approved("event")) == (3, False)


def test_a_held_record_that_shows_up_again_is_held_no_longer(memory):
    fold(memory, "a", 10, ONE)
    memory.start_look()
    memory.hold("event")
    memory.saw([("a", True)])
    memory.all_found_again("event")

    assert memory.held("event") == 0


def test_a_missing_row_remembers_the_first_version_that_lacked_it(memory):
    fold(memory, "a", 10, ONE)
    memory.start_look()
    memory.wait("event", ["a"], "v1")
    memory.wait("event", ["a"], "v2")

    assert memory.absent("event", False, "")[0].snapshot == "v1"


def test_a_rejection_stands_until_its_row_is_not_faulty_any_more(memory):
    memory.apply_rejection("event", "row:3", ONE)
    memory.start_look()
    memory.saw([("row:3", False)])

    assert memory.mended("event") == []
    memory.start_look()
    assert memory.mended("event") == ["row:3"]
    memory.apply_rejection("event", "row:3", None)
    assert memory.count_rejections("event") == 0


def test_a_damaged_file_is_replaced_by_an_empty_memory(tmp_path):
    path = tmp_path / "memory.sqlite"
    path.write_bytes(b"this is no database" * 1000)
    memory = Memory(path)

    try:
        assert memory.noted("version") is None
    finally:
        memory.close()


def test_a_memory_of_another_release_is_replaced_by_an_empty_one(memory):
    fold(memory, "a", 10, ONE)
    memory.commit()
    memory._db.execute("PRAGMA user_version = 99")
    memory._db.commit()
    again = Memory(memory.path)

    try:
        assert again.live("event") == 0
        assert again.noted("version") is None
    finally:
        again.close()
