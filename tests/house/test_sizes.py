"""The budgets of the house: they bite on the maximum, because beauty is lost in the tail."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

REPO = Path(__file__).parents[2]
ROOMS = ("schemas", "connectors", "streams", "deploy", "tests")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40
MAX_PARAMETERS = 7
MIN_DOCSTRING_WORDS = 4


def modules() -> Iterator[tuple[str, str, ast.Module]]:
    """Every Python file of the project: path, text, tree."""
    for room in ROOMS:
        for path in sorted((REPO / room).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            yield str(path.relative_to(REPO)), text, ast.parse(text)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods of a module."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_no_file_is_longer_than_its_budget() -> None:
    """A file of more than 400 lines is two files."""
    long = [
        f"{path}: {text.count(chr(10))} lines"
        for path, text, _ in modules()
        if text.count("\n") > MAX_FILE_LINES
    ]
    assert long == []


def test_every_function_fits_on_a_screen() -> None:
    """A function has at most 40 lines and 7 parameters."""
    wrong = []
    for path, _, tree in modules():
        for node in functions(tree):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            parameters = len(node.args.args) + len(node.args.kwonlyargs) + len(node.args.posonlyargs)
            if size > MAX_FUNCTION_LINES or parameters > MAX_PARAMETERS:
                wrong.append(f"{path}:{node.lineno} {node.name}: {size} lines, {parameters} parameters")
    assert wrong == []


def test_every_module_says_its_place_in_the_journey() -> None:
    """A module opens with a docstring of at least a few words; an empty package file may be silent."""
    silent = [
        path
        for path, text, tree in modules()
        if text.strip() and len((ast.get_docstring(tree) or "").split()) < MIN_DOCSTRING_WORDS
    ]
    assert silent == []


def test_every_test_says_what_it_shows() -> None:
    """A test has a docstring, or a name of at least four words."""
    silent = [
        f"{path}:{node.lineno} {node.name}"
        for path, _, tree in modules()
        if path.startswith("tests/")
        for node in functions(tree)
        if node.name.startswith("test_") and not ast.get_docstring(node) and len(node.name.split("_")) < 5
    ]
    assert silent == []


def test_every_test_floor_says_what_it_is_for() -> None:
    """Each folder with tests has a README that says should, should not and may."""
    for floor in sorted({path.parent for path in (REPO / "tests").glob("*/test_*.py")}):
        text = (floor / "README.md").read_text(encoding="utf-8").lower()
        assert all(word in text for word in ("should", "should not", "may")), floor.name
