"""Reading by "what changed since" misses nothing: equal stamps, late commits, clocks that are off, lists that shift."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sources import cursor
from connectors.sources.cursor import ENOUGH, US, Bounds, Stamp, Tracker

CEILING_S = 50.0
BOUNDS = Bounds(floor_s=1.0, ceiling_s=CEILING_S)


@dataclass
class Simulated:
    """A source on its own clock: rows are written at a moment with a stamp, and become visible later."""

    now_s: int = 1_000
    rows: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Id -> stamp and version, as they are visible."""
    waiting: list[tuple[int, str, int, int]] = field(default_factory=list)
    """When a write becomes visible, its id, stamp and version."""
    version: int = 0

    def write(self, source_id: str, late_s: int, skew_s: int) -> None:
        self.version += 1
        self.waiting.append((self.now_s + late_s, source_id, self.now_s - skew_s, self.version))

    def pass_time(self, seconds: int) -> None:
        self.now_s += seconds
        for due in sorted(one for one in self.waiting if one[0] <= self.now_s):
            self.waiting.remove(due)
            _, source_id, stamp, version = due
            if self.rows.get(source_id, (0, 0))[1] < version:
                self.rows[source_id] = (stamp, version)

    def page(self, since_us: int | None, after: Stamp | None, size: int) -> list[tuple[Stamp, int]]:
        """Rows in strict order of (stamp, id) behind `after`; the list may shift between two pages."""
        found = sorted((Stamp(stamp * US, name), version) for name, (stamp, version) in self.rows.items())
        asked = [one for one in found if since_us is None or one[0].at_us >= since_us]
        return [one for one in asked if after is None or one[0] > after][:size]


def look(
    source: Simulated, tracker: Tracker, size: int, between: list[tuple[str, int]], *, whole: bool = False
) -> tuple[dict[str, int], Tracker]:
    """One look in pages; `between` are writes that happen while it reads."""
    began, since = source.now_s * US, None if whole else tracker.since_us()
    shown: dict[str, int] = {}
    stamps: list[Stamp] = []
    after: Stamp | None = None
    while page := source.page(since, after, size):
        for stamp, version in page:
            shown[stamp.source_id] = version
            stamps.append(stamp)
        after = page[-1][0]
        if between:
            name, late = between.pop()
            source.write(name, late, 0)
            source.pass_time(1)
    return shown, tracker.after(stamps, began)


NAMES = st.sampled_from([f"r{number}" for number in range(12)])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), NAMES, st.integers(0, 8), st.integers(-5, 8)),
        st.tuples(st.just("time"), st.integers(0, 20)),
        st.tuples(
            st.just("look"), st.integers(1, 4), st.lists(st.tuples(NAMES, st.integers(0, 4)), max_size=3)
        ),
    ),
    max_size=60,
)


@given(STEPS)
def test_no_version_is_missed_whose_lateness_the_overlap_covers(steps: list[tuple[object, ...]]):
    """Late by at most the floor or what was learned: after quiet and one more look, everything is known."""
    source, known = Simulated(), dict[str, int]()
    tracker = Tracker(Bounds(floor_s=30.0, ceiling_s=CEILING_S), fresh=ENOUGH)
    for step in steps:
        if step[0] == "write":
            source.write(*step[1:])  # type: ignore[arg-type]
        elif step[0] == "time":
            source.pass_time(step[1])  # type: ignore[arg-type]
        else:
            shown, tracker = look(source, tracker, step[1], list(step[2]))  # type: ignore[arg-type, call-overload]
            known |= shown
    source.pass_time(20)
    shown, tracker = look(source, tracker, 3, [])
    known |= shown
    assert known == {name: version for name, (_, version) in source.rows.items()}


@given(st.lists(st.integers(2, 40), min_size=1, max_size=30))
def test_the_overlap_grows_with_what_was_late_and_then_holds_it(lateness: list[int]):
    """A row that is no later than half of what was learned is not missed any more."""
    source, tracker, known = Simulated(), Tracker(BOUNDS, fresh=ENOUGH), dict[str, int]()
    for number, late in enumerate(lateness):
        learned = tracker.overlap_us // US
        source.write(f"r{number}", late, 0)
        source.pass_time(1)
        shown, tracker = look(source, tracker, 5, [])
        source.pass_time(late)
        shown, tracker = look(source, tracker, 5, [])
        known |= shown
        if late + 1 <= learned:
            assert f"r{number}" in known
        assert BOUNDS.floor_s * US <= tracker.overlap_us <= CEILING_S * US


@given(STEPS, st.integers(0, 100))
def test_what_is_later_than_anything_is_found_by_the_next_whole_reading(
    steps: list[tuple[object, ...]], late: int
):
    source, tracker = Simulated(), Tracker(BOUNDS, fresh=ENOUGH)
    for step in steps:
        if step[0] == "time":
            source.pass_time(step[1])  # type: ignore[arg-type]
    _, tracker = look(source, tracker, 4, [])
    source.write("spaet", late, 400)
    source.pass_time(late + 1)
    shown, _ = look(source, tracker, 4, [], whole=True)
    assert "spaet" in shown


@given(st.integers(2, 40), st.integers(1, 5))
def test_a_clock_that_is_always_behind_is_learned_from_a_whole_reading(behind: int, rows: int):
    """The looks miss what is stamped before their overlap; once everything was read they reach as far."""
    source, tracker = Simulated(), Tracker(BOUNDS, fresh=ENOUGH)
    _, tracker = look(source, tracker, 5, [])
    for number in range(rows):
        source.write(f"r{number}", 0, behind)
        source.pass_time(1)
        _, tracker = look(source, tracker, 5, [])
    _, tracker = look(source, tracker, 5, [], whole=True)
    for number in range(rows, 2 * rows):
        source.write(f"r{number}", 0, behind)
        source.pass_time(1)
        shown, tracker = look(source, tracker, 5, [])
        assert f"r{number}" in shown


@given(st.lists(st.tuples(st.integers(0, 30), NAMES), min_size=1, max_size=40), st.integers(1, 10))
def test_what_was_forgotten_teaches_nothing(written: list[tuple[int, str]], remembered: int):
    """Rows that were shown before are never taken for late ones, however little is remembered."""
    stamps = [Stamp(at * US, name) for at, name in written]
    with pytest.MonkeyPatch.context() as small:
        small.setattr(cursor, "REMEMBERED", remembered)
        first = Tracker(BOUNDS).after(stamps, 40 * US)
        assert len(first.seen) <= remembered
        assert first.after(stamps, 41 * US).late_us == ()


@given(st.lists(st.integers(0, 2_000_000), max_size=30), st.lists(st.integers(0, 10**9), max_size=60))
def test_the_state_survives_being_text_and_nonsense_means_everything(late: list[int], stamps: list[int]):
    tracker = Tracker(BOUNDS, 10**9, tuple(late)).after([Stamp(at, "é|x") for at in stamps], 10**9 + US)
    assert Tracker.of(tracker.marks(), BOUNDS) == tracker
    assert Tracker.of(tracker.marks() | {"late_us": "["}, BOUNDS).since_us() is None
    assert Tracker.of({}, BOUNDS).since_us() is None


def test_a_row_that_was_seen_before_is_not_taken_for_a_late_one():
    first = Tracker(BOUNDS, 100 * US).after([Stamp(99 * US, "a")], 101 * US)
    second = first.after([Stamp(99 * US, "a"), Stamp(101 * US + 1, "b")], 102 * US)
    assert second.late_us == first.late_us == (2 * US,)
