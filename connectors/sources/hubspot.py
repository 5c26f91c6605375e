"""Reads objects of HubSpot's CRM (v3) by polling, which is complete by itself.

First step of the journey. A row's fields: the properties that were asked for, as HubSpot gives them (None when
empty), and `created`, `updated`, `merged` (ids that were merged into this one).

An object that a whole list does not show is asked for: 404 means archived or erased; an answer with another id means
that it was merged into that one. Either way it is gone, and the evidence says which. What a webhook named is asked for
in batches after the list, past what the list does not show yet; of what is gone, it may say that it was erased.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from pydantic import Field, HttpUrl, SecretStr

from connectors.sources import rows
from connectors.sources.http import Answer, Http, Manners
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
from connectors.sources.values import utc_ms
from schemas.errors import Reject, Retry

PER_PAGE: Final = 100
MAX_PAGES: Final = 100_000
MERGED: Final = "hs_merged_object_ids"
MOST_FRESH: Final = 10_000


class Options(rows.Options):
    """What a manifest says of a portal."""

    url: HttpUrl = Field(HttpUrl("https://api.hubapi.com"), description="Address of the API.")
    object: str = Field(
        pattern=r"^[\w-]+$", description="Object type, such as companies, deals or 2-1234567."
    )
    properties: tuple[str, ...] = Field(min_length=1, description="Properties; the rest is not asked for.")
    token: SecretStr | None = Field(
        None, description="Token of a private app; never in the manifest, always in the environment."
    )
    may_be_empty: bool = Field(False, description="Whether a list without objects is an answer.")
    manners: Manners = Manners()


class Hubspot:
    """The reader of one object type."""

    def __init__(self, options: Options, http: Http | None = None) -> None:
        self._options = options
        self._http = http or Http(options.manners)
        self._named: dict[str, bool] = {}
        self._fresh: dict[str, Row] = {}
        self._base = f"{str(options.url).rstrip('/')}/crm/v3/objects/{options.object}"

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read all objects that are not archived."""
        del previous, clock
        return Look(self._pages())

    def ask_also(self, named: Mapping[str, bool]) -> None:
        """Objects that a webhook named, for the next look."""
        self._named = dict(named)

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """Ask for each object."""
        del clock
        return {source_id: self._confirm(source_id) for source_id in source_ids}

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _get(self, path: str, query: Mapping[str, str]) -> Answer:
        return self._http.get(f"{self._base}{path}?{urlencode(query)}", self._login())

    def _login(self) -> dict[str, str]:
        token = self._options.token
        return {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}

    def _pages(self) -> Generator[Page, None, Verdict]:
        asked = ",".join(dict.fromkeys((*self._options.properties, MERGED)))
        query = {"limit": str(PER_PAGE), "archived": "false", "properties": asked}
        shown, seen = 0, set[str]()
        try:
            for number in range(1, MAX_PAGES + 1):
                answer = self._get("", query)
                if answer.status != 200:
                    raise _refused(answer)
                page, after = page_of(answer.document(), f"pagina {number}")
                shown += len(page.rows) + len(page.faulty)
                yield replace(page, rows=[self._newer(row) for row in page.rows])
                if not after:
                    break
                if after in seen:
                    raise Retry("The list goes round in a circle", where=self._base)
                seen.add(after)
                query["after"] = after
            reasons = yield from self._also(asked.split(","))
        except Retry as fault:
            return stopped(fault, "ask", shown=shown)
        if not shown and not self._options.may_be_empty:
            return unfinished("partial", "ask", "de lijst is leeg / the list is empty")
        return Verdict(complete=True, state="live", absence="ask", reasons=reasons)

    def _also(self, properties: Sequence[str]) -> Generator[Page, None, list[str]]:
        """The objects that were named, as they are now. What is not given is judged by the list and `confirm`; a
        refusal takes nothing from what the list showed.
        """
        ids = sorted(self._named)
        for at in range(0, len(ids), PER_PAGE):
            inputs = [{"id": one} for one in ids[at : at + PER_PAGE]]
            asked = {"properties": list(properties), "inputs": inputs}
            answer = self._http.ask(f"{self._base}/batch/read", asked, self._login())
            if answer.status not in (200, 207):  # 207: some of them are not there
                return [str(_refused(answer))]
            page, _ = page_of(answer.document(), "genoemd door een webhook")
            if len(self._fresh) > MOST_FRESH:
                self._fresh.clear()
            self._fresh |= {row.source_id: row for row in page.rows}
            yield page
        return []

    def _newer(self, row: Row) -> Row:
        """A row of the list, unless the list lags behind what was asked for before: nothing is told backwards."""
        fresh = self._fresh.get(row.source_id)
        if fresh is not None and (row.changed_at_ms or 0) < (fresh.changed_at_ms or 0):
            return fresh
        self._fresh.pop(row.source_id, None)
        return row

    def _confirm(self, source_id: str) -> Evidence:
        try:
            answer = self._get(f"/{source_id}", {"properties": MERGED})
            said = answer.document() if answer.status == 200 else {}
        except Retry as fault:
            return Evidence("unknown", str(fault))
        how = f"GET {self._options.object}/{source_id}: {answer.status}"
        if answer.status == 404 and self._named.get(source_id):
            return Evidence("gone", f"{how}; a webhook said: erased for privacy", "erased")
        if answer.status == 404:
            return Evidence("gone", f"{how}, archived or erased")
        if answer.status != 200 or not said.get("id"):
            return Evidence("unknown", how)
        if str(said["id"]) != source_id:
            return Evidence("gone", f"{how}, merged into {said['id']}", "merged")
        return Evidence("gone", f"{how}, archived") if said.get("archived") else Evidence("present", how)


def page_of(document: Any, place: str) -> tuple[Page, str]:
    """The objects of an answer and where the next page begins. Raises `Retry` for what is no list of HubSpot."""
    listed = document.get("results") if isinstance(document, Mapping) else None
    if not isinstance(listed, list):
        raise Retry("The answer has no `results`", fix="Is this the API of HubSpot?")
    good: list[Row] = []
    bad: list[Faulty] = []
    for number, item in enumerate(listed, start=1):
        where = f"{place}, rij {number}"
        if isinstance(item, Mapping) and item.get("id") and isinstance(item.get("properties"), Mapping):
            fields = fields_of(item)
            good.append(Row(str(item["id"]), fields, where, "", utc_ms(fields["updated"])))
        else:
            bad.append(Faulty(where, None, _shapeless(), orjson.dumps(item)[:64_000]))
    following = ((document.get("paging") or {}).get("next") or {}).get("after")
    return Page(good, bad), str(following or "")


def fields_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an object."""
    said = {name: value or None for name, value in item["properties"].items() if name != MERGED}
    merged = str(item["properties"].get(MERGED) or "")
    return said | {
        "created": str(item.get("createdAt") or ""),
        "updated": str(item.get("updatedAt") or ""),
        "merged": [one.strip() for one in merged.split(";") if one.strip()],
    }


def _shapeless() -> Reject:
    return Reject(
        "The object has no id or no properties",
        field="id",
        expected="an id",
        got="nothing",
        fix="See the original.",
    )


def _refused(answer: Answer) -> Retry:
    return Retry(
        f"HubSpot answers {answer.status}",
        where=answer.url.partition("?")[0],
        fix="Check the object type, and what the private app of the token may read.",
    )
