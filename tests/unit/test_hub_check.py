"""What `zeven hub check` finds before a hub goes live: secrets, limits, and what its sources answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from connectors import checking
from connectors import manifest as manifests
from connectors.manifest import Manifest
from deploy.cli.hubs.check import command
from schemas.settings import Settings

MAPPING = """
from connectors.hubs import Statement
from connectors.hubs.statements import mention, text

def membership(row, words):
    member = mention(row.fields["naam"] or "", "partner")
    assigned, unassigned = words.assign([one for one in (row.fields["soort"],) if one])
    content = {"body_kind": "hub", "body": "proef", "role": "partner", "helix": None, "start": None, "end": None,
               "via": None, "note": text(None), "link": None}
    return Statement([], [member], content, unassigned)

MAPPINGS = {"membership": membership}
"""
MANIFEST = """
hub = "proef"
name = {{ nl = "Proefhub", en = "Trial hub" }}
sample = true
interval_s = 60
freshness_target_s = 600
{more}
[sources.membership]
reader = "files"
expected = {{ least = 1, most = 100 }}
[sources.membership.options]
path = "{path}"
mode = "snapshot"
id = ["id"]
settle_s = 0
"""


def described(folder: Path, more: str = "", mapping: str = MAPPING) -> Path:
    own = folder / "hubs" / "proef"
    own.mkdir(parents=True)
    (own / "manifest.toml").write_text(
        MANIFEST.format(path=folder / "leden.csv", more=more), encoding="utf-8"
    )
    (own / "mapping.py").write_text(mapping, encoding="utf-8")
    return folder


def check(folder: Path, *words: str) -> Result:
    environ = {"ZEVEN_HUBS": str(folder / "hubs"), "ZEVEN_DATA": str(folder / "data")}
    return CliRunner().invoke(command, ["proef", *words], env=environ)


def findings(folder: Path, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(check(folder, "--json", *words).output)
    return found


def test_a_hub_in_order_says_what_its_sources_answered(tmp_path: Path):
    (tmp_path / "leden.csv").write_text("id;naam;soort\n1;Alfa;\n2;Beta;\n", encoding="utf-8")
    described(tmp_path)

    assert [one["level"] for one in findings(tmp_path)] == ["good"]
    assert "2 of its first 2 rows can be used" in findings(tmp_path)[0]["what"]
    assert check(tmp_path).exit_code == 0


def test_rows_that_cannot_be_used_and_tags_that_say_nothing_are_remarks_with_their_row(tmp_path: Path):
    (tmp_path / "leden.csv").write_text("id;naam;soort\n1;;\n2;Beta;Vreemd\n", encoding="utf-8")
    described(tmp_path)

    remarks = [one for one in findings(tmp_path) if one["level"] == "remark"]

    assert remarks[0]["where"].endswith("leden.csv, rij 2")
    assert remarks[0]["fix"] == "Fill in its name."
    assert "Vreemd" in remarks[1]["what"]


def test_a_source_that_does_not_answer_is_a_fault(tmp_path: Path):
    described(tmp_path)
    assert check(tmp_path).exit_code == 1
    assert "geen bestand" in findings(tmp_path)[0]["what"]
    assert findings(tmp_path, "--offline") == []


def test_every_fault_of_a_manifest_is_one_row(tmp_path: Path):
    described(tmp_path, more='provinces = 7\naliases = "x"\n')
    faults = findings(tmp_path, "--offline")
    assert len(faults) == 2
    assert {one["what"].split(":")[0] for one in faults} == {"provinces", "aliases"}


def test_a_mapping_that_does_not_load_or_lacks_a_kind_says_so(tmp_path: Path):
    described(tmp_path, mapping="MAPPINGS = {}")
    assert findings(tmp_path, "--offline")[0]["what"] == "There is no function for membership"
    broken = described(tmp_path / "anders", mapping="MAPPINGS = {")
    assert "cannot be loaded" in findings(broken, "--offline")[0]["what"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('token = "pat-eu1-12345678-aaaa-bbbb-cccc-1234567890ab"', "token has a value"),
        ('wachtwoord = "hunter2hunter2"', "wachtwoord has a value"),
        ('url = "https://gebruiker:geheim@site.example/feed"', "password in an address"),
        ('url = "https://site.example/feed?token=abcdef123456"', "key in an address"),
        ('url = "https://calendar.example/ical/x/private-0123456789abcdef0123/basic.ics"', "secret address"),
        ('note = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"', "signing secret"),
        ('note = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x"', "JSON web token"),
        ('note = "-----BEGIN RSA PRIVATE KEY-----"', "private key"),
    ],
)
def test_a_secret_in_the_wrong_place_is_found_with_its_line_and_not_shown(line: str, what: str):
    (found,) = checking.secrets(f"hub = 'x'\n{line}\n", "manifest.toml")
    assert found.where == "manifest.toml:2"
    assert what in found.what
    assert line.split('"')[1] not in str(found)


def test_no_built_in_hub_holds_a_secret_and_none_is_imagined():
    settings = Settings()
    for folder in manifests.folders(settings).values():
        for path in (folder / "manifest.toml", folder / "mapping.py"):
            assert list(checking.secrets(path.read_text(encoding="utf-8"), path.name)) == []


def hubspot(every_s: float, most: int, **manners: Any) -> Manifest:
    options = {"object": "companies", "properties": ["name"], "manners": manners}
    return Manifest.model_validate(
        {
            "hub": "proef",
            "name": {"nl": "Proef", "en": "Trial"},
            "sample": False,
            "interval_s": every_s,
            "freshness_target_s": 86_400,
            "sources": {"membership": {"reader": "hubspot", "options": options, "expected": {"most": most}}},
        }
    )


def test_a_pace_that_the_source_system_refuses_is_a_fault_that_says_which_pace_it_takes():
    found = list(checking.limits(hubspot(10, 50_000, interval_s=0.01, burst=5)))
    assert [one.level for one in found] == ["fault", "fault", "fault"]
    assert "HubSpot".casefold() in found[0].fix
    assert "interval_s = 0.1" in found[0].fix
    assert list(checking.limits(hubspot(900, 5_000, interval_s=0.2))) == []


def test_a_promise_of_freshness_that_the_pace_cannot_keep_is_a_fault():
    found = list(checking.limits(hubspot(90_000, 5_000)))
    assert "cannot keep" in found[0].what
