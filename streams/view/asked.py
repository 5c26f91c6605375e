"""What may be asked below /api/v1: each address says its parameters in its description, and takes no others.

So a filter with a slip of the pen is a problem that names the right word, never a list without that filter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from streams.view.problems import Fault, Faulty

API: Final = "/api/v1"
LONGEST: Final = 2_000
SHOWN: Final = 40


def parameters(words: Mapping[str, str], *required: str) -> list[dict[str, Any]]:
    """Parameters of the query for the description of an address: name -> what it asks for."""
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": text,
            "schema": {"type": "string", "maxLength": LONGEST},
        }
        for name, text in words.items()
    ]


def declared(request: Request) -> None:
    """Raises `Faulty` with every parameter that this address does not have, has twice, or that is too long."""
    route = request.scope.get("route")
    if not request.url.path.startswith(f"{API}/") or not isinstance(route, APIRoute):
        return
    known = set(names_of(route))
    if faults := list(_faults(request.query_params.multi_items(), known)):
        takes = f"This address takes {', '.join(sorted(known))}" if known else "This address takes nothing"
        raise Faulty(faults, f"{takes}; see {API}/openapi.json.")


def names_of(route: APIRoute) -> Iterator[str]:
    """The query parameters that an address says it has."""
    extra = (route.openapi_extra or {}).get("parameters", ())
    yield from (one["name"] for one in extra if one["in"] == "query")
    yield from _of(route.dependant)


def _of(dependant: Dependant) -> Iterator[str]:
    yield from (one.alias for one in dependant.query_params)
    for one in dependant.dependencies:
        yield from _of(one)


def _faults(pairs: list[tuple[str, str]], known: set[str]) -> Iterator[Fault]:
    seen = set[str]()
    for name, value in pairs:
        shown = name[:SHOWN]
        if name not in known:
            near = get_close_matches(name[:SHOWN], known, 1)
            yield {"name": shown, "detail": "no such parameter" + (f"; {near[0]}?" if near else "")}
        elif name in seen:
            yield {"name": shown, "detail": "given twice"}
        elif len(value) > LONGEST:
            yield {"name": shown, "detail": f"longer than {LONGEST} characters"}
        seen.add(name)
