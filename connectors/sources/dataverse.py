"""Reads a table of Dataverse (Dynamics 365) over OData v4 with change tracking: all of it once, then what changed.

First step of the journey. A row's fields are the columns that were selected, as OData gives them; annotations of
OData itself are left out, formatted values stand beside their column under `<column>_label`, a row that was
expanded under the name of its lookup.

The first answer holds everything and a delta link; later answers hold changes and removals only. A token that has
expired, and once in a while anyway, means: everything again. Change tracking refuses `filter` and `expand`, and
would miss changes of expanded rows: with one of these everything is read at every look. `only` sifts here and goes
with tracking. What leaves the answer for another reason than deletion (a filter, deactivation, a role that may see
less) is gone from the source's own view, and its evidence says so.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import orjson
from pydantic import Field, HttpUrl, SecretStr

from connectors.sources import rows
from connectors.sources.http import Answer, Http, Manners
from connectors.sources.rows import (
    Clock,
    Evidence,
    Faulty,
    Gone,
    Look,
    LookState,
    Page,
    Row,
    State,
    Verdict,
    What,
    recent,
    stopped,
    unfinished,
)
from connectors.sources.values import utc_ms
from schemas.errors import Reject, Retry

MAX_PAGES: Final = 100_000
EARLY_MS: Final = 60_000
LABEL: Final = "@OData.Community.Display.V1.FormattedValue"
_EXPIRED: Final = (400, 404, 410)


class Options(rows.Options):
    """What a manifest says of a table."""

    url: HttpUrl = Field(
        description="Address of the environment's web API, such as https://x.crm4.dynamics.com/api/data/v9.2."
    )
    table: str = Field(
        pattern=r"^\w+$", description="Entity set, such as accounts. Change tracking must be on."
    )
    id: str = Field(pattern=r"^\w+$", description="Its primary id column, such as accountid.")
    select: tuple[str, ...] = Field(min_length=1, description="Columns; the rest is not asked for.")
    filter: str = Field("", description="OData filter; the rest is not asked for. Without change tracking.")
    expand: tuple[str, ...] = Field(
        (), description="Rows of lookups, such as `x($select=name)`. Without change tracking."
    )
    only: Mapping[str, str | int] = Field(
        {},
        description="Rows whose columns have these values, such as statecode 0; the rest is left out here.",
    )
    page_size: int = Field(500, ge=1, le=5_000, description="Rows per answer.")
    whole_every_h: int = Field(24, ge=1, le=720, description="After so many hours everything is read again.")
    tenant: str = Field("", description="Tenant of Microsoft Entra; empty: no login.")
    client_id: str = Field("", description="Application that may read.")
    client_secret: SecretStr | None = Field(
        None, description="Its secret; never in the manifest, always in the environment."
    )
    token_url: HttpUrl | None = Field(None, description="Where to log in; default: Microsoft Entra.")
    may_be_empty: bool = Field(False, description="Whether a table without rows is an answer.")
    manners: Manners = Manners()


class Dataverse:
    """The reader of one table."""

    def __init__(self, options: Options, http: Http | None = None) -> None:
        self._options = options
        self._http = http or Http(options.manners)
        self._base = str(options.url).rstrip("/")
        self._token, self._token_until = "", 0

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read what changed since the last look, or everything."""
        return Look(self._pages(dict(previous.marks) if previous else {}, clock))

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """Ask for each row."""
        return {source_id: self._confirm(source_id, clock) for source_id in source_ids}

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _pages(self, marks: dict[str, str], clock: Clock) -> Generator[Page, None, Verdict]:
        now = clock()
        whole_at = int(marks.get("whole_at", "0"))
        link = marks.get("delta", "")
        fresh = recent(whole_at, now, self._options.whole_every_h) and marks.get("asked") == self._asked_for()
        shown = 0
        try:
            if link and fresh:
                first = self._get(link, clock, may_be_expired=True)
                if first is not None:
                    verdict = yield from self._delta(first, marks, clock)
                    return verdict
            answer = self._get(self._asked_for(), clock)
            while answer is not None:
                page, _ = page_of(answer.document(), self._options.id, self._options.only)
                shown += len(page.rows) + len(page.faulty)
                yield page
                link, following = self._links(answer)
                answer = self._get(following, clock) if following else None
        except Retry as fault:
            return replace(stopped(fault, "ask", shown=shown), next_state=LookState(marks=marks))
        if not shown and not self._options.may_be_empty:
            return unfinished("partial", "ask", "de tabel is leeg / the table is empty")
        state = LookState(
            marks={"delta": link, "whole_at": str(now), "asked": self._asked_for()} if link else {}
        )
        return Verdict(complete=True, state="live", absence="ask", next_state=state)

    def _delta(self, first: Answer, marks: Mapping[str, str], clock: Clock) -> Generator[Page, None, Verdict]:
        """Changes only. A fault leaves the old link: they are given again."""
        answer: Answer | None = first
        link, found = "", 0
        while answer is not None:
            page, gone = page_of(answer.document(), self._options.id, self._options.only)
            found += len(page.rows) + len(page.faulty) + len(gone)
            yield Page(page.rows, page.faulty, gone)
            link, following = self._links(answer)
            answer = self._get(following, clock) if following else None
        if not link:
            raise Retry("The last answer has no delta link", where=self._base, fix="Is change tracking on?")
        state: State = "live" if found else "idle"
        return Verdict(
            complete=True,
            state=state,
            absence="nothing",
            delta=True,
            next_state=LookState(marks={**marks, "delta": link}),
        )

    def _asked_for(self) -> str:
        said = self._options
        columns = dict.fromkeys((*said.select, *said.only))
        query = {"$select": ",".join(columns), "$filter": said.filter, "$expand": ",".join(said.expand)}
        given = {name: value for name, value in query.items() if value}
        return f"{self._base}/{said.table}?{urlencode(given, safe='$,()=', quote_via=quote)}"

    @property
    def _tracked(self) -> bool:
        return not (self._options.filter or self._options.expand)

    def _links(self, answer: Answer) -> tuple[str, str]:
        """Delta link and next link of an answer; both stay on the host of the environment."""
        said = answer.document()
        found = [str(said.get(name) or "") for name in ("@odata.deltaLink", "@odata.nextLink")]
        for link in filter(None, found):
            if urlsplit(link)[:2] != urlsplit(self._base)[:2]:
                raise Retry(
                    f"A link leads to {urlsplit(link).netloc}", where=self._base, fix="It is not followed."
                )
        return found[0], found[1]

    def _get(self, url: str, clock: Clock, *, may_be_expired: bool = False) -> Answer | None:
        headers = {
            "Prefer": f"{'odata.track-changes,' if self._tracked else ''}"
            f"odata.maxpagesize={self._options.page_size},"
            'odata.include-annotations="OData.Community.Display.V1.FormattedValue"',
            "OData-Version": "4.0",
            "OData-MaxVersion": "4.0",
            **self._login(clock),
        }
        answer = self._http.get(url, headers)
        if may_be_expired and answer.status in _EXPIRED:
            return None
        if answer.status == 401:
            self._token_until = 0
        if answer.status != 200:
            raise Retry(
                f"Dataverse answers {answer.status}: {_message(answer)}",
                where=urlsplit(answer.url).netloc,
                fix="Check table, columns and filter in the manifest, and what the application may read.",
            )
        return answer

    def _login(self, clock: Clock) -> dict[str, str]:
        """A bearer token by client credentials (RFC 6749, section 4.4), kept until it is about to end."""
        secret = self._options.client_secret
        if not self._options.tenant or secret is None:
            return {}
        if clock() >= self._token_until:
            default = f"https://login.microsoftonline.com/{self._options.tenant}/oauth2/v2.0/token"
            parts = urlsplit(self._base)
            answer = self._http.post(
                str(self._options.token_url or default),
                {
                    "grant_type": "client_credentials",
                    "client_id": self._options.client_id,
                    "client_secret": secret.get_secret_value(),
                    "scope": f"{parts.scheme}://{parts.netloc}/.default",
                },
            )
            if answer.status != 200:
                raise Retry(
                    f"The login answers {answer.status}: {_message(answer)}",
                    where=urlsplit(answer.url).netloc,
                    fix="Check tenant, client id and secret; did the secret expire?",
                )
            said = answer.document()
            self._token = str(said.get("access_token", ""))
            self._token_until = clock() + int(said.get("expires_in", 0)) * 1000 - EARLY_MS
        return {"Authorization": f"Bearer {self._token}"}

    def _confirm(self, source_id: str, clock: Clock) -> Evidence:
        address = f"{self._base}/{self._options.table}({source_id})"
        try:
            columns = ",".join((self._options.id, *self._options.only))
            answer = self._http.get(f"{address}?$select={columns}", self._login(clock))
            how = f"GET {address}: {answer.status} {_message(answer)}".strip()
            left = _left_out(answer.document(), self._options.only) if answer.status == 200 else None
            if left is not None:
                return Evidence("gone", f"{how}, but {left}", "deselected")
            if answer.status == 200 and self._options.filter and not self._selected(source_id, clock):
                return Evidence("gone", f"{how}, but no longer among {self._options.filter}", "deselected")
        except Retry as fault:
            return Evidence("unknown", str(fault))
        states = {200: "present", 404: "gone", 410: "gone"}
        return Evidence(states.get(answer.status, "unknown"), how)  # type: ignore[arg-type]

    def _selected(self, source_id: str, clock: Clock) -> bool:
        """Whether a row that is there passes the filter too; one that does not has left what is read."""
        said = self._options
        query = {"$select": said.id, "$filter": f"({said.filter}) and {said.id} eq {source_id}"}
        address = f"{self._base}/{said.table}?{urlencode(query, safe='$,()', quote_via=quote)}"
        answer = self._http.get(address, self._login(clock))
        page, _ = page_of(answer.document(), said.id)
        return bool(page.rows or page.faulty)


def page_of(
    document: Any, ident: str, only: Mapping[str, str | int] | None = None
) -> tuple[Page, Sequence[Gone]]:
    """Rows and removals of one answer. Raises `Retry` for what is no answer of OData."""
    listed = document.get("value") if isinstance(document, Mapping) else None
    if not isinstance(listed, list):
        raise Retry("The answer has no `value`", fix="Is this the web API of the environment?")
    good: list[Row] = []
    bad: list[Faulty] = []
    gone: list[Gone] = []
    for number, item in enumerate(listed, start=1):
        place = f"rij {number}"
        if not isinstance(item, Mapping):
            bad.append(Faulty(place, None, _no_id(ident), orjson.dumps(item)))
        elif (removed := _removed(item)) is not None:
            gone.append(removed)
        elif not item.get(ident):
            bad.append(Faulty(place, None, _no_id(ident), orjson.dumps(dict(item))))
        elif (left := _left_out(item, only or {})) is not None:
            gone.append(Gone(str(item[ident]), f"delta: {left}", "deselected"))
        else:
            changed = utc_ms(str(item.get("modifiedon") or ""))
            good.append(Row(str(item[ident]), fields_of(item), place, "", changed))
    return Page(good, bad), gone


def _became(reason: str) -> What:
    """OData says `changed` of a row that is there, but no longer for us."""
    return "unpublished" if reason == "changed" else "deleted"


def _removed(item: Mapping[str, Any]) -> Gone | None:
    """A removal as OData 4.0 (`$deletedEntity`) or 4.01 (`@removed`) says it."""
    removed = item.get("@removed")
    if isinstance(removed, Mapping):
        reason = str(removed.get("reason", "deleted"))
        return Gone(str(item.get("id") or item.get("@id")), f"delta: {reason}", _became(reason))
    if "$deletedEntity" in str(item.get("@odata.context", "")):
        reason = str(item.get("reason", "deleted"))
        words = "left what this application may see" if reason == "changed" else reason
        return Gone(str(item["id"]), f"delta: {words}", _became(reason))
    return None


def _left_out(item: Mapping[str, Any], only: Mapping[str, str | int]) -> str | None:
    """Why a row is not among those that are wanted."""
    for name, wanted in only.items():
        if str(item.get(name)) != str(wanted):
            label = item.get(f"{name}{LABEL}")
            return f"{name} is {item.get(name)}" + (f" ({label})" if label else "")
    return None


def fields_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a row, with formatted values beside them, and so of rows that were expanded."""
    labels = {
        f"{name.removesuffix(LABEL)}_label": said for name, said in item.items() if name.endswith(LABEL)
    }
    own = {name: said for name, said in item.items() if "@" not in name}
    return {
        name: fields_of(said) if isinstance(said, Mapping) else said for name, said in own.items()
    } | labels


def _no_id(ident: str) -> Reject:
    return Reject(
        "The row has no id", field=ident, expected="an id", got="nothing", fix="Select the id column."
    )


def _message(answer: Answer) -> str:
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return ""
    error = said.get("error") if isinstance(said, dict) else None
    words = error.get("message", "") if isinstance(error, dict) else (said or {}).get("error_description", "")
    return str(words)[:200]
