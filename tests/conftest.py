"""What holds for all tests: fixtures of the real systems, and a switch that lets nothing be skipped."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TypeVar

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

FIRST, GIVES_WAY = "gw0", 10
NEED_KAFKA = ("tests/broker/", "tests/browser/", "tests/faults/", "tests/contract/test_foreign_client.py")
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


def pytest_configure(config: pytest.Config) -> None:
    """Of two lanes the second gives way: what waits for a real Kafka has bounds on time, the rest only has work."""
    if (lane := getattr(config, "workerinput", {}).get("workerid", FIRST)) != FIRST:
        os.nice(GIVES_WAY)
    os.environ["ZEVEN_TEST_LANE"] = lane


class Lanes(LoadScopeScheduling):  # type: ignore[misc]
    """One lane for all that needs Kafka, so that there is one Kafka; a file of other tests stays together."""

    def _split_scope(self, nodeid: str) -> str:
        return "kafka" if nodeid.startswith(NEED_KAFKA) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """How `pytest -n 2` shares the tests out."""
    return Lanes(config, log)


Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def _required(config: pytest.Config, report: Report) -> Report:
    if report.skipped and (config.getoption("--require-all") or os.environ.get("ZEVEN_REQUIRE") == "1"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but everything is required here: {report.longrepr}"
    return report
