"""Reads events of The Events Calendar for WordPress over REST (`/wp-json/tribe/events/v1/events`).

First step of the journey. A row's fields, always all present:

    title, description, excerpt     plain text, entities undone
    start, end, zone, all_day       UTC instants (YYYY-MM-DDTHH:MM:SSZ), IANA zone of the place
    local_start, local_end, zone_stated, utc_start_stated, utc_end_stated   as the site wrote them
    event_status                    scheduled, cancelled, postponed or moved-online
    status_reason, hidden           why; whether the site leaves it out of its own listings
    url, website, cost, online_url  addresses (website: where to register); price as written
    categories, tags                lists of {name, slug}
    venue                           {id, name, address, zip, city, province, country, lat, lon, url} or None
    organizers                      list of {id, name, website, email, phone}: mail and phone may be personal
    series, instance                id of the series and original local start, for recurring events
    lineage                         `site?id=n` of every site it was imported from
    custom                          fields of other plugins, as they are
    notes                           what was odd and how it was read

Source id: the post id; for an occurrence of a series `series@local start`, because the ids of occurrences
are provisional and shift. An occurrence that moves within its series is one that goes and one that comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import Field, HttpUrl

from connectors.sources import rows
from connectors.sources.eventfields import event_fields, occurrence
from connectors.sources.http import Answer, Http, Manners
from connectors.sources.paging import Listed, Pager, judged, plain_id, with_id
from connectors.sources.php import flag, link, objects, same, sound
from connectors.sources.rows import Clock, Evidence, Look, LookState, Row
from connectors.sources.values import utc_ms
from schemas.errors import Retry

PATH = "/wp-json/tribe/events/v1/events"
PER_PAGE = 50
_GONE = {(404, "event-not-found"), (403, "event-not-accessible"), (404, "rest_post_invalid_id")}
_PAST_THE_END = "event-archive-page-not-found"


class Options(rows.Options):
    """What a manifest says of a site with The Events Calendar."""

    url: HttpUrl = Field(description="Address of the site, without /wp-json.")
    zone: str = Field("Europe/Amsterdam", description="Home zone of the hub.")
    offset_zones: Literal["home", "stated"] = Field(
        "home", description="How a zone such as UTC+2 is meant: the home zone's wall clock, or as stated."
    )
    since: str = Field("2000-01-01", pattern=r"\d{4}-\d{2}-\d{2}", description="First day of the window.")
    years_ahead: int = Field(5, ge=1, le=20, description="Whole years that the window reaches ahead.")
    categories: tuple[str, ...] = Field(
        (), description="Slugs; events of other categories are not asked for."
    )
    tags: tuple[str, ...] = Field(
        (), description="Slugs; events without one of these tags are not asked for."
    )
    may_be_empty: bool = Field(False, description="Whether a list without events is an answer.")
    manners: Manners = Manners()


class Tec:
    """The reader of one site."""

    def __init__(self, options: Options, http: Http | None = None) -> None:
        self._options = options
        self._http = http or Http(options.manners)
        self._base = str(options.url).rstrip("/") + PATH

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read all events in the window."""
        window = self._window(clock) | self._selection()

        def fetch(number: int, validators: Mapping[str, str]) -> Listed:
            return self._listed(window | {"page": str(number)}, number, validators)

        pager = Pager(fetch, self._row, _ident, per_page=PER_PAGE, may_be_empty=self._options.may_be_empty)
        return Look(pager.pages(previous))

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """Ask for each event; the plugin itself must say that it is gone."""
        del clock
        return {source_id: self._confirm(source_id) for source_id in source_ids}

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def outside(self, clock: Clock) -> int | None:
        """Events that the selection by category and tag leaves out."""
        if not self._selection():
            return 0
        window = self._window(clock)
        totals = [self._listed(window | more, 1, {}).total for more in ({}, self._selection())]
        return None if None in totals else max(0, (totals[0] or 0) - (totals[1] or 0))

    def _window(self, clock: Clock) -> dict[str, str]:
        year = datetime.fromtimestamp(clock() / 1000, UTC).year + self._options.years_ahead
        return {"start_date": f"{self._options.since} 00:00:00", "end_date": f"{year}-12-31 23:59:59"}

    def _selection(self) -> dict[str, str]:
        said = {"categories": ",".join(self._options.categories), "tags": ",".join(self._options.tags)}
        return {name: words for name, words in said.items() if words}

    def _listed(self, query: Mapping[str, str], number: int, validators: Mapping[str, str]) -> Listed:
        asked = {"per_page": str(PER_PAGE), "status": "publish", **query}
        answer = self._http.get(f"{self._base}?{urlencode(asked)}", validators)
        if answer.status == 304:
            return Listed(None, answer.number("x-tec-total"), answer.number("x-tec-totalpages"))
        if answer.status == 404 and answer.code == _PAST_THE_END:
            return Listed((), 0 if number == 1 else None, end=number > 1)
        if answer.status != 200:
            raise _refused(answer)
        said = same(answer.document(), answer.url)
        if "events" not in said:
            raise Retry("The answer has no `events`", where=answer.url, fix="Is it The Events Calendar?")
        events = objects(said["events"]) if not isinstance(said["events"], list) else said["events"]
        total = _count(said.get("total"), answer.number("x-tec-total"))
        pages = _count(said.get("total_pages"), answer.number("x-tec-totalpages"))
        if link(said.get("next_rest_url")):
            pages = max(pages or 0, number + 1)
        return Listed(events, total, pages, answer.validators)

    def _row(self, item: Any, place: str) -> Row | None:
        event = same(item, place)
        if str(event.get("status", "publish")) != "publish" or flag(event.get("password_protected")):
            return None
        sound(event, place)
        fields = event_fields(event, self._options.zone, self._options.offset_zones)
        return Row(
            with_id(_ident(event), place),
            fields,
            place,
            fields["url"],
            utc_ms(str(event.get("modified_utc", ""))),
        )

    def _confirm(self, source_id: str) -> Evidence:
        if "@" in source_id:
            return self._confirm_occurrence(source_id)
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

    def _confirm_occurrence(self, source_id: str) -> Evidence:
        day = source_id.rpartition("@")[2][:10]
        try:
            for number in range(1, 21):
                query = {"start_date": f"{day} 00:00:00", "end_date": f"{day} 23:59:59", "page": str(number)}
                listed = self._listed(query, number, {})
                if any(_ident(item) == source_id for item in listed.items or ()):
                    return Evidence("present", f"in the list of {day}")
                if listed.end or not listed.items or number >= (listed.pages or number):
                    return Evidence("gone", f"not in the list of {day} ({PATH})")
        except Retry as fault:
            return Evidence("unknown", str(fault))
        return Evidence("unknown", f"the list of {day} does not end")


def _ident(item: Any) -> str | None:
    if not isinstance(item, Mapping):
        return None
    found = occurrence(item)
    return f"{found[0]}@{found[1]}" if found else plain_id(item)


def _count(said: Any, header: int | None) -> int | None:
    text = str(said).strip() if not isinstance(said, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else header


def _refused(answer: Answer) -> Retry:
    return Retry(
        f"The site answers {answer.status} {answer.code}".rstrip(),
        where=answer.url,
        fix="Is the plugin active and its REST API open to visitors?",
    )
