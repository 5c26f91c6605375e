"""A machine of a hub: a fresh virtual environment with the wheel for hubs and only what that wheel asks for."""

from __future__ import annotations

import subprocess
import sys
import venv
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

from deploy.hub.build import build, dependencies


def needed() -> dict[str, Distribution]:
    """The libraries that the wheel asks for, and theirs, as they are installed here."""
    found: dict[str, Distribution] = {}
    waiting = [(Requirement(pin), "") for pin in dependencies()]
    while waiting:
        one, extra = waiting.pop()
        if one.marker is not None and not one.marker.evaluate({"extra": extra}):
            continue
        name = one.name.lower()
        extras = one.extras or {""}
        if name not in found:
            found[name] = distribution(name)
            extras |= {""}
        waiting += [(Requirement(text), each) for text in found[name].requires or () for each in extras]
    return found


def link(library: Distribution, site: Path) -> None:
    """Make a library visible in another environment; nothing is fetched for it."""
    tops = {file.parts[0] for file in library.files or () if file.parts[0] not in ("..", "__pycache__")}
    for top in tops:
        if not (site / top).exists():
            (site / top).symlink_to(Path(str(library.locate_file(top))))


def machine(folder: Path) -> Path:
    """Build the wheel, install it in a fresh environment, and say where its programs are."""
    wheel = build(folder / "dist")
    home = folder / "venv"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--python", str(python))
    subprocess.run([*pip, "install", "--no-index", "--no-deps", str(wheel)], check=True)
    (site,) = home.glob("lib/python*/site-packages")
    for library in needed().values():
        link(library, site)
    return home / "bin"
