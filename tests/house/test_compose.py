"""docker-compose.yml starts the same system: it fits the compose schema, the settings and the catalogue of commands."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from jsonschema import Draft7Validator

from connectors import estate
from deploy.cli.main import command as zeven
from schemas.settings import Settings, names
from streams.view.gauges import COMPLETENESS
from tests.house.test_sizes import REPO

COMPOSE = yaml.safe_load((REPO / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image", "").startswith("zeven:")}
HUBS = list(estate.declared(Settings()))
MANIFEST_ADDRESSES = {"ZEVEN_SAMPLES_URL"}


def test_it_fits_the_compose_schema() -> None:
    """The compose specification's own JSON schema finds nothing."""
    schema = json.loads((Path(__file__).parent / "schemas/compose-spec.json").read_text(encoding="utf-8"))
    assert [fault.message for fault in Draft7Validator(schema).iter_errors(COMPOSE)] == []


def test_every_setting_in_it_is_one_that_zeven_has() -> None:
    """Names are known and values are accepted by the settings classes."""
    known = {variable for _, _, variable in names()} | MANIFEST_ADDRESSES
    for name, service in OURS.items():
        environ = {key: str(value) for key, value in service["environment"].items()}
        assert set(environ) <= known, name
        Settings.load({key: value for key, value in environ.items() if key not in MANIFEST_ADDRESSES})


def test_every_command_in_it_is_one_that_zeven_has() -> None:
    """The first word of each service's command is a command, and all processes of the journey are there."""
    commands = {" ".join(service["command"]) for service in OURS.values()}
    assert {line.split()[0] for line in commands} <= set(zeven.list_commands(None))
    assert commands == {
        *("setup", "samples serve", "receivers serve", "worker", "deliver", "view"),
        *(f"hub run {hub}" for hub in HUBS),
    }
    assert {f"connector-{hub}" for hub in HUBS} <= set(OURS)


def test_it_listens_on_this_machine_only_and_runs_without_rights() -> None:
    """Published ports are on loopback; our containers have no capabilities and a read-only root."""
    for name, service in SERVICES.items():
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", [])), name
    for service in OURS.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True


def test_prometheus_reads_every_process_at_the_port_it_has() -> None:
    """Scrape targets are services at the ports of the settings; the jobs are those of a local system."""
    folder = REPO / "deploy/prometheus"
    docker, local = (
        yaml.safe_load((folder / name).read_text(encoding="utf-8"))
        for name in ("docker.yml", "prometheus.yml")
    )
    ports = {
        f"ZEVEN_PORTS_{name.upper()}": name for name in ("connector", "worker", "deliver", "samples_metrics")
    }
    settings = {
        str(port)
        for name, port in OURS["view"]["environment"].items()
        if name in ports or name == "ZEVEN_PAGE_PORT"
    }
    static = {job["job_name"]: job["static_configs"][0]["targets"] for job in docker["scrape_configs"]}
    targets = [target.split(":") for targets in static.values() for target in targets]
    assert {service for service, _ in targets} <= set(SERVICES)
    assert {port for _, port in targets} == settings
    assert static["connector"] == [f"connector-{hub}:8720" for hub in HUBS]
    assert [job["job_name"] for job in docker["scrape_configs"]] == [
        job["job_name"] for job in local["scrape_configs"]
    ]
    assert docker["rule_files"] == local["rule_files"]


def test_a_local_prometheus_learns_from_the_view_where_the_connectors_are() -> None:
    """No hub is named in its configuration; the address is the view's."""
    local = yaml.safe_load((REPO / "deploy/prometheus/prometheus.yml").read_text(encoding="utf-8"))
    (job,) = (one for one in local["scrape_configs"] if one["job_name"] == "connector")
    (found,) = job["http_sd_configs"]
    assert found["url"] == f"http://127.0.0.1:{Settings().page.port}/prometheus/connectors"


def test_the_dashboard_has_a_row_for_every_hub_that_the_view_tells_of() -> None:
    """It repeats over a metric that the view shows of each hub, and names no hub itself."""
    text = (REPO / "deploy/grafana/hubs.json").read_text(encoding="utf-8")
    board = json.loads(text)
    variables = {one["name"]: one.get("query") for one in board["templating"]["list"]}
    assert variables["hub"]["query"] == f"label_values({COMPLETENESS._name}, hub)"
    assert [one["repeat"] for one in board["panels"] if one["type"] == "row"] == ["hub"]
    shown = [target["expr"] for one in board["panels"] for target in one.get("targets", ())]
    assert all('hub="$hub"' in expression for expression in shown)
    assert not [hub for hub in HUBS if hub in text]


def test_every_process_tells_docker_whether_it_is_ready() -> None:
    """Long-running processes of ours have a health check on /health/ready; the receivers have no such door."""
    lacking = {
        name for name, service in OURS.items() if "/health/ready" not in str(service.get("healthcheck"))
    }
    assert lacking == {"setup", "receivers"}


def test_it_runs_the_kafka_that_make_run_runs() -> None:
    """The pinned version is the same in both."""
    from deploy.local import artifacts

    assert SERVICES["kafka"]["image"] == f"apache/kafka:{artifacts.KAFKA_VERSION}"
    assert SERVICES["registry"]["image"].endswith(f":{artifacts.REGISTRY_VERSION}")
    version = (REPO / "pyproject.toml").read_text(encoding="utf-8").split('version = "')[1].split('"')[0]
    assert {service["image"] for service in OURS.values()} == {f"zeven:{version}"}
