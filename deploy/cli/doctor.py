"""`zeven doctor`: what is wrong on this machine or with this system, all at once, each with what to do."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from typing import NamedTuple

import click
import httpx

from connectors import manifest as manifests
from deploy import addresses
from deploy.cli.asking import address, table
from deploy.cli.context import settings_of
from deploy.local import artifacts
from deploy.local.supervisor import ROOM_BYTES, alive, hindrances
from schemas.bus.admin import admin
from schemas.errors import ZevenError
from schemas.settings import Settings


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    good: bool
    found: str
    fix: str


@click.command()
@click.option("--data", help="Folder of the system (default: the last one started).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(data: str | None, as_json: bool) -> None:
    """Look at Python, room, downloads and the parts of the system. Exit code 1 when something is wrong."""
    findings = list(examine(settings_of(data)))
    if as_json:
        click.echo(json.dumps([one._asdict() for one in findings], indent=2))
    else:
        rows = [(one.what, "good" if one.good else "WRONG", one.found, one.fix) for one in findings]
        table(("what", "state", "found", "what to do"), rows)
    sys.exit(0 if all(one.good for one in findings) else 1)


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything there is to look at."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", sys.version_info >= (3, 11), version, "Install Python 3.11 or newer.")
    folder = settings.data if settings.data.exists() else settings.data.anchor
    room = shutil.disk_usage(folder).free
    yield Finding(
        "room", room > ROOM_BYTES, f"{room / 1e9:.1f} GB in {folder}", "Make room, or use --data DIR."
    )
    yield _downloads()
    known = addresses.read(settings.data)
    if known is None or not alive(known.pid):
        settings.data.mkdir(parents=True, exist_ok=True)
        taken = hindrances(settings, artifacts.cache_of(os.environ))
        yield Finding("ports", not taken, "; ".join(taken) or "free", "Use --base-port N.")
        yield Finding("system", True, f"does not run ({settings.data})", "`zeven up` starts it.")
        return
    yield Finding("system", True, f"process {known.pid}, {settings.data}", "")
    for name, pid in known.children.items():
        log = settings.data / "log" / f"{name}.log"
        yield Finding(name, alive(pid), f"process {pid}", f"See {log}.")
    yield from _answers(settings)


def _downloads() -> Finding:
    cache = artifacts.cache_of(os.environ)
    wrong = artifacts.damaged(cache) if cache.exists() else []
    lacking = len(artifacts.missing(cache))
    found = (
        f"{len(wrong)} damaged: {', '.join(wrong)}"
        if wrong
        else f"{lacking} to fetch"
        if lacking
        else "complete"
    )
    return Finding(
        "downloads", not wrong, found, f"Remove the damaged files from {cache}; the next start fetches them."
    )


def _answers(settings: Settings) -> Iterator[Finding]:
    """Whether each door answers, and what the processes say of themselves."""
    try:
        with admin(settings) as client:
            yield Finding("kafka answers", True, f"{len(client.list_topics())} topics", "")
    except ZevenError as fault:
        yield Finding("kafka answers", False, str(fault), f"See {settings.data / 'log' / 'kafka.log'}.")
    ports = settings.ports
    doors = {
        "registry answers": f"{settings.registry.url}/subjects",
        "view is ready": f"{address(settings)}/health/ready",
        "worker is ready": f"http://127.0.0.1:{ports.worker}/health/ready",
        "deliver is ready": f"http://127.0.0.1:{ports.deliver}/health/ready",
    }
    for number, hub in enumerate(manifests.folders(settings)):
        doors[f"connector {hub} is ready"] = f"http://127.0.0.1:{ports.connectors + number}/health/ready"
    for name, url in doors.items():
        try:
            answer = httpx.get(url, timeout=5, trust_env=False)
            yield Finding(
                name, answer.is_success, "yes" if answer.is_success else answer.text[:200], "See its log."
            )
        except httpx.HTTPError as fault:
            yield Finding(name, False, f"no answer: {fault}", "See its log.")
