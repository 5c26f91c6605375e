"""The bundle of a hub: nothing of it is believed before all of it is sound; files are for their owner alone."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from deploy import bundle, private
from deploy.cli.hubs.join import lay_down
from schemas.errors import Stop
from schemas.settings import Kafka, Settings

SETTINGS = Settings(kafka=Kafka(bootstrap="kafka.example:9093", security_protocol="SASL_SSL"))
FILES = {
    bundle.ABOUT: b'{"hub": "flevoland", "user": "connector-flevoland", "release": "1"}',
    bundle.SETTINGS: bundle.as_toml(bundle.addresses(SETTINGS, "connector-flevoland")),
    bundle.CREDENTIAL: b"heel-geheim",
    bundle.AUTHORITY: b"PEM",
    bundle.README: b"# Aansluiten",
    "hub/manifest.toml": b"office = 1",
    "hub/mapping.py": b"MAPPINGS = {}",
}


def written(folder: Path, files: dict[str, bytes], **extra: bytes) -> Path:
    """A zip of these files as `pack` makes it, and then some."""
    path = folder / "bundle.zip"
    path.write_bytes(bundle.pack(files))
    with zipfile.ZipFile(path, "a") as more:
        for name, content in extra.items():
            more.writestr(name, content)
    return path


def test_what_was_packed_comes_out_again(tmp_path: Path) -> None:
    assert bundle.unpack(written(tmp_path, FILES)) == FILES
    assert bundle.pack(FILES) == bundle.pack(dict(reversed(FILES.items())))


def test_every_fault_of_a_bundle_is_told_at_once(tmp_path: Path) -> None:
    """A changed file, a missing one, one that does not belong, one that leads out of the folder."""
    path = written(tmp_path, {**FILES, "../evil": b"x", "hub/run.sh": b"x"})
    with zipfile.ZipFile(path) as good:
        found = {one: good.read(one) for one in good.namelist()}
    del found[bundle.README]
    found[bundle.CREDENTIAL] = b"other"
    with zipfile.ZipFile(path, "w") as bad:
        for name, content in found.items():
            bad.writestr(name, content)
    with pytest.raises(Stop) as stop:
        bundle.unpack(path)
    for fault in (
        "README.md is not in it",
        "credential differs from its checksum",
        "../evil does not belong in it",
        "hub/run.sh does not belong in it",
    ):
        assert fault in str(stop.value)
    assert "heel-geheim" not in str(stop.value)


def test_a_file_that_the_list_does_not_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"hub/more\.py differs from its checksum"):
        bundle.unpack(written(tmp_path, FILES, **{"hub/more.py": b"x"}))


def test_what_is_no_zip_or_far_too_large_is_no_bundle(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(b"<html>")
    with pytest.raises(Stop, match="cannot be read"):
        bundle.unpack(path)
    with pytest.raises(Stop, match="larger than a bundle"):
        bundle.unpack(written(tmp_path, {**FILES, "hub/list.csv": bytes(bundle.LARGEST + 1)}))


@pytest.mark.parametrize("said", [b"[]", b'{"hub": "../x", "user": "u", "release": "1"}', b"{"])
def test_a_bundle_names_one_hub(said: bytes) -> None:
    with pytest.raises(Stop, match="no sound bundle"):
        bundle.about({bundle.ABOUT: said})


def test_settings_that_the_office_does_not_write_are_refused() -> None:
    """A bundle cannot say where data lies or whom to mail."""
    with pytest.raises(Stop, match="not what the office writes"):
        bundle.settings(b'[kafka]\n[registry]\n[topics]\n[notices]\nallow = ["x"]')


def test_everything_is_laid_down_for_its_owner_and_settings_lead_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert lay_down(FILES, "flevoland", folder) == []
    found = Settings.load({}, folder / "settings.toml")
    assert found.kafka.for_kafka_python()["sasl_plain_password"] == "heel-geheim"
    assert (found.data, found.hubs) == (folder, folder / "hubs")
    assert found.kafka.ca_file == folder / "secrets" / "kafka-ca.pem"
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_what_the_hub_changed_stays_and_what_it_did_not_change_follows_the_office(tmp_path: Path) -> None:
    folder, home = tmp_path / "data", tmp_path / "data" / "hubs" / "flevoland"
    lay_down(FILES, "flevoland", folder)
    (home / "manifest.toml").write_bytes(b"mine = 1")
    newer = {**FILES, "hub/manifest.toml": b"office = 2", "hub/mapping.py": b"MAPPINGS = {1: 1}"}
    assert lay_down(newer, "flevoland", folder) == [str(home / "manifest.toml")]
    assert (home / "manifest.toml").read_bytes() == b"mine = 1"
    assert (home / "manifest.toml.new").read_bytes() == b"office = 2"
    assert (home / "mapping.py").read_bytes() == b"MAPPINGS = {1: 1}"


def test_a_private_file_was_never_open_to_others(tmp_path: Path) -> None:
    """Also not when one with wide permissions stood there before."""
    path = tmp_path / "secret"
    path.write_text("old", encoding="ascii")
    path.chmod(0o644)
    private.write(path, b"new")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o600)
    assert [one.name for one in tmp_path.iterdir()] == ["secret"]


def test_a_password_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    kafka = Kafka(sasl_mechanism="SCRAM-SHA-512", username="x", password_file=tmp_path / "none")
    with pytest.raises(Stop, match="password cannot be read"):
        kafka.for_kafka_python()
