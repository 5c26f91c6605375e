"""Canonical JSON is that of the reference implementation, to the byte, whatever it was written by."""

from __future__ import annotations

import re
import sys
from collections import OrderedDict
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.digest import canonical

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=5),
    max_leaves=25,
)


def either(writes: Any, value: Any) -> bytes | str:
    """What is written, or which fault there is."""
    try:
        return bytes(writes(value))
    except (ValueError, TypeError) as fault:
        return type(fault).__name__


@given(ANY)
@settings(max_examples=3_000, deadline=None, derandomize=True)
def test_any_value_is_written_as_the_reference_writes_it(value: Any) -> None:
    assert either(canonical, value) == either(rfc8785.dumps, value)


def test_every_sign_there_is() -> None:
    """Escapes above all; halves of pairs are a fault for both."""
    for first in range(0, sys.maxunicode + 1, 0x800):
        text = "".join(map(chr, range(first, first + 0x800)))
        assert either(canonical, [text]) == either(rfc8785.dumps, [text])


@pytest.mark.parametrize(
    "value",
    [
        {"\U0001f600": 1, "\uffee": 2, "z": 3},
        {1: 2},
        OrderedDict(b=1, a=2),
        2**53,
        -(2**53) + 1,
        [1e21, 1e-7, -0.0, 1.0, 5e-324, 0.1, 333333333.33333329],
        [float("nan")],
        {"0": [float("inf")], "": b""},
        (1, (2.5, "\u2028")),
        {"a": {"b": object()}},
        "\ud800",
    ],
    ids=lambda value: re.sub(r" at 0x[0-9a-f]+", "", repr(value)),
)
def test_what_could_differ(value: Any) -> None:
    """Order of keys in UTF-16, large numbers, floats, subclasses, things that are no JSON."""
    assert either(canonical, value) == either(rfc8785.dumps, value)
