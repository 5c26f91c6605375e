"""`zeven hub grant`: at the office, the rights and the quota of a hub at Kafka as its manifest says."""

from __future__ import annotations

import click

from connectors import estate
from connectors import manifest as manifests
from deploy import security
from deploy.cli.context import settings_of
from schemas.bus.admin import ensure_topics
from schemas.bus.registry import Registry
from schemas.topics import catalogue


@click.command("grant")
@click.argument("name")
@click.option("--revoke", is_flag=True, help="Take rights, quota and password away instead.")
@click.option("--data", help="Folder of the system; default: the last one started.")
def command(name: str, revoke: bool, data: str | None) -> None:
    """At the office: give the user of hub NAME its topics, rights and quota; what it has too much is taken."""
    settings = settings_of(data)
    manifests.folder_of(name, settings)
    hub = estate.declared(settings)[name]
    with security.guard(settings) as client:
        if revoke:
            security.drop(client, hub.user)
            click.echo(f"{hub.user} may do nothing any more; its records stay.")
            return
        topics = catalogue([name], settings.topics.partitions)
        ensure_topics(settings, topics)
        registry = Registry(settings.registry.url)
        try:
            registry.ensure(topics)
        finally:
            registry.close()
        changed = security.grant(client, hub)
        known = security.has_user(client, hub.user)
    click.echo(f"{hub.user}: {changed} rights changed, {hub.quota.produce_bytes_per_s:,} bytes/s to write.")
    if not known:
        click.echo(f"It has no password yet: zeven hub bundle {name} --out {name}.zip")
