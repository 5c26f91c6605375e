"""The API by which programs and the desk decide: `POST /api/v1/decisions` and its undoing, for stewards."""

from __future__ import annotations

import time
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from schemas.errors import Reject
from streams.national.decisions import Author
from streams.view.access import STEWARD
from streams.view.api import Database
from streams.view.asked import API
from streams.view.deciding import Asked, Conflict, Decider
from streams.view.guard import Guard, Refused, Who, body_of
from streams.view.problems import problem
from streams.view.proposals import Proposals, shown

_FAULTS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"description": "It cannot be decided, and why."},
    401: {"description": "Nobody, or not any more."},
    403: {"description": "Not this role, or not a form of this session."},
    409: {"description": "The id stands for another decision."},
    413: {"description": "Too long."},
    429: {"description": "Too many wrong attempts."},
    503: {"description": "Not now: Kafka is away, or the view catches up."},
}
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": Asked.model_json_schema()}},
    },
    "security": [{"bearer": []}],
}


def author_of(who: Who, reason: str = "") -> Author:
    """Who decides, why, and when: now."""
    return Author(who.by, reason, time.time_ns() // 1_000_000)


def asked_of(said: bytes | dict[str, Any]) -> Asked:
    """What is asked for. Raises `Reject` naming everything that is wrong."""
    try:
        return Asked.model_validate_json(said) if isinstance(said, bytes) else Asked.model_validate(said)
    except ValidationError as wrong:
        words = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg'].lower()}" for one in wrong.errors()
        )
        raise Reject(f"The decision is not understood: {words}", fix="See /openapi.json.") from wrong


def attach(app: FastAPI, guard: Guard, decider: Decider, proposals: Proposals) -> None:
    """Add deciding to the API."""

    @app.get(f"{API}/candidates", tags=["decisions"])
    def candidates(db: Database) -> dict[str, Any]:
        """Pairs of records that may be one, the most likely first, with why; nothing is joined by likeness."""
        return {"items": shown(db, proposals.top), "all_weighed": not proposals.full}

    @app.post(f"{API}/decisions", tags=["decisions"], status_code=201, responses=_FAULTS, openapi_extra=_BODY)
    async def decide(request: Request) -> Response:
        """Decide what is one, what is two, or what a field holds. The same id again writes nothing twice (200)."""
        who = guard.acting(request, STEWARD)
        if "json" not in request.headers.get("content-type", ""):
            raise Refused(415, "This is not JSON", "Send application/json.")
        asked = asked_of(await body_of(request))
        try:
            found, new = await decider.decide(asked, author_of(who, asked.reason))
        except Conflict as other:
            return problem(409, f"{other} stands for another decision", "Choose another id.")
        guard.note(request, "decided", credential=who.credential.id, decision=found["id"], new=new)
        return JSONResponse(found, 201 if new else 200, {"Location": f"{API}/decisions/{found['id']}"})

    @app.post(
        f"{API}/decisions/{{decision_id}}/undo",
        tags=["decisions"],
        responses=_FAULTS | {404: {"description": "There is none."}},
        openapi_extra={"security": [{"bearer": []}]},
    )
    async def undo(decision_id: str, request: Request) -> Response:
        """Take a decision back; one that was taken back before stays so."""
        who = guard.acting(request, STEWARD)
        found = await decider.undo(decision_id, author_of(who))
        if found is None:
            return problem(404, f"There is no decision {decision_id}", f"See {API}/decisions for ids.")
        guard.note(request, "undone", credential=who.credential.id, decision=decision_id)
        return JSONResponse(found)
