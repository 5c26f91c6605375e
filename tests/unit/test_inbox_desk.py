"""The connector's side of the inbox: when it is called, what leaves, and that a broken inbox stops nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connectors import manifest as manifests
from connectors.inbox import store
from connectors.inbox.desk import Desk, path_of
from connectors.inbox.hubspot import Named
from connectors.inbox.store import Inbox
from connectors.manifest import Manifest
from schemas.settings import Settings
from tests.support.inbox import OBJECT, hub


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, hubs=tmp_path / "hubs")


@pytest.fixture
def manifest(settings: Settings, tmp_path: Path) -> Manifest:
    return manifests.load(hub(tmp_path / "hubs", at_hubspot=True), settings, {})


def test_what_waits_calls_for_one_round_and_not_for_another(settings: Settings, manifest: Manifest) -> None:
    """Also when that round could not deal with it, because the hub is paused or its source is away."""
    desk, inbox = Desk(settings, manifest), Inbox(path_of(settings, manifest.hub))
    assert not desk.news(1)
    inbox.put([Named(OBJECT, "1")], 1)
    assert desk.news(1)
    desk.begin()
    assert not desk.news(1)
    inbox.put([Named(OBJECT, "1")], 2)
    assert desk.news(2), "named again"
    desk.close()
    inbox.close()


def test_what_is_named_again_while_it_is_asked_for_stays(settings: Settings, manifest: Manifest) -> None:
    """Its age is that of the first naming; what is dealt with is forgotten, numbers are not used twice."""
    inbox = Inbox(path_of(settings, manifest.hub))
    inbox.put([Named(OBJECT, "1", erased=True), Named(OBJECT, "2")], 10)
    taken = inbox.waiting(OBJECT)
    inbox.put([Named(OBJECT, "1")], 20)
    inbox.done(OBJECT, taken.values())
    (left,) = inbox.waiting(OBJECT).values()
    assert (left.id, left.erased, left.at_ms) == ("1", True, 10)
    inbox.done(OBJECT, [left])
    assert inbox.state() == (0, None, 0)
    inbox.put([Named(OBJECT, "3")], 30)
    assert inbox.state()[2] > left.number
    inbox.close()


def test_what_no_source_reads_any_more_is_dropped_and_told(settings: Settings, manifest: Manifest) -> None:
    inbox = Inbox(path_of(settings, manifest.hub))
    inbox.put([Named("0-3", "1"), Named(OBJECT, "2")], 1)
    with capture_logs() as logs:
        Desk(settings, manifest).close()
    assert [one["objects"] for one in logs] == [1]
    assert inbox.state()[0] == 1
    inbox.close()


def test_a_full_inbox_takes_no_more(
    settings: Settings, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST", 2)
    inbox = Inbox(path_of(settings, manifest.hub))
    assert inbox.put([Named(OBJECT, "1"), Named(OBJECT, "2")], 1)
    assert not inbox.put([Named(OBJECT, "3")], 1)
    assert inbox.state()[0] == 2
    inbox.close()


def test_a_broken_inbox_is_told_and_kept_and_stops_nothing(settings: Settings, manifest: Manifest) -> None:
    """What it held is not thrown away."""
    path = path_of(settings, manifest.hub)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database at all, " * 100)
    with capture_logs() as logs:
        desk = Desk(settings, manifest)
        desk.begin()
        assert not desk.news(1)
        desk.close()
    assert [one["event"] for one in logs] == ["inbox_broken"]
    assert path.read_bytes().startswith(b"no database")
