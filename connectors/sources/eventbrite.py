"""Reads events of an organisation of Eventbrite, or of a ticket shop that speaks its API (v3).

First step of the journey. A row's fields, always all present:

    title, summary, description     plain text
    start, end, zone, all_day       UTC instants (YYYY-MM-DDTHH:MM:SSZ), IANA zone of the place, never whole days
    event_status                    scheduled or cancelled
    url, online_url                 the page; the same address when it is held online
    venue                           {name, address, city, zip, country} or None
    organizers                      list of {name, website}
    series, instance                id of the series and UTC start of an occurrence, else None
    categories, format              names of category and subcategory, the only tags there are; kind of event
    capacity                        number of places or None

Drafts and private events are left out, and the parent of a series: its occurrences are the events. Cancelling a
series cancels its occurrences, each of which says so itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import Field, HttpUrl, SecretStr

from connectors.sources import rows
from connectors.sources.http import Answer, Http, Manners
from connectors.sources.moments import place_zone, stamp, wall
from connectors.sources.paging import Listed, Pager, judged, plain_id, with_id
from connectors.sources.php import flag, link, mapping, name, same, sound, text
from connectors.sources.rows import Clock, Evidence, Look, LookState, Row
from connectors.sources.values import utc_ms
from schemas.errors import Reject, Retry

PER_PAGE: Final = 50
STATUSES: Final = "live,started,ended,completed,canceled"
_GONE: Final = {(404, "")}


class Options(rows.Options):
    """What a manifest says of an organisation."""

    url: HttpUrl = Field(HttpUrl("https://www.eventbriteapi.com/v3"), description="Address of the API.")
    organisation: str = Field(pattern=r"^\d+$", description="Id of the organisation.")
    token: SecretStr | None = Field(
        None, description="Private token; never in the manifest, always in the environment."
    )
    zone: str = Field("Europe/Amsterdam", description="Home zone of the hub, for events without one.")
    may_be_empty: bool = Field(False, description="Whether a list without events is an answer.")
    manners: Manners = Manners()


class Eventbrite:
    """The reader of one organisation."""

    def __init__(self, options: Options, http: Http | None = None) -> None:
        self._options = options
        self._http = http or Http(options.manners)
        self._base = str(options.url).rstrip("/")
        self._continuation = ""

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read all events."""
        del clock
        pager = Pager(
            self._listed, self._row, plain_id, per_page=PER_PAGE, may_be_empty=self._options.may_be_empty
        )
        return Look(pager.pages(previous))

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """Ask for each event."""
        del clock
        return {source_id: self._confirm(source_id) for source_id in source_ids}

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _login(self) -> dict[str, str]:
        token = self._options.token
        return {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}

    def _listed(self, number: int, validators: Mapping[str, str]) -> Listed:
        """One page; the API goes on by a token of its own, a plain one by number."""
        query = {
            "status": STATUSES,
            "expand": "venue,organizer,category,subcategory,format",
            "page_size": str(PER_PAGE),
        }
        if number > 1:
            query |= {"continuation": self._continuation} if self._continuation else {"page": str(number)}
        address = f"{self._base}/organizations/{self._options.organisation}/events/?{urlencode(query)}"
        answer = self._http.get(address, {**validators, **self._login()})
        if answer.status == 304:
            return Listed(None)
        if answer.status != 200:
            raise _refused(answer)
        said = same(answer.document(), answer.url)
        paging, events = mapping(said.get("pagination")), said.get("events")
        if not isinstance(events, list):
            raise Retry("The answer has no `events`", where=answer.url, fix="Is this the API of Eventbrite?")
        self._continuation = str(paging.get("continuation") or "")
        more = flag(paging.get("has_more_items"))
        total = paging.get("object_count")
        count = total if isinstance(total, int) and not isinstance(total, bool) else None
        return Listed(events, count, number + 1 if more else number, answer.validators)

    def _row(self, item: Any, place: str) -> Row | None:
        event = same(item, place)
        if _hidden(event) or flag(event.get("is_series_parent")):
            return None
        sound(event, place)
        fields = event_fields(event, self._options.zone)
        return Row(
            with_id(plain_id(event), place),
            fields,
            place,
            fields["url"],
            utc_ms(str(event.get("changed") or "")),
        )

    def _confirm(self, source_id: str) -> Evidence:
        address = f"{self._base}/events/{source_id}/"
        try:
            answer = self._http.get(address, self._login())
            if answer.status == 200:
                said = same(answer.document(), address)
                hidden = _hidden(said)
                how = f"GET {address}: 200, {said.get('status')}"
                if hidden:
                    return Evidence("gone", f"{how}, no longer published", "unpublished")
                return Evidence("present", how)
        except Retry as fault:
            return Evidence("unknown", str(fault))
        return judged(answer, address, _GONE)


def _hidden(event: Mapping[str, Any]) -> bool:
    return str(event.get("status")) == "draft" or event.get("listed") is False


def event_fields(event: Mapping[str, Any], home: str) -> dict[str, Any]:
    """The fields of an event. Raises `Reject` when it has no usable start or title."""
    title = name(mapping(event.get("name")).get("text"))
    if not title:
        raise Reject(
            "The event has no title", field="name.text", expected="text", got="nothing", fix="Give it one."
        )
    start, zone = _moment(event, "start", home)
    end = _moment(event, "end", home)[0] if mapping(event.get("end")) else start
    url = link(event.get("url"))
    series = str(event.get("series_id") or "")
    capacity = event.get("capacity")
    return {
        "title": title,
        "summary": text(event.get("summary")),
        "description": text(mapping(event.get("description")).get("html")),
        "start": start,
        "end": max(start, end),
        "zone": zone,
        "all_day": False,
        "event_status": "cancelled" if event.get("status") == "canceled" else "scheduled",
        "url": url,
        "online_url": url if flag(event.get("online_event")) else "",
        "venue": _venue(mapping(event.get("venue"))),
        "organizers": _organizers(mapping(event.get("organizer"))),
        "series": series or None,
        "instance": start if series else None,
        "categories": [
            called
            for which in ("category", "subcategory")
            if (called := name(mapping(event.get(which)).get("name")))
        ],
        "format": name(mapping(event.get("format")).get("name")),
        "capacity": capacity if isinstance(capacity, int) and not isinstance(capacity, bool) else None,
    }


def _moment(event: Mapping[str, Any], which: str, home: str) -> tuple[str, str]:
    said = mapping(event.get(which))
    moment = wall(str(said.get("utc") or "").removesuffix("Z"), field=f"{which}.utc")
    zone = str(said.get("timezone") or "")
    return stamp(moment.replace(tzinfo=UTC)), zone if place_zone(zone) else home


def _venue(venue: Mapping[str, Any]) -> dict[str, str] | None:
    address = mapping(venue.get("address"))
    said = {
        "name": name(venue.get("name")),
        "address": name(address.get("address_1")),
        "city": name(address.get("city")),
        "zip": name(address.get("postal_code")),
        "country": name(address.get("country")),
    }
    return said if any(said.values()) else None


def _organizers(organizer: Mapping[str, Any]) -> list[dict[str, str]]:
    called = name(organizer.get("name"))
    return [{"name": called, "website": link(organizer.get("website"))}] if called else []


def _refused(answer: Answer) -> Retry:
    return Retry(
        f"Eventbrite answers {answer.status} {answer.code}".rstrip(),
        where=answer.url.partition("?")[0],
        fix="Check the organisation's id and the token in the environment.",
    )
