"""What `zeven hub check` and the door itself say of how the door is opened: everything at once, each with its fix."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from connectors import manifest as manifests
from connectors.inbox.checks import findings, keys
from deploy.cli.hubs.check import command as check
from deploy.cli.hubs.inbox import command as inbox
from schemas.settings import Inbox, Settings
from tests.support.inbox import SECRET, TOKEN, hub


def said(
    folder: Path, at: Inbox | None = None, *, at_hubspot: bool = False, **environ: str
) -> dict[str, str]:
    """Findings by place, with the level of each."""
    name = hub(folder / "hubs", at_hubspot=at_hubspot)
    settings = Settings(data=folder, hubs=folder / "hubs", inbox=at or Inbox())
    prefix = f"ZEVEN_HUB_{name.upper().replace('-', '_')}_"
    given = {prefix + key: value for key, value in environ.items()}
    found = list(findings(manifests.load(name, settings, given), settings, given))
    assert all(one.fix for one in found)
    assert not any(value in str(found) for value in environ.values())
    return {one.where.removeprefix(prefix): one.level for one in found}


def test_a_hub_without_a_door_hears_nothing_of_it(tmp_path: Path) -> None:
    assert said(tmp_path) == {}
    assert said(tmp_path, UPLOAD_TOKEN=f"{TOKEN}, {TOKEN}2") == {}


def test_tokens_and_secrets_that_open_nothing_or_are_weak(tmp_path: Path) -> None:
    assert said(tmp_path, UPLOAD_TOKEN=f"{TOKEN},kort") == {"UPLOAD_TOKEN": "fault"}
    assert said(tmp_path, HUBSPOT_SECRET=SECRET)["HUBSPOT_SECRET"] == "fault"
    assert said(tmp_path, at_hubspot=True, UPLOAD_TOKEN=TOKEN) == {"UPLOAD_TOKEN": "fault"}
    assert said(tmp_path, at_hubspot=True, HUBSPOT_SECRET=SECRET) == {"ZEVEN_INBOX_PUBLIC_URL": "remark"}


@pytest.mark.parametrize(
    ("at", "where"),
    [
        ({"host": "0.0.0.0"}, "ZEVEN_INBOX_HOST"),
        ({"host": "inbox.example"}, "ZEVEN_INBOX_HOST"),
        ({"public_url": "http://inbox.example"}, "ZEVEN_INBOX_PUBLIC_URL"),
        ({"key": "/nowhere/key.pem"}, "ZEVEN_INBOX_CERTIFICATE"),
        ({"certificate": "/nowhere/cert.pem"}, "ZEVEN_INBOX_CERTIFICATE, ZEVEN_INBOX_KEY"),
    ],
)
def test_what_comes_in_is_protected_on_its_way(tmp_path: Path, at: dict[str, str], where: str) -> None:
    """Only this machine is reached without TLS, unless a proxy is said to speak it."""
    assert said(tmp_path, Inbox.model_validate(at), UPLOAD_TOKEN=TOKEN) == {where: "fault"}
    assert said(tmp_path, Inbox(host="0.0.0.0", behind_proxy=True), UPLOAD_TOKEN=TOKEN) == {}


def test_the_folder_of_the_list_must_be_there(tmp_path: Path) -> None:
    name = hub(tmp_path / "hubs")
    settings = Settings(data=tmp_path / "elders", hubs=tmp_path / "hubs")
    given = {f"ZEVEN_HUB_{name.upper().replace('-', '_')}_UPLOAD_TOKEN": TOKEN}
    (found,) = findings(manifests.load(name, settings, given), settings, given)
    assert (found.level, found.where) == ("fault", str(tmp_path / "elders"))


def test_the_check_and_the_door_say_the_same(tmp_path: Path) -> None:
    """The door does not open with a fault, nor without anything that opens it."""
    name = hub(tmp_path / "hubs")
    variable = f"ZEVEN_HUB_{name.upper().replace('-', '_')}_UPLOAD_TOKEN"
    environ = {
        "ZEVEN_HUBS": str(tmp_path / "hubs"),
        "ZEVEN_DATA": str(tmp_path),
        "ZEVEN_INBOX_HOST": "0.0.0.0",
    }
    checked = CliRunner(env=environ | {variable: TOKEN}).invoke(check, [name, "--offline"])
    assert (checked.exit_code, "ZEVEN_INBOX_HOST" in checked.output.replace("\n", "")) == (1, True)
    refused = CliRunner(env=environ | {variable: TOKEN}).invoke(inbox, [name, "--port", "0"])
    assert "ZEVEN_INBOX_HOST" in str(refused.exception)
    closed = CliRunner(env=environ).invoke(inbox, [name, "--port", "0"])
    assert variable in str(closed.exception)


def test_webhooks_are_signed_for_the_address_that_is_called(tmp_path: Path) -> None:
    """The public one, else that of the door itself."""
    name = hub(tmp_path / "hubs")
    settings = Settings(data=tmp_path, hubs=tmp_path / "hubs")
    manifest = manifests.load(name, settings, {})
    assert keys(manifest, settings, {}, 1234).address == "http://127.0.0.1:1234"
    public = settings.model_copy(update={"inbox": Inbox(public_url="https://inbox.example/")})
    assert keys(manifest, public, {}).address == "https://inbox.example"
