"""What goes wrong, as an answer for programs: problem details (RFC 9457), with what to do.

`type` leads to what the problem means, `title` is the phrase of its status; `detail` says what is wrong with this
request, `fix` (an extension) what to do, `errors` (an extension) every fault by its place, if there are several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from schemas.errors import Reject

MEDIA: Final = "application/problem+json"
SHAPE: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "fix"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong with this request."},
        "fix": {"type": "string", "description": "What to do."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
"""The shape of a problem as JSON Schema."""
WHERE: Final = "/api/v1/problems"


class Type(NamedTuple):
    """A type of problem: its name in `type`, and what it means."""

    name: str
    means: str


TYPES: Final[Mapping[int, Type]] = {
    400: Type(
        "bad-request", "A parameter is not known here, or it, or the body, has a value that cannot be."
    ),
    401: Type(
        "not-known", "The token or the session is not valid, or not any more; who writes must be known."
    ),
    403: Type("not-permitted", "The role does not permit it, or the form is not one of this session."),
    404: Type("not-found", "No such address, record, list, schema or hub; the fix names what there is."),
    405: Type(
        "not-this-way", "The address is not used by this method; the header Allow names those that are."
    ),
    409: Type("conflict", "The id stands for another decision already."),
    410: Type("resync", "The watermark leads nowhere: take the state again, and go on from its watermark."),
    413: Type("too-large", "The body is longer than this address takes."),
    415: Type("other-form", "The body is not of the media type that is read here."),
    429: Type("too-often", "Too many wrong attempts; the header Retry-After says how long to wait."),
    500: Type("fault", "A fault of the view; its log has the place."),
    503: Type("not-now", "The view catches up, or Kafka is away; ask again after some seconds."),
}
"""The types there are, by status."""
Fault = Mapping[str, str]


class Faulty(Reject):
    """Several faults of one request: each with the name of its parameter and what is wrong."""

    def __init__(self, errors: Sequence[Fault], fix: str) -> None:
        super().__init__("; ".join(f"{one['name']}: {one['detail']}" for one in errors), fix=fix)
        self.errors = tuple(errors)


class Missing(Reject):
    """What is asked for does not exist."""


def problem(
    status: int, what: str, fix: str, errors: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A problem as an answer: what is wrong and what to do."""
    said: dict[str, Any] = {
        "type": f"{WHERE}#{TYPES[status].name}" if status in TYPES else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": what,
        "fix": fix,
    }
    more = {"errors": list(errors)} if errors else {}
    return JSONResponse(said | more, status, dict(headers or {}), media_type=MEDIA)


def refused(fault: Reject) -> JSONResponse:
    """What is wrong with a request that cannot be answered."""
    status = 404 if isinstance(fault, Missing) else 400
    return problem(status, fault.what, fault.fix, getattr(fault, "errors", ()))


def misunderstood(request: Request, fault: RequestValidationError, lists: str) -> JSONResponse:
    """A part of the address that is not of its kind: in the path there is nothing then."""
    found = fault.errors()
    if any(one["loc"][0] == "path" for one in found):
        return nothing_at(request, lists)
    errors = [{"name": str(one["loc"][-1]), "detail": one["msg"].lower()} for one in found]
    told = "; ".join(f"{one['name']}: {one['detail']}" for one in errors)
    return problem(400, f"The question is not understood: {told}", "See /api/v1/openapi.json.", errors)


def unanswered(request: Request, fault: HTTPException, lists: str) -> JSONResponse:
    """An address that there is not, or that is not asked in this way."""
    if fault.status_code == HTTPStatus.NOT_FOUND:
        return nothing_at(request, lists)
    headers = fault.headers or {}
    allowed = headers.get("Allow") or headers.get("allow") or ""
    what = f"{request.method} is not for {request.url.path[:200]}"
    return problem(fault.status_code, what, f"Use {allowed or 'GET'}.", headers=headers)


def nothing_at(request: Request, lists: str) -> JSONResponse:
    """There is nothing here."""
    fix = f"The lists are {lists}; all addresses stand in /api/v1/openapi.json."
    return problem(404, f"There is nothing at {request.url.path[:200]}", fix)


def attach(app: FastAPI) -> None:
    """The address that `type` leads to."""

    @app.get(WHERE, tags=["problems"], response_class=HTMLResponse)
    def explained() -> str:
        """What each type of problem means; `type` leads to its place on this page."""
        rows = "".join(
            f'<dt id="{one.name}">{status} {one.name}</dt><dd>{one.means}</dd>'
            for status, one in TYPES.items()
        )
        head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Zeven: problems</title>'
        return f"{head}<main><h1>Problems</h1><dl>{rows}</dl></main></html>"
