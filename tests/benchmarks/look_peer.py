"""The peer: dlt in an environment of its own, merging the same rows by their id into DuckDB. Imports nothing of ours.

As its documentation teaches: a resource that yields lists of dicts, `write_disposition="merge"` with a primary key,
a schema that stays. It is given the same parser as the connector: orjson, csv, icalendar, psycopg. A table is read
incrementally by its change stamp. `parse` measures the parser alone over the same bytes.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

PAGE = 1000
Rows = Iterator[list[dict[str, Any]]]


def rest(said: dict[str, Any]) -> Rows:
    """Every page of a post type."""
    loads, http = import_module("orjson").loads, import_module("requests").Session()
    for page in range(1, said["pages"] + 1):
        yield loads(
            http.get(f"{said['url']}/wp-json/wp/v2/projects?per_page=100&page={page}", timeout=60).content
        )


def file(said: dict[str, Any]) -> Rows:
    """Every row of the list."""
    with Path(said["path"]).open(encoding="utf-8", newline="") as lines:
        yield from pages(csv.DictReader(lines, delimiter=";"))


def ical(said: dict[str, Any]) -> Rows:
    """Every event of the feed."""
    with urllib.request.urlopen(said["url"], timeout=120) as answer:
        read = import_module("icalendar").Calendar.from_ical(answer.read())
    yield from pages(
        {
            "id": str(one["UID"]),
            "title": str(one["SUMMARY"]),
            "description": str(one["DESCRIPTION"]),
            "start": one["DTSTART"].dt.isoformat(),
            "end": one["DTEND"].dt.isoformat(),
            "location": str(one["LOCATION"]),
            "url": str(one["URL"]),
        }
        for one in read.walk("VEVENT")
    )


def table(said: dict[str, Any], since: Any = None) -> Rows:
    """The rows that changed since a moment, or all."""
    psycopg = import_module("psycopg")
    factory = import_module("psycopg.rows").dict_row
    where, values = ("WHERE op >= %s", (since,)) if since else ("", ())
    with (
        psycopg.connect(said["dsn"], row_factory=factory) as connection,
        connection.cursor(name="bench") as cursor,
    ):
        cursor.itersize = PAGE
        cursor.execute(f"SELECT * FROM bench.leden {where}", values)
        yield from pages(cursor)


def pages(rows: Any) -> Rows:
    """Rows in lists."""
    page: list[dict[str, Any]] = []
    for row in rows:
        page.append(row)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


READ = {"REST pages": rest, "CSV": file, "iCalendar": ical, "PostgreSQL": table}
KEYS = {"REST pages": "id", "CSV": "Nummer", "iCalendar": "id", "PostgreSQL": "id"}


def merged(said: dict[str, Any]) -> int:
    """One run of the pipeline; returns how many rows it loaded."""
    dlt = import_module("dlt")
    kind = said["kind"]
    count = [0]

    def counted(rows: Rows) -> Rows:
        for page in rows:
            count[0] += len(page)
            yield page

    since = dlt.sources.incremental("op")

    def whole() -> Rows:
        yield from counted(READ[kind](said))

    def changed(op: Any = since) -> Rows:
        yield from counted(table(said, op.last_value))

    rows = changed if kind == "PostgreSQL" else whole
    read = dlt.resource(rows, name="rows", write_disposition="merge", primary_key=KEYS[kind])
    pipeline = dlt.pipeline(
        pipeline_name="bench",
        pipelines_dir=said["state"],
        destination=dlt.destinations.duckdb(said["duckdb"]),
        dataset_name="bench",
    )
    pipeline.run(read)
    return count[0]


def main() -> None:
    """`look_peer.py parse|merge JSON`: prints rows, seconds, CPU seconds and the largest size in MB."""
    word, said = sys.argv[1], json.loads(sys.argv[2])
    began, cpu = time.monotonic(), time.process_time()
    rows = merged(said) if word == "merge" else sum(map(len, READ[said["kind"]](said)))
    spent, used = time.monotonic() - began, time.process_time() - cpu
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "seconds": spent, "cpu_s": used, "mb": size}))


if __name__ == "__main__":
    main()
