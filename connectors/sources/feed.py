"""Reads entries of an RSS or Atom feed.

First step of the journey. A row's fields, always all present: id, title, summary (plain text), link, author,
published, updated (YYYY-MM-DDTHH:MM:SSZ or None), categories (list of words).

A feed is a sliding window of the newest entries: absence means nothing, and nothing is ever removed for it.
Source id: the entry's id or guid as it stands, be it an address or not; else its link; else its title and date.
"""

from __future__ import annotations

import calendar
from collections.abc import Generator, Iterable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from time import struct_time
from typing import Any
from xml.sax import SAXParseException

import feedparser
from pydantic import Field, HttpUrl

from connectors.sources import rows
from connectors.sources.http import Answer, Http, Manners
from connectors.sources.moments import stamp
from connectors.sources.php import link, text
from connectors.sources.rows import (
    Clock,
    Evidence,
    Faulty,
    Look,
    LookState,
    Page,
    Row,
    Verdict,
    stopped,
    unfinished,
)
from schemas.errors import Reject, Retry


class Options(rows.Options):
    """What a manifest says of a feed."""

    url: HttpUrl = Field(description="Address of the feed.")
    may_be_empty: bool = Field(False, description="Whether a feed without entries is an answer.")
    manners: Manners = Manners()


class Feed:
    """The reader of one feed."""

    def __init__(self, options: Options, http: Http | None = None) -> None:
        self._options = options
        self._http = http or Http(options.manners)

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read the feed, if it is another one than last time."""
        del clock
        return Look(self._pages(previous))

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """A feed says nothing of what it does not hold."""
        del clock
        return dict.fromkeys(source_ids, Evidence("unknown", "a feed holds its newest entries only"))

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _pages(self, previous: LookState | None) -> Generator[Page, None, Verdict]:
        try:
            answer = self._http.get(str(self._options.url), previous.marks if previous else {})
            if answer.status == 304 and previous is not None:
                return Verdict(
                    complete=True, state="idle", absence="nothing", unchanged=True, next_state=previous
                )
            if answer.status != 200:
                raise Retry(f"The feed answers {answer.status}", where=answer.url, fix="Check the address.")
            entries = entries_of(answer)
        except Retry as fault:
            return stopped(fault, "nothing", shown=False)
        if not entries and not self._options.may_be_empty:
            return unfinished("partial", "nothing", "de feed is leeg / the feed is empty")
        yield _page(entries)
        marks = LookState(marks=answer.validators)
        return Verdict(complete=True, state="live", absence="nothing", next_state=marks)


def entries_of(answer: Answer) -> list[dict[str, Any]]:
    """The entries of a feed. Raises `Retry` for what is none."""
    said = {name: value for name, value in answer.headers.items() if name.lower() == "content-type"}
    found = feedparser.parse(answer.body, response_headers={"content-location": answer.url, **said})
    entries = [
        dict(entry) for entry in found.entries
    ]  # plain: the library's own answers `updated` for `published`
    broken = isinstance(found.get("bozo_exception"), SAXParseException)
    if not entries and (broken or not found.get("version")):
        raise Retry(
            f"The answer is no sound RSS or Atom: {found.get('bozo_exception', 'unknown form')}"[:200],
            where=answer.url,
            fix="Check it with a validator.",
        )
    return entries


def _page(entries: Iterable[Mapping[str, Any]]) -> Page:
    good: list[Row] = []
    bad: list[Faulty] = []
    for number, entry in enumerate(entries, start=1):
        place = f"entry {number}"
        fields = fields_of(entry)
        if fields["title"] or fields["summary"]:
            changed = _ms(fields["updated"] or fields["published"])
            good.append(Row(_ident(fields), fields, place, fields["link"], changed))
        else:
            original = repr(entry).encode()[:64_000]
            bad.append(Faulty(place, fields["id"] or None, _empty(), original))
    return Page(good, bad)


def fields_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one entry."""
    terms = [str(tag.get("term") or tag.get("label") or "").strip() for tag in entry.get("tags", ())]
    return {
        "id": str(entry.get("id") or "").strip(),
        "title": text(entry.get("title")),
        "summary": text(entry.get("summary")),
        "link": link(entry.get("link")),
        "author": text(entry.get("author")),
        "published": _moment(entry.get("published_parsed")),
        "updated": _moment(entry.get("updated_parsed")),
        "categories": list(dict.fromkeys(filter(None, terms))),
    }


def _empty() -> Reject:
    return Reject(
        "The entry says nothing", field="title", expected="text", got="nothing", fix="Give it a title."
    )


def _ident(fields: Mapping[str, Any]) -> str:
    if fields["id"] or fields["link"]:
        return str(fields["id"] or fields["link"])
    said = f"{fields['title']}|{fields['published']}"
    return "zonder-id:" + blake2b(said.encode("utf-8", "replace"), digest_size=10).hexdigest()


def _moment(parsed: struct_time | None) -> str | None:
    try:
        return stamp(datetime.fromtimestamp(calendar.timegm(parsed), UTC)) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _ms(moment: str | None) -> int | None:
    return int(datetime.fromisoformat(moment).timestamp() * 1000) if moment else None
