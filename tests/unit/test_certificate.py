"""What a certificate says, and what a list says of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson

from connectors.conformance import CHECKS, Found
from connectors.conformance import certificate as certificates
from connectors.conformance.certificate import NAME, PAGE, Certificate, certificate
from connectors.conformance.suite import says
from deploy.samples import benches
from schemas.settings import Settings

RELEASE = "1.0+abc"
PASSED = Found("doubles", "passed", says("doubles"), "", 1.5, {"looks": 3, "ends": 0, "requests": 7})


def made(*more: Found) -> Certificate:
    """A certificate of one kind."""
    tried = [
        one for one in benches.subjects("zuid-holland", Settings.at(Path("unused"))) if one.kind == "event"
    ]
    at = datetime(2026, 11, 26, 10, tzinfo=UTC)
    return certificate({"event": [PASSED, *more]}, tried, RELEASE, at)


def test_a_certificate_of_this_release_is_read_back_and_certifies(tmp_path: Path) -> None:
    certificates.write(made(), tmp_path)
    found = certificates.read(tmp_path)
    assert found is not None
    assert found == made()
    standing = certificates.standing(found, RELEASE)
    assert (standing["state"], standing["passed"], standing["at"]) == ("certified", 1, "2026-11-26T10:00:00Z")


def test_another_release_a_failure_an_edit_and_none_are_told_apart(tmp_path: Path) -> None:
    failed = made(replace(PASSED, check="late commits", outcome="failed", detail="missing: [3]"))
    assert certificates.standing(made(), "1.0+def")["state"] == "another release"
    assert certificates.standing(failed, RELEASE)["state"] == "failed"
    assert certificates.standing(None, RELEASE)["state"] == "not certified"
    certificates.write(failed, tmp_path)
    document = orjson.loads((tmp_path / NAME).read_bytes())
    document["kinds"][0]["checks"][1] |= {"outcome": "passed", "detail": ""}
    (tmp_path / NAME).write_bytes(orjson.dumps(document))
    assert certificates.standing(certificates.read(tmp_path), RELEASE)["state"] == "changed by hand"
    (tmp_path / NAME).write_bytes(b"{")
    assert certificates.read(tmp_path) is None


def test_the_page_says_what_failed_and_escapes_it(tmp_path: Path) -> None:
    failed = replace(PASSED, check="late commits", outcome="failed", detail="<script>alert(1)</script>")
    certificates.write(made(failed), tmp_path)
    page = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert "Gezakt voor 1 van de 2 proeven" in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert made(failed).digest in page


def test_every_check_says_what_it_shows() -> None:
    assert len(CHECKS) > 25
    assert all(says(name).endswith(".") for name in CHECKS)
