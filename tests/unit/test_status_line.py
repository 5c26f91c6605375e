"""What `zeven status` says of a hub, and when it counts as a fault."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.cli.status import completeness, faulty, line

HUB: dict[str, Any] = {
    "hub": "zuid-holland",
    "connected": True,
    "state": "live",
    "completeness": {"state": "proven", "proven_up_to": "2026-01-02T03:04:05.678Z"},
    "last_look": "2026-01-02T03:04:05.678Z",
    "last_change": None,
    "freshness": {"fresh": True, "age_s": 3, "target_s": 60},
    "counts": {"event": {"regional": 4, "national": 3}},
    "rejected": 1,
    "held": 2,
    "sample": True,
}


def test_the_kinds_that_make_a_hub_unwell_are_named() -> None:
    """Which kind it is says where to look."""
    kinds = [{"kind": "event", "state": "failing"}, {"kind": "project", "state": "idle"}]
    assert line(HUB | {"state": "failing", "kinds": kinds})[1] == "failing (event failing)"


def test_a_line_says_everything_a_person_asks() -> None:
    """State, proof, times, freshness, counts, rejected, held and the mark of invented data."""
    assert line(HUB) == (
        "zuid-holland",
        "live",
        "proven up to 2026-01-02 03:04:05Z",
        "2026-01-02 03:04:05Z",
        "",
        "yes (3 s)",
        "event 3/4",
        "1",
        "2",
        "voorbeelddata",
    )


@pytest.mark.parametrize(
    ("proof", "words"),
    [
        ({"state": "catching up", "behind": 7}, "catching up (7 behind)"),
        ({"state": "unknown"}, "unknown"),
        ({"state": "differs", "differences": 2, "ids": []}, "differs (2)"),
        (
            {
                "state": "differs",
                "differences": 1,
                "ids": [{"kind": "event", "source_id": "7", "why": "missing"}],
            },
            "differs (1: event|7 missing)",
        ),
    ],
)
def test_every_verdict_has_words(proof: dict[str, Any], words: str) -> None:
    """Behind and differing come with numbers, and with the first ids."""
    assert completeness(proof) == words


def test_faults_are_what_needs_a_person() -> None:
    """A silent or failing hub, a difference, a view that is behind; not a hub that was never connected."""

    def judged(ready: bool = True, **fields: Any) -> bool:
        return faulty({"ready": ready, "items": [HUB | fields]})

    assert not judged()
    assert not judged(connected=False, state="not connected", completeness={"state": "unknown"})
    assert judged(ready=False)
    assert judged(state="silent")
    assert judged(state="failing")
    assert judged(completeness={"state": "differs"})
