"""The suite can fail: connectors broken as real ones are, each found by the check that is there for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.brake import Brake
from connectors.conformance import Subject, run
from deploy.samples import benches
from schemas.settings import Settings
from tests.support import mutants
from tests.support.mutants import opened


def subject(**changed: Any) -> Subject:
    """The events of Zuid-Holland, changed."""
    found = next(
        one for one in benches.subjects("zuid-holland", Settings.at(Path("unused"))) if one.kind == "event"
    )
    if changed.pop("brakeless", False):
        free = Brake(share=1, absolute=10_000, always=10_000)
        changed["manifest"] = found.manifest.model_copy(update={"brake": free})
    return replace(found, **changed)


def cursor(mutant: Any) -> Any:
    """A reader whose cursor outlives its process."""
    latest = [0]
    return opened(lambda source: mutant(source, latest))


MUTANTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "an empty or failed answer means deleted": (
        "mass disappearance",
        {"open": opened(mutants.BelievesAnything), "brakeless": True},
        "false delete",
    ),
    "what shifts to another page means deleted": (
        "pages shift",
        {"open": opened(mutants.OneFirstPage)},
        "missing",
    ),
    "the first of two versions holds": ("doubles", {"open": opened(mutants.FirstOfDoubles)}, "earlier one"),
    "a cursor that leaves equal moments out": (
        "equal timestamps",
        {"open": cursor(mutants.AfterTheLast)},
        "missing",
    ),
    "a cursor of the own clock": ("late commits", {"open": cursor(mutants.ClockCursor)}, "missing"),
    "the time of reading in the content": ("nothing new", {"open": opened(mutants.Restless)}, "false change"),
    "asks without end": ("answers fail: 500", {"open": opened(mutants.Stubborn)}, "requests in one look"),
    "ignores Retry-After": ("retry-after", {"open": mutants.impatient}, "asked"),
    "swallows rows that cannot be used": (
        "hostile values",
        {"open": opened(mutants.Swallows)},
        "neither published nor rejected",
    ),
    "a row that cannot be read means deleted": (
        "field removed",
        {"open": opened(mutants.SwallowsAndRemoves), "brakeless": True},
        "false delete",
    ),
    "remembers before the log has it": ("ended at every step", {"process": mutants.MemoryFirst}, "missing"),
    "publishes everything every time": ("nothing new", {"process": mutants.NoMemory}, "false change"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_connector_is_found_by_the_check_that_is_there_for_it(name: str, tmp_path: Path) -> None:
    check, changed, words = MUTANTS[name]
    found = run(subject(**changed), check, tmp_path)
    assert (found.outcome, words in found.detail) == ("failed", True), found.detail
    print(f"{name}: {found.detail}")
