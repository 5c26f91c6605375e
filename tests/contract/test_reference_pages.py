"""The reference pages are those that `zeven schemas docs` makes of this state."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from connectors import estate
from deploy.cli.schemas import TOPIC_HEADS, command, pages
from schemas.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = pages(Settings())


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_is_current(name: str) -> None:
    """Nobody changes a schema, topic or list without its page."""
    page = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert page == PAGES[name], "run `zeven schemas docs`"


def test_the_command_writes_the_pages_where_it_is_told(tmp_path: Path) -> None:
    """`--to` decides."""
    result = CliRunner().invoke(command, ["docs", "--to", str(tmp_path / "pages")])
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "pages").iterdir()} == set(PAGES)


def test_a_release_without_a_change_writes_nothing(tmp_path: Path) -> None:
    """Versions are made by changes, not by runs."""
    result = CliRunner().invoke(command, ["release", "--to", str(tmp_path)])
    assert result.output == "0 versions released\n"
    assert list(tmp_path.iterdir()) == []


def test_the_table_of_topics_has_a_row_for_each() -> None:
    """As text and as JSON."""
    lines = CliRunner().invoke(command, ["topics"]).output.splitlines()
    rows = json.loads(CliRunner().invoke(command, ["topics", "--json"]).output)
    assert len(lines) == len(rows) + 1 == len(estate.topics(Settings())) + 1
    assert all(tuple(row) == TOPIC_HEADS for row in rows)
