"""How a kind of source system is read. `open_source` makes the reader that a hub's manifest asks for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from connectors.sources.rows import (
    Clock,
    Evidence,
    Faulty,
    Gone,
    Look,
    LookState,
    Options,
    Page,
    Row,
    Source,
    Verdict,
)
from schemas.errors import Stop

__all__ = [
    "Clock",
    "Evidence",
    "Faulty",
    "Gone",
    "Look",
    "LookState",
    "Options",
    "Page",
    "Row",
    "Source",
    "Verdict",
    "kinds",
    "open_source",
]

_READERS = {
    "tec": "Tec",
    "wordpress": "WordPress",
    "files": "Files",
    "ical": "Ical",
    "feed": "Feed",
    "oai": "Oai",
    "dataverse": "Dataverse",
    "eventbrite": "Eventbrite",
    "hubspot": "Hubspot",
    "pages": "Pages",
}


def kinds() -> tuple[str, ...]:
    """The kinds of source systems that can be read."""
    return tuple(_READERS)


def open_source(kind: str, options: Mapping[str, Any]) -> Source:
    """Make the reader for `kind` with the options of a manifest. Raises `Stop` that names every fault."""
    if kind not in _READERS:
        raise Stop(f"There is no reader for {kind!r}", fix=f"Use one of: {', '.join(_READERS)}.")
    module = import_module(f"connectors.sources.{kind}")
    try:
        checked = module.Options.model_validate(dict(options))
    except ValidationError as invalid:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg'].lower()}" for e in invalid.errors())
        raise Stop(f"The options of the {kind} source have faults: {faults}") from invalid
    reader: Source = getattr(module, _READERS[kind])(checked)
    return reader
