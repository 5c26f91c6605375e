"""Whatever happens in a region: what its systems hold is what the connector reads, and no row of it is rejected."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.samples.standin import served
from schemas.topics import KINDS
from tests.support.region import Region, region

HUBS = served()


def check(hub: Region) -> None:
    """Every kind is read whole, row for item (of a feed only the newest are shown), and every row can be used."""
    for kind in KINDS:
        rows, verdict = hub.look(kind)
        assert (kind, verdict.complete, verdict.reasons) == (kind, True, verdict.reasons)
        window = verdict.absence == "nothing"
        assert 0 < len(rows) <= len(hub.live(kind)), kind
        assert window or len(rows) == len(hub.live(kind)), kind
        for row in rows.values():
            assert hub.said(kind, row).content


@pytest.mark.parametrize("name", HUBS)
def test_what_happens_in_a_region_reads_as_it_happened(name: str, tmp_path: Path) -> None:
    with region(name, tmp_path) as hub:
        check(hub)
        for _ in range(40):
            hub.control("change")
        check(hub)


@pytest.mark.parametrize("name", HUBS)
def test_things_that_change_their_keys_vanish_and_return_read_as_they_are(name: str, tmp_path: Path) -> None:
    with region(name, tmp_path) as hub:
        hub.control("load", rows=300, seed=5)
        hub.control("churn", steps=200, seed=5)
        check(hub)
