"""The HTTP door of the view: the API for programs, health and figures for operators, the page for people.

Every answer about records carries, per hub, how complete it is, and the moment it was given. Nothing here
writes; each request reads with a connection of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from schemas.bus.metrics import READY
from schemas.errors import Reject
from schemas.hubs import Hub
from streams.view import (
    answers,
    conflicts,
    decisions,
    exports,
    feeds,
    live,
    moments,
    objections,
    office,
    overview,
    past,
    shapes,
    unconfirmed,
    watermark,
)
from streams.view.answers import Query
from streams.view.hubs import all_hubs
from streams.view.life import life
from streams.view.linked_data import CONTEXT, linked
from streams.view.materialise import Bell
from streams.view.rows import instant, site_of
from streams.view.tables import open_reader

API = "/api/v1"


class Plural(StrEnum):
    """The lists there are."""

    projects = "projects"
    events = "events"
    memberships = "memberships"
    organisations = "organisations"

    @property
    def kind(self) -> str:
        """The kind of the records in the list."""
        return self.value[:-1]


@dataclass(frozen=True)
class View:
    """What the door needs to know: the database's folder, the hubs, the clock, the bell and the health; and where
    connectors on this machine show their figures.
    """

    folder: Path
    hubs: tuple[Hub, ...]
    clock: Callable[[], int]
    bell: Bell
    ready: Callable[[], str | None]
    doors: Mapping[str, str] = field(default_factory=dict)
    history_days: int = 1096

    def reader(self) -> Iterator[sqlite3.Connection]:
        """A connection for one request."""
        connection = open_reader(self.folder)
        try:
            yield connection
        finally:
            connection.close()

    @property
    def names(self) -> dict[str, str]:
        """What the hubs are called."""
        return {hub.slug: hub.nl for hub in self.hubs}

    def about(self, db: sqlite3.Connection, at: int | None = None) -> dict[str, Any]:
        """What every answer carries: as of when, its watermark, how complete; of a past moment, how complete now."""
        now = self.clock()
        mark = watermark.of(db, now)
        if mark is not None and at is not None:
            mark = watermark.at_moment(db, mark, at)
        return {
            "as_of": instant(now if at is None else at),
            "watermark": None if mark is None else mark.token(),
            "completeness": self.completeness(db),
        }

    def completeness(self, db: sqlite3.Connection) -> dict[str, dict[str, Any]]:
        """Per hub how complete the answers are, also in words."""
        proofs = answers.completeness(db, tuple(hub.slug for hub in self.hubs))
        return unconfirmed.in_words(db, proofs, self.hubs, self.clock())

    def moment(self, db: sqlite3.Connection, text: str, field: str = "as_of") -> int | None:
        """The moment that is asked for, epoch milliseconds; None for now. Raises `Reject` outside of the history."""
        return moments.within(db, text, field, self.clock(), self.history_days) if text else None


def _database(request: Request) -> Iterator[sqlite3.Connection]:
    view: View = request.app.state.view
    yield from view.reader()


Database = Annotated[sqlite3.Connection, Depends(_database)]


def problem(status: int, what: str, fix: str, **more: Any) -> JSONResponse:
    """An error as an answer: what is wrong and what to do."""
    return JSONResponse({"error": {"what": what, "fix": fix, **more}}, status)


def query_of(request: Request) -> Query:
    """The filters of a list, read from the address (`from` is a word of Python, so it is read by hand)."""
    said = request.query_params
    limit = said.get("limit", "50")
    if not limit.isdigit() or not 1 <= int(limit) <= answers.PAGE_MAX:
        raise Reject("limit is no number from 1 to 500", field="limit", fix="Leave it out for 50.")
    names = ("hub", "area", "dimension", "q", "status", "cursor", "cell")
    plain: dict[str, Any] = {name: said.get(name, "")[:2000] for name in names}
    return Query(**plain, since=said.get("from", "")[:10], until=said.get("to", "")[:10], limit=int(limit))


_FILTERS = {
    "hub": "Slug of a hub that contributes.",
    "area": "Slug of a working area.",
    "dimension": "Slug of a dimension.",
    "q": "Words that all occur in title, summary or organisations.",
    "status": "Status; of a membership: role.",
    "from": "Not over before this day, YYYY-MM-DD.",
    "to": "Begun by this day, YYYY-MM-DD.",
    "cell": "Records behind a figure of the overview, as its links say: `hub:limburg,year:2026`.",
    "cursor": "`next` of the previous answer.",
    "limit": "1 to 500, default 50.",
    "as_of": "As it stood at this moment: a day (its begin) or an instant of the retained history.",
}
_PARAMETERS = [
    {"name": name, "in": "query", "required": False, "description": text, "schema": {"type": "string"}}
    for name, text in _FILTERS.items()
]


def application(view: View) -> FastAPI:
    """The whole door."""
    app = FastAPI(
        title="Zeven",
        description="The national view of what the seven regional AI hubs say, with proof of completeness.",
        version="1",
        docs_url=None,
        redoc_url=None,
        default_response_class=JSONResponse,
    )
    app.state.view = view
    app.add_exception_handler(Reject, _refused)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    _operators(app, view)
    _asking(app, view)
    unconfirmed.attach(app, view)
    _decided(app, view)
    live.attach(app, view)
    feeds.attach(app, view, query_of)
    exports.attach(app, view, [one.value for one in Plural], query_of)
    overview.attach(app, view)
    past.attach(app, view)
    shapes.attach(app)
    _records(app, view)
    return app


def _refused(_request: Request, fault: Exception) -> Response:
    what = fault.what if isinstance(fault, Reject) else str(fault)
    return problem(400, what, fault.fix if isinstance(fault, Reject) else "")


def _misunderstood(request: Request, fault: Exception) -> Response:
    errors = fault.errors() if isinstance(fault, RequestValidationError) else []
    if any(one["loc"][0] == "path" for one in errors):
        lists = ", ".join(f"{API}/{one.value}" for one in Plural)
        return problem(404, f"There is nothing at {request.url.path}", f"The lists are {lists}.")
    words = "; ".join(f"{one['loc'][-1]}: {one['msg'].lower()}" for one in errors)
    return problem(400, f"The question is not understood: {words}", "See /openapi.json.")


def _operators(app: FastAPI, view: View) -> None:
    @app.get("/health/live", tags=["operators"])
    def alive() -> dict[str, Any]:
        """The process answers."""
        return {"live": True}

    @app.get("/health/ready", tags=["operators"], responses={503: {"description": "Not ready, and why."}})
    def ready() -> Response:
        """The answers can be trusted now; else 503 with the reason."""
        reason = view.ready()
        if reason is None:
            return JSONResponse({"ready": True})
        return JSONResponse({"ready": False, "reason": reason}, 503)

    @app.get("/metrics", tags=["operators"])
    def metrics() -> Response:
        """Figures for Prometheus."""
        READY.set(0 if view.ready() else 1)
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    @app.get("/prometheus/connectors", tags=["operators"])
    def connectors() -> list[dict[str, Any]]:
        """Where Prometheus finds the connectors of this machine, as its `http_sd_configs` reads it."""
        return [{"targets": [at], "labels": {"hub": hub}} for hub, at in view.doors.items()]


def _asking(app: FastAPI, view: View) -> None:
    @app.get(f"{API}/hubs", tags=["hubs"])
    def hubs(db: Database) -> dict[str, Any]:
        """All hubs: who and where they are, connected or not, state, last look, freshness, counts, completeness."""
        now = view.clock()
        return {"as_of": instant(now), "ready": view.ready() is None, "items": all_hubs(db, view.hubs, now)}

    @app.get(f"{API}/why/{{asked:path}}", tags=["records"])
    def why(asked: str, db: Database) -> Response:
        """The life of one record from source to notice; a national id or hub|kind|source id."""
        found = life(db, asked)
        if found is None:
            return problem(404, f"Nothing is known of {asked}", "Give a national id or hub|kind|source id.")
        return JSONResponse(found | view.about(db))

    @app.get(f"{API}/conflicts", tags=["hubs"])
    def contradictions(
        request: Request, db: Database, hub: str = "", kind: str = "", cursor: str = ""
    ) -> dict[str, Any]:
        """Fields that sources state differently: what was chosen by which rule, and what was not; by hub and kind."""
        asked = conflicts.asked(hub, kind, cursor, request.query_params.get("limit", "50"))
        return conflicts.listed(db, asked) | view.about(db)

    @app.get(f"{API}/rejected", tags=["operators"])
    def rejected(db: Database, hub: str = "", stage: str = "") -> dict[str, Any]:
        """What stands in rejected, newest first, and what the view itself could not read."""
        items = answers.rejections(db, hub, stage)
        return {"items": items, "unreadable": answers.unreadable(db), **view.about(db)}

    @app.get(f"{API}/rejected/{{rejected_id:path}}", tags=["operators"])
    def rejected_one(rejected_id: str, db: Database) -> Response:
        """One rejected record."""
        found = answers.rejection_of(db, rejected_id)
        if found is None:
            return problem(404, f"{rejected_id} does not stand in rejected", "See /api/v1/rejected for ids.")
        return JSONResponse(found)


def _decided(app: FastAPI, view: View) -> None:
    @app.get(f"{API}/doubts", tags=["decisions"])
    def doubtful(db: Database) -> dict[str, Any]:
        """Identity keys that two things share which cannot be one: one of them has a wrong identifier."""
        return {"items": decisions.doubts(db), **view.about(db)}

    @app.get(f"{API}/lists", tags=["decisions"])
    def kept(db: Database) -> dict[str, Any]:
        """The reference lists that the national office keeps."""
        return {"items": office.summaries(db), "as_of": instant(view.clock())}

    @app.get(f"{API}/lists/{{name}}", tags=["decisions"])
    def kept_one(name: str, db: Database) -> dict[str, Any]:
        """One list: its rows as they are now, and every version that the office said of each."""
        return {"list": name, "items": office.shown(db, name), "as_of": instant(view.clock())}

    @app.get(f"{API}/objections", tags=["decisions"])
    def objected(db: Database) -> dict[str, Any]:
        """What hubs object to, unanswered first, with what was answered."""
        return {"items": objections.recent(db), **view.about(db)}

    @app.get(f"{API}/decisions", tags=["decisions"])
    def decided(db: Database) -> dict[str, Any]:
        """What stewards decided, newest first, withdrawn or not, with the national ids that it speaks of now."""
        return {"items": decisions.recent(db), **view.about(db)}

    @app.get(f"{API}/decisions/{{decision_id}}", tags=["decisions"])
    def decided_one(decision_id: str, db: Database) -> Response:
        """One decision."""
        found = decisions.stored(db, decision_id)
        if found is None:
            return problem(404, f"There is no decision {decision_id}", f"See {API}/decisions for ids.")
        return JSONResponse(decisions.shown(db, found))


def _records(app: FastAPI, view: View) -> None:
    @app.get(f"{API}/{{plural}}", tags=["records"], openapi_extra={"parameters": _PARAMETERS})
    def many(plural: Plural, request: Request, db: Database) -> Response:
        """A list of national records, filtered, a page at a time."""
        query = past.asked_at(view, db, request, query_of(request))
        about = view.about(db, query.at)
        listed = answers.listed if query.at is None else past.listed
        return JSONResponse(listed(db, plural.kind, query) | about, headers=past.marked(about))

    @app.get(f"{API}/{{plural}}/{{national_id}}.jsonld", tags=["records"])
    def one_linked(plural: Plural, national_id: str, request: Request, db: Database) -> Response:
        """One national record in the words of schema.org."""
        row = answers.one(db, plural.kind, answers.goes_on_as(db, national_id) or national_id)
        if row is None:
            return problem(404, f"There is no {plural.kind} {national_id}", f"See {API}/{plural.value}.")
        node = {"@context": CONTEXT, **linked(answers.item(row), site_of(request), view.names)}
        return JSONResponse(node, media_type="application/ld+json")

    @app.get(
        f"{API}/{{plural}}/{{national_id}}", tags=["records"], responses={308: {"description": "Merged."}}
    )
    def one(plural: Plural, national_id: str, db: Database, as_of: str = "") -> Response:
        """One national record; after a merge its id goes on under another, named with 308."""
        if (moment := view.moment(db, as_of)) is not None:
            return past.one(view, db, (plural.value, national_id), moment, as_of)
        now = answers.goes_on_as(db, national_id)
        if now is not None:
            where = f"{API}/{plural.value}/{now}"
            body = {"id": national_id, "redirect": now, "href": where}
            return JSONResponse(body, 308, {"Location": where})
        row = answers.one(db, plural.kind, national_id)
        if row is None:
            return problem(404, f"There is no {plural.kind} {national_id}", f"See {API}/{plural.value}.")
        where = f"{API}/{plural.value}/{national_id}.jsonld"
        link = {"Link": f'<{where}>; rel="alternate"; type="application/ld+json"'}
        about = view.about(db)
        return JSONResponse(answers.item(row) | about, headers=link | past.marked(about))
