"""Rooms and what an import does: between connectors and streams there is only Kafka, and nothing happens at import."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.house.test_sizes import REPO, modules

ALLOWED_ROOMS = {"schemas", "connectors", "streams", "deploy", "tests"}
WATCH = """
import sys, pkgutil, importlib
def refuse(event, args):
    writes = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    if event in ("socket.connect", "socket.bind", "subprocess.Popen", "os.fork") or (
        writes and "__pycache__" not in str(args[0])
    ):
        sys.exit(f"{event} {args} at import")
names = []
for room in ("schemas", "connectors", "streams", "deploy"):
    package = importlib.import_module(room)
    names += [m.name for m in pkgutil.walk_packages(package.__path__, room + ".")]
import faust, faust.worker, faust.cli.base, aiokafka, kafka, fastapi, uvicorn
import structlog, rich, pydantic, httpx, jinja2, jgo
sys.addaudithook(refuse)
for name in names:
    importlib.import_module(name)
print(len(names))
"""


def test_rooms_import_in_one_direction() -> None:
    """The import-linter contracts of pyproject.toml hold."""
    found = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_a_new_room_or_module_without_a_floor_is_refused() -> None:
    """Python files lie in one of the five rooms, and every package on the way has its `__init__`."""
    tracked = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=REPO, capture_output=True, text=True, check=True
    )
    files = [Path(line) for line in tracked.stdout.splitlines()]
    assert files
    assert {path.parts[0] for path in files} <= ALLOWED_ROOMS
    homeless = {
        str(path.parent)
        for path in files
        if path.parts[0] != "tests" and not (REPO / path.parent / "__init__.py").exists()
    }
    assert homeless == set()


def test_nothing_happens_at_import() -> None:
    """Importing every module opens no connection, starts no process and writes no file."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("ZEVEN_")}
    found = subprocess.run(
        [sys.executable, "-c", WATCH], cwd=REPO, capture_output=True, text=True, check=False, env=environ
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert int(found.stdout) > 20


def test_no_module_swallows_what_it_does_not_know() -> None:
    """Nothing catches everything without naming it, and nothing is left open."""
    wrong = []
    for path, _, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                name = ast.unparse(node.type) if node.type else "everything"
                if name in ("everything", "Exception", "BaseException") and not _raises(node):
                    wrong.append(f"{path}:{node.lineno} catches {name}")
    assert wrong == []


def _raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for node in ast.walk(handler))


def test_every_pin_of_the_project_is_in_the_hashed_files() -> None:
    """What pyproject.toml pins is what the hash-pinned files install."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = (REPO / "requirements.txt").read_text(encoding="utf-8")
    pins = [re.sub(r"\[.*\]", "", pin) for pin in project["dependencies"]]
    lines = locked.splitlines()
    missing = [pin for pin in pins if not any(line.startswith(f"{pin} ") for line in lines)]
    assert missing == []
    assert "--hash=sha256:" in locked
    assert "://" not in locked
    assert "index-url" not in locked
