"""What a hub reads of faults is Dutch: what is wrong, what was expected, how to mend it, why a look failed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import connectors
import schemas
from schemas.advice import dutch
from schemas.reference.lists import rows

ROOTS = [Path(package.__path__[0]) for package in (connectors, schemas)]
TREES = {path: ast.parse(path.read_text("utf-8")) for root in ROOTS for path in sorted(root.rglob("*.py"))}


def called(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def fixes() -> Iterator[tuple[str, str]]:
    """Place and text of every fix, also of those that a function of the module hands on to `Reject`."""
    for path, tree in TREES.items():
        makers = {
            node.name: [one.arg for one in node.args.args]
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
            and "fix" in [one.arg for one in node.args.args]
            and any(called(inner) == "Reject" for inner in ast.walk(node))
        }
        for node in ast.walk(tree):
            name = called(node)
            if not isinstance(node, ast.Call) or name not in {"Reject", *makers}:
                continue
            named = [one.value for one in node.keywords if one.arg == "fix"]
            at = makers[name].index("fix") if name in makers else len(node.args)
            for fix in [*named, *node.args[at : at + 1]]:
                yield from ((f"{path.name}:{node.lineno}", text) for text in sentences(tree, fix) if text)


def sentences(tree: ast.AST, said: ast.expr) -> list[str]:
    """What an expression can say: a text, one of two, or a name that is given such texts in the same module."""
    if isinstance(said, ast.Constant):
        return [str(said.value)]
    if isinstance(said, ast.IfExp):
        return [*sentences(tree, said.body), *sentences(tree, said.orelse)]
    if isinstance(said, ast.Name):
        given = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == said.id
        ]
        return [text for one in given for text in sentences(tree, one)]
    raise AssertionError(f"A fix holds no values, so that it has one Dutch sentence: {ast.unparse(said)}")


def test_every_fix_of_a_rejected_row_has_a_dutch_sentence() -> None:
    said = set(fixes())

    assert len(said) > 40
    assert sorted(one for one in said if dutch(one[1]) == one[1]) == []


def template(said: ast.expr) -> str | None:
    """A text with `x` for its values; None where it is handed on."""
    if isinstance(said, ast.Constant):
        return str(said.value)
    if isinstance(said, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "x" for one in said.values)
    if isinstance(said, ast.Subscript):
        return template(said.value)
    if isinstance(said, ast.Call) and isinstance(said.func, ast.Attribute) and said.func.attr == "rstrip":
        return template(said.func.value)
    return None


def told() -> Iterator[tuple[str, str]]:
    """Place and text of what is said of a row that is rejected, and of a source that could not be read."""
    for path, tree in TREES.items():
        parts = {"newcomer", "conformance", "inbox", "deliver", "sinks", "bus"} & set(path.parts)
        for node in ast.walk(tree):
            if parts or not isinstance(node, ast.Call) or called(node) not in ("Reject", "Retry", "Limited"):
                continue
            if called(node) != "Reject" and path.parent.name != "sources":
                continue
            said = [*node.args[:1], *(one.value for one in node.keywords if one.arg in ("expected", "fix"))]
            yield from ((f"{path.name}:{node.lineno}", text) for one in said if (text := template(one)))


SAME_IN_BOTH = {"Project", "ISO 8601", "JSON (RFC 8259)", "YYYY-MM-DD HH:MM:SS", "x"}
"""Names and forms; and Dutch words that a hub is to write."""


def test_what_is_wrong_and_what_was_expected_has_a_dutch_sentence() -> None:
    said = set(told())

    assert len(said) > 150
    lacking = {one for one in said if dutch(one[1]) == one[1] and one[1] not in SAME_IN_BOTH}
    assert sorted(one for one in lacking if not one[1].startswith("AI-hub …")) == []


def test_values_stay_and_are_dutch_themselves_where_they_can_be() -> None:
    whole = "The site answers 500: Internal Server Error (https://voorbeeld.nl/api). Is the site up?"
    assert dutch(whole) == (
        "De site antwoordt 500: Internal Server Error (https://voorbeeld.nl/api). Is de site in de lucht?"
    )
    held = "19 of 20 records vanished at once; more than 20% are held; if that is right: zeven hub approve limburg"
    assert dutch(held) == (
        "19 van 20 records verdwenen tegelijk; meer dan 20% wordt vastgehouden; klopt dat: zeven hub approve limburg"
    )
    assert dutch("start: expected a number, got 'x'") == "start: verwacht een getal, gevonden 'x'"
    assert dutch("de lijst is leeg / the list is empty") == "de lijst is leeg"
    assert dutch("Something new happened (here).") == "Something new happened (here)."


def test_a_sentence_and_its_dutch_have_the_same_values() -> None:
    faulty = [row["en"] for row in rows("advice") if row["en"].count("{}") != row["nl"].count("{}")]
    assert faulty == []
