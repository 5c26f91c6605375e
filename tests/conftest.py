"""What holds for all tests: fixtures of the real systems, and a switch that lets nothing be skipped."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

pytest_plugins = ["tests.support.broker", "tests.support.site"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--require-all`, or ZEVEN_REQUIRE=1: a skip is a failure."""
    parser.addoption("--require-all", action="store_true", help="a skipped test is a failed test")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a test into a failure where everything is required."""
    return _required(item.config, (yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a module into a failure where everything is required."""
    return _required(collector.config, (yield))


Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def _required(config: pytest.Config, report: Report) -> Report:
    if report.skipped and (config.getoption("--require-all") or os.environ.get("ZEVEN_REQUIRE") == "1"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but everything is required here: {report.longrepr}"
    return report
