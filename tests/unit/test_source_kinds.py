"""Every kind of source system that can be read is the source of at least one region."""

from __future__ import annotations

import tomllib
from pathlib import Path

from connectors import hubs
from connectors.sources import kinds


def test_every_kind_of_source_is_used_by_a_region() -> None:
    manifests = Path(hubs.__path__[0]).glob("*/manifest.toml")
    used = {
        source["reader"]
        for manifest in manifests
        for source in tomllib.loads(manifest.read_text("utf-8"))["sources"].values()
    }

    assert used == set(kinds())
