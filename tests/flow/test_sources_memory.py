"""Readers stay flat in memory: they stream, whatever the number of rows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.sample import Sample, now, sample

_READ = """
import json, pathlib, resource, sys
from connectors.sources import open_source

statm = pathlib.Path("/proc/self/statm")

def held():  # the peak that getrusage knows includes the parent's on Linux
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

kind, options = sys.argv[1], json.loads(sys.argv[2])
look = open_source(kind, options).look(None, lambda: int(sys.argv[3]))
base = peak = rows = 0
for page in look:
    rows += len(page.rows)
    base, peak = base or held(), max(peak, held())
print(json.dumps([rows, base, peak, look.verdict.complete]))
"""


def _grown(source: Sample, kind: str) -> tuple[int, float, bool]:
    """Rows read by a process of its own, megabytes that it grew after its first page, and completeness."""
    quick = {"interval_s": 0, "timeout_s": 60}
    reader, options = {
        "event": ("tec", {"url": f"{source.base}/agenda", "manners": quick}),
        "project": ("wordpress", {"url": f"{source.base}/projecten", "type": "projecten", "manners": quick}),
        "membership": (
            "files",
            {"path": str(source.samples.list_path), "mode": "snapshot", "id": ["Lidnummer"], "settle_s": 0},
        ),
    }[kind]
    said = subprocess.run(
        [sys.executable, "-c", _READ, reader, json.dumps(options), str(now())],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        cwd=Path(__file__).parents[2],
    )
    rows, base, peak, complete = json.loads(said.stdout)
    return rows, (peak - base) / 1_000_000, complete


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory):
    with sample(tmp_path_factory.mktemp("large")) as running:
        running.control("load", rows=50_000, seed=9)
        yield running


@pytest.mark.parametrize("kind", ["event", "project", "membership"])
def test_fifty_thousand_rows_do_not_grow_the_reader(large: Sample, kind: str) -> None:
    """Less than 10 MB above its first page; holding the 16,667 rows takes 19 to 168 MB."""
    rows, grown, complete = _grown(large, kind)
    assert rows > 16_000
    assert complete
    assert grown < 10, f"grew by {grown:.1f} MB over {rows} rows"
