"""What the sample receivers keep: who asks page by page misses nothing."""

from __future__ import annotations

from pathlib import Path

from deploy.samples.receivers.store import KEPT, Store


def _arrival(number: int) -> dict[str, object]:
    said = {"at": number, "channel": "webhook", "receiver": "proef", "answer": "204", "accepted": True}
    return {**said, "id": f"n-{number}", "content": {"number": number}}


def test_pages_after_the_last_one_seen_hold_every_arrival_once(tmp_path: Path) -> None:
    """More than a page had arrived before the first question."""
    store = Store(tmp_path / "received.db")
    for number in range(25):
        store.add(_arrival(number))
    found: list[dict[str, object]] = []
    while page := store.since(int(str(found[-1]["seq"])) if found else 0, limit=10):
        found += page
    store.close()
    assert [one["id"] for one in found] == [f"n-{number}" for number in range(25)]


def test_only_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    """A desk that runs for weeks does not fill its disk."""
    store = Store(tmp_path / "received.db")
    for number in range(KEPT + 3):
        store.add(_arrival(number))
    first, last = store.since(0, 1)[0], store.since(KEPT + 2, 1)[0]
    store.close()
    assert (first["id"], last["id"]) == ("n-3", f"n-{KEPT + 2}")
