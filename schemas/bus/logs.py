"""Log lines: JSON on standard error, one per journey step per batch, personal fields masked."""

from __future__ import annotations

import json
import logging
import sys
from functools import cache
from importlib.resources import files
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict

MASK = "***"
_SECRET = ("password", "secret", "token", "authorization")


@cache
def personal_fields() -> frozenset[str]:
    """Names of all fields tagged `"zeven.personal": true` in the schemas."""
    found: set[str] = set()
    for path in files("schemas.avro").iterdir():
        if path.name.endswith(".avsc"):
            fields = json.loads(path.read_text(encoding="utf-8")).get("fields", [])
            found |= {field["name"] for field in fields if field.get("zeven.personal")}
    return frozenset(found)


def _mask(_logger: Any, _method: str, event: EventDict) -> EventDict:
    hidden = personal_fields()
    for name in event:
        if name in hidden or any(word in name.lower() for word in _SECRET):
            event[name] = MASK
    return event


def _line(event: EventDict, **_kwargs: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def configure(process: str, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Set up structlog and the libraries' own logging for a process named `process`."""
    out = stream or sys.stderr
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask,
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.JSONRenderer(serializer=_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(process=process)
    foreign = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(serializer=_line),
        ],
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(foreign)
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
