"""The brake: counts that may vanish at once, and counts that are held."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.brake import Brake
from connectors.manifest import Manifest, Name, SourcePart

BRAKE = Brake(share=0.2, absolute=50, always=2)


@pytest.mark.parametrize(
    ("vanished", "live", "held"),
    [
        (0, 0, False),
        (2, 2, False),
        (3, 4, True),
        (20, 100, False),
        (21, 100, True),
        (50, 10_000, False),
        (51, 10_000, True),
    ],
)
def test_more_than_the_share_or_the_number_is_held_but_never_a_handful(vanished, live, held):
    assert (BRAKE.holds(vanished, live) is not None) is held


def test_what_is_held_says_how_many_of_how_many():
    assert BRAKE.holds(60, 100) == "60 of 100 records vanished at once; more than 50 are held"
    assert "more than 20% are held" in str(BRAKE.holds(30, 100))


@pytest.mark.parametrize("wrong", [{"share": 0}, {"share": 1.5}, {"absolute": 0}, {"percent": 5}])
def test_a_brake_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        Brake(**wrong)


def test_a_kind_may_have_a_brake_of_its_own_that_differs_in_one_figure():
    part = {"reader": "files", "brake": {"absolute": 5}}
    manifest = Manifest(
        hub="proef",
        name=Name(nl="Proef", en="Trial"),
        sample=True,
        interval_s=30,
        freshness_target_s=120,
        brake=BRAKE,
        sources={"event": SourcePart.model_validate(part), "project": SourcePart(reader="files")},
    )
    assert manifest.brake_of("event") == Brake(share=0.2, absolute=5, always=2)
    assert manifest.brake_of("project") == BRAKE
