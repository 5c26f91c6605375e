"""The alarms ring when they should: promtool's own tests, and names that the code really exports."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import yaml
from prometheus_client.metrics import MetricWrapperBase

from connectors.inbox import desk
from schemas.bus import metrics
from streams.view import gauges
from tests.support.programs import program

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
OURS = (desk, metrics, gauges)


def test_every_alarm_rings_and_is_silent_as_its_tests_say() -> None:
    """promtool (Debian package `prometheus`) judges rules.test.yml."""
    done = subprocess.run(
        [program("prometheus", "promtool"), "test", "rules", "rules.test.yml"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_scrape_file_is_valid() -> None:
    """promtool reads it with its rules."""
    done = subprocess.run(
        [program("prometheus", "promtool"), "check", "config", "prometheus.yml"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alarm_says_what_how_and_what_to_do() -> None:
    """An alarm nobody can act on is noise."""
    rules = yaml.safe_load((FOLDER / "rules.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]

    assert {rule["alert"] for rule in rules} >= {
        "HubStil",
        "Achterstand",
        "AfgekeurdStijgt",
        "ProcesWeg",
        "BewijsKwijt",
    }
    assert all({"summary", "description", "todo"} <= rule["annotations"].keys() for rule in rules)


def test_alarms_speak_of_figures_that_exist() -> None:
    """A rule over a misspelt metric would never ring."""
    told = set(re.findall(r"zeven_\w+", (FOLDER / "rules.yml").read_text(encoding="utf-8")))
    exported = {
        name
        for module in OURS
        for metric in vars(module).values()
        if isinstance(metric, MetricWrapperBase)
        for family in metric.describe()
        for name in (family.name, f"{family.name}_total")
    }

    assert told <= exported
