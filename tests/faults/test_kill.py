"""Real processes on a real broker, killed at random while sources change; then everything must be as computed."""

from __future__ import annotations

import gc
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from schemas.topics import KINDS, NOTICE, REDIRECT, regional
from schemas.topics import rejected as topic_of_rejected
from tests.faults import notices
from tests.faults.theatre import HUB, SESSION_S, Theatre
from tests.oracle import national as oracle
from tests.support.broker import Cluster
from tests.support.waiting import until

pytestmark = [
    pytest.mark.broker,
    # kafka-python 3.0.12 drops sockets of refused connections without closing them; the collector does it
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
    ),
]
ROWS = 150
VICTIMS = ("connector",) * 3 + ("worker",) * 3 + ("worker_two",) * 2 + ("deliver",) * 2 + ("view",) * 2
QUICK_CLEANING = {"log.cleaner.backoff.ms": "300", "log.cleaner.threads": "1"}


@pytest.fixture(params=["usual compaction", "hard compaction"])
def theatre(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Theatre]:
    """A system of its own, on a broker of its own."""
    hard = request.param == "hard compaction"
    cluster = Cluster(tmp_path / "system", QUICK_CLEANING if hard else None)
    try:
        cluster.wait()
        stage = Theatre(cluster, hard=hard)
        try:
            yield stage
        finally:
            print(stage.testimony())  # shown when the test failed
            stage.close()
    finally:
        cluster.close()
        gc.collect()  # refused sockets that kafka-python dropped are found here, not in the next test


def passed(theatre: Theatre) -> int:
    """Regional records so far."""
    return sum(len(theatre.witness.of(regional(HUB, kind))) for kind in KINDS)


def strike(theatre: Theatre, name: str) -> str:
    """Kill a process at a moment when work waits for it; says how much."""
    mended: list[str] = []

    def work() -> int:
        mended.extend(theatre.mend())
        return 0 if theatre.running[name].ended() is not None else theatre.waiting(name)

    found = until(work, 60, f"work waits for {name}")
    theatre.kill(name)
    return "; ".join([*mended, f"{name} killed with {found} waiting"])


def freeze(theatre: Theatre, name: str) -> str:
    """Stop a worker beyond its session while work waits, let the other take over, and let it go on."""
    frozen = theatre.running[name]
    until(lambda: theatre.waiting(name), 60, f"work waits for {name}")
    frozen.send(signal.SIGSTOP)
    before = passed(theatre)
    until(lambda: passed(theatre) > before + 40, 90, "changes go on while a worker is stopped")
    begun = os.times().elapsed
    until(lambda: os.times().elapsed - begun > SESSION_S * 1.5, 60, "its session is over")
    frozen.send(signal.SIGCONT)
    return f"{name} stopped beyond its session"


def test_whatever_is_killed_the_view_is_what_the_sources_hold(theatre: Theatre) -> None:
    """Twelve kills, a stopped worker and a killed broker under churn; the oracle, the notices and the proof agree."""
    seed = int(os.environ.get("ZEVEN_SEED", str(random.randrange(1 << 30))))
    print(f"seed {seed}: replay with ZEVEN_SEED={seed}")
    draw = random.Random(seed)
    theatre.start_all(ROWS, seed)
    theatre.steer("every", seconds=0.1, churn=True)
    victims = list(VICTIMS)
    draw.shuffle(victims)
    for number, name in enumerate(victims):
        before = passed(theatre)
        until(lambda before=before: passed(theatre) > before + draw.randrange(15), 90, "sources change")  # type: ignore[misc]
        print(strike(theatre, name))
        if number == 4:
            print(freeze(theatre, draw.choice(("worker", "worker_two"))))
        if number == 8:
            theatre.cluster.kill_kafka()
            theatre.cluster.start_kafka()
            print("kafka killed and started")
    theatre.steer("pause")
    theatre.until_proven(180)
    for _ in range(2):  # a member is gone when a second, different list lacks it too
        theatre.steer("change", name="join_partner")
        theatre.until_proven(60)
    verdict(theatre)


def verdict(theatre: Theatre) -> None:
    """Sources = regional log; national view = oracle; notices = ledger = what arrived."""
    until(theatre.witness.caught_up, 60, "the witness has seen everything")
    held, said = theatre.held_by_sources(), theatre.regional()
    assert set(held) == set(said)
    for source, statement in held.items():
        assert {field: said[source][field] for field in statement} == statement, source
    with suppress(AssertionError):  # what differs after that long is said below
        until(
            lambda: agreed(theatre),
            60,
            "what a source's change means for others it was joined with is done too",
        )
    expected = theatre.expected()
    assert expected.faults == []
    found = theatre.found()
    assert oracle.differences(expected.records, found) == []
    assert oracle.digest(expected.records) == oracle.digest(found)
    own = sorted(tuple(at[:3]) for record in found.values() for at in record["contributions"] if not at[3])
    rejected = theatre.witness.latest(topic_of_rejected(HUB))
    assert (own, rejected) == (sorted(said), {}), "live regional keys = contributions + rejected"
    redirects = len(theatre.witness.of(REDIRECT))
    print(f"{len(said)} sources, {len(found)} national records, {redirects} redirects, equal digests")
    arrived(theatre)
    assert notices.unsettled(theatre) == []
    assert notices.groundless(theatre) == []
    assert notices.unchained(theatre) == []
    told = {one.key for one in theatre.witness.of(NOTICE)}
    missing = notices.required(theatre) - told
    assert missing == set()


def agreed(theatre: Theatre) -> bool:
    """Whether names and national records are the oracle's: a proof speaks of revisions, not of who joins whom."""
    until(theatre.witness.caught_up, 60, "the witness has seen everything")
    expected = theatre.expected()
    return not expected.faults and not oracle.differences(expected.records, theatre.found())


def arrived(theatre: Theatre) -> None:
    """Every notice came to rest, and arrived under its own id with one content."""

    def rested() -> bool:
        theatre.mend()
        return not theatre.undelivered()

    until(rested, 120, "all notices are at rest")
    known = {one.key: theatre.witness.decoded(one) for one in theatre.witness.of(NOTICE)}
    bodies: dict[tuple[str, str], set[str]] = {}
    for one in theatre.received():
        bodies.setdefault((one["id"], one["channel"]), set()).add(
            str(one["content"].get("data", one["content"]))
        )
    ids = {name for name, _ in bodies}
    single = {name for name, notice in known.items() if notice["group"] is None}
    assert single <= ids, f"never arrived: {sorted(single - ids)[:5]}"
    unknown = {name for name in ids - set(known) if not name.startswith("s-")}
    assert unknown == set()
    print(f"{len(known)} notices: {Counter(notice['what'] for notice in known.values())}")
