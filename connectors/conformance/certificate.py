"""The certificate of a connector: which release was tried with which checks, and what became of them.

One JSON document and one page for people, Dutch first. The digest over the content shows that nobody edited it; it is
no signature: whoever doubts a certificate runs the suite again, which every machine can.
"""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import orjson
from jinja2 import Environment, PackageLoader
from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.conformance.bench import Subject
from connectors.conformance.suite import BEGIN_MS, Found
from schemas.digest import blake

NAME: Final = "certificate.json"
PAGE: Final = "certificate.html"
Outcome = Literal["passed", "failed", "not applicable"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Checked(_Part):
    """One check of one kind."""

    check: str
    outcome: Outcome
    says: str
    detail: str
    seconds: float
    figures: Mapping[str, int]


class Kind(_Part):
    """The checks of one kind of record."""

    kind: str
    reader: str
    checks: tuple[Checked, ...]


class Certificate(_Part):
    """What stands in `certificate.json`."""

    hub: str
    release: str
    at: str
    begins_ms: int = BEGIN_MS
    """Every trial begins at this moment of its own clock and draws nothing by chance: another run does the same."""
    environment: Mapping[str, str]
    kinds: tuple[Kind, ...]
    digest: str = ""

    @property
    def passed(self) -> int:
        """How many checks passed."""
        return self._count("passed")

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return self._count("failed")

    def _count(self, outcome: Outcome) -> int:
        return sum(one.outcome == outcome for kind in self.kinds for one in kind.checks)

    def sealed(self) -> Certificate:
        """With the digest of its content."""
        return self.model_copy(update={"digest": self._content()})

    @property
    def intact(self) -> bool:
        """Whether the content is what the digest says."""
        return self.digest == self._content()

    def _content(self) -> str:
        said = self.model_dump(mode="json", exclude={"digest"})
        return blake(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hex()


def certificate(
    found: Mapping[str, Iterable[Found]], subjects: Iterable[Subject], release: str, at: datetime
) -> Certificate:
    """The certificate of a connector from what became of the checks of each kind."""
    tried = list(subjects)
    kinds = tuple(
        Kind(kind=one.kind, reader=one.reader, checks=tuple(map(_checked, found[one.kind]))) for one in tried
    )
    environment = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "sqlite": sqlite3.sqlite_version,
    }
    hub = tried[0].manifest.hub
    made = Certificate(
        hub=hub, release=release, at=f"{at:%Y-%m-%dT%H:%M:%SZ}", environment=environment, kinds=kinds
    )
    return made.sealed()


def _checked(found: Found) -> Checked:
    return Checked.model_validate(vars(found))


def write(made: Certificate, folder: Path) -> tuple[Path, Path]:
    """Write document and page into a folder; returns where."""
    folder.mkdir(parents=True, exist_ok=True)
    document, sheet = folder / NAME, folder / PAGE
    document.write_bytes(orjson.dumps(made.model_dump(mode="json"), option=orjson.OPT_INDENT_2) + b"\n")
    sheet.write_text(page(made), encoding="utf-8")
    return document, sheet


def read(folder: Path) -> Certificate | None:
    """The certificate in a folder; None without one that can be read."""
    try:
        return Certificate.model_validate_json((folder / NAME).read_bytes())
    except (OSError, ValidationError):
        return None


def standing(made: Certificate | None, release: str) -> dict[str, Any]:
    """What a list says of a connector of this release: certified, failed, of another release, changed, or none."""
    if made is None:
        return {"state": "not certified"}
    state = "certified"
    if not made.intact:
        state = "changed by hand"
    elif made.release != release:
        state = "another release"
    elif made.failed or not made.passed:
        state = "failed"
    return {
        "state": state,
        "at": made.at,
        "release": made.release,
        "passed": made.passed,
        "failed": made.failed,
        "digest": made.digest,
    }


def page(made: Certificate) -> str:
    """One static page, without scripts."""
    environment = Environment(loader=PackageLoader("connectors.conformance"), autoescape=True)
    return environment.get_template("certificate.html").render(one=made)
