"""Reads posts of any type from WordPress over REST (`/wp-json/wp/v2/<type>`).

First step of the journey. A row's fields, always all present:

    title, content, excerpt      plain text, entities undone
    slug, status, link, type     as the site has them (only published ones become rows)
    date, modified               UTC instants (YYYY-MM-DDTHH:MM:SSZ), or None for WordPress' zero date
    terms                        taxonomy -> list of {id, name, slug}, embedded with the post
    acf, meta                    fields of Advanced Custom Fields and of other plugins; `[]` is read as empty
    custom                       further fields that plugins put beside WordPress' own, as they are
    notes                        what was odd and how it was read

Posts are read by ascending id, so that new ones come last and nothing shifts when something is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from pydantic import Field, HttpUrl

from connectors.sources import rows
from connectors.sources.http import Http, Manners
from connectors.sources.moments import stamp
from connectors.sources.paging import Listed, Pager, judged, plain_id, with_id
from connectors.sources.php import flag, link, mapping, name, objects, same, several, sound, text
from connectors.sources.rows import Clock, Evidence, Look, LookState, Row
from connectors.sources.values import utc_ms
from schemas.errors import Retry

_PAST_THE_END = "rest_post_invalid_page_number"
_GONE = {
    (404, "rest_post_invalid_id"),
    (403, "rest_forbidden"),
    (401, "rest_forbidden"),
    (403, "rest_cannot_read"),
}
# fmt: off
_KNOWN = frozenset(
    (
        "id", "date", "date_gmt", "guid", "modified", "modified_gmt", "slug", "status", "type", "link",
        "title", "content", "excerpt", "author", "featured_media", "comment_status", "ping_status",
        "sticky", "template", "format", "meta", "acf", "categories", "tags", "class_list", "parent",
        "menu_order", "_links", "_embedded", "yoast_head", "yoast_head_json"
    )
)
# fmt: on


class Options(rows.Options):
    """What a manifest says of a WordPress site."""

    url: HttpUrl = Field(description="Address of the site, without /wp-json.")
    type: str = Field("posts", pattern=r"[a-z0-9_-]{1,40}", description="REST base of the post type.")
    per_page: int = Field(100, ge=1, le=100, description="Posts per page.")
    query: Mapping[str, str] = Field({}, description="Further parameters, such as a category.")
    may_be_empty: bool = Field(False, description="Whether a list without posts is an answer.")
    manners: Manners = Manners()


class WordPress:
    """The reader of one post type of one site."""

    def __init__(self, options: Options, http: Http | None = None) -> None:
        self._options = options
        self._http = http or Http(options.manners)
        self._base = f"{str(options.url).rstrip('/')}/wp-json/wp/v2/{options.type}"

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read all posts."""
        del clock
        pager = Pager(
            self._listed,
            read_post,
            plain_id,
            per_page=self._options.per_page,
            may_be_empty=self._options.may_be_empty,
        )
        return Look(pager.pages(previous))

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """Ask for each post; WordPress itself must say that it is gone."""
        del clock
        return {source_id: self._confirm(source_id) for source_id in source_ids}

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def outside(self, clock: Clock) -> int | None:
        """Posts of this type that `query` leaves out."""
        del clock
        if not self._options.query:
            return 0
        totals = [
            self._http.get(f"{self._base}?{urlencode(asked)}").number("x-wp-total") for asked in self._both()
        ]
        return None if None in totals else max(0, (totals[0] or 0) - (totals[1] or 0))

    def _both(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        return {"per_page": "1"}, {**self._options.query, "per_page": "1"}

    def _listed(self, number: int, validators: Mapping[str, str]) -> Listed:
        asked = {
            **self._options.query,
            "per_page": str(self._options.per_page),
            "orderby": "id",
            "order": "asc",
            "_embed": "wp:term",
            "page": str(number),
        }
        answer = self._http.get(f"{self._base}?{urlencode(asked)}", validators)
        total, pages = answer.number("x-wp-total"), answer.number("x-wp-totalpages")
        if answer.status == 304:
            return Listed(None, total, pages)
        if answer.status == 400 and answer.code == _PAST_THE_END and number > 1:
            return Listed((), end=True)
        if answer.status != 200:
            raise Retry(
                f"The site answers {answer.status} {answer.code}".rstrip(),
                where=answer.url,
                fix=f"Is the REST API open and {self._options.type!r} a post type that shows in it?",
            )
        posts = answer.document()
        if not isinstance(posts, (list, Mapping)) or (isinstance(posts, Mapping) and "id" in posts):
            raise Retry("The answer is not a list of posts", where=answer.url)
        if 'rel="next"' in answer.headers.get("link", "") and pages is not None:
            pages = max(pages, number + 1)
        return Listed(several(posts), total, pages, answer.validators)

    def _confirm(self, source_id: str) -> Evidence:
        address = f"{self._base}/{source_id}"
        try:
            answer = self._http.get(address)
            if answer.status == 200:
                said = same(answer.document(), address)
                if plain_id(said) == source_id and said.get("status", "publish") == "publish":
                    return Evidence("present", f"GET {address}: 200")
        except Retry as fault:
            return Evidence("unknown", str(fault))
        return judged(answer, address, _GONE)


def read_post(item: Any, place: str) -> Row | None:
    """A post as a row; None when it is not published. Raises `Reject`."""
    post = same(item, place)
    if str(post.get("status", "publish")) != "publish" or flag(mapping(post.get("content")).get("protected")):
        return None
    sound(post, place)
    changed = utc_ms(str(post.get("modified_gmt", "")))
    fields: dict[str, Any] = {
        "title": name(post.get("title")),
        "content": text(post.get("content")),
        "excerpt": text(post.get("excerpt")),
        "slug": str(post.get("slug", "")),
        "status": str(post.get("status", "publish")),
        "link": link(post.get("link")),
        "type": str(post.get("type", "")),
        "date": _instant(utc_ms(str(post.get("date_gmt", "")))),
        "modified": _instant(changed),
        "terms": terms(post),
        "acf": dict(mapping(post.get("acf"))),
        "meta": dict(mapping(post.get("meta"))),
        "custom": {key: value for key, value in post.items() if key not in _KNOWN},
        "notes": [],
    }
    return Row(with_id(plain_id(post), place), fields, place, link(post.get("link")), changed)


def terms(post: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """The embedded terms by taxonomy; WordPress embeds one list per taxonomy, empty ones without its name."""
    found: dict[str, list[dict[str, str]]] = {}
    for group in several(mapping(post.get("_embedded")).get("wp:term")):
        for term in objects(group):
            if said := name(term.get("name")):
                each = {"id": plain_id(term) or "", "name": said, "slug": str(term.get("slug", ""))}
                found.setdefault(str(term.get("taxonomy", "")), []).append(each)
    return found


def _instant(ms: int | None) -> str | None:
    return None if ms is None else stamp(datetime.fromtimestamp(ms / 1000, UTC))
