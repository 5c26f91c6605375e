"""Wall clock times with the zones that sites write."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.sources.moments import moment, offset, wall
from schemas.errors import Reject

HOME = "Europe/Amsterdam"


@pytest.mark.parametrize(
    ("local", "zone", "utc", "noted"),
    [
        ("2026-07-01 12:00:00", "Europe/Amsterdam", "2026-07-01T10:00:00Z", False),
        ("2026-01-01 12:00:00", "Europe/Amsterdam", "2026-01-01T11:00:00Z", False),
        ("2026-01-01 12:00:00", "America/Curacao", "2026-01-01T16:00:00Z", False),
        ("2026-07-01 12:00:00", "UTC+2", "2026-07-01T10:00:00Z", False),
        ("2026-01-01 12:00:00", "UTC+2", "2026-01-01T11:00:00Z", True),
        ("2026-06-07 12:00:00", "UTC+0", "2026-06-07T10:00:00Z", True),
        ("2026-06-07 12:00:00", "", "2026-06-07T10:00:00Z", True),
        ("2026-06-07 12:00:00", "Amsterdam/Europa", "2026-06-07T10:00:00Z", True),
        ("2026-03-29 02:30:00", "Europe/Amsterdam", "2026-03-29T01:30:00Z", True),
        ("2026-10-25 02:30:00", "Europe/Amsterdam", "2026-10-25T00:30:00Z", True),
        ("2026-10-25 01:59:59", "Europe/Amsterdam", "2026-10-24T23:59:59Z", False),
        ("2026-10-25 03:00:00", "Europe/Amsterdam", "2026-10-25T02:00:00Z", False),
    ],
)
def test_a_wall_clock_time_becomes_an_instant(local: str, zone: str, utc: str, noted: bool) -> None:
    """Gaps move on, doubles are the first, and what had to be assumed is noted."""
    found = moment(wall(local, field="start"), zone, HOME)
    assert found.text == utc
    assert bool(found.notes) == noted


def test_an_offset_zone_can_be_taken_at_its_word() -> None:
    found = moment(wall("2026-06-07 12:00:00", field="start"), "UTC+0", HOME, "stated")
    assert (found.text, found.zone) == ("2026-06-07T12:00:00Z", HOME)


def test_offsets_read_in_every_form_that_wordpress_writes() -> None:
    assert offset("UTC+5.5") == timedelta(hours=5, minutes=30)
    assert offset("UTC+3:30") == timedelta(hours=3, minutes=30)
    assert offset("UTC-2") == timedelta(hours=-2)
    assert offset("UTC") == timedelta()
    assert offset("Europe/Amsterdam") is None


@pytest.mark.parametrize("written", ["", "0000-00-00 00:00:00", "2026-02-30 10:00:00", "morgen", "10:00"])
def test_a_time_that_is_none_is_rejected(written: str) -> None:
    with pytest.raises(Reject):
        wall(written, field="start")
