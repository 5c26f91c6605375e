"""Readers of the national topics: what is refused before anything is asked of Kafka."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.cli.reader import command
from deploy.rights import of_reader
from schemas.errors import Stop


@pytest.mark.parametrize("name", ["", "CBS", "a b", "cbs-", "-cbs", "a--b", "cbs.", "x" * 41, "é"])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    found = CliRunner().invoke(command, ["grant", "--out", str(tmp_path / "x"), "--", name])
    assert found.exit_code == 2
    assert "lower-case words" in found.output


def test_a_folder_that_is_not_there_is_said_before_a_password_is_made(tmp_path: Path) -> None:
    found = CliRunner().invoke(command, ["grant", "cbs", "--out", str(tmp_path / "none" / "x.properties")])
    assert isinstance(found.exception, Stop)
    assert "folder is not there" in str(found.exception)


def test_groups_of_one_reader_are_not_those_of_another() -> None:
    """A prefix ends in a separator."""
    (group,) = (one for one in of_reader("cbs") if one.resource == "GROUP")
    assert group.prefixed
    assert not "reader.cbs-two.main".startswith(group.name)
    assert {one.operation for one in of_reader("cbs")} == {"READ"}
