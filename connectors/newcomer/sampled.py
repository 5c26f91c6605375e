"""The rows of a sample, as the reader of its kind gives them: from the sample itself, or by asking the source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from connectors.newcomer.propose import bare, called
from connectors.newcomer.recognise import Found
from connectors.sources import Faulty, Row, Source, objects, open_source, workbooks
from connectors.sources.http import Answer, Http
from connectors.sources.tables import WORKBOOK, delimiter, records, scan
from schemas.errors import Retry, Stop

MOST: Final = 500
LARGEST: Final = 200_000_000
WITHIN: Final = 20


class Given:
    """Answers every question of a reader with the sample; of robots.txt it knows nothing."""

    def __init__(self, body: bytes, content_type: str = "") -> None:
        self._body, self._headers = body, {"content-type": content_type} if content_type else {}

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The sample, whatever is asked."""
        del headers
        return (
            Answer(404, {}, b"", url)
            if url.endswith("/robots.txt")
            else Answer(200, self._headers, self._body, url)
        )

    def close(self) -> None:
        """Nothing is held."""


class Rows(NamedTuple):
    """What a sample holds: rows, and rows that cannot be read."""

    rows: Sequence[Row]
    faulty: Sequence[Faulty]


def read(found: Found, clock: Callable[[], int], more: Mapping[str, Any] | None = None) -> Rows:
    """The first rows. Raises `Stop` when there is none, with what the reader says of it."""
    options = {**found.options, **found.secret, **(more or {})}
    source = _opened(found, options)
    rows: list[Row] = []
    faulty: list[Faulty] = []
    look = source.look(None, clock)
    try:
        for page in look:
            rows += page.rows
            faulty += page.faulty
            if len(rows) >= MOST or (found.answer is not None and page.rows):
                return Rows(rows[:MOST], faulty)
        verdict = look.verdict
    finally:
        look.close()
        source.close()
    if rows:
        return Rows(rows, faulty)
    said = (
        "; ".join([*verdict.reasons, *(str(one.reject) for one in faulty[:3])]).rstrip(".") or verdict.state
    )
    raise Stop(
        f"The sample has no record that the {found.reader} reader can use: {said}",
        fix="Give a sample with at least one record, or mend what is said.",
    )


def headed(path: Path) -> dict[str, Any]:
    """The option that finds the heading row of a list with lines above it; nothing when it is the first."""
    if path.suffix.lower() in objects.SUFFIXES:
        return {}
    try:
        seen = scan(path, LARGEST)
        whole = (
            workbooks.records(path, "")
            if seen.encoding == WORKBOOK
            else records(path, seen.encoding, delimiter(path, seen.encoding))
        )
        first = [[" ".join(cell.split()) for cell in one.cells] for one in islice(whole, WITHIN)]
    except Retry:
        return {}  # the reader says what is wrong with it
    known = [[cell for cell in cells if bare(cell) in called()] for cells in first]
    best = max(known, key=len, default=[])
    if len(best) < 2 or sum(map(bool, first[0])) * 2 > sum(map(bool, first[known.index(best)])):
        return {}  # a line above the headings is short; a first row that is not, is the headings
    return {"required": tuple(best)}


def _opened(found: Found, options: Mapping[str, Any]) -> Source:
    if found.reader == "files":
        return open_source("files", {"settle_s": 0, **options})
    if found.answer is None:
        return open_source(found.reader, options)
    return open_source(found.reader, options, http=cast("Http", Given(found.answer)))
