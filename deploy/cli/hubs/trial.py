"""`zeven hub trial`: the real connector on topics of its own that nobody reads, and what would become of it."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Container, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click
from jinja2 import Environment, PackageLoader
from kafka import TopicPartition

from connectors import manifest as manifests
from connectors.manifest import Manifest
from connectors.reading import reader
from connectors.run import Connector
from deploy.becoming import Becoming, Nation
from deploy.cli import outlook
from deploy.cli.asking import table
from deploy.cli.context import settings_of
from deploy.nation import Reader
from schemas import topics
from schemas.bus import logs
from schemas.bus.admin import admin, ensure_topics
from schemas.bus.registry import Registry
from schemas.errors import Retry
from schemas.settings import Settings
from streams.national.keys import split_source

LOOKS = (
    "soort / kind",
    "stand / state",
    "gelezen / read",
    "gepubliceerd / published",
    "afgewezen / rejected",
    "let op / note",
)
GONE_S = 20.0
POLL_S = 0.1
NAMED = 10
REJECTED = ("kind", "row", "field", "expected", "got", "what", "what to do")


class Result(NamedTuple):
    """How the looks went, what would become of it, what was rejected or not met, and whether the hub is new."""

    checked: Mapping[str, Any]
    ahead: Sequence[Becoming]
    rejected: Sequence[Mapping[str, Any]]
    unseen: Mapping[str, Sequence[str]]
    first: bool


@click.command("trial")
@click.argument("name")
@click.option("--wipe", is_flag=True, help="Take the topics and the memory of the rehearsal away, and end.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write one page to sign off.")
@click.option("--data", help="Folder of the system; default: the last one started.")
def command(name: str, wipe: bool, as_json: bool, html: Path | None, data: str | None) -> None:
    """Rehearse hub NAME: look once, publish under trial.NAME., and show what would become of it nationally.

    The platform reads nothing of it. A second time only what changed is published; --wipe begins anew. Ends with 1 when
    a source was not read completely.
    """
    settings = settings_of(data)
    manifest = manifests.load(name, settings, os.environ)
    if wipe:
        gone = remove(settings, name)
        click.echo(f"{len(gone)} topics and the memory of the rehearsal are gone")
        return
    logs.configure(f"trial {name}")
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    found = result(settings, name, rehearse(settings, manifest))
    if html is not None:
        html.write_text(page(name, manifest.sample, found), encoding="utf-8")
    if as_json:
        said = {
            "hub": name,
            "kinds": found.checked["kinds"],
            "national": outlook.stated(found.ahead),
            "rejected": found.rejected,
            "unseen": found.unseen,
            "first": found.first,
        }
        click.echo(json.dumps(said, ensure_ascii=False, indent=2, default=str))
    else:
        _show(name, manifest.sample, found)
    if any(one["state"] not in ("live", "idle") for one in found.checked["kinds"]):
        sys.exit(1)


def _show(name: str, sample: bool, found: Result) -> None:
    table(LOOKS, looks(found.checked), f"{name}{' (voorbeelddata)' if sample else ''}")
    if found.rejected:
        table(REJECTED, rows(found.rejected))
    outlook.show(found.ahead)
    for line in remarks(found):
        click.echo(line)
    click.echo(
        f"Published under {topics.regional(topics.trial(name), '')} alone; `zeven hub trial {name} --wipe` removes it."
    )


def rehearse(settings: Settings, manifest: Manifest) -> Mapping[str, Any]:
    """One look of the real connector under another name; returns its life sign."""
    ensure_topics(settings, own(settings, manifest.hub))
    if shortened(settings, manifest.hub):
        forget(settings, manifest.hub)
    mappers = manifests.mappers(manifest.hub, settings)
    rehearsal = manifest.model_copy(update={"hub": topics.trial(manifest.hub)})
    checked = Connector(settings, rehearsal, mappers=mappers).run(once=True)
    return checked or {"kinds": [], "first_look": True}


def own(settings: Settings, hub: str) -> dict[str, topics.Topic]:
    """The topics of a rehearsal."""
    found = topics.of_hub(topics.trial(hub), settings.topics.partitions)
    return {topic.name: topic for topic in found}


def remove(settings: Settings, hub: str) -> list[str]:
    """Take away what a rehearsal left; returns the topics."""
    with admin(settings) as client:
        gone = sorted({*client.list_topics()} & own(settings, hub).keys())
        if gone:
            client.delete_topics(gone)
        end = time.monotonic() + GONE_S
        while {*client.list_topics()} & {*gone}:
            if time.monotonic() > end:
                raise Retry("Kafka still shows topics that it agreed to remove", fix="Wipe again.")
            time.sleep(POLL_S)
    forget(settings, hub)
    return gone


def forget(settings: Settings, hub: str) -> None:
    """Take away the memory of a rehearsal: the next one knows only what stands in its topics."""
    shutil.rmtree(settings.data / "connectors" / topics.trial(hub), ignore_errors=True)


def shortened(settings: Settings, hub: str) -> bool:
    """Whether Kafka has let go of a part of an old rehearsal, so that its memory says too much."""
    with closing(reader(settings, f"trial-{hub}")) as consumer:
        parts = [
            TopicPartition(one.name, part)
            for one in own(settings, hub).values()
            for part in range(one.partitions)
        ]
        return any(consumer.beginning_offsets(parts).values())


def result(settings: Settings, hub: str, checked: Mapping[str, Any]) -> Result:
    """What would become of what stands in the topics of the rehearsal, and what was rejected."""
    registry = Registry(settings.registry.url)
    try:
        reader = Reader(settings, registry)
        nation, rehearsed = reader.nation(), reader.regional(topics.trial(hub))
        rejected = list(reader.table(topics.rejected(topics.trial(hub)), "rejected.Rejected").values())
    finally:
        registry.close()
    first = not any(source.startswith(f"{hub}|") for source in nation.things)
    ahead = outlook.outlook(settings, hub, rehearsed, nation, first=first)
    complete = {one["kind"] for one in checked["kinds"] if one["complete"]}
    met = {(one.kind, one.source_id) for one in rehearsed}
    met |= {(one["kind"], one["source_id"]) for one in rejected}
    return Result(checked, ahead, rejected, unseen(hub, nation, complete, met), first)


def unseen(
    hub: str, nation: Nation, complete: Container[str], met: Container[tuple[str, str]]
) -> dict[str, list[str]]:
    """Kind -> source ids that the nation has of this hub, and a complete rehearsal did not meet."""
    found: dict[str, list[str]] = {}
    for source, things in nation.things.items():
        of, kind, source_id = split_source(source)
        if of == hub and things and kind in complete and (kind, source_id) not in met:
            found.setdefault(kind, []).append(source_id)
    return found


def remarks(found: Result) -> list[str]:
    """What the tables do not say."""
    said = [
        f"{kind}: {len(ids)} niet gezien in deze bron; ze blijven tot er bewijs is"
        f" / not seen in this source; they stay until there is evidence: {', '.join(ids[:NAMED])}"
        f"{', ...' if len(ids) > NAMED else ''}"
        for kind, ids in found.unseen.items()
    ]
    if found.first and any(one.told for one in found.ahead):
        said.append(
            "De eerste blik wordt per abonnement in één samenvatting verteld"
            " / the first look is told in one summary per subscription"
        )
    return said


def looks(checked: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """One row per kind: how the look went."""
    names = ("kind", "state", "read", "published", "rejected")
    return [(*(one[name] for name in names), "; ".join(one["reasons"])) for one in checked["kinds"]]


def rows(rejected: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """One row per rejected row of the source."""
    names = ("kind", "row", "field", "expected", "got", "cause", "fix")
    return [tuple(one.get(name) or "" for name in names) for one in rejected]


def page(hub: str, sample: bool, found: Result) -> str:
    """One static page, without scripts, to print and sign."""
    environment = Environment(loader=PackageLoader("deploy.cli"), autoescape=True)
    return environment.get_template("trial.html").render(
        hub=hub,
        sample=sample,
        at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        columns=LOOKS,
        looks=looks(found.checked),
        refused=REJECTED,
        rejected=rows(found.rejected),
        outlook=outlook.shown(found.ahead),
        remarks=remarks(found),
    )
