"""The proof of completeness, by table and by random histories: what is wrong is named, what is right is proven."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.digest import MODULUS, bucket_hash, bucket_of
from streams.view.proof import (
    PATIENCE_MS,
    Case,
    Fault,
    Manifest,
    Reached,
    Round,
    Source,
    Verdict,
    Version,
    judge,
    settle,
    sums_of,
)

A, B = b"a" * 16, b"b" * 16
REGIONAL, LINKED, NATIONAL = ("regional.limburg.project", 0), ("linked.project", 0), ("national.project", 0)


@pytest.mark.parametrize(
    ("name", "source", "wrong"),
    [
        ("held and given alike", Source(Version(5, A), False, Version(5, A), 1, None), None),
        ("lost on the way", Source(Version(5, A), False, None, 0, None), "missing"),
        ("an older revision", Source(Version(5, A), False, Version(4, A), 1, None), "stale"),
        ("another content", Source(Version(5, A), False, Version(5, B), 1, None), "different"),
        ("nobody published it", Source(None, False, Version(5, A), 1, None), "phantom"),
        ("a revision nobody published", Source(Version(5, A), False, Version(6, A), 1, None), "phantom"),
        ("under two national ids", Source(Version(5, A), False, Version(5, A), 2, None), "double"),
        ("rejected at this revision", Source(Version(5, A), False, None, 0, 5), None),
        ("rejected later", Source(Version(5, A), False, Version(4, A), 1, 6), None),
        ("rejected, revision unknown", Source(Version(5, A), False, None, 0, 0), None),
        ("rejected before, then lost", Source(Version(5, A), False, None, 0, 4), "missing"),
        ("changed since the manifest", Source(Version(5, A), True, Version(9, B), 1, None), None),
        ("new since the manifest", Source(None, True, Version(9, B), 1, None), None),
        ("removed since the manifest", Source(Version(5, A), True, None, 0, None), None),
        ("removed and gone", Source(None, False, None, 0, None), None),
    ],
)
def test_each_way_to_be_wrong_has_its_word(name: str, source: Source, wrong: str | None) -> None:
    """Lost, stale, different, phantom and double are told apart; rejected and moved on are excused."""
    assert settle(source) == wrong, name


def _manifest(**records: bytes) -> Manifest:
    buckets: dict[tuple[str, int], tuple[int, int]] = {}
    for source_id, digest in records.items():
        place = ("project", bucket_of("project", source_id))
        count, total = buckets.get(place, (0, 0))
        buckets[place] = (count + 1, (total + bucket_hash("project", source_id, digest)) % MODULUS)
    return Manifest(3, 1000, {REGIONAL: 10}, buckets)


def _reached(view: int = 10, identify: int = 10, fold: int = 7, national: int = 4) -> Reached:
    return Reached(
        {REGIONAL: view, NATIONAL: national}, {REGIONAL: identify}, {LINKED: fold}, {LINKED: 7}, {NATIONAL: 4}
    )


def test_without_a_manifest_nothing_is_known() -> None:
    """A hub that was never looked at is unknown, not complete."""
    assert judge(Case(None), Round(), Verdict(), 0).state == "unknown"


def test_equal_sums_and_no_faults_after_a_round_are_proven_up_to_the_end_of_the_look() -> None:
    """Proven names the moment up to which, not the moment at which."""
    verdict = judge(Case(_manifest(a=A)), Round(2), Verdict(), 5000)

    assert (verdict.state, verdict.proven_up_to, verdict.over) == ("proven", 1000, True)


@pytest.mark.parametrize(
    ("reached", "left"),
    [(_reached(view=8), 2), (_reached(identify=4), 6), (_reached(fold=2), 5), (_reached(national=1), 3)],
)
def test_each_leg_of_the_journey_counts_as_behind(reached: Reached, left: int) -> None:
    """The view, identify and fold are waited for, each by the number of records it has to go."""
    _, found = Round().onward(_manifest(a=A), reached)
    verdict = judge(Case(_manifest(a=A), left=found), Round(), Verdict(), 10**9)

    assert (verdict.state, verdict.behind) == ("catching up", left)


def test_a_round_is_not_held_up_by_what_comes_after_it() -> None:
    """Fold has to pass what stood in linked when identify was through, not what was added since."""
    turn, left = Round().onward(_manifest(a=A), _reached(fold=6))
    later = replace(_reached(fold=7), linked_ends={LINKED: 500})

    assert left == 1
    assert turn.onward(_manifest(a=A), later)[1] == 0


def test_what_appeared_during_a_round_is_not_yet_a_difference() -> None:
    """A contribution on its way is no loss; one that is still wrong after a whole round is."""
    fault = Fault("project", "a", "missing", born=2)
    young = judge(Case(_manifest(a=A), faults=[fault]), Round(2), Verdict(), 0)
    old = judge(Case(_manifest(a=A), faults=[fault]), Round(3), Verdict(), 0)

    assert (young.state, young.over) == ("catching up", True)
    assert (old.state, old.ids) == ("differs", ({"kind": "project", "source_id": "a", "why": "missing"},))


def test_at_most_twenty_ids_are_named_but_all_are_counted() -> None:
    """A long list helps nobody; its length does."""
    faults = [Fault("project", str(n), "missing", 0) for n in range(50)]
    verdict = judge(Case(_manifest(a=A), faults=faults), Round(3), Verdict(), 0)

    assert (len(verdict.ids), verdict.differences) == (20, 50)


def test_a_bucket_with_newer_records_waits_for_the_next_manifest() -> None:
    """Compaction may have removed what the manifest counted: no difference as long as it moved on."""
    place = ("project", 7)
    unsettled = judge(Case(_manifest(a=A), differing=[place], unsettled={place}), Round(3), Verdict(), 0)
    settled = judge(Case(_manifest(a=A), differing=[place]), Round(3), Verdict(), 0)

    assert (unsettled.state, settled.state) == ("catching up", "differs")


def test_what_was_proven_stays_so_for_a_short_while_and_no_longer() -> None:
    """The next manifest on its way does not make the page flicker; a stage that hangs does show."""
    before = Verdict("proven", 900, look=2)
    case = Case(_manifest(a=A), left=4)

    assert judge(case, Round(2, 0), before, PATIENCE_MS - 1).state == "proven"
    late = judge(case, Round(2, 0), before, PATIENCE_MS)
    assert (late.state, late.proven_up_to) == ("catching up", 900)


Record = tuple[str, str, bytes]
records = st.lists(
    st.tuples(
        st.sampled_from(["project", "event"]), st.text(max_size=5), st.binary(min_size=16, max_size=16)
    ),
    max_size=40,
    unique_by=lambda one: one[:2],
)


def _wanted(held: list[Record]) -> dict[tuple[str, int], tuple[int, int]]:
    wanted: dict[tuple[str, int], tuple[int, int]] = {}
    for kind, source_id, digest in held:
        place = (kind, bucket_of(kind, source_id))
        count, total = wanted.get(place, (0, 0))
        wanted[place] = (count + 1, (total + bucket_hash(kind, source_id, digest)) % MODULUS)
    return wanted


@given(records, st.data())
def test_running_sums_equal_a_count_from_scratch(held: list[Record], data: st.DataObject) -> None:
    """However records come and go, the sums are those of what is left."""
    sums = sums_of(held)
    gone = data.draw(st.lists(st.sampled_from(held), unique=True) if held else st.just([]))
    for one in gone:
        sums.take(*one)

    left = [one for one in held if one not in gone]
    assert sums.differing(_wanted(left)) == []
    assert sums.count("project") == sum(1 for kind, _, _ in left if kind == "project")


@given(records.filter(bool), st.data())
def test_a_lost_an_extra_and_a_stale_record_each_show_in_their_bucket(
    held: list[Record], data: st.DataObject
) -> None:
    """No single fault in the mirror leaves all buckets as the manifest wants them."""
    kind, source_id, digest = data.draw(st.sampled_from(held))
    place = (kind, bucket_of(kind, source_id))
    lost, extra, stale = sums_of(held), sums_of(held), sums_of(held)
    lost.take(kind, source_id, digest)
    extra.add(kind, source_id + "x" * 6, digest)
    stale.take(kind, source_id, digest)
    stale.add(kind, source_id, bytes(byte ^ 1 for byte in digest))

    assert lost.differing(_wanted(held)) == [place]
    assert extra.differing(_wanted(held)) == [(kind, bucket_of(kind, source_id + "x" * 6))]
    assert stale.differing(_wanted(held)) == [place]


versions = st.builds(Version, st.integers(1, 4), st.sampled_from([A, B]))


@given(
    st.builds(
        Source,
        st.none() | versions,
        st.booleans(),
        st.none() | versions,
        st.integers(0, 2),
        st.none() | st.integers(0, 4),
    )
)
def test_nothing_is_right_without_agreement_or_an_excuse(source: Source) -> None:
    """Whatever the two ends say: no word means that they agree, moved on, or that the record was set aside."""
    if settle(source) is None and not source.moved_on:
        excused = source.set_aside is not None and source.kept is not None
        assert source.kept == source.given or excused
