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
from typing import Annotated, Any, Final, cast

from fastapi import Depends, FastAPI, Request, Response
from fastapi import Query as FromQuery
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from starlette.exceptions import HTTPException

from schemas.bus.metrics import READY
from schemas.errors import Reject
from schemas.hubs import Hub
from schemas.reference.kept import KEPT
from streams.view import (
    answers,
    caching,
    conflicts,
    dcat,
    decisions,
    exports,
    feeds,
    fields,
    live,
    moments,
    objections,
    office,
    openapi,
    overview,
    past,
    problems,
    report_file,
    shapes,
    unconfirmed,
    watermark,
)
from streams.view.asked import API, declared
from streams.view.doorman import VERSION, Doorman, crashed
from streams.view.fields import asked as asked_fields
from streams.view.fields import picked
from streams.view.filters import PARAMETERS, query_of
from streams.view.hubs import all_hubs
from streams.view.life import life
from streams.view.linked_data import CONTEXT, linked
from streams.view.materialise import Bell
from streams.view.problems import MEDIA, SHAPE, Missing, misunderstood, problem, refused, unanswered
from streams.view.rows import instant, site_of
from streams.view.tables import open_reader

LISTS: Final = ", ".join(f"{API}/{name}" for name in ("projects", "events", "memberships", "organisations"))
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {
        "description": "What is wrong with the request, and what to do.",
        "content": {MEDIA: {"schema": SHAPE}},
    },
    "5XX": {"description": "What is wrong with the view.", "content": {MEDIA: {"schema": SHAPE}}},
}
Fields = Annotated[str, FromQuery(description=fields.WORDS["fields"])]


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
    connectors on this machine show their figures and their certificates lie.
    """

    folder: Path
    hubs: tuple[Hub, ...]
    clock: Callable[[], int]
    bell: Bell
    ready: Callable[[], str | None]
    doors: Mapping[str, str] = field(default_factory=dict)
    history_days: int = 1096
    certificates: Path | None = None
    licence: str = ""
    """Address of the licence of the data, for data portals."""

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


def application(view: View) -> FastAPI:
    """The whole door."""
    app = FastAPI(
        title="Zeven",
        description="The national view of what the seven regional AI hubs say, with proof of completeness.",
        version=VERSION,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        default_response_class=JSONResponse,
        dependencies=[Depends(declared)],
        responses=PROBLEMS,
    )
    app.state.view = view
    app.add_middleware(Doorman)
    app.add_exception_handler(Reject, _refused)
    app.add_exception_handler(RequestValidationError, misread)
    app.add_exception_handler(HTTPException, unknown)
    app.add_exception_handler(Exception, crashed)
    _operators(app, view)
    _asking(app, view)
    unconfirmed.attach(app, view)
    _decided(app, view)
    live.attach(app, view)
    feeds.attach(app, view)
    exports.attach(app, view, [one.value for one in Plural])
    overview.attach(app, view)
    past.attach(app, view)
    report_file.attach(app, view)
    dcat.attach(app, view)
    shapes.attach(app)
    problems.attach(app)
    openapi.attach(app)
    _linked(app, view)
    _records(app, view)
    return app


def _refused(_request: Request, fault: Exception) -> Response:
    return refused(fault if isinstance(fault, Reject) else Reject(str(fault)))


def misread(request: Request, fault: Exception) -> Response:
    """What a part of the address is not."""
    return misunderstood(request, cast("RequestValidationError", fault), LISTS)


def unknown(request: Request, fault: Exception) -> Response:
    """What there is not, or not in this way."""
    return unanswered(request, cast("HTTPException", fault), LISTS)


def _operators(app: FastAPI, view: View) -> None:
    @app.get("/openapi.json", include_in_schema=False)
    def described() -> JSONResponse:
        return JSONResponse(app.openapi())

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
        db: Database, hub: str = "", kind: str = "", cursor: str = "", limit: str = "50"
    ) -> dict[str, Any]:
        """Fields that sources state differently: what was chosen by which rule, and what was not; by hub and kind."""
        asked = conflicts.asked(hub, kind, cursor, limit)
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
        if name not in KEPT:
            raise Missing(
                f"The national office keeps no list {name[:100]}", fix=f"It keeps {', '.join(KEPT)}."
            )
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


def _linked(app: FastAPI, view: View) -> None:
    @app.get(f"{API}/{{plural}}/{{national_id}}.jsonld", tags=["records"])
    def one_linked(plural: Plural, national_id: str, request: Request, db: Database) -> Response:
        """One national record in the words of schema.org."""
        row = answers.one(db, plural.kind, answers.goes_on_as(db, national_id) or national_id)
        if row is None:
            return problem(404, f"There is no {plural.kind} {national_id}", f"See {API}/{plural.value}.")
        node = {"@context": CONTEXT, **linked(answers.item(row), site_of(request), view.names)}
        return JSONResponse(node, media_type="application/ld+json")


def _records(app: FastAPI, view: View) -> None:
    @app.get(f"{API}/{{plural}}", tags=["records"], openapi_extra={"parameters": PARAMETERS})
    def many(plural: Plural, request: Request, db: Database, fields: Fields = "") -> Response:
        """A list of national records, filtered, a page at a time."""
        query, names = past.asked_at(view, db, request, query_of(request)), asked_fields(plural.kind, fields)
        about = view.about(db, query.at)
        tag = caching.tag_of(db, request, about["completeness"]) if query.at is None else None
        if (same := caching.unchanged(request, tag)) is not None:
            return same
        found = (answers if query.at is None else past).listed(db, plural.kind, query)
        items = [picked(item, names) for item in found["items"]]
        headers = past.marked(about) | _paged(request, found["next"]) | caching.tagged(tag)
        return JSONResponse(found | {"items": items} | about, headers=headers)

    @app.get(
        f"{API}/{{plural}}/{{national_id}}", tags=["records"], responses={308: {"description": "Merged."}}
    )
    def one(
        plural: Plural, national_id: str, request: Request, db: Database, as_of: str = "", fields: Fields = ""
    ) -> Response:
        """One national record; after a merge its id goes on under another, named with 308."""
        names = asked_fields(plural.kind, fields)
        if (moment := view.moment(db, as_of)) is not None:
            return past.one(view, db, (plural.value, national_id), moment, as_of, names)
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
        tag = caching.tag_of(db, request, about["completeness"])
        if (same := caching.unchanged(request, tag)) is not None:
            return same
        item = picked(answers.item(row), names)
        return JSONResponse({**item, **about}, headers=link | past.marked(about) | caching.tagged(tag))


def _paged(request: Request, following: str | None) -> dict[str, str]:
    """Where the next page is (RFC 8288)."""
    if following is None:
        return {}
    where = request.url.include_query_params(cursor=following)
    return {"Link": f'<{where.path}?{where.query}>; rel="next"'}
