"""`zeven hub check`: what is wrong with a hub's declaration, or with what another program published for it."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Iterator

import click

from connectors import checking
from connectors import manifest as manifests
from connectors.checking import Finding
from connectors.inbox import checks
from connectors.strangers import findings as published
from deploy.cli.asking import table
from deploy.cli.context import settings_of
from schemas.errors import Stop, ZevenError
from schemas.settings import Settings

MARKS = {"fault": "FAULT", "remark": "remark", "good": "good"}


@click.command("check")
@click.argument("name")
@click.option("--offline", is_flag=True, help="Only the declaration: connect to nothing.")
@click.option("--topic", is_flag=True, help="Judge what stands in the hub's topics, whoever wrote it.")
@click.option("--trial", is_flag=True, help="With --topic: the topics of its rehearsal (trial.<hub>.…).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--data", help="Folder of the system; default: the last one started.")
def command(name: str, data: str | None, **how: bool) -> None:
    """Check hub NAME: its declaration, secrets in the wrong place, limits, and a dry connection to every source.

    Every fault at once, each with its fix. Exit code 1 when there is one; remarks do not count.
    """
    settings = settings_of(data)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    manifests.folder_of(name, settings)
    if how["topic"]:
        found = list(published(settings, name, trial=how["trial"], now_ms=time.time_ns() // 1_000_000))
    else:
        found = list(declared(name, settings, offline=how["offline"]))
    faults = sum(one.level == "fault" for one in found)
    if how["as_json"]:
        click.echo(json.dumps([one._asdict() for one in found], ensure_ascii=False, indent=2))
    else:
        rows = [(MARKS[one.level], one.where, one.what, one.fix) for one in found]
        if rows:
            table(("", "where", "what", "what to do"), rows)
        words = f"{faults} faults" if faults != 1 else "1 fault"
        click.echo(f"{name}: {words}, mend them all" if faults else f"{name}: in order")
    sys.exit(1 if faults else 0)


def declared(name: str, settings: Settings, *, offline: bool) -> Iterator[Finding]:
    """What there is to say of a hub's own files and sources."""
    folder = manifests.folder_of(name, settings)
    for path in (folder / "manifest.toml", folder / "mapping.py"):
        if path.is_file():
            yield from checking.secrets(path.read_text(encoding="utf-8", errors="replace"), path.name)
    try:
        manifest = manifests.load(name, settings, os.environ)
    except Stop as fault:
        for what in fault.what.partition(" faults: ")[2].split("; ") or [fault.what]:
            yield Finding("fault", "manifest.toml", what or fault.what, fault.fix)
        return
    yield from checking.limits(manifest)
    yield from checks.findings(manifest, settings, os.environ)
    try:
        mappers = manifests.mappers(name, settings)
    except ZevenError as fault:
        yield Finding("fault", "mapping.py", fault.what, fault.fix)
        return
    missing = sorted(set(manifest.sources) - set(mappers))
    for kind in missing:
        yield Finding("fault", "mapping.py", f"There is no function for {kind}", f"Add {kind} to MAPPINGS.")
    if not offline and not missing:
        yield from checking.dry(manifest, mappers, lambda: time.time_ns() // 1_000_000)
