"""How often a source is asked: what the buckets of a connector let pass."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.sources.throttle import HOUR_S, Bucket, Limit, Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def asked(bucket: Bucket, clock: Clock, times: int, patience_s: float = 1e9) -> list[float]:
    """The moments at which so many questions in a row are put."""
    moments = []
    for _ in range(times):
        wait = bucket.take(patience_s)
        if wait <= patience_s:
            clock.now += wait
            moments.append(clock.now)
    return moments


@given(st.integers(1, 8), st.floats(0.1, 10), st.lists(st.floats(0, 30), min_size=1, max_size=40))
def test_no_span_of_time_sees_more_questions_than_the_limit(burst: int, interval: float, pauses: list[float]):
    clock = Clock()
    bucket = Bucket(clock)
    bucket.keep(Limit(burst, interval))
    moments = []
    for pause in pauses:
        clock.now += pause
        moments += asked(bucket, clock, 2)
    for at, first in enumerate(moments):
        for count, last in enumerate(moments[at:]):
            assert count <= burst - 1 + (last - first) / interval + 1e-6


def test_after_a_pause_a_burst_passes_at_once_and_then_one_per_interval():
    clock = Clock()
    bucket = Bucket(clock)
    bucket.keep(Limit(3, 2.0))
    assert [moment - 1000 for moment in asked(bucket, clock, 5)] == [0, 0, 0, 2, 4]


def test_all_streams_of_a_host_share_one_bucket_and_the_strictest_limit():
    clock = Clock()
    throttle = Throttle(clock)
    throttle.bucket("a.example").keep(Limit(1, 1.0))
    throttle.bucket("a.example").keep(Limit(100, HOUR_S / 100))
    throttle.bucket("a.example").keep(Limit(1, 3.0))
    assert [moment - 1000 for moment in asked(throttle.bucket("a.example"), clock, 3)] == [0, 3, 6]
    assert throttle.bucket("b.example").take(0) == 0


def test_what_asks_for_more_patience_than_there_is_takes_nothing():
    clock = Clock()
    bucket = Bucket(clock)
    bucket.keep(Limit(1, 60.0))
    assert [bucket.take(5.0) for _ in range(3)] == [0, 60, 60]


def test_while_the_other_side_asks_for_patience_no_stream_asks():
    clock = Clock()
    bucket = Bucket(clock)
    bucket.keep(Limit(5, 0.1))
    bucket.close_for(30)
    bucket.close_for(10)
    assert bucket.take(1) == 30
    clock.now += 30
    assert bucket.take(1) == 0
