"""The suite: all checks by name, and the one line that gives a connector its tests.

    from connectors.conformance import suite
    test_conformance = suite(subjects)

`subjects` is a function without arguments that gives the connectors to try. Nothing here needs pytest to be imported.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from connectors.conformance.bench import Clock, Subject
from connectors.conformance.checks import drift, ends, faults, moments, volume
from connectors.conformance.doors import FAULTS
from connectors.conformance.trial import Failed, Figures, Trial
from connectors.conformance.wire import SCHEME, WAYS

Check = Callable[[Trial], None]
BEGIN_MS: Final = 1_790_000_000_000
"""The moment at which every trial begins, so that each run is the same."""
_ANY: Final[Mapping[str, Check]] = {
    "nothing new": volume.nothing_new,
    "gone and back": volume.gone_and_back,
    "mass disappearance": volume.mass_disappearance,
    "doubles": volume.doubles,
    "ended at every step": ends.ended_at_every_step,
    "ended twice": ends.ended_twice,
    "memory lost": ends.memory_lost,
    "equal timestamps": moments.equal_timestamps,
    "late commits": moments.late_commits,
    "clocks differ": moments.clocks_differ,
    "pages shift": moments.pages_shift,
    "field added": drift.field_added,
    "field removed": drift.field_removed,
    "field renamed": drift.field_renamed,
    "field retyped": drift.field_retyped,
    "hostile values": drift.hostile_values,
}
_WEB: Final[Mapping[str, Check]] = {
    "retry-after": faults.retry_after,
    **{f"answers fail: {way}": partial(faults.each_answer_fails, way=way) for way in FAULTS},
}
_REWRITTEN: Final = {"doubles", "hostile values", *(name for name in _ANY if name.startswith("field "))}
CHECKS: Final[Mapping[str, Check]] = {**_ANY, **_WEB, "half a file": faults.half_a_file}


@dataclass(frozen=True)
class Found:
    """What became of one check: passed, failed or not applicable, and what it cost."""

    check: str
    outcome: str
    says: str
    detail: str
    seconds: float
    figures: Mapping[str, int]


def says(name: str) -> str:
    """What a check shows, in a sentence."""
    check = CHECKS[name]
    return str((check.func if isinstance(check, partial) else check).__doc__).strip()


def run(subject: Subject, name: str, folder: Path) -> Found:
    """Carry out one check on one connector in an empty folder."""
    began = time.monotonic()
    clock, figures = Clock(BEGIN_MS), Figures()
    outcome, detail = "passed", ""
    bench = subject.bench(folder, clock)
    reason = subject.limits.get(name) or _does_not_apply(name, bench.upstream)
    if reason is not None:
        bench.close()
        return Found(name, "not applicable", says(name), reason, 0.0, asdict(figures))
    trial = Trial(subject, folder, bench, clock, figures)
    try:
        CHECKS[name](trial)
        trial.rejected()
    except Failed as fault:
        outcome, detail = "failed", str(fault)
    finally:
        trial.close()
    return Found(name, outcome, says(name), detail, round(time.monotonic() - began, 3), asdict(figures))


def _does_not_apply(name: str, upstream: str | Path) -> str | None:
    if isinstance(upstream, Path):
        return (
            "er wordt niets over het net gevraagd / nothing is asked over the net" if name in _WEB else None
        )
    if name == "half a file":
        return "er is geen bestand / there is no file"
    if urlsplit(upstream).scheme != SCHEME:
        return None
    if name in _WEB and name.removeprefix("answers fail: ") not in WAYS:
        return "een databank antwoordt niet over HTTP / a database does not answer over HTTP"
    if name in _REWRITTEN:
        return (
            "wat een databank zegt, wordt onderweg niet herschreven / "
            "what a database says is not rewritten on its way"
        )
    return None


def run_all(subject: Subject, names: Sequence[str] = tuple(CHECKS)) -> Iterator[Found]:
    """All checks on one connector, each in a folder of its own."""
    for name in names:
        with tempfile.TemporaryDirectory(prefix="zeven-conformance-") as folder:
            yield run(subject, name, Path(folder))


def suite(subjects: Callable[[], Sequence[Subject]]) -> Any:
    """The tests of these connectors for pytest: one for every connector and check."""
    import pytest

    cases = [
        pytest.param(subject, name, id=f"{subject.manifest.hub}-{subject.kind}-{name}".replace(" ", "-"))
        for subject in subjects()
        for name in CHECKS
    ]

    @pytest.mark.parametrize(("subject", "check"), cases)
    def test_conformance(subject: Subject, check: str, tmp_path: Path) -> None:
        """The connector keeps what every connector promises."""
        found = run(subject, check, tmp_path)
        assert found.outcome != "failed", f"{check}: {found.detail}"  # noqa: S101 (a test)

    return test_conformance
