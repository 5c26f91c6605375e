"""How rows of the sources of AI-hub Brainport read in the words of the contract. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.hubs import Mapper, Statement, Words, builders
from connectors.hubs.said import said, said_day, said_euros
from connectors.hubs.statements import choice, mention, place
from connectors.hubs.words import ROLES, STATUSES, TYPES
from connectors.sources import Row
from schemas.errors import Reject

_TAGS: Final = ("sector", "building_block", "programme")
_PARTS: Final = 3
COLUMNS: Final = {
    "name": "organisation.name",
    "role": "role",
    "body": "body",
    "helix": "organisation.type",
    "website": "organisation.website",
    "via": "via",
    "kvk": "organisation.kvk",
    "ror": "organisation.ror",
    "start": "from",
    "end": "until",
    "note": "remark",
}


def event(row: Row, words: Words) -> Statement:
    """An event of The Events Calendar; recurring ones are series."""
    return builders.site_event(row.fields, words)


def project(row: Row, words: Words) -> Statement:
    """A post of the hub's site, which is in English, with the fields of its own plugin."""
    seen, meta, terms = row.fields, row.fields["meta"], row.fields["terms"]
    kinds = [term["name"] for term in terms.get("kind", ())]
    town = said(meta.get("city"))
    parts = {
        "title": said(meta.get("title_nl")) or seen["title"],
        "title_en": seen["title"],
        "summary_en": seen["excerpt"] or seen["content"],
        "type": choice(TYPES, kinds[0], "kind") if kinds else None,
        "status": choice(STATUSES, meta.get("project_status"), "project_status"),
        "start": said_day(meta.get("start_date"), "start_date"),
        "end": said_day(meta.get("end_date"), "end_date"),
        "deadline": said_day(meta.get("closing_date"), "closing_date"),
        "tags": [term["name"] for name in _TAGS for term in terms.get(name, ())],
        "place": place(said(meta.get("venue")), None, town, "NL-NB" if town else None, "NL"),
        "funding": _funding(meta),
        "organisations": [
            _partner(line) for line in str(meta.get("partners") or "").splitlines() if line.strip()
        ],
        "page": seen["link"],
        "contact": said(meta.get("contact_email")),
        "grants": [said(meta.get("grant_doi"))],
    }
    return builders.project(parts, words)


def _funding(meta: Mapping[str, Any]) -> list[dict[str, Any]]:
    funder, amount = said(meta.get("funder")), said_euros(meta.get("budget_eur"), "budget_eur", decimal=".")
    return [builders.funding(funder, amount, field="funder")] if funder or amount else []


def _partner(line: str) -> dict[str, Any]:
    """`Name | role | ROR, KvK or website`. Raises `Reject`."""
    parts: Sequence[str] = [part.strip() for part in line.split("|")]
    if len(parts) != _PARTS:
        raise Reject(
            "A line of partners has another form",
            field="partners",
            expected="name | role | ROR, KvK or website",
            got=line[:80],
            fix="Write one partner a line, with two bars.",
        )
    name, role, known = parts
    return mention(name, choice(ROLES, role, "partners"), **_known(known))


def _known(said: str) -> dict[str, Any]:
    """What identifies a partner, as `mention` takes it. Raises `Reject` for what is none of the three."""
    number = said.casefold().removeprefix("kvk").strip(" :.")
    if "ror.org" in said:
        return {"identifiers": {"ror": said}}
    if said.startswith(("http://", "https://")):
        return {"website": said}
    if number.isdigit() or not said:
        return {"identifiers": {"kvk": number or None}}
    raise Reject(
        "A partner is identified by something unknown",
        field="partners",
        expected="ROR, KvK or website",
        got=said[:80],
        fix="Write a ROR address, a KvK number or a web address there, or nothing.",
    )


def membership(row: Row, words: Words) -> Statement:
    """A member of the list in JSON."""
    return builders.listed_membership(row.fields, words, COLUMNS)


MAPPINGS: Final[Mapping[str, Mapper]] = {"event": event, "project": project, "membership": membership}
