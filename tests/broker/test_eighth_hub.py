"""An eighth hub is one manifest and one mapping: it joins, and everything else knows it.

On a Kafka that trusts nobody: the office gives rights and makes the bundle, the hub joins with it and looks,
and worker and view run with the rights of their own users.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors import estate
from deploy import bundle, security
from deploy.hub.build import REPO
from deploy.local.processes import Running, ours
from deploy.rights import of_hub
from schemas.settings import Settings
from tests.support import eighth
from tests.support.eighth import HUB
from tests.support.hub_wheel import machine
from tests.support.secured import Secured
from tests.support.waiting import until

LOOKED_S = 90.0
Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Place:
    """The office with its Kafka, and the machine of the hub."""

    secured: Secured
    folder: Path
    programs: Path
    told: list[str]

    @property
    def data(self) -> Path:
        """What the hub was given."""
        return self.folder / "hub" / "data"

    def run(self, program: list[str], name: str, *words: str, **environ: str) -> Done:
        """Run `zeven` in an environment of its own and keep what it says."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ZEVEN_", "PYTHON"))}
        kept |= {"XDG_STATE_HOME": str(self.folder / name / "state")} | environ
        done = subprocess.run([*program, *words], env=kept, capture_output=True, text=True, check=False)
        self.told.append(done.stdout + done.stderr)
        return done

    def try_office(self, *words: str, who: Settings | None = None) -> Done:
        """A command at the office."""
        environ = (who or self.secured.settings).environ() | {"PYTHONPATH": str(REPO)}
        return self.run([sys.executable, "-m", "deploy.cli.main"], "office", *words, **environ)

    def try_hub(self, *words: str) -> Done:
        """A command on the machine of the hub, where the wheel for hubs is installed and nothing is set."""
        return self.run([str(self.programs / "zeven")], "hub", *words)

    def office(self, *words: str) -> str:
        """A command at the office that must succeed."""
        done = self.try_office(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def hub(self, *words: str) -> str:
        """A command of the hub that must succeed."""
        done = self.try_hub(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def passwords(self) -> list[str]:
        """Every password of the hub that was ever made."""
        return [zipfile.ZipFile(one).read(bundle.CREDENTIAL).decode() for one in self.folder.glob("*.zip")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The hub has joined and looked once."""
    folder = tmp_path_factory.mktemp("eighth")
    programs = machine(folder / "machine")
    secured = Secured(folder / "office", eighth.add(folder / "hubs"))
    made = Place(secured, folder, programs, [])
    try:
        secured.wait()
        made.office("setup", "--acls", "--users", str(folder / "users"))
        made.office("hub", "bundle", HUB, "--out", str(folder / "first.zip"))
        made.hub("hub", "join", str(folder / "first.zip"), "--data", str(made.data))
        (made.data / "leden.csv").write_text(eighth.MEMBERS, encoding="utf-8")
        made.hub("hub", "run", HUB, "--once", "--port", str(secured.settings.ports.connector))
        yield made
    finally:
        secured.close()


@pytest.fixture(scope="module")
def view(place: Place) -> Iterator[str]:
    """Worker and view, each as its own user of the secured Kafka; the address of the view."""
    settings = place.secured.settings
    names = ("ZEVEN_HUBS", "ZEVEN_PAGE_PORT", "ZEVEN_PORTS_WORKER", "ZEVEN_PORTS_CONNECTORS", "ZEVEN_DATA")
    known = {name: value for name, value in settings.environ().items() if name in names}
    address = f"http://127.0.0.1:{settings.page.port}"
    ready = {
        "view": f"http:{address}/health/ready",
        "worker": f"http:http://127.0.0.1:{settings.ports.worker}/health/ready",
    }
    running = []
    try:
        for name, where in ready.items():
            mine = {**known, "ZEVEN_SETTINGS": str(place.folder / "users" / f"zeven-{name}.toml")}
            running.append(Running(ours(name, name, where, mine), place.folder / f"{name}.log"))
        for one in running:
            one.wait_ready()
        yield address
    finally:
        for one in running:
            one.stop()


def item_of(view: str) -> dict[str, Any]:
    """What the view says of the hub."""
    items = httpx.get(f"{view}/api/v1/hubs", timeout=20, trust_env=False).json()["items"]
    found: dict[str, Any] = next(one for one in items if one["hub"] == HUB)
    return found


def test_its_topics_user_rights_and_quota_are_there(place: Place) -> None:
    declared = estate.declared(place.secured.settings)[HUB]
    with security.guard(place.secured.settings) as client:
        there = set(client.list_topics())
        assert security.has_user(client, declared.user)
        assert security.rights_of(client, declared.user) == of_hub(HUB)
        assert security.quota_of(client, declared.user) == {
            "producer_byte_rate": 200_000,
            "consumer_byte_rate": 400_000,
        }
    mine = {name for name in estate.topics(place.secured.settings) if HUB in name}
    assert len(mine) == 7, "three kinds, life signs, orders, rejected, objections"
    assert mine <= there


def test_the_national_view_holds_its_members_and_proves_it(place: Place, view: str) -> None:
    """Worker and view work with the rights of their own users, and the map has its pin."""
    until(
        lambda: item_of(view)["completeness"]["state"] == "proven",
        LOOKED_S,
        "the view has proven what the eighth hub said",
    )
    item = item_of(view)
    assert item["counts"]["membership"] == {"regional": 2, "national": 2}
    assert (item["provinces"], item["pin"]) == (["NL-FL"], {"lat": 52.52, "lon": 5.47})
    assert (item["site"], item["name"]["nl"]) == ("https://flevoland.example", "AI-hub Flevoland")
    page = httpx.get(view, timeout=20, trust_env=False).text
    assert "Flevoland" in page
    assert 'data-lat="52.52"' in page
    found = httpx.get(f"{view}/api/v1/memberships", params={"hub": HUB}, timeout=20, trust_env=False).json()
    assert len(found["items"]) == 2


def test_dashboard_and_scraping_know_it(place: Place, view: str) -> None:
    """The dashboard's row repeats over the hubs of this metric; Prometheus asks the view for the connectors."""
    metrics = httpx.get(f"{view}/metrics", timeout=20, trust_env=False).text
    assert f'zeven_completeness{{hub="{HUB}",outcome="proven"}}' in metrics
    targets = httpx.get(f"{view}/prometheus/connectors", timeout=20, trust_env=False).json()
    number = list(estate.declared(place.secured.settings)).index(HUB)
    port = place.secured.settings.ports.connectors + number
    assert {"targets": [f"127.0.0.1:{port}"], "labels": {"hub": HUB}} in targets


def test_the_page_of_hubs_has_a_row_of_it(place: Place) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place.office("schemas", "docs", "--to", folder)
        page = (Path(folder) / "hubs.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{HUB}`"))
    assert "NL-FL" in row
    assert "52.52, 5.47" in row
    assert "`connector-flevoland`" in row


def test_preview_works_with_the_rights_of_a_hub(place: Place) -> None:
    page = place.folder / "preview.html"
    found = json.loads(place.hub("hub", "preview", HUB, "--json", "--html", str(page)))
    assert "Voorproef" in page.read_text(encoding="utf-8")
    assert (found["kinds"][0]["read"], found["kinds"][0]["rejected"], found["changes"]) == (2, 0, [])


def test_a_rehearsal_works_with_the_rights_of_a_hub(place: Place, view: str) -> None:
    """What stands nationally already would stay as it is; the hub itself takes the rehearsal away."""
    until(lambda: item_of(view)["completeness"]["state"] == "proven", LOOKED_S, "the view has its proof")
    found = json.loads(place.hub("hub", "trial", HUB, "--json"))
    members = [one for one in found["national"] if one["kind"] == "membership"]
    assert [one["what"] for one in members] == ["stays", "stays"]
    assert "6 topics" in place.hub("hub", "trial", HUB, "--wipe")


def test_a_hub_objects_with_its_own_rights(place: Place, view: str) -> None:
    """What it objects to reaches the view, and it may read what became of it."""
    until(lambda: item_of(view)["completeness"]["state"] == "proven", LOOKED_S, "the view has its proof")
    found = httpx.get(f"{view}/api/v1/memberships", params={"hub": HUB}, timeout=20, trust_env=False).json()
    about = ("--id", found["items"][0]["id"], "--field", "note", "--reason", "Dit klopt niet")
    assert "sent to the stewards" in place.hub("hub", "object", HUB, *about)

    def there() -> bool:
        said = httpx.get(f"{view}/api/v1/objections", timeout=20, trust_env=False).json()["items"]
        return [(one["hub"], one["reason"]) for one in said] == [(HUB, "Dit klopt niet")]

    until(there, LOOKED_S, "the view has the objection")
    assert "not answered yet" in place.hub("hub", "objections", HUB)


def test_what_was_laid_down_is_for_its_owner_alone(place: Place) -> None:
    for path in (place.data, place.data / "secrets", place.data / "hubs"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for path in (
        place.data / "settings.toml",
        place.data / "secrets/kafka-password",
        place.folder / "first.zip",
    ):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_joining_again_replaces_the_password_and_keeps_what_the_hub_changed(place: Place) -> None:
    """The old credential no longer opens anything; the hub's own edit stays, the office's lies beside it."""
    edited = place.data / "hubs" / HUB / "manifest.toml"
    edited.write_text(eighth.MANIFEST.replace("interval_s = 1", "interval_s = 7"), encoding="utf-8")
    place.office("hub", "bundle", HUB, "--out", str(place.folder / "second.zip"))
    stale = place.try_hub("hub", "join", str(place.folder / "first.zip"), "--data", str(place.data))
    assert stale.returncode == 3
    assert "does not let connector-flevoland in" in " ".join(stale.stdout.split())
    told = place.hub("hub", "join", str(place.folder / "second.zip"), "--data", str(place.data))
    assert "rights" in told
    assert "interval_s = 7" in edited.read_text(encoding="utf-8")
    place.hub("hub", "check", HUB)


def test_joining_says_which_rights_are_lacking(place: Place) -> None:
    """Without its orders and its group the hub is told whom to ask for what."""
    declared = estate.declared(place.secured.settings)[HUB]
    less = {one for one in of_hub(HUB) if one.name not in (f"control.{HUB}", f"connector.{HUB}")}
    newest = max(place.folder.glob("*.zip"), key=lambda path: path.stat().st_mtime)
    with security.guard(place.secured.settings) as client:
        security.set_rights(client, declared.user, less)
        found = place.try_hub("hub", "join", str(newest), "--data", str(place.data))
        security.grant(client, declared)
    told = " ".join(found.stdout.split())
    assert found.returncode == 1
    assert f"not enough at control.{HUB}" in told
    assert "GroupAuthorizationFailedError" in told


def test_no_password_was_ever_said(place: Place) -> None:
    """Not on the screen of the office, nor on that of the hub."""
    passwords = place.passwords()
    assert len(set(passwords)) == len(passwords) >= 1
    assert all(password not in told for password in passwords for told in place.told)


def test_a_bundle_is_not_overwritten_and_a_failed_one_not_left_behind(place: Place) -> None:
    again = place.try_office("hub", "bundle", HUB, "--out", str(place.folder / "first.zip"))
    assert "there already" in again.stderr
    other = place.secured.with_password("connector-other")
    refused = place.try_office("hub", "bundle", HUB, "--out", str(place.folder / "none.zip"), who=other)
    assert "may not give rights" in refused.stderr
    assert not (place.folder / "none.zip").exists()
