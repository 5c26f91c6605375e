"""`zeven export`: the national view as files, each checked by its digest, with one file that describes them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import httpx

from deploy.cli.asking import PATIENCE_S, address, ask, table
from deploy.cli.context import settings_of
from schemas.errors import Retry
from schemas.settings import Settings

FORMATS = ("csv", "ndjson", "xlsx", "jsonld", "parquet")
DESCRIPTION = "zeven-export.json"


@click.command("export")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder to write into; default: here.",
)
@click.option(
    "--list",
    "lists",
    multiple=True,
    help="Only this list, such as projects; can be given again. Default: all.",
)
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(FORMATS), default=("csv",), help="Default: csv."
)
@click.option("--hub", default="", help="Only what this hub contributes to.")
@click.option("--area", default="", help="Only this working area.")
@click.option(
    "--as-of", default="", help="As it stood then: a day (its begin) or an instant, 2026-11-27T14:00:00Z."
)
@click.option("--data", help="Folder of the system; default: the last one started.")
def command(
    folder: Path,
    lists: tuple[str, ...],
    formats: tuple[str, ...],
    hub: str,
    area: str,
    as_of: str,
    data: str | None,
) -> None:
    """Write the national view as files, and zeven-export.json: columns, digests, completeness, last change."""
    settings = settings_of(data)
    described = ask(settings, "/api/v1/exports") or {}
    names = [one["name"] for one in described["files"]]
    if unknown := sorted(set(lists) - set(names)):
        raise click.UsageError(f"There is no list {', '.join(unknown)}. There are {', '.join(names)}.")
    filters = {name: said for name, said in (("hub", hub), ("area", area), ("as_of", as_of)) if said}
    folder.mkdir(parents=True, exist_ok=True)
    files = [
        fetched(settings, folder, name, form, filters)
        for name in names
        if name in lists or not lists
        for form in formats
    ]
    for one in described["files"]:
        del one["formats"]
    said = {**described, "filters": filters, "lists": described.pop("files"), "files": files}
    (folder / DESCRIPTION).write_text(json.dumps(said, ensure_ascii=False, indent=2), encoding="utf-8")
    table(
        ("file", "records", "bytes", "last change"),
        [(one["file"], one["records"], one["bytes"], one["change"]) for one in files],
    )
    click.echo(f"What they hold, and how complete it is: {folder / DESCRIPTION}")


def fetched(
    settings: Settings, folder: Path, name: str, form: str, filters: dict[str, str]
) -> dict[str, Any]:
    """Fetch one file; it stands in the folder only when it is whole. Raises `Retry`."""
    path, part = folder / f"{name}.{form}", folder / f"{name}.{form}.part"
    digest, size = hashlib.sha256(), 0
    with _answer(settings, f"/api/v1/{name}.{form}", filters) as answer, part.open("wb") as file:
        for piece in answer.iter_bytes():
            digest.update(piece)
            size += file.write(piece)
        headers = answer.headers
    told = f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    if headers["content-digest"] != told:
        part.unlink()
        raise Retry(f"{path.name} did not arrive whole", where=address(settings), fix="Ask for it again.")
    os.replace(part, path)  # noqa: PTH105 (one step)
    return {
        "file": path.name,
        "list": name,
        "records": int(headers["zeven-records"]),
        "bytes": size,
        "sha256": digest.hexdigest(),
        "as_of": headers["zeven-as-of"],
        "change": int(headers["zeven-change"]),
        "watermark": headers["zeven-watermark"],
    }


@contextmanager
def _answer(settings: Settings, path: str, filters: dict[str, str]) -> Iterator[httpx.Response]:
    url = address(settings) + path
    try:
        with httpx.stream("GET", url, params=filters, timeout=PATIENCE_S, trust_env=False) as answer:
            if answer.is_error:
                said = json.loads(answer.read()).get("detail", f"HTTP {answer.status_code}")
                raise Retry(
                    f"The view cannot answer: {said}", where=url, fix="See its log and `zeven doctor`."
                )
            yield answer
    except httpx.HTTPError as fault:
        raise Retry(
            f"The view does not answer: {type(fault).__name__}", where=url, fix="Is it running? `zeven up`."
        ) from fault
