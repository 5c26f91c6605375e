"""The filters of lists, as they stand in an address: what each asks for, and what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any, Final

from fastapi import Request

from schemas.errors import Reject
from schemas.reference import lists
from streams.view import answers, facets
from streams.view.answers import Query
from streams.view.asked import parameters
from streams.view.problems import Fault, Faulty

WORDS: Final = {
    "hub": "Slug of a hub that contributes.",
    "area": "A working area, by slug, name or alias: `gezondheid-en-zorg`, `Healthcare`.",
    "dimension": "A dimension, by slug, name or alias.",
    "q": "Words that all occur in title, summary or organisations.",
    "status": "Status; of a membership: role.",
    "from": "Not over before this day, YYYY-MM-DD.",
    "to": "Begun by this day, YYYY-MM-DD.",
    **facets.FILTERS,
    "cell": "Records behind a figure of the overview, as its links say: `hub:limburg,year:2026`.",
}
PAGE: Final = {"cursor": "`next` of the previous answer.", "limit": "1 to 500, default 50."}
AS_OF: Final = {
    "as_of": "As it stood at this moment: a day (its begin) or an instant of the retained history."
}
FILTERS: Final = parameters(WORDS | AS_OF)
"""Of files: everything that a filter finds."""
PARAMETERS: Final = parameters(WORDS | PAGE | AS_OF)
"""Of lists: a page at a time."""


def query_of(request: Request) -> Query:
    """What a list is asked for. Raises `Faulty` with everything that is wrong with it."""
    said: Mapping[str, str] = request.query_params
    faults: list[Fault] = []
    words = {name: _listed(name, said.get(name, ""), faults) for name in ("area", "dimension")}
    days = {name: _day(name, said.get(name, ""), faults) for name in ("from", "to")}
    limit = said.get("limit", "50")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= answers.PAGE_MAX):
        faults.append({"name": "limit", "detail": f"no number from 1 to {answers.PAGE_MAX}"})
    wanted = [(name, said[name]) for name in facets.FILTERS if said.get(name)]
    try:
        wanted += facets.parts(said.get("cell", ""))
    except Reject as fault:
        faults.append({"name": "cell", "detail": f"{fault.what}. {fault.fix}"})
    if faults:
        raise Faulty(faults, "See /api/v1/openapi.json for what each parameter takes.")
    plain: dict[str, Any] = {name: said.get(name, "") for name in ("hub", "q", "status", "cursor")}
    span: dict[str, Any] = {"since": days["from"], "until": days["to"], "limit": int(limit)}
    return Query(**plain | words | span, facets=tuple(wanted))


def slug_of(name: str, text: str) -> str:
    """The slug of an area or dimension by slug, name or alias. Raises `Faulty` when there is none."""
    faults: list[Fault] = []
    found = _listed(name, text, faults)
    if faults:
        raise Faulty(faults, "See docs/reference/reference-lists.md.")
    return found


def _listed(name: str, text: str, faults: list[Fault]) -> str:
    """The slug of a word that a reference list has by slug, name or alias."""
    found = lists.resolve(f"{name}s", text) if text else ""
    if found is None:
        known = lists.slugs(f"{name}s")
        near = get_close_matches(text.casefold(), known, 1, 0.4)
        hint = f"{near[0]}?" if near else f"one of {', '.join(known)}"
        faults.append({"name": name, "detail": f"there is none called {text[:40]}; {hint}"})
    return found or ""


def _day(name: str, text: str, faults: list[Fault]) -> str:
    """A day as YYYY-MM-DD; of an instant its day."""
    try:
        return date.fromisoformat(text[:10]).isoformat() if text else ""
    except ValueError:
        faults.append({"name": name, "detail": f"{text[:40]} is no day such as 2026-10-01"})
        return ""
