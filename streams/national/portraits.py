"""What of a national record helps to see that it is like another: folded once, compared often.

Only golden fields count. Names, titles and addresses come from sources: they are compared, never trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple

from schemas.addresses import canonical, is_front, without_language
from schemas.reference.lists import rows
from schemas.text import folded, normalise
from streams.national.forms import domain_key
from streams.national.owner import LEADING

KINDS: Final = ("project", "event", "organisation")
"""Kinds of which likeness is weighed; a membership is its organisation and its body, and both have keys."""
_ACRONYM: Final = re.compile(r"\b[A-Z][A-Za-z]?[A-Z0-9][A-Za-z0-9&]*\b")
_EDITION: Final = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,3}\b")
_ROMAN: Final = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8"}
_USUAL_ACRONYMS: Final = frozenset(
    {"ai", "eu", "nl", "it", "ict", "hr", "mkb", "sme", "de", "ml", "llm", "vr", "iot", "api"}
)


class Portrait(NamedTuple):
    """A record as likeness sees it; days as YYYY-MM-DD, moments as the record has them."""

    id: str
    kind: str
    titles: tuple[str, str]
    words: frozenset[str]
    acronyms: frozenset[str]
    editions: frozenset[str]
    organisations: frozenset[str]
    leads: frozenset[str]
    start: str
    end: str
    place: str
    address: str
    awards: frozenset[tuple[str, str]]
    sort: str
    bodies: frozenset[str]


def portrait(kind: str, record: Mapping[str, Any]) -> Portrait | None:
    """Of a national record; None when it holds nothing, or is of a kind that is not weighed."""
    content = record["content"]
    if content is None or kind not in KINDS:
        return None
    said = _said(kind, content)
    links = record["organisations"]
    titles = (_called(kind, said[0]), _called(kind, said[1]))
    place = content.get("place") if kind == "organisation" else content.get("place") or content.get("venue")
    town = place if isinstance(place, str) else (place or {}).get("municipality")
    return Portrait(
        record["id"],
        kind,
        titles,
        frozenset(word for title in titles for word in significant(title)),
        frozenset(_acronyms(said)),
        frozenset(_editions(said)),
        frozenset(link["id"] for link in links),
        frozenset(link["id"] for link in links if link["role"] == LEADING.get(kind)),
        content.get("start") or "",
        content.get("end") or "",
        folded(town or ""),
        _address(kind, content, said[0]),
        frozenset(
            (normalise(one["funder"]), folded(one["award"]))
            for one in content.get("funding") or ()
            if one["award"]
        ),
        content.get("type") or content.get("helix") or "",
        frozenset(_bodies(titles)) if kind == "organisation" else frozenset(),
    )


def significant(title: str) -> list[str]:
    """Words of a folded title that say something, in their order; numbers are editions."""
    usual = _usual()
    return [word for word in title.split() if word not in usual and not word.isdigit() and len(word) > 1]


def day(text: str) -> int | None:
    """Number of a day; None when it is none."""
    try:
        return date.fromisoformat(text[:10]).toordinal()
    except ValueError:
        return None


def _said(kind: str, content: Mapping[str, Any]) -> tuple[str, str]:
    if kind == "organisation":
        return content["name"], ""
    return content["title"]["nl"] or "", content["title"]["en"] or ""


def _called(kind: str, title: str) -> str:
    return normalise(title) if kind == "organisation" else folded(title)


def _acronyms(titles: Iterable[str]) -> Iterator[str]:
    for title in titles:
        if title.upper() != title or " " not in title:
            found = (each.casefold() for each in _ACRONYM.findall(title) if len(each) >= 3)
            yield from (each for each in found if each not in _USUAL_ACRONYMS | _ROMAN.keys())


def _editions(titles: Iterable[str]) -> Iterator[str]:
    for title in titles:
        bare = folded(title)
        yield from (str(int(each)) for each in _EDITION.findall(bare))
        yield from (_ROMAN[word] for word in bare.split() if word in _ROMAN)


def _address(kind: str, content: Mapping[str, Any], name: str) -> str:
    """A page of a thing of its own; of an organisation its domain, unless that is shared."""
    if kind == "organisation":
        key = domain_key(content["website"], name)
        return key.split(":", 2)[1] if key else ""
    found = canonical(content.get("link") or "")
    bare = without_language(found) if found else ""
    return "" if is_front(bare) else bare


def _bodies(titles: Iterable[str]) -> Iterator[str]:
    table = _body_words()
    for title in titles:
        yield from (table[word] for word in title.split() if word in table)


@cache
def _body_words() -> Mapping[str, str]:
    return {row["word"]: row["body"] for row in rows("bodies_of_names")}


@cache
def _usual() -> frozenset[str]:
    return frozenset(row["word"] for row in rows("usual_words"))
