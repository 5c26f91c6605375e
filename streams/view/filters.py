"""The filters of lists, as they stand in an address: what each asks for, and what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any, Final

from fastapi import Request

from schemas.errors import Reject
from schemas.reference import lists
from streams.view import answers, facets, moments, search
from streams.view.answers import SORTS, Query
from streams.view.asked import parameters
from streams.view.problems import Fault, Faulty

WORDS: Final = {
    "hub": "Slug of a hub that contributes.",
    "area": "A working area, by slug, name or alias: `gezondheid-en-zorg`, `Healthcare`.",
    "dimension": "A dimension, by slug, name or alias.",
    "q": "Words that all occur in title, summary, organisations or place; forms of a word in Dutch or English and "
    "accents do not matter, and the last word may be the beginning of one.",
    "status": "Status; of a membership: role.",
    "from": "Not over before this day, YYYY-MM-DD.",
    "to": "Begun by this day, YYYY-MM-DD.",
    "updated_since": "Changed in the national view at this moment or later: a day (its begin) or an instant.",
    **facets.FILTERS,
    "cell": "Records behind a figure of the overview, as its links say: `hub:limburg,year:2026`.",
}
SORT: Final = {
    "sort": f"By {', '.join(SORTS)}, with a minus for the other way around; else events by start, others by title."
}
PAGE: Final = {"cursor": "`next` of the previous answer.", "limit": "1 to 500, default 50."}
AS_OF: Final = {
    "as_of": "As it stood at this moment: a day (its begin) or an instant of the retained history."
}
FILTERS: Final = parameters(WORDS | SORT | AS_OF)
"""Of files: everything that a filter finds."""
PARAMETERS: Final = parameters(WORDS | SORT | PAGE | AS_OF)
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
    updated = _moment("updated_since", said.get("updated_since", ""), faults)
    q, sort = said.get("q", ""), said.get("sort", "")
    if q.strip() and not search.asked(q):
        faults.append({"name": "q", "detail": "there is no word in it: letters or digits"})
    if sort and sort.removeprefix("-") not in SORTS:
        faults.append({"name": "sort", "detail": f"one of {', '.join(SORTS)}, with a minus or without"})
    if faults:
        raise Faulty(faults, "See /api/v1/openapi.json for what each parameter takes.")
    plain: dict[str, Any] = {name: said.get(name, "") for name in ("hub", "q", "status", "cursor", "sort")}
    span: dict[str, Any] = {
        "since": days["from"],
        "until": days["to"],
        "limit": int(limit),
        "updated": updated,
    }
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


def _moment(name: str, text: str, faults: list[Fault]) -> int | None:
    try:
        return moments.epoch_ms(text, name) if text else None
    except Reject as fault:
        faults.append({"name": name, "detail": f"{fault.what}. {fault.fix}"})
        return None


def _day(name: str, text: str, faults: list[Fault]) -> str:
    """A day as YYYY-MM-DD; of an instant its day."""
    try:
        return date.fromisoformat(text[:10]).isoformat() if text else ""
    except ValueError:
        faults.append({"name": name, "detail": f"{text[:40]} is no day such as 2026-10-01"})
        return ""
