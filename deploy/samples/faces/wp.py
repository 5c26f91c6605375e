"""How WordPress answers over REST: lists in pages with totals, single items, and errors in its own words. Pure.

Before the journey. `count` and `page` give the published items of a list; for The Events Calendar between two moments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from deploy.samples.store import Stored

EVENTS = "/wp-json/tribe/events/v1/events"
Render = Callable[[Stored], dict[str, Any]]
Headers = tuple[tuple[str, str], ...]


class Reply(NamedTuple):
    """An answer before caching and failures."""

    status: int
    document: Any
    headers: Headers = ()


class Listing(NamedTuple):
    """The items of a list and how each is written; `address` is that of the list."""

    count: Callable[..., int]
    page: Callable[..., Sequence[Stored]]
    render: Render
    address: str


def events(listing: Listing, query: Mapping[str, str]) -> Reply:
    """A page of The Events Calendar."""
    size = min(max(_int(query.get("per_page"), 10), 1), 50)
    number = max(_int(query.get("page"), 1), 1)
    window = (query.get("start_date", ""), query.get("end_date", "~") or "~")
    total = listing.count(*window)
    pages = -(-total // size)
    if number > max(pages, 1) or not total:
        return error(404, "event-archive-page-not-found", "The requested event archive page does not exist.")
    found = listing.page((number - 1) * size, min(size, total - (number - 1) * size), *window)
    address = f"{listing.address}/?per_page={size}&page="
    body: dict[str, Any] = {
        "events": [listing.render(one) for one in found],
        "rest_url": f"{address}{number}",
    }
    if number < pages:
        body["next_rest_url"] = f"{address}{number + 1}"
    if number > 1:
        body["previous_rest_url"] = f"{address}{number - 1}"
    body |= {"total": total, "total_pages": pages}
    return Reply(200, body, (("X-TEC-Total", str(total)), ("X-TEC-TotalPages", str(pages))))


def posts(listing: Listing, query: Mapping[str, str]) -> Reply:
    """A page of posts."""
    size, number = _int(query.get("per_page"), 10), _int(query.get("page"), 1)
    if not 1 <= size <= 100 or number < 1:
        return error(400, "rest_invalid_param", "Invalid parameter(s): per_page")
    total = listing.count()
    pages = -(-total // size)
    if number > max(pages, 1):
        return error(400, "rest_post_invalid_page_number", "The page number requested is larger.")
    found = listing.page((number - 1) * size, max(min(size, total - (number - 1) * size), 0))
    headers = [("X-WP-Total", str(total)), ("X-WP-TotalPages", str(pages))]
    if number < pages:
        headers.append(("Link", f'<{listing.address}?per_page={size}&page={number + 1}>; rel="next"'))
    return Reply(200, [listing.render(one) for one in found], tuple(headers))


def event(found: Stored | None, render: Render) -> Reply:
    """One event."""
    if found is None or found.state == "trash":
        return error(404, "event-not-found", "The requested event post ID does not exist.")
    if found.state != "live":
        return error(403, "event-not-accessible", "The requested event is not accessible.")
    return Reply(200, render(found))


def post(found: Stored | None, render: Render) -> Reply:
    """One post."""
    if found is None or found.state == "trash":
        return error(404, "rest_post_invalid_id", "Invalid post ID.")
    if found.state != "live":
        return error(401, "rest_forbidden", "Sorry, you are not allowed to do that.")
    return Reply(200, render(found))


def error(status: int, code: str, message: str) -> Reply:
    """A fault in the words of WordPress."""
    return Reply(status, {"code": code, "message": message, "data": {"status": status}})


def _int(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else default
