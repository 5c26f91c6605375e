"""Random histories of a hub through the ledger: however cut into batches, the proof ends the same."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.digest import MODULUS, blake, bucket_hash, bucket_of
from streams.view.incoming import Read
from streams.view.ledger import Ledger, Position
from streams.view.proof import Reached
from streams.view.tables import open_writer

HUB = "limburg"
TOPIC, CHECKED, NATIONAL = f"regional.{HUB}.project", f"regional.{HUB}.checked", "national.project"
Step = tuple[str, str]
steps = st.lists(
    st.tuples(st.sampled_from(["put", "put", "gone", "look"]), st.sampled_from("abcd")),
    min_size=1,
    max_size=14,
)


class History:
    """What a connector published, and what fold would make of it."""

    def __init__(self, told: list[Step]) -> None:
        self.log: list[Read] = []
        self.looks: list[Read] = []
        self.alive: dict[str, tuple[int, bytes]] = {}
        for number, (what, source_id) in enumerate([*told, ("look", "")], 1):
            getattr(self, what)(source_id, number)

    def put(self, source_id: str, revision: int) -> None:
        digest = blake(f"{source_id}{revision}")
        origin = {"address": "", "changed_at": None, "first_seen_at": 1, "read_at": 1}
        value = {"revision": revision, "digest": digest, "cause": "source", "sample": False, "origin": origin}
        self.log.append(Read(TOPIC, 0, len(self.log), 1, source_id, value, {}))
        self.alive[source_id] = (revision, digest)

    def gone(self, source_id: str, revision: int) -> None:
        headers = {"zeven_revision": str(revision).encode()}
        self.log.append(Read(TOPIC, 0, len(self.log), 1, source_id, None, headers))
        self.alive.pop(source_id, None)

    def look(self, _: str, number: int) -> None:
        sums: dict[int, tuple[int, int]] = {}
        for source_id, (_revision, digest) in self.alive.items():
            place = bucket_of("project", source_id)
            count, total = sums.get(place, (0, 0))
            sums[place] = (count + 1, (total + bucket_hash("project", source_id, digest)) % MODULUS)
        buckets = [
            {"kind": "project", "bucket": place, "count": count, "hash": total.to_bytes(16, "big")}
            for place, (count, total) in sums.items()
        ]
        offsets = [{"topic": TOPIC, "partition": 0, "offset": len(self.log)}]
        value = {"look": number, "finished_at": number, "offsets": offsets, "buckets": buckets, "kinds": []}
        self.looks.append(Read(CHECKED, 0, len(self.looks), 1, HUB, value, {}))

    def national(self) -> list[Read]:
        return [_national(f"p-{one}", one, *version) for one, version in self.alive.items()]


def _national(national_id: str, source_id: str, revision: int, digest: bytes) -> Read:
    giver: dict[str, Any] = {"hub": HUB, "source_kind": "project", "source_id": source_id, "local": ""}
    giver |= {"revision": revision, "digest": digest, "address": "", "changed_at": None, "read_at": 1}
    value = {
        "id": national_id,
        "sequence": 1,
        "redirect": None,
        "same_as": [],
        "sample": False,
        "cause": "source",
    }
    value |= {"first_changed_at": 1, "last_changed_at": 1, "contributions": [giver], "organisations": []}
    return Read(NATIONAL, 0, 0, 1, national_id, value | {"origins": [], "content": None}, {})


def _fed(history: History, data: st.DataObject, db: sqlite3.Connection) -> Ledger:
    """Feed log and looks in batches cut anywhere, in any order of the topics; restart now and then."""
    ledger = Ledger(db, 0)
    left = {"log": list(history.log), "looks": list(history.looks), "national": history.national()}
    while any(left.values()):
        name = data.draw(st.sampled_from([name for name, records in left.items() if records]))
        size = data.draw(st.integers(1, len(left[name])))
        batch, left[name] = left[name][:size], left[name][size:]
        ledger.apply(batch, {(batch[0].topic, 0): Position(batch[-1].offset + 1, None, None)}, 0)
        if data.draw(st.booleans()):
            ledger = Ledger(db, 0)
        reached = {(TOPIC, 0): len(history.log) - len(left["log"])}
        ledger.judge(Reached(reached, {(TOPIC, 0): 10_000}, {}, {}, {}), 0)
    return ledger


def _verdict(ledger: Ledger, history: History) -> tuple[str, int | None, list[str]]:
    """Judge until nothing moves any more: every waiting manifest gets its round."""
    reached = Reached({(TOPIC, 0): len(history.log)}, {(TOPIC, 0): 10_000}, {}, {}, {})
    for _ in range(len(history.looks) + 3):
        found = ledger.judge(reached, 10**9)
    verdict = found[HUB]
    return verdict.state, verdict.proven_up_to, [one["why"] for one in verdict.ids]


@settings(deadline=None, max_examples=60)
@given(steps, st.data())
def test_every_history_that_is_complete_ends_proven(told: list[Step], data: st.DataObject) -> None:
    """The last look is proven, and no newer or older one, however the topics were read."""
    history = History(told)
    with TemporaryDirectory() as folder:
        db = open_writer(Path(folder))
        state, proven, _ = _verdict(_fed(history, data, db), history)
        db.close()

    assert (state, proven) == ("proven", len(told) + 1)


@settings(deadline=None, max_examples=60)
@given(steps, st.data())
def test_one_planted_fault_is_always_found(told: list[Step], data: st.DataObject) -> None:
    """Lost, stale, altered, doubled and invented contributions: the verdict is differs, with the word."""
    history = History([*told, ("put", "a")])
    revision, digest = history.alive["a"]
    plant = {
        "missing": Read(NATIONAL, 0, 0, 1, "p-a", None, {}),
        "stale": _national("p-a", "a", revision - 1, digest),
        "different": _national("p-a", "a", revision, b"x" * 16),
        "double": _national("p-other", "a", revision, digest),
        "phantom": _national("p-other", "never", 1, digest),
    }
    why = data.draw(st.sampled_from(sorted(plant)))
    with TemporaryDirectory() as folder:
        db = open_writer(Path(folder))
        ledger = _fed(history, data, db)
        ledger.apply([plant[why]], {}, 0)
        state, _, found = _verdict(ledger, history)
        db.close()

    assert (state, found) == ("differs", [why])


@settings(deadline=None, max_examples=40)
@given(steps, st.data())
def test_a_regional_record_that_got_lost_is_always_found(told: list[Step], data: st.DataObject) -> None:
    """Without one live record the log is not what the manifest says, whatever the national view holds."""
    history = History([*told, ("put", "a")])
    last = max(number for number, one in enumerate(history.log) if one.key == "a")
    whole = list(history.log)
    history.log = [one for number, one in enumerate(whole) if number != last]
    with TemporaryDirectory() as folder:
        db = open_writer(Path(folder))
        ledger = _fed(history, data, db)
        history.log = whole
        state, _, _ = _verdict(ledger, history)
        db.close()

    assert state == "differs"


@settings(deadline=None, max_examples=60)
@given(steps, st.data())
def test_each_look_is_proven_in_its_turn(told: list[Step], data: st.DataObject) -> None:
    """The mirror stands exactly at each manifest's offsets; what changed after it is not held against it."""
    history = History(told)
    with TemporaryDirectory() as folder:
        db = open_writer(Path(folder))
        ledger = Ledger(db, 0)
        cut = data.draw(st.integers(0, len(history.log)))
        for batch in (history.log[:cut], history.national(), history.log[cut:]):
            ledger.apply(batch, {}, 0)
        reached = Reached({(TOPIC, 0): len(history.log)}, {(TOPIC, 0): 10_000}, {}, {}, {})
        for look in history.looks:
            ledger.apply([look], {}, 0)
            verdicts = [ledger.judge(reached, 10**9)[HUB] for _ in range(3)]
            assert {one.state for one in verdicts} <= {"proven", "catching up"}
            assert verdicts[-1].proven_up_to == (look.value or {})["finished_at"]
        db.close()


def test_an_older_record_of_a_stranger_takes_nothing_back() -> None:
    """A lower revision that stands later in the log is not the state of the source."""
    history = History([("put", "a"), ("put", "a")])
    first = history.log[0]
    stranger = first._replace(offset=2)
    look = history.looks[-1]
    value = dict(look.value or {}) | {"offsets": [{"topic": TOPIC, "partition": 0, "offset": 3}]}
    history.log.append(stranger)
    history.looks[-1] = look._replace(value=value)
    with TemporaryDirectory() as folder:
        db = open_writer(Path(folder))
        ledger = Ledger(db, 0)
        ledger.apply([*history.log, *history.national(), *history.looks], {}, 0)
        state, _, _ = _verdict(ledger, history)
        db.close()

    assert state == "proven"


def test_a_fault_from_before_a_restart_is_named_after_one_round() -> None:
    """However many rounds there were before, a restart does not have to count up to them again."""
    history = History([("put", "a"), *[("look", "")] * 9])
    with TemporaryDirectory() as folder:
        db = open_writer(Path(folder))
        ledger = Ledger(db, 0)
        ledger.apply(history.log + history.national(), {}, 0)
        reached = Reached({(TOPIC, 0): 1}, {(TOPIC, 0): 1}, {}, {}, {})
        for look in history.looks:
            ledger.apply([look], {}, 0)
            ledger.judge(reached, 0)
        ledger.apply([Read(NATIONAL, 0, 0, 1, "p-a", None, {})], {}, 0)
        again = Ledger(db, 0)
        state = again.judge(reached, 10**9)[HUB].state
        db.close()

    assert state == "differs"
