"""Reads events from the JSON-LD (schema.org) of the pages of a site, listed by hand or by its sitemap.

First step of the journey. A row's fields, always all present: id, title, description, start, end, zone, all_day,
event_status (scheduled, cancelled, postponed, rescheduled or moved-online), previous_starts, url, online_url, venue
({name, address, city, zip, country} or None), organizers (list of {name, website}), keywords.

robots.txt (RFC 9309) is obeyed; a time without an offset is that of the home zone. A page that cannot be read makes
the look partial, one that is gone (404, 410) does not. A page with microdata only is said, not taken for empty.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
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
    Look,
    LookState,
    Page,
    Row,
    Verdict,
    unfinished,
)
from schemas.errors import Reject, Retry

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


class Pages:
    """The reader of one site."""

    def __init__(self, options: Options, http: Http | None = None) -> None:
        self._options = options
        self._http = http or Http(options.manners)

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read every page."""
        del previous, clock
        return Look(self._pages())

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """Ask the page of each event, where its id names one of this site."""
        del clock
        return {source_id: self._confirm(source_id) for source_id in source_ids}

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _pages(self) -> Generator[Page, None, Verdict]:
        reasons: list[str] = []
        found, unread = 0, 0
        try:
            addresses, kept_out = self._allowed(self._addresses())
        except Retry as fault:
            return unfinished("failing", "ask", str(fault), after=fault.after_s)
        if kept_out:
            reasons.append(f"{kept_out} pages are left alone, as robots.txt asks")
        for address in addresses:
            try:
                answer = self._http.get(address)
                if answer.status not in (200, *GONE):
                    raise Retry(f"The page answers {answer.status}", where=address)
            except Retry as fault:
                unread += 1
                reasons += [str(fault)] if unread <= 3 else []
                continue
            if answer.status == 200:
                page, note = page_of(answer, self._options.zone)
                found += len(page.rows) + len(page.faulty)
                reasons += [f"{address}: {note}"] if note else []
                yield page
        if unread:
            return unfinished(
                "partial" if found else "failing", "ask", f"{unread} pages could not be read", *reasons
            )
        if not found and not self._options.may_be_empty:
            return unfinished(
                "partial", "ask", "geen enkel evenement op de pagina's / not one event on the pages", *reasons
            )
        return Verdict(complete=True, state="live", absence="ask", reasons=reasons)

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
