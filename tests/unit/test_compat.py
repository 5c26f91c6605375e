"""The evolution gate: the verdicts of Apache and Confluent, and the refusals that are ours alone."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from click.testing import CliRunner

from deploy.cli.schemas import command
from schemas import compat
from tests.support import vectors

VOID = {"name": "nothing", "type": "null"}
PROJECT = "zeven.regional.Project"


def document() -> dict[str, Any]:
    """A fresh copy of the regional project."""
    return deepcopy(compat.current()[PROJECT].document)


def field(name: str, kind: Any, **more: Any) -> dict[str, Any]:
    """A field of a schema."""
    return {"name": name, "type": kind, "doc": "New.", **more}


def test_all_schemas_fit_their_history() -> None:
    """The gate is open at this commit, and each record has a released version."""
    assert compat.check() == {}
    assert all(compat.history(name) for name in compat.current())


def test_the_last_released_version_is_the_current_one() -> None:
    """Nobody changes a schema without releasing it."""
    for name, schema in compat.current().items():
        assert compat.history(name)[-1] == schema.document, f"run `zeven schemas release` for {name}"


def test_a_field_with_a_default_after_the_prefix_may_be_added() -> None:
    """This is how the contract grows."""
    new = document()
    new["fields"].append(field("extra", ["null", "string"], default=None))
    assert compat.faults(new, [document()]) == []


def test_all_faults_come_at_once_with_their_place() -> None:
    """A dropped field, a new one without default and another type are told together."""
    new = document()
    new["fields"] = [one for one in new["fields"] if one["name"] != "revision"]
    new["fields"].append(field("extra", "string"))
    next(one for one in new["fields"] if one["name"] == "sample")["type"] = "string"
    found = "\n".join(compat.faults(new, [document()]))
    assert "extra: the field is missing there" in found
    assert "version 1 cannot read it: revision: the field is missing there" in found
    assert "sample: boolean cannot be read as string" in found
    assert "frozen prefix" in found


def test_an_old_version_counts_as_much_as_the_last() -> None:
    """FULL_TRANSITIVE: what fits version 2 alone is refused when version 1 cannot be read."""
    new, second, first = document(), document(), document()
    new["fields"].append(field("extra", "string", default=""))
    second["fields"].append(field("extra", "string", default=""))
    first["fields"].append(field("extra", "long", default=0))
    assert compat.faults(new, [second]) == []
    assert any("version 1" in fault for fault in compat.faults(new, [first, second]))


def test_the_frozen_prefix_may_not_be_reordered_although_a_registry_allows_it() -> None:
    """Two fields change places: Avro resolves them by name, readers of the prefix would read nonsense."""
    new = document()
    new["fields"][0], new["fields"][1] = new["fields"][1], new["fields"][0]
    assert compat.unreadable(new, document()) == []
    assert any("place 0 of the frozen prefix" in fault for fault in compat.faults(new, [document()]))


def test_the_frozen_prefix_may_not_grow_or_end_elsewhere() -> None:
    """A field between the others, even with a default, moves all bytes after it."""
    grown, other = document(), document()
    grown["fields"].insert(2, field("extra", "string", default=""))
    other["zeven.prefix"] = "origin"
    assert any("must have" in fault for fault in compat.faults(grown, [document()]))
    assert any("must end at" in fault for fault in compat.faults(other, [document()]))


def test_other_words_in_the_frozen_prefix_are_no_change() -> None:
    """Docs may be improved."""
    new = document()
    new["fields"][0]["doc"] = "Better words."
    assert compat.faults(new, [document()]) == []


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ({"type": "enum", "name": "Hub", "symbols": ["a"]}, "enum"),
        ({"type": "array", "items": "null"}, "array of nothing"),
        ({"type": "array", "items": {"type": "record", "name": "Empty", "fields": []}}, "array of nothing"),
        ({"type": "array", "items": {"type": "fixed", "name": "None", "size": 0}}, "array of nothing"),
        (
            ["null", {"type": "map", "values": {"type": "record", "name": "N", "fields": [VOID]}}],
            "array of nothing",
        ),
        (["null", "Tree"], "itself"),
    ],
)
def test_what_can_exhaust_a_reader_is_refused(kind: Any, word: str) -> None:
    """Enums break at an eighth hub; the others kill the process that decodes them."""
    new = {"type": "record", "name": "Tree", "fields": [field("it", kind)]}
    assert any(word in fault for fault in compat.faults(new, []))


def test_an_array_of_nothing_behind_a_name_is_refused_too() -> None:
    """The items are named where they are used, and described elsewhere."""
    empty = {"type": "record", "name": "Empty", "fields": []}
    new = {
        "type": "record",
        "name": "R",
        "fields": [field("one", empty), field("many", {"type": "array", "items": "Empty"})],
    }
    assert compat.unsafe(new) == ["The schema has an array of nothing"]


def test_the_command_says_that_all_is_well() -> None:
    """`zeven schemas check` ends with 0; with --json an empty object."""
    assert CliRunner().invoke(command, ["check"]).exit_code == 0
    assert json.loads(CliRunner().invoke(command, ["check", "--json"]).output) == {}


def test_the_command_ends_with_1_and_all_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """A history that the schemas do not fit is told per record."""
    old = document()
    old["fields"][0]["type"] = "long"
    monkeypatch.setattr(compat, "history", lambda name: [old] if name == PROJECT else [])
    result = CliRunner().invoke(command, ["check"])
    assert result.exit_code == 1
    assert "source_id: long cannot be read as string" in result.output
    assert "no version is released" in result.output


class TestPublishedVerdicts:
    """What Apache Avro and Confluent's registry say of the same schemas."""

    def test_apache_reader_and_writer_pairs(self) -> None:
        """131 pairs: the same verdict on each."""
        vectors.needed()
        want = vectors.expected("avro-compat/apache-reader-writer.json")
        text = (vectors.VECTORS / "avro-compat/apache-reader-writer.json").read_text(encoding="utf-8")
        cases = json.loads(text)["cases"]
        verdicts = [not compat.unreadable(case["reader"], case["writer"]) for case in cases]
        assert verdicts == [case["verdict"] == "compatible" for case in cases]
        assert (len(cases), sum(verdicts)) == (want["cases"], want["compatible"])

    def test_confluent_modes(self) -> None:
        """32 cases over 6 modes."""
        vectors.needed()
        want = vectors.expected("avro-compat/confluent-modes.json")
        text = (vectors.VECTORS / "avro-compat/confluent-modes.json").read_text(encoding="utf-8")
        found = json.loads(text)
        assert len(found["cases"]) == want["cases"]
        for case in found["cases"]:
            assert fits(case, found["schemas"]) == case["compatible"], case


def fits(case: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Apply a mode of Confluent's registry with our resolution."""
    mode, new = case["mode"], schemas[case["new"]]
    previous = [schemas[name] for name in case["previous_oldest_first"]]
    against = previous if mode.endswith("_TRANSITIVE") else previous[-1:]
    backward = not mode.startswith("FORWARD")
    forward = not mode.startswith("BACKWARD")
    return not any(
        (backward and compat.unreadable(new, old)) or (forward and compat.unreadable(old, new))
        for old in against
    )
