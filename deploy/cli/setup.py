"""`zeven setup`: topics and schemas as the catalogue wants them; what is there already is left as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from connectors import estate
from deploy import bundle, private, rights, security
from deploy.cli.context import settings_of
from schemas.bus.admin import ensure_topics
from schemas.bus.registry import Registry
from schemas.settings import Settings
from schemas.topics import Topic


@click.command()
@click.option("--acls", is_flag=True, help="Also give every hub and every part of the platform its rights.")
@click.option(
    "--users",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --acls: make the users of the platform that are missing, each with a settings file there.",
)
@click.option("--data", help="Folder of the system (default: the last one started).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(acls: bool, users: Path | None, data: str | None, as_json: bool) -> None:
    """Make the topics that are missing and register the schemas."""
    settings = settings_of(data)
    topics = estate.topics(settings)
    made = ensure_topics(settings, topics)
    ids = Registry(settings.registry.url).ensure(topics)
    changed = rights_of_all(settings, topics, users) if acls else {}
    if as_json:
        found = {"topics": len(topics), "made": made, "schemas": ids, "rights": changed}
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(f"{len(topics)} topics, {len(made)} of them new; {len(set(ids.values()))} schemas registered")
    for user, count in changed.items():
        click.echo(f"  {user}: {count} rights changed")


def rights_of_all(settings: Settings, topics: Mapping[str, Topic], users: Path | None) -> dict[str, int]:
    """Bring the rights of all to what manifests and catalogue say; returns how many changed, by user."""
    with security.guard(settings) as client:
        changed = {
            user: security.set_rights(client, user, right) for user, right in rights.of_roles(topics).items()
        }
        changed |= {hub.user: security.grant(client, hub) for hub in estate.declared(settings).values()}
        for user in rights.ROLES if users else ():
            if users and not security.has_user(client, user):
                password = security.new_password()
                security.set_user(client, user, password)
                private.write(
                    private.folder(users) / f"{user}.toml", _settings_file(settings, user, password)
                )
    return changed


def _settings_file(settings: Settings, user: str, password: str) -> bytes:
    """For ZEVEN_SETTINGS of the process that this user is for."""
    document = bundle.addresses(settings, user)
    document["kafka"]["password"] = password
    if settings.kafka.ca_file is not None:
        document["kafka"]["ca_file"] = settings.kafka.ca_file.absolute()
    return bundle.as_toml(document)
