"""What the documents promise is there: links, settings, metrics, make targets, commands."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest

from deploy.cli.main import command as zeven
from schemas.settings import names
from tests.house.test_sizes import REPO

DOCUMENTS = sorted([*REPO.glob("*.md"), *(REPO / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
OTHER_VARIABLES = {
    "ZEVEN_CACHE",
    "ZEVEN_SETTINGS",
    "ZEVEN_SEED",
    "ZEVEN_VECTORS",
    "ZEVEN_REQUIRE",
    "ZEVEN_SAMPLES_URL",
}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPO)))
def test_every_link_in_a_document_leads_somewhere(document: Path) -> None:
    """Relative links name files that exist."""
    targets = LINK.findall(document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPO)))
def test_every_setting_a_document_names_exists(document: Path) -> None:
    """ZEVEN_… is a setting, a hub's override, or one of the few others."""
    known = {variable for _, _, variable in names()} | OTHER_VARIABLES
    found = set(re.findall(r"ZEVEN_[A-Z_]*[A-Z]", document.read_text(encoding="utf-8")))
    assert {name for name in found - known if not name.startswith("ZEVEN_HUB")} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPO)))
def test_every_command_a_document_names_exists(document: Path) -> None:
    """`zeven …` and `make …` in code are commands and targets that are there."""
    text = document.read_text(encoding="utf-8")
    context = click.Context(zeven)
    for words in re.findall(
        r"(?:^|[`/ ])zeven ([a-z]+(?: [a-z]+)?)", "\n".join(re.findall(r"`[^`]+`", text))
    ):
        group = zeven.get_command(context, words.split()[0])
        assert group is not None, f"zeven {words}"
        if isinstance(group, click.Group) and " " in words:
            assert group.get_command(context, words.split()[1]) is not None, f"zeven {words}"
    targets = set(re.findall(r"^([a-z-]+):", (REPO / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets


def test_every_metric_in_an_alert_rule_or_dashboard_is_one_that_the_code_has() -> None:
    """The names there are made somewhere in the rooms (counters end in _total there)."""
    places = ("deploy/prometheus/rules.yml", "deploy/grafana/hubs.json")
    rules = "".join((REPO / place).read_text(encoding="utf-8") for place in places)
    code = "".join(
        path.read_text(encoding="utf-8")
        for room in ("schemas", "connectors", "streams", "deploy")
        for path in (REPO / room).rglob("*.py")
    )
    used = {name.removesuffix("_total") for name in re.findall(r"\bzeven_[a-z_]+", rules)}
    assert used
    assert {name for name in used if f'"{name}"' not in code} == set()


def test_every_guarantee_names_a_test_that_exists() -> None:
    """The page of guarantees says per promise which tests show it."""
    page = (REPO / "docs/why/guarantees.md").read_text(encoding="utf-8")
    promises = re.findall(r"^\d+\. ", page, re.MULTILINE)
    shown = re.findall(r"Shown by ((?:`[^`]+`(?:, )?)+)", page)
    assert len(shown) == len(promises)
    files = [file for line in shown for file in re.findall(r"`([^`]+)`", line)]
    assert [file for file in files if not (REPO / file).exists()] == []


def test_the_picture_of_the_journey_names_topics_that_exist() -> None:
    """Every topic in the README's picture is in the catalogue."""
    from schemas.topics import catalogue

    picture = (REPO / "README.md").read_text(encoding="utf-8").split("```text")[1].split("```")[0]
    topics = set(catalogue(["<hub>"]))
    named = set(re.findall(r"(?:regional|linked|national|rejected|control|identity)\.[<a-z>.]+", picture))
    assert named
    assert {name for name in named if name not in topics} == set()


def test_nothing_in_the_repository_names_a_machine_or_a_registry() -> None:
    """No path of a developer's machine and no host of a package registry stands in a tracked file."""
    hosts = (
        "pypi" + ".org",
        "repo1.maven" + ".org",
        "registry.npmjs" + ".org",
        "files.pythonhosted" + ".org",
    )
    paths = ("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/")
    tracked = subprocess.run(["git", "ls-files"], cwd=REPO, capture_output=True, text=True, check=True).stdout
    wrong = []
    for name in tracked.splitlines():
        path = REPO / name
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        wrong += [f"{name}: {mark}" for mark in (*hosts, *paths) if mark in text]
    assert wrong == []
