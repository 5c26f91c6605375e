"""Signing in and out, and what is said to who may not: pages for people, problem documents for programs."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from schemas.errors import Retry
from streams.view.access import READER
from streams.view.asked import API
from streams.view.desk_words import desk_words
from streams.view.guard import Filled, Guard, Refused
from streams.view.painter import Painter, tongue_of
from streams.view.problems import problem
from streams.view.rows import instant

PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
"""Pages that know who asks: kept nowhere; browsers say of their forms where they come from."""


def paint(painter: Painter, request: Request, name: str, status: int = 200, **values: Any) -> Response:
    """A page of the desk, with the words of it."""
    answer = painter.paint(request, name, status, d=desk_words(tongue_of(request)), **values)
    answer.headers.update(PRIVATE)
    return answer


def see(where: str) -> Response:
    """Go on there, by GET."""
    return RedirectResponse(where, 303, PRIVATE)


def attach(app: FastAPI, guard: Guard, painter: Painter) -> None:
    """Add signing in and out to the door."""
    _faults(app, painter)

    @app.get("/sign-in", include_in_schema=False)
    @app.get("/sign-in/{code}", include_in_schema=False)
    def invited(request: Request, code: str = "") -> Response:
        """The invitation is used by the button, not by opening its address: programs open addresses too."""
        return paint(painter, request, "sign_in", code=code, still=True)

    @app.post("/sign-in", include_in_schema=False)
    def sign_in(request: Request, form: Filled) -> Response:
        if not guard.from_here(request):
            guard.note(request, "refused", reason="foreign form")
            raise Refused(403, "This form does not come from this page", "Open the invitation again.")
        answer = see("/desk")
        guard.keep(answer, guard.sign_in(request, form.one("code")))
        return answer

    @app.post("/sign-out", include_in_schema=False)
    def sign_out(request: Request, form: Filled) -> Response:
        guard.sign_out(request, guard.acting(request, READER, form.one("form")))
        answer = see("/")
        guard.drop(answer)
        return answer

    @app.get(f"{API}/me", tags=["access"], responses={401: {"description": "Nobody."}})
    def me(request: Request) -> dict[str, Any]:
        """Who a token or a session is."""
        found = guard.who(request, READER).credential
        return {
            "id": found.id,
            "kind": found.kind,
            "role": found.role,
            "expires_at": instant(found.expires_at),
        }


def _faults(app: FastAPI, painter: Painter) -> None:
    @app.exception_handler(Refused)
    def refused(request: Request, fault: Refused) -> Response:
        if request.url.path.startswith("/api/"):
            answer: Response = problem(fault.status, fault.what, fault.fix)
        else:
            answer = paint(painter, request, "refused", fault.status, why=fault.status, still=True)
        answer.headers.update(fault.headers)
        return answer

    @app.exception_handler(Retry)
    def later(request: Request, fault: Retry) -> Response:
        if request.url.path.startswith("/api/"):
            answer: Response = problem(503, fault.what, fault.fix)
        else:
            answer = paint(painter, request, "refused", 503, why=503, said=fault.what, still=True)
        answer.headers["Retry-After"] = "5"
        return answer
