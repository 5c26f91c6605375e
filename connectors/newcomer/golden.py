"""What a hub's mapping makes of its frozen rows: written down once, compared ever after, without any source."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from connectors import manifest as manifests
from connectors.hubs import Mapper, Statement, Words
from connectors.sources import Row
from schemas.codec import encode, load
from schemas.errors import Reject
from schemas.settings import Settings

FIXTURE: Final = "fixture.json"
GOLDEN: Final = "golden.json"
_FRAME: Final = {"source_id": "1", "revision": 1, "digest": bytes(16), "sample": True, "cause": "source"}
_ORIGIN: Final = {"address": "a", "changed_at": None, "first_seen_at": 1, "read_at": 1}


def written(found: Any) -> str:
    """A document as it stands in a file."""
    return json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def frozen(row: Row, fields: dict[str, Any]) -> dict[str, Any]:
    """A row as it stands in the fixture."""
    rest = {"source_id": row.source_id, "place": row.place, "address": row.address}
    return {**rest, "changed_at_ms": row.changed_at_ms, "fields": fields}


def said(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Per kind what the mapping makes of each frozen row. Raises `Stop` for a manifest or mapping with faults."""
    hub = folder.resolve().name.replace("_", "-")
    settings = Settings.at(folder).model_copy(update={"hubs": folder.resolve().parent})
    manifest = manifests.load(hub, settings, {})
    mappers = manifests.mappers(hub, settings)
    rows = json.loads((folder / FIXTURE).read_text(encoding="utf-8"))
    return {
        kind: [_said(kind, mappers[kind], Row(**row), manifest.words) for row in rows[kind]] for kind in rows
    }


def _said(kind: str, mapper: Mapper, row: Row, words: Words) -> dict[str, Any]:
    try:
        found = mapper(row, words)
    except Reject as fault:
        return {"source_id": row.source_id, "rejected": {"what": fault.what, "field": fault.field}}
    _fits(kind, found)
    statement = {
        "keys": found.keys,
        "organisations": found.organisations,
        "content": found.content,
        "unassigned": found.unassigned,
    }
    return {"source_id": row.source_id, "statement": json.loads(json.dumps(statement))}


def _fits(kind: str, found: Statement) -> None:
    """Write the statement as a record of the contract. Raises what the codec says of one that is none."""
    said_ = {"keys": found.keys, "organisations": found.organisations, "content": found.content}
    encode(load(f"regional.{kind.capitalize()}"), {**_FRAME, **said_, "origin": _ORIGIN})


def differences(folder: Path) -> list[str]:
    """What is no longer as golden.json says, a line for each row."""
    wanted, now = json.loads((folder / GOLDEN).read_text(encoding="utf-8")), said(folder)
    lines = []
    for kind in sorted({*wanted, *now}):
        before, after = ({one["source_id"]: one for one in told.get(kind, ())} for told in (wanted, now))
        for source_id in sorted({*before, *after}):
            had, has = (
                json.dumps(told.get(source_id), ensure_ascii=False, sort_keys=True)
                for told in (before, after)
            )
            if had != has:
                lines.append(f"{kind} {source_id}: golden.json has {had}, the mapping gives {has}")
    return lines


def main(folder: Path, words: Sequence[str]) -> int:
    """Say what differs; with `--write` take what the mapping gives now as right."""
    if "--write" in words:
        (folder / GOLDEN).write_text(written(said(folder)), encoding="utf-8")
        return 0
    lines = differences(folder)
    sys.stdout.write("\n".join(lines) + "\n" if lines else "as golden.json says\n")
    return 1 if lines else 0
