"""`zeven reader`: who reads the national topics by program, each with a user and a group of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

import click

from connectors.manifest import Quota
from deploy import private, security
from deploy.cli.asking import table
from deploy.cli.context import settings_of
from deploy.rights import of_reader
from schemas.errors import Stop
from schemas.settings import Settings

PREFIX: Final = "reader-"
QUOTA: Final = Quota(produce_bytes_per_s=10_000, fetch_bytes_per_s=20_000_000)
COLUMNS: Final = ("reader", "user", "groups", "bytes_per_s")
DATA = click.option("--data", help="Folder of the system; default: the last one started.")


def _named(_context: click.Context, _parameter: click.Parameter, name: str) -> str:
    words = name.split("-")
    if not all(word.isascii() and word.isalnum() and word.islower() for word in words) or len(name) > 40:
        raise click.BadParameter("Write lower-case words joined by `-`, such as cbs or ez-monitor.")
    return name


NAME = click.argument("name", callback=_named)


@click.group()
def command() -> None:
    """At the office: let programs of others read the national topics, and nothing else."""


@command.command("grant")
@NAME
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write."
)
@click.option(
    "--kafka-address", help="Where the reader reaches Kafka, host:port; default: as this office does."
)
@DATA
def grant(name: str, out: Path, kafka_address: str | None, data: str | None) -> None:
    """Make user, password and rights of reader NAME, and a file of properties with which it connects.

    Made again, it replaces the password; the file before opens nothing any more.
    """
    if not out.absolute().parent.is_dir():
        raise Stop("That folder is not there", where=str(out.parent), fix="Make it, or name another file.")
    settings = settings_of(data)
    user, password = f"{PREFIX}{name}", security.new_password()
    authority = out.with_suffix(".ca.pem")
    with security.guard(settings) as client:
        security.set_rights(client, user, of_reader(name))
        security.set_quota(client, user, QUOTA)
        if settings.kafka.ca_file is not None:
            authority.write_bytes(_authority(settings.kafka.ca_file))
        private.write(out, _properties(settings, name, password, kafka_address, authority).encode())
        security.set_user(client, user, password)
    beside = f" and {authority.name}" if settings.kafka.ca_file is not None else ""
    click.echo(f"{out}{beside}: reader {name}, user {user}. Only you can read it; it holds the password.")
    click.echo(f"Try it there: kcat -F {out.name} -C -t national.project -e -q -f '%k %S\\n'")


@command.command("list")
@DATA
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def listed(data: str | None, as_json: bool) -> None:
    """List who may read, and how fast."""
    with security.guard(settings_of(data)) as client:
        users = [user for user in security.users(client) if user.startswith(PREFIX)]
        found = [(user.removeprefix(PREFIX), user, security.quota_of(client, user)) for user in users]
    rows = [
        (name, user, f"reader.{name}.", int(rate.get("consumer_byte_rate", 0))) for name, user, rate in found
    ]
    if as_json:
        click.echo(json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows], indent=2))
        return
    table(COLUMNS, rows)


@command.command("drop")
@NAME
@DATA
def drop(name: str, data: str | None) -> None:
    """Take user, password and rights of reader NAME away."""
    user = f"{PREFIX}{name}"
    with security.guard(settings_of(data)) as client:
        if not security.has_user(client, user):
            raise Stop(f"There is no reader {name}", fix="`zeven reader list` tells who there is.")
        security.drop(client, user)
    click.echo(f"{user} may read nothing any more.")


def _authority(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        fix = os.strerror(fault.errno or 0)
        raise Stop("The certificate of the authority cannot be read", where=str(path), fix=fix) from fault


def _properties(
    settings: Settings, name: str, password: str, kafka_address: str | None, authority: Path
) -> str:
    """Properties as librdkafka names them (kcat -F, confluent-kafka); other clients read them by line."""
    said = {
        "bootstrap.servers": kafka_address or settings.kafka.bootstrap,
        "security.protocol": settings.kafka.security_protocol,
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": f"{PREFIX}{name}",
        "sasl.password": password,
        **({"ssl.ca.location": authority.name} if settings.kafka.ca_file is not None else {}),
        "group.id": f"reader.{name}.main",
    }
    about = f"# Reader {name} of the national topics. Schemas: {settings.registry.url}"
    return "\n".join((about, *(f"{key}={value}" for key, value in said.items()), ""))
