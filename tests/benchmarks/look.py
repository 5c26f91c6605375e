"""A look at many rows, of which none, one in a hundred or all changed, beside dlt over the same rows in the same run.

For each kind of source the connector and the peer take turns: a first load, a source that says it is the same (the
connector alone), other bytes without a changed row, 1 %, 100 %. The connector publishes to a real Kafka; the peer
merges into a DuckDB file. The parser alone over the same bytes shows the floor, where the connector read them all.
The gate: exactly the rows that the generator changed are published, or no figure is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from connectors.sources.calendar import MOST_EVENTS
from deploy.samples.database import Database
from schemas import topics
from schemas.bus.admin import admin, ensure_topics
from schemas.bus.registry import Registry
from tests.benchmarks import look_data as data
from tests.benchmarks.support import Bench, bench, conditions
from tests.support.broker import free_ports
from tests.support.postgres import install

ROUNDS: Final = {"first": 1, "same": 1, "0 %": 2, "1 %": 3, "100 %": 4}
"""Rounds with the edition of the source: another edition has other bytes, also where no row changed."""
REQUIREMENTS: Final = Path(__file__).parent / "dlt-requirements.txt"
PEER: Final = Path(__file__).parent / "look_peer.py"
QUICK: Final = {"interval_s": 0, "timeout_s": 120}


@dataclass
class Kind:
    """A kind of source: how it is filled, and how each side is told of it."""

    name: str
    region: str
    of: str
    reader: str
    fill: Callable[[list[int], int], None]
    options: dict[str, Any]
    peer: dict[str, Any]
    most: int = 1 << 40
    """More rows than these are refused, and so not measured."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--alone", action="store_true", help="Without the peer, for many rows.")
    said = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="zeven-look-") as folder, bench() as place:
        python = None if said.alone else peer_python(Path(folder))
        site, port = data.Site(), free_ports(1)
        database = Database(Path(folder) / "postgres", port, install())
        database.start()
        try:
            print(f"look: {said.rows:,} rows · {conditions()}", flush=True)
            for kind in kinds(Path(folder), site, database.dsn, port):
                if not said.only or kind.name in said.only:
                    measure(kind, said.rows, place, python)
        finally:
            database.stop()
            site.close()


def peer_python(folder: Path) -> Path:
    """The peer in an environment of its own, checked by hash."""
    venv.create(folder / "peer", with_pip=True)
    python = folder / "peer" / "bin" / "python"
    run = [str(python), "-m", "pip", "--quiet", "install", "--require-hashes", "-r", str(REQUIREMENTS)]
    subprocess.run(run, check=True)
    return python


def kinds(folder: Path, site: data.Site, dsn: str, port: int) -> list[Kind]:
    """The four kinds."""
    path = folder / "leden.csv"
    peer = {"state": str(folder / "dlt"), "url": site.base, "path": str(path), "dsn": dsn}
    return [pages(site, peer), listed(path, peer), feed(site, peer), table(dsn, port, peer)]


def pages(site: data.Site, peer: dict[str, Any]) -> Kind:
    """Pages of a post type, read whole at every look."""

    def fill(versions: list[int], edition: int) -> None:
        del edition
        site.pages, site.total = data.posts(versions), len(versions)

    options = {"url": site.base, "type": "projects", "manners": QUICK}
    return Kind("REST pages", "noord-brabant", "project", "wordpress", fill, options, peer)


def listed(path: Path, peer: dict[str, Any]) -> Kind:
    """A list that is laid down anew."""
    options = {
        "path": str(path),
        "mode": "snapshot",
        "settle_s": 0,
        "id": ["Nummer"],
        "types": {"Vanaf": "day"},
    }
    return Kind("CSV", "limburg", "membership", "files", partial(data.write_csv, path), options, peer)


def feed(site: data.Site, peer: dict[str, Any]) -> Kind:
    """A calendar that is fetched whole."""

    def fill(versions: list[int], edition: int) -> None:
        site.calendar = data.calendar(versions, edition)

    url = {"url": f"{site.base}/agenda.ics"}
    options = url | {"mode": "snapshot", "manners": QUICK | {"max_bytes": 500_000_000}}
    return Kind("iCalendar", "limburg", "event", "ical", fill, options, peer | url, MOST_EVENTS)


def table(dsn: str, port: int, peer: dict[str, Any]) -> Kind:
    """A table with a change stamp, of which both sides ask only for what changed."""
    server = {
        "host": "127.0.0.1",
        "port": port,
        "database": "postgres",
        "user": "zeven",
        "sslmode": "disable",
    }
    chosen = ["organisatie", "website", "orgaan", "rol", "soort", "sinds"]
    options = server | {
        "mode": "table",
        "table": data.TABLE,
        "id": "id",
        "modified": "op",
        "overlap_s": 0,
        "select": chosen,
    }

    def fill(versions: list[int], edition: int) -> None:
        del edition
        data.write_table(dsn, versions)

    return Kind("PostgreSQL", "midden-nederland", "membership", "postgres", fill, options, peer)


def measure(kind: Kind, rows: int, place: Bench, python: Path | None) -> None:
    """All rounds of one kind, the two sides in turn."""
    if rows > kind.most:
        print(f"look: {kind.name}: {kind.most:,} rows, the most that are read of one source", flush=True)
        rows = kind.most
    hub = f"bench-{kind.name.casefold().replace(' ', '-')}"
    mine = {topic.name: topic for topic in topics.of_hub(hub, place.settings.topics.partitions)}
    ensure_topics(place.settings, mine)
    registry = Registry(place.settings.registry.url)
    registry.ensure(mine)
    registry.close()
    versions: list[int] = []
    for of, edition in ROUNDS.items():
        before, versions = versions, data.versions(rows, of, versions or None)
        if of != "same":
            kind.fill(versions, edition)
        wanted = data.changed(before, versions) if before else rows
        stood = stored(place, [*mine])
        ours = look(kind, hub, place)
        if (ours["published"], ours["removed"], ours["rejected"]) != (wanted, 0, 0) or not ours["complete"]:
            raise SystemExit(f"look: {kind.name}, {of}: {wanted} rows changed, but: {ours}")
        written = stored(place, [*mine]) - stood
        theirs = peer(python, "merge", kind, rows) if python and of != "same" else None
        parser = peer(python, "parse", kind, rows) if python and ours["rows"] == rows else None
        tell(kind.name, of, ours, written, theirs, parser)


def look(kind: Kind, hub: str, place: Bench) -> dict[str, Any]:
    """One look of the connector."""
    said = {
        "hub": hub,
        "region": kind.region,
        "kind": kind.of,
        "reader": kind.reader,
        "options": kind.options,
    }
    run = [sys.executable, "-m", "tests.benchmarks.look_ours", json.dumps(said)]
    environ = {**os.environ, **place.settings.environ()}
    return printed(subprocess.run(run, env=environ, capture_output=True, text=True, check=False))


def peer(python: Path, word: str, kind: Kind, rows: int) -> dict[str, Any]:
    """One run of the peer."""
    folder = Path(kind.peer["state"]) / kind.reader
    folder.mkdir(parents=True, exist_ok=True)
    pages = -(-rows // data.PER_PAGE)
    said = kind.peer | {
        "kind": kind.name,
        "pages": pages,
        "state": str(folder),
        "duckdb": str(folder / "peer.duckdb"),
    }
    environ = {**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false"}
    return printed(
        subprocess.run(
            [python, PEER, word, json.dumps(said)], env=environ, capture_output=True, text=True, check=False
        )
    )


def printed(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What a process printed last."""
    if done.returncode:
        raise SystemExit(f"look: a process failed\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def stored(place: Bench, names: list[str]) -> int:
    """Bytes that these topics take at the broker."""
    with admin(place.settings) as client:
        brokers = client.describe_log_dirs()
    found = [topic for one in brokers for folder in one["log_dirs"] for topic in folder["topics"]]
    return sum(
        part["partition_size"] for topic in found if topic["name"] in names for part in topic["partitions"]
    )


def tell(
    name: str,
    of: str,
    ours: dict[str, Any],
    written: int,
    theirs: dict[str, Any] | None,
    parser: dict[str, Any] | None,
) -> None:
    """One line."""
    read = (
        f"{ours['rows'] / ours['seconds']:,.0f} rows/s"
        if ours["rows"]
        else f"no row read, {ours['seconds']:.2f} s"
    )
    line = f"look: {name:<10} {of:>5}: {read}, {ours['cpu_s']:.1f} s CPU, {ours['mb']:.0f} MB"
    line += f", {ours['published']:,} published, {written / 1e6:.1f} MB to Kafka"
    if theirs:
        line += f" · dlt {theirs['seconds']:.1f} s, {theirs['cpu_s']:.1f} s CPU, {theirs['mb']:.0f} MB"
        line += f" · {theirs['seconds'] / ours['seconds']:.1f} times, {theirs['cpu_s'] / ours['cpu_s']:.1f} in CPU"
    if parser:
        line += f" · parser alone {parser['seconds']:.1f} s ({ours['seconds'] / parser['seconds']:.1f} times that)"
    print(line, flush=True)


if __name__ == "__main__":
    main()
