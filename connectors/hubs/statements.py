"""What every mapping of a hub needs: texts, choices, places, organisations and keys. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from schemas.addresses import canonical
from schemas.errors import Reject
from schemas.identifiers import key
from schemas.reference.lists import rows
from schemas.text import folded, normalise, tidy

LONGEST_SUMMARY: Final = 2000
_STRONGEST: Final = ("kvk", "rsin", "oin", "ror", "tooi")
_COUNTRIES: Final = {
    "": "NL",
    "nederland": "NL",
    "the netherlands": "NL",
    "netherlands": "NL",
    "holland": "NL",
    "belgië": "BE",
    "belgium": "BE",
    "duitsland": "DE",
    "germany": "DE",
}
_UNKNOWN_COUNTRY: Final = "ZZ"
_ROLE_WORDS: Final = re.compile(
    r"(^|[._-])(info|contact|secretariaat|secretariat|office|hello|team|support|project(en)?|programma|bureau|projectbureau|programmabureau"
    r"|events?|agenda|communicatie|pers|press|ai-?hub|ai|lab|hub|loket|service|subsidie|redactie)([._-]|$)",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")


def text(dutch: Any, english: Any = None) -> dict[str, str | None]:
    """A text in Dutch and English; empty is nothing."""
    return {"nl": _line(dutch), "en": _line(english)}


def _line(said: Any) -> str | None:
    found = tidy(said) if isinstance(said, str) else ""
    if not found:
        return None
    if len(found) <= LONGEST_SUMMARY:
        return found
    return found[:LONGEST_SUMMARY].rsplit(" ", 1)[0] + " …"


def choice(table: Mapping[str, str], said: Any, field: str, *, optional: bool = False) -> Any:
    """What a word of the source stands for. Raises `Reject` for a word that the table does not have."""
    word = said.strip() if isinstance(said, str) else ""
    if optional and not word:
        return None
    found = table.get(word.casefold())
    if found is None:
        raise Reject(
            f"{field}: {word[:80]!r} is not one of the words that are known here",
            field=field,
            expected=", ".join(table),
            got=word[:80] or "nothing",
            fix="Use one of these words, or add the word to the mapping of this hub.",
        )
    return found


def place(
    name: str | None, address: str | None, town: str | None, province_code: str | None, country_code: str
) -> dict[str, Any] | None:
    """A place, or None when nothing of it is known."""
    if not (name or address or town):
        return None
    return {
        "name": name or None,
        "address": address or None,
        "municipality": town or None,
        "province": province_code if country_code == "NL" else None,
        "country": country_code,
    }


def province(said: str | None) -> str | None:
    """ISO 3166-2 code of a Dutch province."""
    word = folded(said or "").removeprefix("provincie ")
    return _provinces().get("fryslan" if word == "friesland" else word)


@cache
def _provinces() -> dict[str, str]:
    return {folded(row["name_nl"]): row["code"] for row in rows("provinces")}


def country(said: str | None) -> str:
    """ISO 3166-1 code of a country; ZZ for one that is not known here."""
    word = (said or "").strip()
    if len(word) == 2 and word.isascii() and word.isalpha():
        return word.upper()
    return _COUNTRIES.get(word.casefold(), _UNKNOWN_COUNTRY)


def role_mailbox(said: str | None) -> str | None:
    """An address that names a role; one that may be a person's is left out."""
    found = (said or "").strip().removeprefix("mailto:")
    if not _MAIL.fullmatch(found):
        return None
    return found.lower() if _ROLE_WORDS.search(found.partition("@")[0]) else None


def mention(
    name: str,
    role: str,
    *,
    website: str | None = None,
    via: str | None = None,
    helix: str | None = None,
    identifiers: Mapping[str, str | None] | None = None,
) -> dict[str, Any]:
    """An organisation that a record speaks of. Raises `Reject` without a name or for a wrong identifier."""
    called = " ".join(tidy(name).split())
    if not called:
        raise Reject(
            "An organisation without a name",
            field="organisation",
            expected="name",
            got="nothing",
            fix="Fill in its name.",
        )
    given = identifiers or {}
    keys = [key(kind, value) for kind in _STRONGEST if (value := given.get(kind))]
    return {
        "local": keys[0] if keys else f"name:{normalise(called)}",
        "name": called,
        "role": role,
        "via": via or None,
        "helix": helix,
        "website": website or None,
        "place": None,
        "keys": keys,
    }


def unique(mentions: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each organisation once; the first mention holds."""
    found: dict[str, dict[str, Any]] = {}
    for one in mentions:
        found.setdefault(one["local"], one)
    return list(found.values())


def url_key(said: str | None) -> str | None:
    """`url:` key of an address in its one form (`schemas.addresses`)."""
    found = canonical(said or "")
    return f"url:{found}" if found else None


def grant_key(said: str) -> str:
    """`grant:` key of an award number with its funder's DOI prefix."""
    bare = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)", "", said.strip(), flags=re.IGNORECASE)
    return f"grant:{bare.casefold()}"


def award_key(funder: str | None, award: str | None) -> str | None:
    """`award:` key of a funder's own number; a number that is a DOI has its `grant:` key."""
    if not funder or not award or "10." in award:
        return None
    return f"award:{normalise(funder)}/{award.strip().casefold()}"
