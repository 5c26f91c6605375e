"""`zeven rules test`: the same verdict as the stage gives, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from deploy.cli.rules import command
from schemas.errors import Stop
from streams.notices.subscriptions import DEFAULTS


def record(**content: Any) -> dict[str, Any]:
    """A national event as the API gives it."""
    fields = {"title": {"nl": "Slim varen"}, "status": "scheduled", "areas": ["haven-en-maritiem"]}
    return {
        "id": "e-1",
        "sample": True,
        "contributions": [{"hub": "zuid-holland", "address": "https://hub.example"}],
        "organisations": [],
        "content": fields | content,
    }


def judged(folder: Path, *more: str, **records: Any) -> Any:
    """Run the command on these records."""
    options: list[str] = []
    for side, content in records.items():
        path = folder / f"{side}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        options += [f"--{side}", str(path)]
    file = str(DEFAULTS / "haven-en-maritiem.toml")
    return CliRunner().invoke(command, ["test", file, *options, *more])


def test_a_verdict_as_text_and_as_json(tmp_path: Path) -> None:
    """Told, what, and the fields that differ."""
    text = judged(tmp_path, before=record(), after=record(status="cancelled"))
    assert text.output.splitlines()[0].startswith("haven-en-maritiem: told (cancelled)")
    assert 'status: "scheduled" -> "cancelled"' in text.output
    found = json.loads(judged(tmp_path, "--json", before=record(), after=record(capacity=9)).output)
    assert (found["tell"], found["why"]) == (False, "its rule does not hold")
    assert json.loads(judged(tmp_path, "--json", before=record()).output)["what"] == "removed"
    assert json.loads(judged(tmp_path, "--json", after=record()).output)["tell"] is True


def test_a_resync_is_not_told(tmp_path: Path) -> None:
    """The cause can be given."""
    found = judged(tmp_path, "--json", "--cause", "resync", before=record(), after=record(status="cancelled"))
    assert "the cause is resync" in json.loads(found.output)["why"]


def test_wrong_use_is_said(tmp_path: Path) -> None:
    """Without a record, and with a file that is no record."""
    assert judged(tmp_path).exit_code == 2
    assert isinstance(judged(tmp_path, after=["no record"]).exception, Stop)
