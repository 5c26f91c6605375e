"""Where a setting was said wins in its order, and `zeven settings` names that place and masks secrets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy import addresses
from deploy.cli.context import settings_of
from deploy.cli.settings import command
from schemas.settings import Settings

SECRET = "heel-geheim"


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without settings, and no local system but one in `system`."""
    for name in ("ZEVEN_SETTINGS", "ZEVEN_DATA", "ZEVEN_KAFKA_BOOTSTRAP", "ZEVEN_REGISTRY_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "system"
    folder.mkdir()
    addresses.write(Settings.at(folder, 21_000), {}, {"XDG_STATE_HOME": str(tmp_path / "state")})


def shown(*words: str) -> dict[str, tuple[str, str]]:
    """Value and place of every setting, as the command prints them."""
    done = CliRunner().invoke(command, ["--json", *words], catch_exceptions=False)
    assert SECRET not in done.output
    return {one["setting"]: (one["value"], one["from"]) for one in json.loads(done.output)["settings"]}


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the file says just what the default is; with a file the local system has no say."""
    file = tmp_path / "zeven.toml"
    usual = Settings().registry.url
    file.write_text(
        f'[kafka]\nbootstrap = "file:1"\nusername = "wie"\n[registry]\nurl = "{usual}"\n', encoding="utf-8"
    )
    monkeypatch.setenv("ZEVEN_SETTINGS", str(file))
    monkeypatch.setenv("ZEVEN_KAFKA_USERNAME", "ik")
    monkeypatch.setenv("ZEVEN_KAFKA_PASSWORD", SECRET)
    found = shown()
    assert found["ZEVEN_KAFKA_BOOTSTRAP"] == ("file:1", "file")
    assert found["ZEVEN_REGISTRY_URL"] == (usual, "file")
    assert found["ZEVEN_KAFKA_USERNAME"] == ("ik", "environment")
    assert found["ZEVEN_KAFKA_PASSWORD"] == ("***", "environment")
    assert found["ZEVEN_KAFKA_SECURITY_PROTOCOL"][1] == "default"
    assert settings_of().kafka.bootstrap == "file:1"


def test_what_the_local_system_wrote_down_holds_until_something_else_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one started; the environment wins over it, and --data chooses another folder."""
    assert shown()["ZEVEN_KAFKA_BOOTSTRAP"] == ("127.0.0.1:21001", "system")
    monkeypatch.setenv("ZEVEN_KAFKA_BOOTSTRAP", "elders:1")
    assert shown()["ZEVEN_KAFKA_BOOTSTRAP"] == ("elders:1", "environment")
    other = str(tmp_path / "other")
    assert shown("--data", other)["ZEVEN_DATA"] == (other, "command line")
