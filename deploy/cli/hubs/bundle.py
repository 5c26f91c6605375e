"""`zeven hub bundle`: at the office, one file with which a hub joins."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from connectors import estate
from connectors import manifest as manifests
from connectors.manifest import Declared
from deploy import bundle, private, security
from deploy.cli.context import settings_of
from schemas.errors import Stop
from schemas.settings import Settings
from schemas.version import installed


@click.command("bundle")
@click.argument("name")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write."
)
@click.option("--kafka-address", help="Where the hub reaches Kafka, host:port; default: as this office does.")
@click.option("--registry-address", help="Where the hub reaches the registry; default: as this office does.")
@click.option("--data", help="Folder of the system; default: the last one started.")
def command(
    name: str, out: Path, kafka_address: str | None, registry_address: str | None, data: str | None
) -> None:
    """At the office: make user, password, rights and quota of hub NAME, and one file to join with.

    Made again, it replaces the password: the hub joins again with the new file.
    """
    settings = settings_of(data)
    manifests.folder_of(name, settings)
    hub = estate.declared(settings)[name]
    if out.exists():
        raise Stop("That file is there already", where=str(out), fix="Name another; a bundle is used once.")
    said = _as_the_hub_sees_it(settings, kafka_address, registry_address)
    password = security.new_password()
    content = bundle.pack(contents(said, hub, manifests.folder_of(name, settings), password))
    private.write(out, content)
    try:
        with security.guard(settings) as client:
            security.grant(client, hub)
            security.set_user(client, hub.user, password)
    except BaseException:
        out.unlink()  # the password in it was never set
        raise
    click.echo(f"{out}: hub {name}, user {hub.user}. Only you can read it; it holds the password.")
    click.echo(f"Send it by a way that only the hub can read. There: zeven hub join {out.name}")


def _as_the_hub_sees_it(settings: Settings, kafka: str | None, registry: str | None) -> Settings:
    changed: dict[str, Any] = {}
    if kafka:
        changed["kafka"] = settings.kafka.model_copy(update={"bootstrap": kafka})
    if registry:
        changed["registry"] = settings.registry.model_copy(update={"url": registry})
    return settings.model_copy(update=changed)


def contents(settings: Settings, hub: Declared, folder: Path, password: str) -> dict[str, bytes]:
    """The files of the bundle. Raises `Stop` when the authority's certificate cannot be read."""
    about = {
        "hub": hub.hub,
        "user": hub.user,
        "release": installed(),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    found = {
        bundle.ABOUT: json.dumps(about, indent=2).encode(),
        bundle.SETTINGS: bundle.as_toml(bundle.addresses(settings, hub.user)),
        bundle.CREDENTIAL: password.encode(),
        bundle.README: _readme(hub).encode(),
    }
    for path in sorted(folder.iterdir()):
        if path.suffix in (".py", ".toml", ".csv"):
            found[f"{bundle.HUB}{path.name}"] = path.read_bytes()
    if settings.kafka.ca_file is not None:
        try:
            found[bundle.AUTHORITY] = settings.kafka.ca_file.read_bytes()
        except OSError as fault:
            where = str(settings.kafka.ca_file)
            raise Stop(
                "The certificate of the authority cannot be read",
                where=where,
                fix=os.strerror(fault.errno or 0),
            ) from fault
    return found


def _readme(hub: Declared) -> str:
    text = files("deploy.cli").joinpath("templates/bundle.txt").read_text(encoding="utf-8")
    return text.replace("{hub}", hub.hub).replace("{nl}", hub.name.nl).replace("{en}", hub.name.en)
