"""The view tells the truth about itself, and notices when its topics are not the ones it knew."""

from __future__ import annotations

import pytest

from streams.view.feed import TopicReset, starts, wanted
from streams.view.ledger import Position
from streams.view.materialise import SILENT_S, STUCK_S, Health

PLACE = ("national.project", 0)
KEPT = wanted(["limburg"], 4)


def test_a_view_that_never_heard_of_kafka_is_not_ready() -> None:
    """It says that it is starting, not that all is well."""
    assert Health().ready(0.0) == "the view is starting"


def test_a_view_that_reads_to_the_end_is_ready_and_stays_so_when_new_records_come() -> None:
    """A record on its way is no reason to send everyone away."""
    health = Health()
    health.seen({PLACE: 3}, {PLACE: 5}, 10.0)
    assert health.ready(10.1) == "the view is catching up: 2 records behind"

    health.seen({PLACE: 5}, {PLACE: 5}, 11.0)
    health.seen({PLACE: 5}, {PLACE: 9}, 12.0)
    assert health.ready(12.1) is None


def test_silence_of_kafka_is_seen_within_seconds() -> None:
    """What was heard long ago proves nothing."""
    health = Health()
    health.seen({PLACE: 5}, {PLACE: 5}, 10.0)

    assert health.ready(10.0 + SILENT_S) is None
    assert "Kafka has not answered" in str(health.ready(10.1 + SILENT_S))


def test_a_stuck_partition_is_named_and_one_that_moves_is_not() -> None:
    """Records that wait while the position stands still for long."""
    moving, stuck = Health(), Health()
    for second in range(int(STUCK_S) + 3):
        moving.seen({PLACE: second}, {PLACE: 10_000}, float(second))
        stuck.seen({PLACE: 5}, {PLACE: 6}, float(second))
    moving.caught_up = stuck.caught_up = True

    assert moving.ready(STUCK_S + 3) is None
    assert "national.project/0" in str(stuck.ready(STUCK_S + 3))


def test_reading_goes_on_at_the_last_record_known() -> None:
    """The anchor is read again to see whether it is still the same."""
    assert starts({PLACE: Position(8, 7, 123)}, {PLACE: 0}, {PLACE: 9}, KEPT) == {PLACE: 7}
    assert starts({}, {PLACE: 2}, {PLACE: 9}, KEPT) == {PLACE: 2}
    assert starts({PLACE: Position(8, 3, 123)}, {PLACE: 6}, {PLACE: 9}, KEPT) == {PLACE: 6}


@pytest.mark.parametrize(("first", "end"), [(0, 7), (9, 12)])
def test_a_position_outside_of_the_topic_means_that_it_was_made_anew(first: int, end: int) -> None:
    """Shorter than we were, or beginning after us though nothing may be deleted there."""
    with pytest.raises(TopicReset):
        starts({PLACE: Position(8, 7, 123)}, {PLACE: first}, {PLACE: end}, KEPT)


def test_a_topic_with_retention_may_have_moved_on() -> None:
    """Old notices are forgotten after their time: no reason to start again."""
    place = ("notice", 1)

    assert starts({place: Position(8, 7, 123)}, {place: 30}, {place: 40}, KEPT) == {place: 30}


def test_the_view_reads_what_it_shows_and_no_more() -> None:
    """Orders to connectors and the memory of stages are not for it."""
    assert "regional.limburg.project" in KEPT
    assert (
        not {"control.limburg", "identity", "identity.keys", "identify.state", "notices.state"} & KEPT.keys()
    )
