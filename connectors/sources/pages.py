"""Reads events from the JSON-LD (schema.org) of the pages of a site, listed by hand or by its sitemap.

First step of the journey. A row's fields, always all present: id, title, description, start, end, zone, all_day,
event_status (scheduled, cancelled, postponed, rescheduled or moved-online), previous_starts, url, online_url, venue
({name, address, city, zip, country} or None), organizers (list of {name, website}), keywords.

robots.txt (RFC 9309) is obeyed; a time without an offset is that of the home zone. A page that cannot be read makes
the look partial, one that is gone (404, 410) does not. A page with microdata only is said, not taken for empty.
A page that held no fault is asked for with its validators, and is not sent again until it changes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import Field, HttpUrl, model_validator

from connectors.sources import rows
from connectors.sources.http import USER_AGENT, Answer, Http, Manners
from connectors.sources.jsonld import blocks_of, events_in, fields_of, ident
from connectors.sources.rows import (
    Clock,
    Evidence,
    Faulty,
    Limited,
    Look,
    LookState,
    Page,
    Row,
    State,
    Verdict,
    stopped,
    unfinished,
)
from schemas.errors import Reject, Retry

GIVE_UP: Final = 5
"""Pages in a row that the site does not answer for."""
NAMED: Final = 3
MAX_PAGES: Final = 20_000
MAX_MAPS: Final = 100
GONE: Final = (404, 410)


class Options(rows.Options):
    """What a manifest says of a site."""

    pages: tuple[HttpUrl, ...] = Field((), description="Addresses of pages; or a sitemap.")
    sitemap: HttpUrl | None = Field(None, description="Address of the sitemap.")
    match: str = Field("", description="Only pages of the sitemap whose address this pattern is found in.")
    zone: str = Field("Europe/Amsterdam", description="Home zone of the hub, for times without an offset.")
    may_be_empty: bool = Field(False, description="Whether pages without events are an answer.")
    manners: Manners = Manners()

    @model_validator(mode="after")
    def _one_of_two(self) -> Options:
        if bool(self.pages) == bool(self.sitemap):
            raise ValueError("give either pages or a sitemap")
        re.compile(self.match)
        return self


@dataclass
class _Seen:
    """What a look came across: events, pages that could not be read, and what is odd."""

    before: Mapping[str, str]
    marks: dict[str, str] = field(default_factory=dict)
    """By address: the validators of a page, and the ids of its events; only of pages without a fault."""
    events: int = 0
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def last(self, address: str) -> tuple[dict[str, str], list[str]]:
        """What to ask a page with, and what it held when it was last read."""
        validators, ids = json.loads(self.before.get(address, "[{}, []]"))
        return validators, ids


class Pages:
    """The reader of one site."""

    def __init__(self, options: Options, http: Http | None = None) -> None:
        self._options = options
        self._http = http or Http(options.manners)

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read every page that is not as it was."""
        del clock
        return Look(self._pages(dict(previous.marks) if previous else {}))

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """Ask the page of each event, where its id names one of this site."""
        del clock
        return {source_id: self._confirm(source_id) for source_id in source_ids}

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _pages(self, marks: Mapping[str, str]) -> Generator[Page, None, Verdict]:
        seen = _Seen(marks)
        try:
            addresses, kept_out = self._allowed(self._addresses())
        except Retry as fault:
            return stopped(fault, "ask", shown=False)
        if kept_out:
            seen.notes.append(f"{kept_out} pages are left alone, as robots.txt asks")
        try:
            yield from self._read(addresses, seen)
        except Limited as fault:
            return stopped(fault, "ask", shown=seen.events)
        return self._verdict(seen)

    def _read(self, addresses: Iterable[str], seen: _Seen) -> Iterator[Page]:
        in_a_row = 0
        for address in addresses:
            validators, ids = seen.last(address)
            try:
                answer = self._http.get(address, validators)
            except Limited:
                raise
            except Retry as fault:
                seen.unread.append(str(fault))
                in_a_row += 1
                if in_a_row == GIVE_UP:
                    seen.notes.append("de site antwoordt niet meer / the site no longer answers")
                    return
                continue
            in_a_row = 0
            if answer.status == 304:
                seen.events += len(ids)
                seen.marks[address] = seen.before[address]
                yield Page(same=ids)
            elif answer.status == 200:
                page, note = page_of(answer, self._options.zone)
                seen.events += len(page.rows) + len(page.faulty)
                seen.notes += [f"{address}: {note}"] if note else []
                if answer.validators and not page.faulty and not note:
                    seen.marks[address] = json.dumps(
                        [answer.validators, [one.source_id for one in page.rows]]
                    )
                yield page
            elif answer.status not in GONE:
                seen.unread.append(f"{address}: the page answers {answer.status}")

    def _verdict(self, seen: _Seen) -> Verdict:
        if seen.unread:
            state: State = "partial" if seen.events else "failing"
            said = f"at least {len(seen.unread)} pages could not be read"
            return _with(unfinished(state, "ask", said, *seen.notes, *seen.unread[:NAMED]), seen)
        if not seen.events and not self._options.may_be_empty:
            none = "geen enkel evenement op de pagina's / not one event on the pages"
            return unfinished("partial", "ask", none, *seen.notes)
        return _with(Verdict(complete=True, state="live", absence="ask", reasons=seen.notes), seen)

    def _addresses(self) -> list[str]:
        if self._options.sitemap is None:
            return [str(page) for page in self._options.pages]
        host, wanted = urlsplit(str(self._options.sitemap)).netloc, re.compile(self._options.match)
        found: dict[str, None] = {}
        ahead, seen = [str(self._options.sitemap)], set[str]()
        while ahead:
            address = ahead.pop()
            if address in seen or len(seen) >= MAX_MAPS:
                continue
            seen.add(address)
            maps, pages = self._sitemap(address)
            ahead += [one for one in maps if urlsplit(one).netloc == host]
            found |= dict.fromkeys(
                one for one in pages if urlsplit(one).netloc == host and wanted.search(one)
            )
        if len(found) > MAX_PAGES:
            raise Retry(
                f"The sitemap names {len(found)} pages", where=host, fix="Narrow `match` in the manifest."
            )
        return list(found)

    def _sitemap(self, address: str) -> tuple[list[str], list[str]]:
        answer = self._http.get(address)
        if answer.status != 200:
            raise Retry(f"The sitemap answers {answer.status}", where=address, fix="Check the address.")
        try:
            root = fromstring(answer.body)
        except (ParseError, DefusedXmlException, ValueError) as fault:
            raise Retry(f"The sitemap is no sound XML: {fault}"[:200], where=address) from fault
        places = [
            (one.text or "").strip()
            for one in root.iter()
            if str(one.tag).endswith("}loc") or one.tag == "loc"
        ]
        return (places, []) if str(root.tag).endswith("sitemapindex") else ([], places)

    def _allowed(self, addresses: list[str]) -> tuple[list[str], int]:
        """The addresses that robots.txt lets us read, and how many it does not."""
        rules: dict[str, RobotFileParser] = {}
        allowed = []
        for address in addresses:
            parts = urlsplit(address)
            origin = f"{parts.scheme}://{parts.netloc}"
            if origin not in rules:
                rules[origin] = self._robots(origin)
            if rules[origin].can_fetch(USER_AGENT, address):
                allowed.append(address)
        return allowed, len(addresses) - len(allowed)

    def _robots(self, origin: str) -> RobotFileParser:
        answer = self._http.get(f"{origin}/robots.txt")
        parser = RobotFileParser()
        lines = answer.body.decode("utf-8", "replace").splitlines() if answer.status == 200 else []
        parser.parse(lines)
        return parser

    def _confirm(self, source_id: str) -> Evidence:
        address = source_id.partition("#")[0]
        hosts = {urlsplit(str(one)).netloc for one in (*self._options.pages, self._options.sitemap) if one}
        if urlsplit(address).netloc not in hosts or not address.startswith(("http://", "https://")):
            return Evidence("unknown", f"{source_id} names no page of this site")
        try:
            answer = self._http.get(address)
        except Retry as fault:
            return Evidence("unknown", str(fault))
        if answer.status in GONE:
            return Evidence("gone", f"GET {address}: {answer.status}")
        if answer.status != 200:
            return Evidence("unknown", f"GET {address}: {answer.status}")
        page, note = page_of(answer, self._options.zone)
        if any(row.source_id == source_id for row in page.rows):
            return Evidence("present", f"on {address}")
        told = bool(page.rows) and not page.faulty and not note
        return Evidence("gone" if told else "unknown", f"GET {address}: 200, the page no longer tells of it")


def _with(verdict: Verdict, seen: _Seen) -> Verdict:
    """The verdict, with what the next look asks the pages with."""
    return replace(verdict, next_state=LookState(marks=seen.marks))


def page_of(answer: Answer, home: str) -> tuple[Page, str]:
    """The events of a page, and what is odd about it."""
    address = answer.url
    blocks = blocks_of(answer.body.decode("utf-8", "replace"))
    good: list[Row] = []
    bad = [Faulty(address, None, _broken(), block.encode()[:64_000]) for block in blocks.broken]
    for number, event in enumerate(_events(blocks.values), start=1):
        place = f"{address}, event {number}"
        try:
            fields = fields_of(event, address, home)
        except Reject as fault:
            bad.append(
                Faulty(place, str(event.get("@id") or "") or None, fault, repr(event).encode()[:64_000])
            )
        else:
            good.append(Row(ident(fields, address), fields, place, fields["url"]))
    note = "only microdata, which is not read: add JSON-LD" if blocks.microdata and not good else ""
    return Page(good, bad), note


def _events(values: Iterable[Any]) -> Iterator[Any]:
    return (event for value in values for event in events_in(value))


def _broken() -> Reject:
    return Reject(
        "A JSON-LD block of the page is no sound JSON",
        field="script",
        expected="JSON (RFC 8259)",
        got="see the original",
        fix="Check the page with a validator of structured data.",
    )
