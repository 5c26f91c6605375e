"""The steward's desk: what may be one beside each other, what follows from a decision, and what was decided.

Every step is a page or a form, so it works without JavaScript; nothing is written before its preview was seen.
"""

from __future__ import annotations

import uuid
from typing import Any

from fastapi import FastAPI, Request, Response

from schemas.errors import Reject
from schemas.reference import lists
from streams.national.decisions import CLASSIFIED, PIN
from streams.view import answers, decisions, objections
from streams.view.access import STEWARD
from streams.view.answers import Query
from streams.view.api import Database, Plural
from streams.view.comparing import as_typed, side_by_side, typed
from streams.view.decide_api import asked_of, author_of
from streams.view.deciding import Answer, Asked, Conflict, Decider, foreseen
from streams.view.guard import Filled, Form, Guard
from streams.view.painter import Painter, tongue_of
from streams.view.proposals import Proposals, shown
from streams.view.signing import paint, see

FOUND_MAX = 25
REASON_MAX = 1000


def attach(app: FastAPI, guard: Guard, painter: Painter, decider: Decider, proposals: Proposals) -> None:
    """Add the desk to the door."""
    _lists(app, guard, painter, proposals)
    _records(app, guard, painter)
    _deciding(app, guard, painter, decider)
    _answering(app, guard, painter, decider)


def _lists(app: FastAPI, guard: Guard, painter: Painter, proposals: Proposals) -> None:
    @app.get("/desk", include_in_schema=False)
    def desk(request: Request, db: Database, kind: str = "projects", q: str = "") -> Response:
        who = guard.who(request, STEWARD)
        plural = Plural(kind) if kind in [one.value for one in Plural] else Plural.projects
        found = answers.listed(db, plural.kind, Query(q=q[:200], limit=FOUND_MAX)) if q.strip() else None
        values: dict[str, Any] = {
            "doubts": decisions.doubts(db),
            "decided_list": decisions.recent(db),
            "found": found,
            "objections": objections.recent(db),
            "candidates": shown(db, proposals.top),
            "full": proposals.full,
        }
        return paint(painter, request, "desk", who=who, q=q, kind=plural.value, still=True, **values)

    @app.get("/desk/decisions/{decision_id}", include_in_schema=False)
    def one(decision_id: str, request: Request, db: Database) -> Response:
        who = guard.who(request, STEWARD)
        said = decisions.stored(db, decision_id)
        if said is None:
            return paint(painter, request, "missing", 404, still=True)
        return paint(painter, request, "desk_decision", who=who, one=decisions.shown(db, said))


def _records(app: FastAPI, guard: Guard, painter: Painter) -> None:
    @app.get("/desk/compare", include_in_schema=False)
    def compare(request: Request, db: Database) -> Response:
        who = guard.who(request, STEWARD)
        try:
            items = decisions.things(db, dict.fromkeys(request.query_params.getlist("id")[:2]))
        except Reject as fault:
            return paint(painter, request, "desk_fault", 400, who=who, fault=fault, still=True)
        if not items:
            return see("/desk")
        items = [one for at, one in enumerate(items) if one["id"] not in {each["id"] for each in items[:at]}]
        values: dict[str, Any] = {"items": items, "rows": side_by_side(items)}
        return paint(painter, request, "desk_compare", who=who, still=True, **values)

    @app.get("/desk/field", include_in_schema=False)
    def field(request: Request, db: Database, id: str, field: str) -> Response:  # noqa: A002 (it is in the address)
        who = guard.who(request, STEWARD)
        try:
            [item] = decisions.things(db, [id])
        except Reject as fault:
            return paint(painter, request, "desk_fault", 400, who=who, fault=fault, still=True)
        if field not in item["fields"]:
            return paint(painter, request, "missing", 404, still=True)
        rows = [one for one in side_by_side([item]) if one.name == field]
        values: dict[str, Any] = {"item": item, "field": field, "row": rows[0] if rows else None}
        values |= {"text": as_typed(item["fields"][field]), "chosen": item["fields"][field] or ()}
        values["slugs"] = _choices(field, tongue_of(request)) if field in CLASSIFIED else {}
        return paint(painter, request, "desk_field", who=who, still=True, **values)


def _choices(field: str, tongue: str) -> dict[str, str]:
    """What a classification can be, by slug; empty for a field whose list is not closed."""
    if field not in ("areas", "dimensions"):
        return {}
    return {row["slug"]: row.get(f"name_{tongue}") or row["slug"] for row in lists.rows(field)}


def _asked(form: Form, db: Any) -> Asked:
    """What a form of the desk asks for."""
    said: dict[str, Any] = {
        "action": form.one("action"),
        "ids": form.get("id", []),
        "reason": form.one("reason"),
    }
    said["apart"] = form.get("apart", [])
    if form.one("decision"):
        said["id"] = form.one("decision")
    if said["action"] == PIN:
        said["field"] = name = form.one("field")
        [item] = decisions.things(db, said["ids"][:1])
        current = (item["fields"] or {}).get(name)
        said["value"] = form.get("slug", []) if form.one("slugs") else typed(form.one("value"), current)
    return asked_of(said)


def _answering(app: FastAPI, guard: Guard, painter: Painter, decider: Decider) -> None:
    @app.get("/desk/objections/{hub}/{objection_id}", include_in_schema=False)
    def objection(hub: str, objection_id: str, request: Request, db: Database) -> Response:
        who = guard.who(request, STEWARD)
        said = objections.one(db, hub, objection_id)
        if said is None:
            return paint(painter, request, "missing", 404, still=True)
        decided = [one for one in decisions.recent(db) if said["now"] in (*one["now"], *one["ids"])]
        values: dict[str, Any] = {"one": said, "decided_list": decided}
        return paint(painter, request, "desk_objection", who=who, still=True, **values)

    @app.post("/desk/objections/{hub}/{objection_id}", include_in_schema=False)
    async def answer(hub: str, objection_id: str, request: Request, form: Filled) -> Response:
        who = guard.acting(request, STEWARD, form.one("form"))
        upheld = form.one("state") == objections.UPHELD
        state = objections.UPHELD if upheld else objections.DECLINED
        said = Answer(hub, objection_id, state, (form.one("decision") or None) if upheld else None)
        try:
            await decider.answer(said, author_of(who, form.one("reason")[:REASON_MAX]))
        except Reject as fault:
            return paint(painter, request, "desk_fault", 400, who=who, fault=fault, still=True)
        guard.note(request, "answered", credential=who.credential.id, objection=objection_id, hub=hub)
        return see(f"/desk/objections/{hub}/{objection_id}")


def _deciding(app: FastAPI, guard: Guard, painter: Painter, decider: Decider) -> None:
    @app.post("/desk/preview", include_in_schema=False)
    def preview(request: Request, form: Filled, db: Database) -> Response:
        who = guard.acting(request, STEWARD, form.one("form"))
        try:
            asked = _asked(form, db)
            _, things, following = foreseen(db, asked, author_of(who, asked.reason))
        except Reject as fault:
            return paint(painter, request, "desk_fault", 400, who=who, fault=fault, still=True)
        values: dict[str, Any] = {"asked": asked, "things": things, "following": following, "said": form}
        values["decision"] = uuid.uuid4().hex[:12]
        return paint(painter, request, "desk_preview", who=who, still=True, **values)

    @app.post("/desk/decide", include_in_schema=False)
    async def decide(request: Request, form: Filled, db: Database) -> Response:
        who = guard.acting(request, STEWARD, form.one("form"))
        try:
            asked = _asked(form, db)
            found, new = await decider.decide(asked, author_of(who, asked.reason))
        except Reject as fault:
            return paint(painter, request, "desk_fault", 400, who=who, fault=fault, still=True)
        except Conflict:
            return see("/desk")
        guard.note(request, "decided", credential=who.credential.id, decision=found["id"], new=new)
        return see(f"/desk/decisions/{found['id']}")

    @app.post("/desk/undo", include_in_schema=False)
    async def undo(request: Request, form: Filled) -> Response:
        who = guard.acting(request, STEWARD, form.one("form"))
        found = await decider.undo(form.one("decision"), author_of(who))
        if found is None:
            return see("/desk")
        guard.note(request, "undone", credential=who.credential.id, decision=found["id"])
        return see(f"/desk/decisions/{found['id']}")
