"""`zeven schemas`: the gate before the contract, the catalogue of topics, and the pages made from both."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

import schemas
from connectors import estate
from connectors.manifest import Declared
from schemas import compat
from schemas.reference import lists
from schemas.settings import Settings
from schemas.topics import REHEARSED_DAYS, Topic, catalogue

HISTORY: Final = Path(schemas.__file__).parent / "history"
MADE: Final = "<!-- Made by `zeven schemas docs`; change the source it names, not this page. -->"
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """The contract: schemas, topics, reference lists."""


@command.command("check")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def check(as_json: bool) -> None:
    """Check every schema against all released versions, both ways; needs no registry."""
    found = compat.check()
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        for name, faults in found.items():
            for fault in faults:
                click.echo(f"{name}: {fault}")
        if not found:
            click.echo(f"{len(compat.current())} schemas fit all of their released versions")
    if found:
        sys.exit(1)


@command.command("register")
@click.option("--data", help="Folder of the system (default: the last one started).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def register(data: str | None, as_json: bool) -> None:
    """Register the schema of every topic; the registry is set to FULL_TRANSITIVE."""
    from deploy.cli.context import settings_of
    from schemas.bus.registry import Registry

    settings = settings_of(data)
    registry = Registry(settings.registry.url)
    try:
        ids = registry.ensure(estate.topics(settings))
    finally:
        registry.close()
    if as_json:
        click.echo(json.dumps(ids, indent=2))
    else:
        click.echo(f"{len(ids)} subjects, {len(set(ids.values()))} schemas registered")


@command.command("topics")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def topics(as_json: bool) -> None:
    """Which topics there are, what lies in them, who writes and who reads."""
    rows = [_topic_row(topic) for topic in estate.topics(Settings.load(os.environ)).values()]
    if as_json:
        click.echo(json.dumps([dict(zip(TOPIC_HEADS, row, strict=True)) for row in rows], indent=2))
        return
    widths = [max(map(len, column)) for column in zip(TOPIC_HEADS, *rows, strict=True)]
    for row in (TOPIC_HEADS, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@command.command("release")
@click.option("--to", type=FOLDER, default=HISTORY, help="Folder of the released versions.")
def release(to: Path) -> None:
    """Freeze every schema that differs from its last released version as the next one."""
    made = 0
    for name, schema in compat.current().items():
        released = compat.history(name)
        if released and released[-1] == schema.document:
            continue
        faults = compat.faults(schema.document, released)
        if faults:
            click.echo("\n".join(f"{name}: {fault}" for fault in faults), err=True)
            sys.exit(1)
        path = to / name / f"{len(released) + 1}.avsc"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema.document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        click.echo(f"{name}: version {len(released) + 1}")
        made += 1
    click.echo(f"{made} versions released")


@command.command("docs")
@click.option("--to", type=FOLDER, default=Path("docs/reference"), show_default=True)
def docs(to: Path) -> None:
    """Write the reference pages of schemas, topics and reference lists."""
    to.mkdir(parents=True, exist_ok=True)
    for name, text in pages(Settings.load(os.environ)).items():
        (to / name).write_text(text, encoding="utf-8")
        click.echo(str(to / name))


def pages(settings: Settings) -> dict[str, str]:
    """The reference pages by file name."""
    return {
        "hubs.md": _hubs_page(settings),
        "reference-lists.md": _lists_page(),
        "schemas.md": _schemas_page(),
        "topics.md": _topics_page(),
    }


TOPIC_HEADS: Final = (
    "topic",
    "value",
    "key",
    "partition by",
    "partitions",
    "kept",
    "written by",
    "read by",
)


def _topic_row(topic: Topic) -> tuple[str, ...]:
    retention = topic.config.get("retention.ms")
    kept = f"{int(retention) // 86_400_000} days" if retention else "last per key"
    return (
        topic.name,
        f"zeven.{topic.schema}",
        topic.key,
        topic.partitioned_by,
        str(topic.partitions),
        kept,
        topic.writer,
        ", ".join(topic.readers),
    )


def _topics_page() -> str:
    general = catalogue(["<hub>"])
    return _page(
        "Topics",
        "What lies in each topic, who writes and who reads (`schemas/topics.py`). `<hub>` is the slug of a hub.",
        _table(TOPIC_HEADS, [_topic_row(topic) for topic in general.values()]),
        "Values are Avro in Confluent framing, subject `<topic>-value`, FULL_TRANSITIVE. Keys are UTF-8. The"
        " partition is that of Kafka's default partitioner for the text under *partition by*; `-` means that"
        " there is one partition.",
        "`zeven hub trial` makes the topics of a hub once more, as `trial.<hub>.project` to `trial.<hub>.rejected`,"
        f" with the same schemas, kept for at most {REHEARSED_DAYS} days; the hub alone reads them.",
    )


HUB_HEADS: Final = (
    "hub",
    "name",
    "also",
    "provinces",
    "coordinator",
    "site",
    "pin",
    "user",
    "bytes/s out, in",
)


def _hubs_page(settings: Settings) -> str:
    return _page(
        "Hubs",
        "Who the hubs are and what each may use, as their manifests say (`connectors/hubs/<hub>/manifest.toml`)."
        " Topics, users, rights, quotas, the map and the dashboard are made from the same. A name with * is not"
        " confirmed by a source.",
        _table(HUB_HEADS, [_hub_row(one) for one in estate.declared(settings).values()]),
    )


def _hub_row(one: Declared) -> tuple[str, ...]:
    return (
        f"`{one.hub}`",
        f"{one.name.nl} / {one.name.en}{'' if one.confirmed else ' *'}",
        ", ".join(one.aliases),
        ", ".join(one.provinces),
        one.coordinator or "",
        one.site,
        f"{one.pin.lat:g}, {one.pin.lon:g}" if one.pin else "",
        f"`{one.user}`",
        f"{one.quota.produce_bytes_per_s:,}, {one.quota.fetch_bytes_per_s:,}",
    )


def _schemas_page() -> str:
    parts: list[str] = []
    for name, schema in compat.current().items():
        versions = len(compat.history(name))
        document = schema.document
        prefix = document.get(compat.PREFIX)
        frozen = f" Its frozen prefix ends at `{prefix}`." if prefix else ""
        parts += [
            f"## {name}",
            f"{document['doc']} Released versions: {versions}.{frozen}",
            _fields(document),
        ]
    shared = _shared(schema.document for schema in compat.current().values())
    for name in sorted(shared):
        document = shared[name]
        size = f" {document['size']} bytes." if document["type"] == "fixed" else ""
        parts += [f"## {name}", document["doc"] + size]
        if "fields" in document:
            parts.append(_fields(document))
    return _page(
        "Schemas",
        "The records in the topics, then the parts they share (`schemas/avro`). Versions: `schemas/history`.",
        *parts,
    )


def _shared(documents: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for document in documents:
        names = compat.node_of(document).names
        found.update({name: node for name, node in names.items() if node is not document})
    return found


def _fields(document: Mapping[str, Any]) -> str:
    rows = [
        (
            f"`{field['name']}`",
            f"`{_type(field['type'])}`",
            f"`{json.dumps(field['default'])}`" if "default" in field else "",
            field["doc"],
        )
        for field in document["fields"]
    ]
    return _table(("field", "type", "default", "meaning"), rows)


def _type(node: Any) -> str:
    if isinstance(node, str):
        return node
    if isinstance(node, list):
        return " or ".join(_type(branch) for branch in node)
    if node["type"] == "array":
        return f"array of {_type(node['items'])}"
    if "name" not in node:
        return str(node["type"])
    name = str(node["name"])
    return name if "." in name else f"{node['namespace']}.{name}"


def _lists_page() -> str:
    parts: list[str] = []
    for name in lists.NAMES:
        rows = lists.rows(name)
        heads = tuple(rows[0])
        parts += [f"## {name}", _table(heads, [[row[head] or "" for head in heads] for row in rows])]
    return _page(
        "Reference lists",
        "The values that fields of the contract name (`schemas/reference/*.csv`). Targets say what is aimed for,"
        " never what was achieved.",
        *parts,
    )


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", MADE, *parts]) + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines
    )
