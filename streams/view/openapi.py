"""The description of the API (OpenAPI 3.1), made true: the media of files and feeds, who may, whom to ask.

FastAPI makes it from the functions; what they do not say is said here, by the end of an address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from fastapi import FastAPI

CONTACT: Final = {"name": "Zeven", "url": "/"}
"""Of who runs this view: its own front page says who that is."""
SECURITY: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A token of `zeven token issue`."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "zeven-session",
        "description": "A person, signed in by invitation; who writes so also sends the header X-Zeven-Form.",
    },
}
_TEXT: Final = {"type": "string"}
_BYTES: Final = {"type": "string", "format": "binary"}
_OBJECT: Final = {"type": "object"}
_SHEETS: Final = {
    "text/csv": _TEXT,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _BYTES,
}
_FILES: Final = {
    **_SHEETS,
    "application/x-ndjson": _TEXT,
    "application/ld+json": _OBJECT,
    "application/vnd.apache.parquet": _BYTES,
}
MEDIA: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "/metrics": {"text/plain": _TEXT},
    "/problems": {"text/html": _TEXT},
    "/changes": {"text/event-stream": _TEXT, "application/json": _OBJECT},
    ".ics": {"text/calendar": _TEXT},
    ".ttl": {"text/turtle": _TEXT},
    ".atom": {"application/atom+xml": _TEXT},
    ".jsonld": {"application/ld+json": _OBJECT},
    "{name}.json": {"application/schema+json": _OBJECT},
    "overview.{form}": _SHEETS,
    "report.xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _BYTES},
    "s.{form}": _FILES,
}
"""What an address answers that is no plain JSON, by the end of its path."""
_PAGE: Final = {
    "type": "object",
    "required": ["items", "total", "next", "as_of", "watermark", "completeness"],
    "properties": {
        "items": {"type": "array", "items": {"type": "object", "required": ["id", "kind", "href"]}},
        "total": {"type": "integer", "minimum": 0},
        "next": {"type": ["string", "null"], "description": "`cursor` of the next page."},
        "as_of": {"type": "string", "format": "date-time"},
        "watermark": {"type": ["string", "null"]},
        "completeness": {"type": "object", "additionalProperties": {"type": "object", "required": ["state"]}},
    },
}
_EXAMPLES: Final = {
    "hub": "limburg",
    "q": "slimme haven",
    "from": "2026-01-01",
    "fields": "title,hubs,status",
}


def attach(app: FastAPI) -> None:
    """The description that `app` gives of itself from now on."""
    app.openapi = made(app.openapi)  # type: ignore[method-assign] # FastAPI's own way of extending it


def made(plain: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """A function that completes the description which another one makes; each time from what is there then."""

    def openapi() -> dict[str, Any]:
        said = plain()
        said["info"]["contact"] = CONTACT
        said.setdefault("components", {})["securitySchemes"] = SECURITY
        for path, operation in _operations(said):
            _complete(path, operation)
        for name in ("HTTPValidationError", "ValidationError"):
            said["components"].get("schemas", {}).pop(name, None)
        return said

    return openapi


def _operations(said: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, ways in said["paths"].items():
        for operation in ways.values():
            yield path, operation


def _complete(path: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    answers.pop("422", None)  # what is not understood is 400 here
    for end, media in MEDIA.items():
        if path.endswith(end):
            answers["200"]["content"] = {name: {"schema": shape} for name, shape in media.items()}
            break
    if path == "/api/v1/{plural}":
        answers["200"]["content"] = {"application/json": {"schema": _PAGE}}
    if path in ("/api/v1/{plural}", "/api/v1/{plural}/{national_id}"):
        answers["304"] = {"description": "What `If-None-Match` names still holds."}
    for one in operation.get("parameters", ()):
        if one["name"] in _EXAMPLES:
            one["example"] = _EXAMPLES[one["name"]]
