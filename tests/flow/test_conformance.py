"""The built-in connectors of `benches` pass the conformance suite on their stand-ins: the one line a hub writes too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from connectors.conformance import Subject, suite
from deploy.samples import benches
from schemas.settings import Settings


def subjects() -> Sequence[Subject]:
    """One connector for every way in which a kind of source is read: those that the hubs share are tried once."""
    found: dict[tuple[str, str, bool], Subject] = {}
    for hub in benches.hubs():
        for one in benches.subjects(hub, Settings.at(Path("unused"))):
            options = one.manifest.sources[one.kind].options
            found.setdefault((one.reader, str(options.get("mode", "")), "filter" in options), one)
    return list(found.values())


test_conformance = suite(subjects)
