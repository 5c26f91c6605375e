"""Reading a list in numbered pages while it changes: shared by the readers of web sources.

A list that comes as one page is one moment. Of several pages one record may be missed without a trace, when
one goes and another comes meanwhile, although the announced total fits. So a look goes through the pages till
two rounds in a row showed the same ids; the second asks with the validators of the first, and where the site
has them it costs next to nothing. The rows of every round are given, but for the pages at its beginning that are
to the byte what the round before gave. Ids are counted in a file-backed table, so memory does not grow with the list.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from connectors.sources.http import Answer
from connectors.sources.rows import Evidence, Faulty, LookState, Page, Row, Verdict, stopped, unfinished
from schemas.errors import Reject, Retry, ZevenError

MAX_PAGES = 20_000
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list as the source gave it. `items` is None for 304; `end` when there is no such page."""

    items: Sequence[Any] | None
    total: int | None = None
    pages: int | None = None
    validators: Mapping[str, str] = field(default_factory=dict)
    end: bool = False


Fetch = Callable[[int, Mapping[str, str]], Listed]
Ident = Callable[[Any], str | None]
Read = Callable[[Any, str], Row | None]
"""Item and place to a row; None when the item is not one that counts; raises `Reject`."""


class Seen:
    """The ids of one round, on disk beyond a few megabytes."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("")
        self._table.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")
        self._digest, self.count = 0, 0

    def add(self, source_ids: Iterable[str]) -> None:
        """Count ids, each once."""
        for source_id in source_ids:
            if self._table.execute("INSERT OR IGNORE INTO seen VALUES (?)", (source_id,)).rowcount:
                self.count += 1
                self._digest ^= int.from_bytes(
                    blake2b(source_id.encode("utf-8", "replace"), digest_size=16).digest()
                )

    @property
    def digest(self) -> str:
        """The same for the same ids, in whatever order."""
        return f"{self.count}:{self._digest:032x}"

    def close(self) -> None:
        self._table.close()


@dataclass(slots=True)
class _Round:
    """What one round through the pages brought."""

    totals: set[int | None] = field(default_factory=set)
    marks: dict[str, str] = field(default_factory=dict)
    skipped: list[int] = field(default_factory=list)
    pages: int = 0
    items: int = 0
    digest: str = ""
    count: int = 0
    open: bool = False
    """The last page was full, or nobody said that it was the last: more may follow it next time."""
    contents: dict[int, bytes] = field(default_factory=dict)
    given: Mapping[int, bytes] = field(default_factory=dict)
    """Pages of the round before, by digest, that need not be given again; none any more after the first that differs,
    because of an id that comes twice the later row holds.
    """

    def repeats(self, number: int, items: Sequence[Any]) -> bool:
        """Whether this page was given already; notes what it holds."""
        self.contents[number] = _digest(items)
        if self.given.get(number) != self.contents[number]:
            self.given = {}
        return bool(self.given)

    def stable(self, before: _Round | None) -> bool:
        """One page is one moment; of several, the next round must show the same ids."""
        if len(self.totals) > 1:
            return False
        return self.pages <= 1 or (before is not None and before.digest == self.digest)

    @property
    def state(self) -> dict[str, str]:
        """What makes the next round conditional; empty unless every page can be asked so."""
        if len(self.marks) != self.pages:
            return {}
        return self.marks | {"pages": str(self.pages)} | ({"open": "1"} if self.open else {})


class Pager:
    """Goes through a list and says what can be concluded."""

    def __init__(self, fetch: Fetch, read: Read, ident: Ident, *, per_page: int, may_be_empty: bool) -> None:
        self._fetch, self._read, self._ident = fetch, read, ident
        self._per_page, self._may_be_empty = per_page, may_be_empty
        self._shown = False

    def pages(self, previous: LookState | None) -> Generator[Page, None, Verdict]:
        """The pages, and in the end the verdict."""
        before: _Round | None = None
        try:
            for _ in range(ROUNDS):
                marks = before.state if before else previous.marks if previous else {}
                given = before.contents if before and before.count == before.items else {}
                now = yield from self._round(marks, given)
                if now.skipped and before:
                    return self._whole(before)
                if now.skipped:
                    return Verdict(
                        complete=True,
                        state="idle",
                        absence="ask",
                        unchanged=True,
                        next_state=previous or LookState(),
                    )
                if not now.count:
                    return self._empty(now, before)
                if now.stable(before):
                    return self._whole(now)
                before = now
        except ZevenError as fault:
            return stopped(fault, "ask", shown=self._shown)
        return unfinished(
            "partial",
            "ask",
            f"de lijst bleef veranderen tijdens het lezen / the list kept changing ({ROUNDS}x)",
        )

    def _round(self, marks: Mapping[str, str], given: Mapping[int, bytes]) -> Generator[Page, None, _Round]:
        """One round. All answers 304: `skipped` holds them; else these pages are read after all."""
        found, seen = _Round(given=given), Seen()
        try:
            known = int(marks.get("pages", "0"))
            yield from self._walk(found, seen, marks, known)
            if found.skipped and (found.items or found.pages != known):
                for number in found.skipped:
                    listed = self._fetch(number, {})
                    if not listed.end:
                        yield self._page(found, seen, number, listed)
                found.skipped = []
            found.digest, found.count = seen.digest, seen.count
            return found
        finally:
            seen.close()

    def _walk(
        self, found: _Round, seen: Seen, marks: Mapping[str, str], known: int
    ) -> Generator[Page, None, None]:
        number, last = 0, known or 1
        while number < last or (number == known and found.skipped and "open" in marks):
            number += 1
            if number > MAX_PAGES:
                raise Retry(
                    f"The list has more than {MAX_PAGES} pages", fix="Is `pages` of the answer right?"
                )
            listed = self._fetch(number, json.loads(marks.get(f"page:{number}", "{}")))
            if listed.end:
                return
            found.pages = number
            if listed.items is None:
                found.skipped.append(number)
                last = max(last, listed.pages or known)
                continue
            yield self._page(found, seen, number, listed)
            last = listed.pages if listed.pages is not None else number + bool(listed.items)
            found.open = listed.pages is None or len(listed.items) >= self._per_page

    def _page(self, found: _Round, seen: Seen, number: int, listed: Listed) -> Page:
        rows, faulty, items = [], [], listed.items or ()
        for index, item in enumerate(() if found.repeats(number, items) else items, start=1):
            place = f"pagina {number}, rij {index}"
            try:
                row = self._read(item, place)
            except Reject as reject:
                faulty.append(Faulty(place, self._ident(item), reject, _original(item)))
            else:
                if row is not None:
                    rows.append(row)
        found.totals.add(listed.total)
        found.items += len(items)
        if listed.validators:
            found.marks[f"page:{number}"] = json.dumps(dict(listed.validators), sort_keys=True)
        self._shown = self._shown or bool(rows)
        seen.add(self._ident(item) or f"?{number}.{at}" for at, item in enumerate(items))
        return Page(rows, faulty)

    def _empty(self, now: _Round, before: _Round | None) -> Verdict:
        if self._may_be_empty and before is None and now.totals <= {0, None}:
            return Verdict(complete=True, state="idle", absence="ask")
        return unfinished("partial", "ask", "de bron gaf een lege lijst / the source gave an empty list")

    def _whole(self, now: _Round) -> Verdict:
        (total,) = now.totals or {None}
        short = total is not None and total != now.count
        note = f"{now.count} van {total} leesbaar / {now.count} of {total} readable"
        return Verdict(
            complete=True,
            state="live",
            absence="ask",
            reasons=[note] if short else [],
            next_state=LookState(marks=now.state),
        )


def plain_id(item: Any) -> str | None:
    """The `id` of an item, which PHP writes as number or text."""
    found = item.get("id") if isinstance(item, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, (int, str)):
        return None
    return str(found).strip() or None


def _original(item: Any) -> bytes:
    return json.dumps(item, ensure_ascii=True, default=str).encode()[:1_000_000]


def _digest(items: Sequence[Any]) -> bytes:
    try:
        said = orjson.dumps(items)
    except (TypeError, ValueError):  # halves of surrogate pairs
        said = json.dumps(items, default=str).encode()
    return blake2b(said, digest_size=16).digest()


def with_id(source_id: str | None, place: str) -> str:
    """The id, which every record must have."""
    if source_id is None:
        raise Reject(
            f"{place}: the record has no id",
            where=place,
            field="id",
            expected="id",
            got="nothing",
            fix="Look at this page of the API in a browser.",
        )
    return source_id


def judged(answer: Answer, address: str, gone: set[tuple[int, str]]) -> Evidence:
    """What a single item's answer proves: only the API's own words, or 410, say that it is gone."""
    how = f"GET {address}: {answer.status} {answer.code}".strip()
    if answer.status == 410 or (answer.status, answer.code) in gone:
        return Evidence("gone", how, "unpublished" if answer.status in (401, 403) else "deleted")
    if answer.status == 200:
        return (
            Evidence("gone", f"{how}, no longer published", "unpublished")
            if _unpublished(answer)
            else Evidence("unknown", how)
        )
    return Evidence("unknown", how)


def _unpublished(answer: Answer) -> bool:
    try:
        said = answer.document()
    except Retry:
        return False
    known = ("draft", "pending", "private", "trash", "future")
    return isinstance(said, Mapping) and said.get("status") in known
