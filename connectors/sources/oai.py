"""Reads records over OAI-PMH 2.0, such as projects of a research information system (CERIF as OpenAIRE has it).

First step of the journey. A row's fields, always all present:

    identifier, datestamp, sets     of the header
    kind                            name of the metadata's element, such as Project, Event or dc
    metadata                        the element as plain values: a leaf without attributes is text, any other a
                                    mapping of attributes, `text`, and per child name a list

Source id: the identifier. A record that a whole list does not show, or shows as deleted, is asked for by GetRecord:
`deleted` or `idDoesNotExist` is the proof that it is gone.

With `changes` a look asks only for what was stamped since the day of the one before (all repositories know days, by
their own clock), and headers that say `deleted` are removals; once in a while everything is read. Only for repositories
that keep deleted records and stamp every change: not all do.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import Field, HttpUrl

from connectors.sources import rows
from connectors.sources.http import Http, Manners
from connectors.sources.rows import (
    Clock,
    Evidence,
    Faulty,
    Gone,
    Look,
    LookState,
    Page,
    Row,
    Verdict,
    recent,
    stopped,
    unfinished,
)
from connectors.sources.values import utc_ms
from schemas.errors import Reject, Retry

OAI: Final = "{http://www.openarchives.org/OAI/2.0/}"
LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
MAX_PAGES: Final = 10_000
DEEPEST: Final = 30
OVERLAP_S: Final = 3_600
_NOTHING: Final = "noRecordsMatch"
_UNKNOWN: Final = "idDoesNotExist"


class Options(rows.Options):
    """What a manifest says of a repository."""

    url: HttpUrl = Field(description="Base address of the repository.")
    prefix: str = Field("oai_cerif_openaire", description="Metadata format, as ListMetadataFormats names it.")
    set: str = Field("", description="Only this set; the rest is not asked for.")
    changes: bool = Field(False, description="Whether datestamps can be trusted: only changes are asked for.")
    whole_every_h: int = Field(24, ge=1, le=720, description="After so many hours everything is read again.")
    may_be_empty: bool = Field(False, description="Whether a list without records is an answer.")
    manners: Manners = Manners()


class Oai:
    """The reader of one repository."""

    def __init__(self, options: Options, http: Http | None = None) -> None:
        self._options = options
        self._http = http or Http(options.manners)

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read the whole list, page by page, or what changed in it."""
        return Look(self._pages(dict(previous.marks) if previous else {}, clock))

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """Ask for each record; the repository itself must say that it is gone."""
        del clock
        return {source_id: self._confirm(source_id) for source_id in source_ids}

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _pages(self, marks: dict[str, str], clock: Clock) -> Generator[Page, None, Verdict]:
        now = clock()
        since = self._since(marks, now)
        shown, listed, size, answered_at = 0, 0, None, ""
        try:
            for root, place in self._answers(since):
                answered_at = answered_at or (root.findtext(f"{OAI}responseDate") or "").strip()
                if error_of(root) == _NOTHING:
                    continue
                page, deleted = page_of(root, place)
                shown += len(page.rows)
                listed += len(page.rows) + len(page.faulty) + len(deleted)
                stated = token_of(root)[1]
                size = stated if stated is not None else size
                yield Page(page.rows, page.faulty, deleted) if since else page
        except Retry as fault:
            return replace(stopped(fault, "ask", shown=shown), next_state=LookState(marks=marks))
        if size is not None and listed < size:
            return unfinished("partial", "ask", f"{listed} van {size} getoond / {listed} of {size} shown")
        if not listed and not since and not self._options.may_be_empty:
            return unfinished("partial", "ask", "de lijst is leeg / the list is empty")
        whole_at = marks["whole_at"] if since else str(now)
        kept = {"read_at": str(utc_ms(answered_at) or now), "whole_at": whole_at, "asked": self._asked_for()}
        return Verdict(
            complete=True,
            state="live" if listed else "idle",
            absence="nothing" if since else "ask",
            delta=bool(since),
            next_state=LookState(marks=kept if self._options.changes else {}),
        )

    def _since(self, marks: Mapping[str, str], now: int) -> str:
        """The day from which on changes are asked for; empty: everything."""
        said = self._options
        fresh = recent(int(marks.get("whole_at", "0")), now, said.whole_every_h)
        if not said.changes or not fresh or marks.get("asked") != self._asked_for():
            return ""
        return datetime.fromtimestamp(int(marks["read_at"]) / 1000 - OVERLAP_S, UTC).strftime("%Y-%m-%d")

    def _asked_for(self) -> str:
        return f"{self._options.url}|{self._options.prefix}|{self._options.set}"

    def _answers(self, since: str) -> Iterator[tuple[Element, str]]:
        """The pages of the list, each with its name for people."""
        query = {"verb": "ListRecords", "metadataPrefix": self._options.prefix}
        query |= {"set": self._options.set} if self._options.set else {}
        query |= {"from": since} if since else {}
        tokens = set[str]()
        for number in range(1, MAX_PAGES + 1):
            root = self._asked(query)
            nothing = error_of(root) == _NOTHING and number == 1
            if not nothing:
                _refuse(root, str(self._options.url))
            yield root, f"pagina {number}"
            token, _ = token_of(root)
            if not token:
                return
            if token in tokens:
                raise Retry("The list goes round in a circle", where=str(self._options.url))
            tokens.add(token)
            query = {"verb": "ListRecords", "resumptionToken": token}
        raise Retry(f"The list has more than {MAX_PAGES} pages", where=str(self._options.url))

    def _confirm(self, source_id: str) -> Evidence:
        query = {"verb": "GetRecord", "metadataPrefix": self._options.prefix, "identifier": source_id}
        try:
            root = self._asked(query)
        except Retry as fault:
            return Evidence("unknown", str(fault))
        header = root.find(f".//{OAI}header")
        how = f"GetRecord {source_id}: {error_of(root) or (header is not None and header.get('status')) or 'there'}"
        if error_of(root) == _UNKNOWN or (header is not None and header.get("status") == "deleted"):
            return Evidence("gone", how)
        return Evidence("present" if header is not None else "unknown", how)

    def _asked(self, query: dict[str, str]) -> Element:
        answer = self._http.get(f"{self._options.url}?{urlencode(query)}")
        if answer.status != 200:
            raise Retry(f"The repository answers {answer.status}", where=answer.url, fix="Check the address.")
        return parsed(answer.body, answer.url)


def parsed(body: bytes, where: str) -> Element:
    """The document of an answer. Raises `Retry` for what is no sound OAI-PMH, entities included."""
    try:
        root: Element = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError) as fault:
        raise Retry(
            f"The answer is no sound XML: {fault}"[:200], where=where, fix="It may be cut off."
        ) from fault
    if root.tag != f"{OAI}OAI-PMH":
        raise Retry(
            "The answer is no OAI-PMH", where=where, fix="Is this the base address of the repository?"
        )
    return root


def error_of(root: Element) -> str:
    """Code of the error that the repository states, else empty."""
    found = root.find(f"{OAI}error")
    return "" if found is None else found.get("code", "unknown")


def token_of(root: Element) -> tuple[str, int | None]:
    """Resumption token (empty at the end) and the size of the whole list, if it is stated."""
    found = root.find(f".//{OAI}resumptionToken")
    if found is None:
        return "", None
    size = found.get("completeListSize", "")
    return (found.text or "").strip(), int(size) if size.isascii() and size.isdigit() else None


def page_of(root: Element, place: str) -> tuple[Page, list[Gone]]:
    """The records of an answer, and those that it says are deleted."""
    good: list[Row] = []
    bad: list[Faulty] = []
    deleted: list[Gone] = []
    for number, record in enumerate(root.iter(f"{OAI}record"), start=1):
        where = f"{place}, record {number}"
        header = record.find(f"{OAI}header")
        identifier = "" if header is None else (header.findtext(f"{OAI}identifier") or "").strip()
        if header is not None and header.get("status") == "deleted":
            stamped = (header.findtext(f"{OAI}datestamp") or "").strip()
            deleted.append(Gone(identifier, f"ListRecords: deleted, {stamped}"))
            continue
        try:
            good.append(_row(record, header, identifier, where))
        except Reject as fault:
            bad.append(Faulty(where, identifier or None, fault, tostring(record)[:64_000]))
    return Page(good, bad), deleted


def _row(record: Element, header: Element | None, identifier: str, where: str) -> Row:
    around = record.find(f"{OAI}metadata")
    metadata = None if around is None else next(_elements(around), None)
    if header is None or not identifier or metadata is None:
        raise Reject(
            "The record has no identifier or no metadata",
            field="header",
            expected="both",
            got="nothing",
            fix="Look at the record in the repository.",
        )
    stamp = (header.findtext(f"{OAI}datestamp") or "").strip()
    fields = {
        "identifier": identifier,
        "datestamp": stamp,
        "sets": [(one.text or "").strip() for one in header.iter(f"{OAI}setSpec")],
        "kind": _local(metadata.tag),
        "metadata": plain(metadata),
    }
    return Row(identifier, fields, where, "", utc_ms(stamp))


def plain(element: Element, depth: int = 0) -> Any:
    """An element as plain values. Raises `Reject` when elements lie too deep in each other."""
    if depth > DEEPEST:
        raise Reject(
            "Elements lie too deep in each other",
            field="metadata",
            expected=f"at most {DEEPEST}",
            got="more",
            fix="Look at the record in the repository.",
        )
    text = " ".join((element.text or "").split())
    said: dict[str, Any] = {
        "lang" if name == LANGUAGE else _local(name): value for name, value in element.items()
    }
    for child in _elements(element):
        said.setdefault(_local(child.tag), []).append(plain(child, depth + 1))
    if not said:
        return text
    return said | ({"text": text} if text else {})


def _elements(element: Element) -> Iterator[Element]:
    return (child for child in element if isinstance(child.tag, str))


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _refuse(root: Element, where: str) -> None:
    code = error_of(root)
    if code:
        raise Retry(
            f"The repository answers {code}", where=where, fix="Check prefix and set in the manifest."
        )
