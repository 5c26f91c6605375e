"""`zeven hub join`: at the hub, take up the bundle of the office and try the connection."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final

import click

from connectors.reach import Found, examine
from deploy import addresses, bundle, private
from deploy.cli.asking import table
from schemas.errors import Stop
from schemas.settings import Settings
from schemas.version import installed

OURS: Final = ".joined"  # what the last bundle laid down, to see what the hub changed since


@click.command("join")
@click.argument("path", metavar="BUNDLE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Folder for all of it.")
def command(path: Path, data: Path | None) -> None:
    """At the hub: take up the BUNDLE of the office, and try the connection.

    A newer bundle replaces addresses and password; what was changed under hubs/ since stays as it is.
    """
    found = bundle.unpack(path)
    about = bundle.about(found)
    folder = (data or Settings.load(os.environ).data).absolute()
    if addresses.read(folder) is not None:
        raise Stop(
            "A whole local system lives there", where=str(folder), fix="Name another folder with --data."
        )
    kept = lay_down(found, about["hub"], folder)
    addresses.remember(folder, os.environ)
    click.echo(f"{about['hub']}: alles staat klaar in / all is in place in {folder}")
    for name in kept:
        click.echo(f"  {name} was hier veranderd en blijft; die van het kantoor / the office's: {name}.new")
    if about["release"] != installed():
        click.echo(f"  Gemaakt met / made with Zeven {about['release']}; hier / here: {installed()}.")
    tried = list(examine(Settings.load({}, folder / addresses.JOINED), about["hub"]))
    _show(tried)
    if not all(one.good for one in tried):
        sys.exit(3 if any(one.what in ("Kafka", "user", "registry") for one in tried if not one.good) else 1)
    _next(about["hub"], folder)


def lay_down(found: dict[str, bytes], hub: str, folder: Path) -> list[str]:
    """Put everything in its place, readable by its owner only; returns what the hub changed and so was kept."""
    private.folder(folder)
    secrets = private.folder(folder / "secrets")
    home = private.folder(private.folder(folder / "hubs") / hub)
    private.write(secrets / "kafka-password", found[bundle.CREDENTIAL])
    document: dict[str, Any] = bundle.settings(found[bundle.SETTINGS])
    document["kafka"]["password_file"] = secrets / "kafka-password"
    if bundle.AUTHORITY in found:
        private.write(secrets / "kafka-ca.pem", found[bundle.AUTHORITY])
        document["kafka"]["ca_file"] = secrets / "kafka-ca.pem"
    whole = {"data": folder, "hubs": folder / "hubs"} | document
    private.write(folder / addresses.JOINED, bundle.as_toml(whole))
    return _own_files(found, home)


def _own_files(found: dict[str, bytes], home: Path) -> list[str]:
    """Manifest and mapping: the office's, unless the hub changed them since they came."""
    before, kept = private.folder(home / OURS), []
    for name, content in found.items():
        if not name.startswith(bundle.HUB):
            continue
        path = home / name.removeprefix(bundle.HUB)
        came = before / path.name
        there = path.read_bytes() if path.exists() else None
        changed = there is not None and (not came.exists() or there != came.read_bytes())
        if changed and there != content:
            private.write(path.with_name(f"{path.name}.new"), content)
            kept.append(str(path))
        else:
            private.write(path, content)
        private.write(came, content)
    return kept


def _show(tried: list[Found]) -> None:
    rows = [(one.what, "goed / good" if one.good else "FOUT / WRONG", one.said, one.fix) for one in tried]
    table(("wat / what", "stand / state", "gevonden / found", "te doen / to do"), rows)


def _next(hub: str, folder: Path) -> None:
    click.echo("Nu / now:")
    click.echo(f"  1. uw bronnen / your sources: {folder / 'hubs' / hub / 'manifest.toml'}")
    for number, word in enumerate(("check", "preview", "run"), 2):
        click.echo(f"  {number}. zeven hub {word} {hub}")
