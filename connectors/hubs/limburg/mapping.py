"""How rows of the sources of AI-hub Brightlands read in the words of the contract. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from connectors.hubs import Mapper, Statement, Words, builders
from connectors.hubs.said import said_day
from connectors.hubs.statements import mention
from connectors.hubs.words import STATUSES, TYPES
from connectors.sources import Row

_DAY: Final = r"(\d{1,2}-\d{1,2}-\d{4})"
_PERIOD: Final = re.compile(rf"Looptijd: {_DAY} t/m {_DAY}")
_CLOSES: Final = re.compile(rf"Sluitingsdatum: {_DAY}")
_LEAD: Final = re.compile(r"^Penvoerder: (.+?)(?:(?<!\.\w)\.)?$", re.MULTILINE)
_PARTNERS: Final = re.compile(r"^Partners: (.+?)(?:(?<!\.\w)\.)?$", re.MULTILINE)
_GRANT: Final = re.compile(r"Subsidie: doi:(\S+?)\.?(?=\s|$)")
COLUMNS: Final = {
    "name": "Deelnemer",
    "role": "Hoedanigheid",
    "body": "Gremium",
    "helix": "Soort deelnemer",
    "website": "Website",
    "kvk": "KvK",
    "start": "Vanaf",
    "end": "Tot en met",
    "note": "Bijzonderheden",
}


def event(row: Row, words: Words) -> Statement:
    """An event of the calendar in Outlook."""
    return builders.calendar_event(row.fields, words)


def project(row: Row, words: Words) -> Statement:
    """A news item about a call, a lab or a project: the little that a feed tells; without a state it runs."""
    seen = row.fields
    said = seen["summary"]
    kinds, statuses, tags = _sorted(seen["categories"])
    start, end = found.groups() if (found := _PERIOD.search(said)) else (None, None)
    parts = {
        "title": seen["title"],
        "summary": said,
        "type": kinds[0] if kinds else None,
        "status": statuses[0] if statuses else "running",
        "start": said_day(start, "Looptijd"),
        "end": said_day(end, "Looptijd"),
        "deadline": said_day(_one(_CLOSES, said), "Sluitingsdatum"),
        "tags": tags,
        "organisations": _organisations(said),
        "page": seen["link"],
        "grants": [_one(_GRANT, said)],
    }
    return builders.project(parts, words)


def _sorted(categories: Iterable[str]) -> tuple[list[str], list[str], list[str]]:
    """Categories by what they say: what it is, how it stands, and the rest."""
    kinds: list[str] = []
    statuses: list[str] = []
    tags: list[str] = []
    for category in categories:
        word = category.casefold()
        if word in TYPES:
            kinds.append(TYPES[word])
        elif word in STATUSES:
            statuses.append(STATUSES[word])
        else:
            tags.append(category)
    return kinds, statuses, tags


def _organisations(said: str) -> list[dict[str, Any]]:
    lead = _one(_LEAD, said)
    partners = (_one(_PARTNERS, said) or "").split("; ")
    return [
        *([mention(lead, "coordinator")] if lead else []),
        *(mention(name, "partner") for name in partners if name.strip()),
    ]


def _one(pattern: re.Pattern[str], said: str) -> str | None:
    found = pattern.search(said)
    return found[1].strip() if found else None


def membership(row: Row, words: Words) -> Statement:
    """A row of the list of participants."""
    return builders.listed_membership(row.fields, words, COLUMNS)


MAPPINGS: Final[Mapping[str, Mapper]] = {"event": event, "project": project, "membership": membership}
