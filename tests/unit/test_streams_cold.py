"""What a task keeps packed comes back byte by byte, before, while and after the dictionary is made."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.engine.cold import SAMPLES, Cold
from tests.benchmarks.workload import changes


def test_whatever_is_packed_comes_back() -> None:
    """Also what was packed before there was a dictionary, and bytes unlike those it was made from."""
    cold, draw = Cold(samples=50), random.Random(3)
    values = [one.value for one in changes(200, 200, 1)] + [draw.randbytes(size) for size in range(60)]
    kept = [cold.pack(value) for value in values]
    assert [cold.unpack(one) for one in kept] == values


def test_records_of_one_kind_take_a_third_at_most() -> None:
    """Once the dictionary is there; the price of a record in memory depends on it."""
    cold = Cold()
    values = [one.value for one in changes(SAMPLES + 300, SAMPLES + 300, 1)]
    kept = [cold.pack(value) for value in values][SAMPLES:]
    assert sum(map(len, kept)) * 3 < sum(map(len, values[SAMPLES:]))


def test_values_that_teach_nothing_are_kept_as_they_are() -> None:
    """A dictionary of nothing is no fault: the values stay plain."""
    cold = Cold(samples=4)
    kept = [cold.pack(b"") for _ in range(40)]
    assert {cold.unpack(one) for one in kept} == {b""}


@pytest.mark.parametrize("size", [0, 1, 7, 8, 63, 255, 256, 300, 9_000])
def test_few_small_and_equal_values_do_not_end_the_process(size: int) -> None:
    """Training a dictionary on such divides by zero inside the library; raw content does not."""
    cold = Cold(samples=3)
    values = [bytes([number % 2]) * size for number in range(600)]
    kept = [cold.pack(value) for value in values]
    assert [cold.unpack(one) for one in kept] == values


@settings(max_examples=500)
@given(st.lists(st.binary(max_size=300), max_size=60))
def test_any_bytes_come_back(values: list[bytes]) -> None:
    """Hostile bytes too, such as those that look like packed ones."""
    cold = Cold(samples=10)
    kept = [cold.pack(value) for value in values]
    assert [cold.unpack(one) for one in kept] == values
