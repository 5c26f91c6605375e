"""How a page is made: the templates, the language, and what is said in both languages by one rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader

from schemas.reference import lists
from schemas.reference.lists import LISTED
from streams.view.api import Plural, View
from streams.view.rows import safe_link
from streams.view.words import TONGUES, field_name, words

HOME: Final = ZoneInfo("Europe/Amsterdam")
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def environment() -> Environment:
    """The templates of the page."""
    made = Environment(
        loader=PackageLoader("streams.view"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {"moment": moment, "said": said, "safe_link": safe_link, "number": number}
    made.filters["listed"] = listed
    return made


def moment(text: str | None) -> str:
    """An instant as people in the Netherlands read it."""
    if not text:
        return ""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(HOME).strftime("%d-%m-%Y %H:%M:%S")


def said(value: Any, tongue: str) -> str:
    """A value in words."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        if set(value) == {"nl", "en"}:
            return str(value.get(tongue) or value.get("nl") or value.get("en") or "")
        return ", ".join(f"{part}" for part in value.values() if part not in (None, ""))
    if isinstance(value, list):
        return "; ".join(said(part, tongue) for part in value)
    if isinstance(value, bool):
        return {"nl": ("nee", "ja"), "en": ("no", "yes")}[tongue][value]
    return str(value)


def listed(value: Any, field: str) -> Any:
    """What values of a reference list are called, in both languages; everything else as it is."""
    if isinstance(value, list):
        return [listed(one, field) for one in value]
    for name in LISTED.get(field, ()):
        for one in lists.listed(name):
            if one.slug == value:
                return {"nl": one.name_nl, "en": one.name_en}
    return value


def number(value: int, tongue: str) -> str:
    """A whole number with its thousands parted, as that language does it."""
    return f"{value:,}".replace(",", "." if tongue == "nl" else ",")


def tongue_of(request: Request) -> str:
    """The language asked for now, or before, or Dutch."""
    asked = request.query_params.get("lang", "") or request.cookies.get("lang", "")
    return asked if asked in TONGUES else TONGUES[0]


class Painter:
    """Renders one request's page, or only its living part."""

    def __init__(self, templates: Environment, view: View) -> None:
        self._templates, self._view = templates, view

    def paint(self, request: Request, name: str, status: int = 200, **values: Any) -> Response:
        """The page `name`, in the language asked for."""
        tongue = tongue_of(request)
        asked = [pair for pair in request.query_params.multi_items() if pair[0] not in ("part", "lang")]
        other = TONGUES[1 - TONGUES.index(tongue)]
        context = values | {
            "t": words(tongue),
            "tongue": tongue,
            "other": other,
            "part": name,
            "plurals": [one.value for one in Plural],
            "field_name": field_name,
            "here": request.url.path,
            "live": f"{request.url.path}?{urlencode([*asked, ('lang', tongue), ('part', '1')])}",
            "turn": f"{request.url.path}?{urlencode([*asked, ('lang', other)])}",
            "trouble": self._view.ready(),
            "names": {hub.slug: hub.nl if tongue == "nl" else hub.en for hub in self._view.hubs},
        }
        template = "part.html" if request.query_params.get("part") else "page.html"
        answer = HTMLResponse(self._templates.get_template(template).render(context), status, HEADERS)
        if request.query_params.get("lang") in TONGUES:
            answer.set_cookie("lang", tongue, max_age=31_536_000, httponly=True, samesite="strict")
        return answer
