"""`zeven hub certify`: try a connector with everything that goes wrong at sources, and write down what became of it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import click
import structlog

from connectors import manifest as manifests
from connectors.conformance import CHECKS, Found, Subject, run_all
from connectors.conformance.certificate import certificate, write
from deploy.cli.context import settings_of
from deploy.samples import benches
from schemas.errors import Stop
from schemas.settings import Settings


@click.command("certify")
@click.argument("name")
@click.option(
    "--kind", "kinds", multiple=True, help="Only this kind; may be repeated. Writes no certificate."
)
@click.option(
    "--check", "checks", multiple=True, help="Only this check; may be repeated. Writes no certificate."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write into.")
@click.option("--data", help="Folder of the system; default: the last one started.")
def command(
    name: str, kinds: tuple[str, ...], checks: tuple[str, ...], out: Path | None, data: str | None
) -> None:
    """Try the connector of hub NAME with everything that goes wrong at sources, and write its certificate."""
    settings = settings_of(data)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    unknown = sorted(set(checks) - set(CHECKS))
    if unknown:
        raise Stop(f"No check is called {', '.join(unknown)}", fix=f"There are: {', '.join(CHECKS)}.")
    tried = [one for one in subjects(name, settings) if not kinds or one.kind in kinds]
    if not tried:
        raise Stop(f"{name} has no source of kind {', '.join(kinds)}", fix="See `zeven hub list`.")
    found = {one.kind: _told(one, checks or tuple(CHECKS)) for one in tried}
    failed = sum(one.outcome == "failed" for each in found.values() for one in each)
    if not kinds and not checks:
        release = manifests.release(manifests.load(name, settings, os.environ), settings)
        made = certificate(found, tried, release, datetime.now(UTC))
        document, sheet = write(made, out or folder(settings, name))
        click.echo(f"{made.passed} passed, {made.failed} failed, release {made.release}: {document}, {sheet}")
    sys.exit(1 if failed else 0)


def _told(subject: Subject, checks: Sequence[str]) -> list[Found]:
    """Carry the checks out, with a line for each."""
    found = []
    for one in run_all(subject, checks):
        click.echo(f"{subject.kind:<11} {one.outcome:<15} {one.check} ({one.seconds:.1f} s)")
        if one.outcome == "failed":
            click.echo(f"            {one.detail}")
        found.append(one)
    return found


def folder(settings: Settings, hub: str) -> Path:
    """Where the certificate of a hub lies."""
    return settings.data / "certificates" / hub


def subjects(hub: str, settings: Settings) -> Sequence[Subject]:
    """What is tried: as the hub's own `bench.py` says, else on the stand-in sources."""
    path = manifests.folder_of(hub, settings) / "bench.py"
    if path.is_file():
        return _own(path, hub, settings)
    if hub in benches.hubs():
        return benches.subjects(hub, settings)
    raise Stop(
        f"{hub} has no source under control",
        where=str(path),
        fix="Write bench.py beside the mapping: docs/howto/certify-a-connector.md.",
    )


def _own(path: Path, hub: str, settings: Settings) -> Sequence[Subject]:
    spec = spec_from_file_location(f"zeven_bench_{hub.replace('-', '_')}", path)
    if spec is None or spec.loader is None:
        raise Stop("The bench cannot be loaded", where=str(path), fix="Is it a Python file?")
    module = module_from_spec(spec)
    manifest = manifests.load(hub, settings, os.environ)
    mappers = manifests.mappers(hub, settings)
    try:
        spec.loader.exec_module(module)
        given = module.BENCHES
    except (SyntaxError, ImportError, AttributeError, NameError, TypeError, ValueError) as fault:
        raise Stop(f"The bench cannot be loaded: {fault}", where=str(path), fix="Mend it.") from fault
    lacking = sorted(set(manifest.sources) - set(given))
    if lacking:
        raise Stop(f"BENCHES has no bench for: {', '.join(lacking)}", where=str(path), fix="Add it.")
    return [Subject(manifest, kind, mappers[kind], given[kind]) for kind in manifest.sources]
