"""`zeven hub list`: the hubs that have a connector, and what each reads."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import click

from connectors import manifest as manifests
from connectors.conformance import certificate as certificates
from connectors.manifest import Manifest
from deploy.cli.context import settings_of
from schemas.settings import Settings


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--data", help="Folder of the system; default: the last one started.")
def command(as_json: bool, data: str | None) -> None:
    """List the hubs that have a connector, and what each reads."""
    settings = settings_of(data)
    hubs = [
        _shown(manifests.load(name, settings, os.environ)) | {"certificate": _certified(name, settings)}
        for name in manifests.folders(settings)
    ]
    if as_json:
        click.echo(json.dumps(hubs, ensure_ascii=False, indent=2))
        return
    for hub in hubs:
        mark = " (voorbeelddata / sample data)" if hub["sample"] else ""
        click.echo(f"{hub['hub']}{mark}, looks every {hub['interval_s']:g} s")
        click.echo(f"  {_words(hub['certificate'])}")
        for source in hub["sources"]:
            click.echo(f"  {source['kind']:<11} {source['reader']:<10} {source['from']}")


def _certified(name: str, settings: Settings) -> dict[str, Any]:
    """What the hub's certificate says of the release that would run now."""
    release = manifests.release(manifests.load(name, settings, os.environ), settings)
    return certificates.standing(certificates.read(settings.data / "certificates" / name), release)


def _words(certificate: Mapping[str, Any]) -> str:
    if "release" not in certificate:
        return str(certificate["state"])
    checks = f"{certificate['passed']} checks passed, {certificate['failed']} failed"
    return f"{certificate['state']}: {checks}, {certificate['at'][:10]}, release {certificate['release']}"


def _shown(manifest: Manifest) -> dict[str, Any]:
    return {
        "hub": manifest.hub,
        "sample": manifest.sample,
        "interval_s": manifest.interval_s,
        "freshness_target_s": manifest.freshness_target_s,
        "brake": manifest.brake.model_dump(),
        "sources": [
            {"kind": kind, "reader": part.reader, "from": _address(part.options)}
            for kind, part in manifest.sources.items()
        ],
    }


def _address(options: Mapping[str, Any]) -> str:
    """Where a source is: an address, a file, a table of a database, or the first of some pages."""
    if "table" in options and "host" in options:
        return f"{options['host']}:{options.get('port', 5432)}/{options['database']} {options['table']}"
    pages = options.get("pages") or ("",)
    return str(options.get("url") or options.get("path") or options.get("sitemap") or pages[0])
