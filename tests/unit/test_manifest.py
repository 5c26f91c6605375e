"""The declaration of a hub: every fault at once, and addresses that are a matter of settings."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from connectors import manifest as manifests
from schemas.errors import Stop
from schemas.settings import Settings
from schemas.topics import KINDS

HUB = "zuid-holland"
SETTINGS = Settings.at(Path("/var/zeven"), 9000)

FAULTY = """
hub = "Zuid Holland"
sample = "perhaps"
interval_s = 0
surprise = 1

[brake]
share = 2

[sources.party]
reader = "tec"

[sources.event]
reader = "tec"
options = { address = "x" }

[sources.membership]
reader = "fax"

[tags]
"zorg" = { sector = ["gezondheid-en-zorg"] }
"""


def test_every_hub_with_a_manifest_can_be_loaded_and_maps_all_its_kinds():
    assert HUB in manifests.folders(SETTINGS)
    for hub in manifests.folders(SETTINGS):
        found = manifests.load(hub, SETTINGS, {})
        kinds = {"membership"} if found.office else set(KINDS)
        assert set(found.sources) == set(manifests.mappers(hub, SETTINGS)) == kinds
        assert found.hub == hub


def test_all_faults_of_a_manifest_are_told_at_once():
    with pytest.raises(Stop) as stop:
        manifests.parse(FAULTY, HUB, SETTINGS, {"ZEVEN_HUB_ZUID_HOLLAND_COLOUR": "red"})

    told = str(stop.value)
    for word in (
        "hub:",
        "sample:",
        "interval_s:",
        "freshness_target_s:",
        "surprise:",
        "brake.share:",
        "party",
        "no reader 'fax'",
        "sources.event.options",
        "url: field required",
        "sector",
        "ZEVEN_HUB_ZUID_HOLLAND_COLOUR: no such setting",
    ):
        assert word in told, word


def test_a_tag_that_stands_for_something_unknown_is_a_fault():
    text = manifests.text_of(HUB, SETTINGS) + '\n"luchtvaart" = { areas = ["luchtvaart"] }\n'

    with pytest.raises(Stop, match=r"luchtvaart \(areas\)"):
        manifests.parse(text, HUB, SETTINGS, {})


def test_a_manifest_that_is_no_toml_says_where():
    with pytest.raises(Stop, match=r"line 1.*hubs/zuid_holland/manifest\.toml"):
        manifests.parse("hub = = 1", HUB, SETTINGS, {})


def test_a_manifest_in_the_folder_of_another_hub_is_refused():
    with pytest.raises(Stop, match="the folder is of 'limburg'"):
        manifests.parse(manifests.text_of(HUB, SETTINGS), "limburg", SETTINGS, {})


def test_an_unknown_hub_is_refused_with_the_names_of_the_known_ones():
    with pytest.raises(Stop, match="zuid-holland"):
        manifests.load("atlantis", SETTINGS, {})


def test_samples_are_found_through_the_settings():
    found = manifests.load(HUB, SETTINGS, {})

    assert found.sample
    assert found.sources["event"].options["url"] == f"http://127.0.0.1:{SETTINGS.ports.samples}/agenda"
    assert found.sources["membership"].options["path"] == "/var/zeven/samples/ledenlijst.csv"


def test_pointing_at_the_real_sites_is_a_change_of_settings():
    real = {
        "ZEVEN_HUB_ZUID_HOLLAND_EVENT_URL": "https://agenda.example",
        "ZEVEN_HUB_ZUID_HOLLAND_MEMBERSHIP_PATH": "/srv/leden.csv",
        "ZEVEN_HUB_ZUID_HOLLAND_SAMPLE": "false",
        "ZEVEN_HUB_ZUID_HOLLAND_INTERVAL_S": "300",
        "ZEVEN_SAMPLES_URL": "http://samples:8713",
    }
    found = manifests.load(HUB, SETTINGS, real)

    assert found.sources["event"].options["url"] == "https://agenda.example"
    assert found.sources["project"].options["url"] == "http://samples:8713/projecten"
    assert found.sources["membership"].options["path"] == "/srv/leden.csv"
    assert not found.sample
    assert found.interval_s == 300


def test_the_release_changes_with_what_decides_how_a_row_reads():
    found = manifests.load(HUB, SETTINGS, {})
    slower = found.model_copy(update={"interval_s": 99.0})
    other_tags = found.model_copy(update={"tags": {}})
    real = found.model_copy(update={"sample": False})
    releases = [manifests.release(one, SETTINGS) for one in (found, slower, other_tags, real)]

    assert releases[0] == releases[1]
    assert len(set(releases)) == 3


def test_the_release_changes_with_a_module_beside_the_mapping_and_knows_what_the_mapping_leans_on(tmp_path):
    folder = tmp_path / HUB.replace("-", "_")
    shutil.copytree(manifests.folder_of(HUB, SETTINGS), folder)
    settings = SETTINGS.model_copy(update={"hubs": tmp_path})
    found = manifests.load(HUB, settings, {})
    before = manifests.release(found, settings)
    (folder / "cities.py").write_text("HERE = 'Delft'\n")
    names = {one.name for one in manifests.deciding(found, settings)}

    assert manifests.release(found, settings) != before
    assert names >= {"rows.py", "builders.py", "text.py", "areas.csv", "zeven.EventContent.avsc", "cities.py"}
