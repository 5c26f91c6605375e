"""A list in JSON (RFC 8259) or JSON lines as rows of cells, so that it reads as a table would.

First step of the journey. The list is the document itself, or the one list of objects in it. Objects inside objects
become columns with dotted names, lists of words one cell. The first row holds the names of all columns. The document
is held in memory while it is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from connectors.sources.tables import Record
from connectors.sources.workbooks import text
from schemas.errors import Retry

SUFFIXES: Final = (".json", ".jsonl", ".ndjson")
LARGEST_BYTES: Final = 50_000_000
DEEPEST: Final = 20


def records(path: Path, encoding: str) -> Iterator[Record]:
    """The names of the columns, then a row per object. Raises `Retry` for what is no list of objects."""
    if path.stat().st_size > LARGEST_BYTES:
        raise Retry(
            f"A JSON list of more than {LARGEST_BYTES / 1e6:.0f} MB is not read",
            where=path.name,
            fix="Give it as CSV, or in parts.",
        )
    listed = _listed(path, path.read_text(encoding=encoding, errors="replace"))
    flat = [dict(_flat("", one, path)) for one in listed]
    names = list(dict.fromkeys(name for one in flat for name in one))
    if names:
        yield Record(1, names, "\n")
    for number, (one, whole) in enumerate(zip(flat, listed, strict=True), start=2):
        cells = [one.get(name, "") for name in names]
        yield Record(number, cells, json.dumps(whole, ensure_ascii=True) + "\n")


def _listed(path: Path, content: str) -> Sequence[Mapping[str, Any]]:
    try:
        lines = path.suffix.lower() != ".json"
        found = (
            [json.loads(line) for line in content.splitlines() if line.strip()]
            if lines
            else json.loads(content)
        )
    except (ValueError, RecursionError) as fault:
        raise Retry(
            f"The file is no sound JSON: {fault}"[:200],
            where=path.name,
            fix="Half a file? Upload it again.",
            after_s=2,
        ) from fault
    if isinstance(found, Mapping):
        lists = [one for one in found.values() if isinstance(one, list)]
        found = lists[0] if len(lists) == 1 else None
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise Retry(
            "The file holds no list of objects",
            where=path.name,
            fix="Give a list of objects, or an object with one such list.",
        )
    return found


def _flat(before: str, node: Mapping[str, Any], path: Path, depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > DEEPEST:
        raise Retry(f"Objects lie more than {DEEPEST} deep in each other", where=path.name)
    for key, value in node.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            yield from _flat(f"{name}.", value, path, depth + 1)
        elif isinstance(value, list):
            words = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in value]
            yield name, ", ".join(words)
        else:
            yield name, text(value)
