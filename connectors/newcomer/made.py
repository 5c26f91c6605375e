"""From samples to the files of a new hub: read, propose, leave out what is about persons, render."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from connectors.hubs import Words
from connectors.newcomer import fixed as fixed_sources
from connectors.newcomer import golden, written
from connectors.newcomer.private import scrubbed
from connectors.newcomer.propose import Proposal, propose
from connectors.newcomer.recognise import Found
from connectors.newcomer.sampled import headed, read
from connectors.newcomer.written import Hub, Source
from connectors.sources import Row
from schemas.errors import Stop
from schemas.text import folded

FROZEN: Final = 8
_ASKED: Final = {"dataverse": "select", "postgres": "select", "hubspot": "properties"}
"""Readers that ask for columns by name, and the option that names them."""


class Made(NamedTuple):
    """A source of the new hub with its frozen rows, and how many rows were read and could not be read."""

    source: Source
    frozen: Sequence[Mapping[str, Any]]
    read: int
    faulty: int


def source_of(found: Found, kind: str | None, hub: Hub, clock: Callable[[], int]) -> Made:
    """Read a sample and propose what its fields become. Raises `Stop`."""
    if kind is not None and kind not in found.kinds:
        raise Stop(
            f"A source of kind {found.reader} has no {kind} ({found.why})",
            fix=f"It gives: {', '.join(found.kinds)}.",
        )
    words = Words(hubs={folded(name): hub.hub for name in (hub.nl, hub.en)})
    if found.reader == "files":
        found = replace(found, options={**found.options, **headed(Path(str(found.options["path"])))})
    first = read(found, clock)
    proposals = [_proposal(each, found, first.rows, words) for each in ([kind] if kind else found.kinds)]
    best = max(proposals, key=lambda one: one.worth)
    if not best.taken or (kind is None and not best.worth):
        names = ", ".join(one.field for one in best.fields[:12])
        raise Stop(
            f"No field is called like a part of {kind or ', '.join(found.kinds)}: {names}",
            fix="Has the list headings? Rename them, or say what it is with --kind.",
        )
    own = fixed_sources.fixed(found.reader, best.kind, first.rows)
    options = _options(found, best, own is None)
    rows = read(found, clock, options) if found.reader == "files" else first
    kept = rows.rows[:FROZEN]
    asked = set(options.get(_ASKED.get(found.reader, ""), ())) if own is None else set()
    source = Source(best.kind, found, options, best, own)
    return Made(source, [_frozen(row, best, asked) for row in kept], len(rows.rows), len(rows.faulty))


def _proposal(kind: str, found: Found, rows: Sequence[Row], words: Words) -> Proposal:
    own = fixed_sources.fixed(found.reader, kind, rows)
    return (
        fixed_sources.proposal(kind, own, found.reader, rows)
        if own
        else propose(kind, rows, words, found.reader)
    )


def _options(found: Found, proposal: Proposal, own: bool) -> dict[str, Any]:
    """The options of the manifest: those of the sample, with what the proposal needs of the source."""
    options = dict(found.options)
    if not own:
        return options
    names = [name for each in proposal.taken.values() for name in each]
    if found.reader == "files":
        required = [proposal.taken[part][0] for part in ("title", "name") if part in proposal.taken]
        ids = [proposal.ident] if proposal.ident else []
        more = {"id": ids, "required": [*ids, *required], "types": dict(proposal.types)}
        options |= {name: said for name, said in more.items() if said}
    elif found.reader in _ASKED and _ASKED[found.reader] in options:
        there = list(options[_ASKED[found.reader]])
        wanted = [
            *(name.removesuffix("_label") for name in names),
            *(one for one in there if one == "modifiedon"),
        ]
        options[_ASKED[found.reader]] = list(dict.fromkeys(wanted)) or there
    return options


def _frozen(row: Row, proposal: Proposal, asked: set[str]) -> Mapping[str, Any]:
    fields = {
        name: said for name, said in row.fields.items() if not asked or name.removesuffix("_label") in asked
    }
    keep = {name for part in ("name", "lead", "role", "helix") for name in proposal.taken.get(part, ())}
    return golden.frozen(row, json.loads(json.dumps(scrubbed(fields, keep))))


def texts(hub: Hub, made: Sequence[Made]) -> dict[str, str]:
    """File name -> text, all that a hub has. Raises `Stop` for a manifest with faults, all at once."""
    sources = [one.source for one in made]
    found = {
        "manifest.toml": written.manifest(hub, sources),
        "mapping.py": written.mapping(hub, sources),
        golden.FIXTURE: golden.written({one.source.kind: list(one.frozen) for one in made}),
        "test_mapping.py": written.test(hub),
    }
    # a text that is no sound Unicode can stand in no file
    found = {name: text.encode("utf-8", "replace").decode() for name, text in found.items()}
    with tempfile.TemporaryDirectory(prefix="zeven-new-") as place:
        folder = Path(place) / hub.hub
        folder.mkdir()
        for name, text in found.items():
            (folder / name).write_text(text, encoding="utf-8")
        found[golden.GOLDEN] = golden.written(golden.said(folder))
    return found
