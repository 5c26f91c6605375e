"""Reads events of an iCalendar feed (RFC 5545), every occurrence of a series as a row of its own.

First step of the journey. A row's fields, always all present:

    uid, title, description         as the calendar has them
    start, end, zone, all_day       UTC instants (YYYY-MM-DDTHH:MM:SSZ), zone of the place; the end of whole days
                                    is the last second of the last day
    stated                          how the start was written: `date`, `floating` or `zoned`
    local_start                     the start on the clock of that zone
    event_status                    scheduled or cancelled
    location, url, categories       texts
    organizers                      list of {name, email}: may be personal
    series, instance                the UID and original local start of an occurrence, else None
    notes                           what was odd and how it was read

Source id: the UID; for an occurrence `UID@original local start`. DTSTAMP is often the time of the download, so
nothing is concluded from it. Of several versions of one event the highest SEQUENCE holds, then LAST-MODIFIED.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from typing import Literal

from pydantic import Field, HttpUrl

from connectors.sources import rows
from connectors.sources.calendar import Series, Window, calendars, series_of
from connectors.sources.http import Http, Manners
from connectors.sources.rows import (
    Absence,
    Clock,
    Evidence,
    Faulty,
    Look,
    LookState,
    Page,
    Row,
    State,
    Verdict,
    stopped,
)
from schemas.errors import Reject, Retry

PAGE = 200


class Options(rows.Options):
    """What a manifest says of a feed."""

    url: HttpUrl = Field(description="Address of the feed.")
    mode: Literal["snapshot", "addition"] = Field(
        description="snapshot: what leaves the feed is gone; addition: the feed drops what is past, and only adds."
    )
    zone: str = Field("Europe/Amsterdam", description="Home zone of the hub, for times without one.")
    since: str = Field("2000-01-01", pattern=r"\d{4}-\d{2}-\d{2}", description="First day of the window.")
    years_ahead: int = Field(2, ge=1, le=10, description="Whole years that the window reaches ahead.")
    most: int = Field(5_000, ge=1, le=50_000, description="Occurrences of one series; more is a fault.")
    may_be_empty: bool = Field(False, description="Whether a feed without events is an answer.")
    manners: Manners = Manners()


class Ical:
    """The reader of one feed."""

    def __init__(self, options: Options, http: Http | None = None) -> None:
        self._options = options
        self._http = http or Http(options.manners)
        self._absence: Absence = "snapshot" if options.mode == "snapshot" else "nothing"

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read the feed, if it is another one than last time."""
        return Look(self._pages(previous, clock))

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """Look whether the ids stand in the feed now; only a whole snapshot says that they are gone."""
        asked = set(source_ids)
        look = self.look(None, clock)
        found = {row.source_id for page in look for row in page.rows}
        if not look.verdict.complete:
            why = "; ".join(look.verdict.reasons)
            return {one: Evidence("unknown", why) for one in asked}
        present = {one: Evidence("present", f"in {self._options.url}") for one in asked & found}
        if self._absence == "nothing":
            missing = Evidence("unknown", f"{self._options.url} only adds: what it does not hold may be past")
        else:
            missing = Evidence("gone", f"not in the whole feed {self._options.url}")
        return present | dict.fromkeys(asked - found, missing)

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _pages(self, previous: LookState | None, clock: Clock) -> Generator[Page, None, Verdict]:
        marks = dict(previous.marks) if previous else {}
        year = datetime.fromtimestamp(clock() / 1000, UTC).year + self._options.years_ahead
        try:
            validators = {name: said for name, said in marks.items() if name.startswith("If-")}
            same_window = marks.get("year") == str(year)
            answer = self._http.get(str(self._options.url), validators if same_window else {})
            if answer.status == 304 and previous is not None:
                return self._said("idle", complete=True, unchanged=True, marks=marks)
            if answer.status != 200:
                raise Retry(f"The feed answers {answer.status}", where=answer.url, fix="Check the address.")
            digest = blake2b(answer.body, digest_size=16).hexdigest()
            marks = {**answer.validators, "digest": digest, "year": str(year)}
            if same_window and previous is not None and previous.marks.get("digest") == digest:
                return self._said("idle", complete=True, unchanged=True, marks=marks)
            window = Window(self._options.since, year, self._options.zone, self._options.most)
            found = yield from self._read(answer.body, window)
        except Retry as fault:
            return stopped(fault, self._absence, shown=False)
        if not found and not self._options.may_be_empty:
            return self._said("partial", "de feed is leeg / the feed is empty")
        return self._said("live", complete=True, marks=marks)

    def _read(self, body: bytes, window: Window) -> Generator[Page, None, int]:
        found = 0
        parts = (part for calendar in calendars(body) for part in series_of(calendar))
        read = (one for part in parts for one in self._rows(part, window))
        while chunk := list(islice(read, PAGE)):
            found += len(chunk)
            yield Page(
                [one for one in chunk if isinstance(one, Row)],
                [one for one in chunk if isinstance(one, Faulty)],
            )
        return found

    def _rows(self, part: Series, window: Window) -> Iterator[Row | Faulty]:
        """The occurrences of one UID, or the fault of all of them."""
        place = f"VEVENT {part.number}"
        try:
            occurrences = list(part.occurrences(window))
        except Reject as fault:
            yield Faulty(place, part.uid, fault, part.original())
            return
        for source_id, fields in occurrences:
            yield Row(source_id, fields, place, str(fields["url"] or ""), None)

    def _said(
        self,
        state: State,
        *reasons: str,
        complete: bool = False,
        unchanged: bool = False,
        marks: Mapping[str, str] | None = None,
        after: float | None = None,
    ) -> Verdict:
        return Verdict(
            complete=complete,
            state=state,
            absence=self._absence,
            reasons=reasons,
            unchanged=unchanged,
            next_state=LookState(marks=dict(marks or {})),
            resume_after_s=after,
            snapshot=marks["digest"] if marks and complete else None,
        )
