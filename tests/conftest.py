"""What holds for all tests: fixtures of the real systems, and a switch that lets nothing be skipped."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

pytest_plugins = ["tests.support.broker"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--require-all`, or ZEVEN_REQUIRE=1: a skip is a failure."""
    parser.addoption("--require-all", action="store_true", help="a skipped test is a failed test")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where everything is required."""
    report = yield
    if report.skipped and (item.config.getoption("--require-all") or os.environ.get("ZEVEN_REQUIRE") == "1"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but everything is required here: {report.longrepr}"
    return report
