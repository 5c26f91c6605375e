"""`zeven settings`: every setting, its value, and where it came from; secrets are masked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click
from pydantic import SecretStr

from connectors import manifest as manifests
from deploy.cli.asking import table
from deploy.cli.context import origins, settings_of
from schemas.settings import Settings, names, sections


@click.command()
@click.option("--data", help="Folder of the system (default: the last one started).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(data: str | None, as_json: bool) -> None:
    """Show what holds and where it comes from."""
    settings = settings_of(data)
    found = listed(settings, origins(data))
    if as_json:
        click.echo(json.dumps({"settings": found, "addresses": addresses(settings)}, indent=2))
    else:
        table(("setting", "value", "from", "meaning"), [tuple(one.values()) for one in found])


def listed(settings: Settings, said: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every setting under its name in the environment; `said` is where those were said that are not the default."""
    known = sections()
    found = []
    for section, name, variable in names():
        value = getattr(getattr(settings, section) if section else settings, name)
        model = known[section] if section else Settings
        shown = (
            "***" if isinstance(value, SecretStr) else ",".join(value) if isinstance(value, tuple) else value
        )
        found.append(
            {
                "setting": variable,
                "value": None if shown is None else str(shown),
                "from": said.get(variable, "default"),
                "meaning": model.model_fields[name].description or "",
            }
        )
    return found


def addresses(settings: Settings) -> dict[str, str]:
    """All addresses of this system."""
    ports = settings.ports
    return {
        "page": f"http://{settings.page.host}:{settings.page.port}",
        "kafka": settings.kafka.bootstrap,
        "registry": settings.registry.url,
        "samples": f"http://{ports.host}:{ports.samples}",
        "webhook": f"http://{ports.host}:{ports.webhook}",
        "smtp": f"{ports.host}:{ports.smtp}",
        "receivers": f"http://{ports.host}:{ports.receivers}",
        **{
            f"inbox-{hub}": f"{'https' if settings.inbox.certificate else 'http'}://{settings.inbox.host}:{port}"
            for port, hub in enumerate(manifests.folders(settings), start=ports.inbox)
        },
        **{
            f"{name}_metrics": f"http://{ports.host}:{port}/metrics"
            for name, port in (
                *(
                    (f"connector-{hub}", ports.connectors + number)
                    for number, hub in enumerate(manifests.folders(settings))
                ),
                ("worker", ports.worker),
                ("deliver", ports.deliver),
                ("samples", ports.samples_metrics),
            )
        },
        "view_metrics": f"http://{settings.page.host}:{settings.page.port}/metrics",
    }
