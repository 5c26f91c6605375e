"""Related projects as a piece of somebody else's page: small, without scripts, and never an error.

Whoever shows it cannot mend what is wrong here. So an area that nobody knows, a list without projects and a database
in trouble are a friendly line with a link and status 200; what went wrong is in the log and in a figure for operators.
A question that was answered before is answered by that in trouble.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from prometheus_client import Counter

from schemas.errors import Reject
from streams.view import answers
from streams.view.answers import Query
from streams.view.filters import slug_of
from streams.view.rows import site_of
from streams.view.tables import open_reader
from streams.view.words import TONGUES, called, words

if TYPE_CHECKING:
    from streams.view.api import View

EMBEDDED: Final = Counter(
    "zeven_view_embeds", "Answers for pages of others, by what they show.", ("outcome",)
)
MOST: Final = 20
REMEMBERED: Final = 256
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors *",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800",
}
_SHORTLY: Final = {"Cache-Control": "public, max-age=30, stale-if-error=604800"}


def attach(app: FastAPI, view: View, templates: Environment) -> None:
    """Add the address of the piece."""
    before: OrderedDict[str, bytes] = OrderedDict()

    @app.get("/embed/projects", include_in_schema=False)
    def projects(request: Request) -> Response:
        said, asked = request.query_params, str(request.url)
        tongue = said.get("lang", "")
        tongue = tongue if tongue in TONGUES else TONGUES[0]
        try:
            values, outcome = _found(view, said, tongue), "projects"
        except Reject as fault:
            values, outcome = _without(words(tongue)["related_unknown"]), "unknown"
            structlog.get_logger("embed").warning("cannot be embedded", asked=asked[:500], reason=fault.what)
        except (sqlite3.Error, OSError):
            structlog.get_logger("embed").exception("embed in trouble", asked=asked[:500])
            EMBEDDED.labels("trouble").inc()
            if asked in before:
                return HTMLResponse(before[asked], headers=HEADERS | _SHORTLY)
            values, outcome = _without(words(tongue)["related_later"]), "later"
        values |= {
            "t": words(tongue),
            "tongue": tongue,
            "site": site_of(request),
            "bare": said.get("bare") == "1",
        }
        values["all"] = f"{values['site']}/projects{values['filters']}"
        EMBEDDED.labels(outcome if values["items"] or outcome != "projects" else "nothing").inc()
        body = templates.get_template("embed.html").render(values).encode()
        if outcome == "projects":
            _remember(before, asked, body)
        return _answer(request, body, {} if outcome == "projects" else _SHORTLY)


def _found(view: View, said: Mapping[str, str], tongue: str) -> dict[str, Any]:
    """The projects that are asked for: running first, then what changed last. Raises `Reject` for an unknown word."""
    area, dimension = (slug_of(name, said.get(name, "")) for name in ("area", "dimension"))
    hub = said.get("hub", "")
    if hub and hub not in view.names:
        raise Reject(f"There is no hub {hub[:40]}", field="hub")
    limit = said.get("limit", "5")
    number = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 4 else 5
    with closing(open_reader(view.folder)) as db:
        query = Query(hub=hub, area=area, dimension=dimension, limit=max(1, min(number, MOST)))
        items, total = answers.related(db, query)
    named = [called("areas", area, tongue), called("dimensions", dimension, tongue), view.names.get(hub, "")]
    shown = [_shown(item, view, tongue) for item in items]
    filters = "&".join(f"{k}={v}" for k, v in (("hub", hub), ("area", area), ("dimension", dimension)) if v)
    return _without(words(tongue)["related_none"]) | {
        "items": shown,
        "total": total,
        "about": " · ".join(filter(None, named)),
        "filters": f"?{filters}" if filters else "",
    }


def _without(nothing: str) -> dict[str, Any]:
    return {"items": [], "total": 0, "about": "", "filters": "", "nothing": nothing}


def _shown(item: Mapping[str, Any], view: View, tongue: str) -> dict[str, Any]:
    hubs = ", ".join(view.names.get(hub, hub) for hub in item["hubs"])
    status = called("project_statuses", item["fields"]["status"], tongue)
    about = " · ".join(filter(None, (status, hubs)))
    return {"id": item["id"], "title": item["title"], "sample": item["sample"], "about": about}


def _remember(before: OrderedDict[str, bytes], asked: str, body: bytes) -> None:
    before[asked] = body
    before.move_to_end(asked)
    if len(before) > REMEMBERED:
        before.popitem(last=False)


def _answer(request: Request, body: bytes, more: Mapping[str, str]) -> Response:
    mark = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**HEADERS, **more, "ETag": mark}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    return HTMLResponse(body, headers=headers)
