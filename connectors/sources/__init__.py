"""How a kind of source system is read. `open_source` makes the reader that a hub's manifest asks for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from connectors.sources.http import Http
from connectors.sources.rows import (
    Clock,
    Counting,
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
    What,
)
from connectors.sources.throttle import Throttle
from schemas.errors import Stop

__all__ = [
    "Clock",
    "Counting",
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
    "What",
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
    "postgres": "Postgres",
}


def kinds() -> tuple[str, ...]:
    """The kinds of source systems that can be read."""
    return tuple(_READERS)


def open_source(
    kind: str, options: Mapping[str, Any], throttle: Throttle | None = None, http: Http | None = None
) -> Source:
    """Make the reader for `kind` with the options of a manifest; `throttle` holds the limits that several streams
    share, and `http` answers instead of the site. Raises `Stop` that names every fault.
    """
    if kind not in _READERS:
        raise Stop(f"There is no reader for {kind!r}", fix=f"Use one of: {', '.join(_READERS)}.")
    module = import_module(f"connectors.sources.{kind}")
    try:
        checked = module.Options.model_validate(dict(options))
    except ValidationError as invalid:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg'].lower()}" for e in invalid.errors())
        raise Stop(f"The options of the {kind} source have faults: {faults}") from invalid
    made = getattr(module, _READERS[kind])
    reader: Source = (
        made(checked, http or Http(checked.manners, throttle=throttle))
        if hasattr(checked, "manners")
        else made(checked)
    )
    return reader
