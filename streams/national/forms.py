"""Identity keys in their one form, however a hub wrote them; what cannot identify anything is no key.

Pure and remembered: the same keys come back with every version of a record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from typing import Any, Final

from schemas.addresses import canonical, is_front, without_language
from schemas.errors import Reject
from schemas.identifiers import CHECKS, parse_oin
from schemas.reference.lists import rows
from schemas.text import folded, normalise
from streams.national.keys import ORGANISATION, kind_of

Funder = Callable[[str], str | None]
"""Slug of a listed organisation by its name."""

_DOI: Final = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)\s*", re.IGNORECASE)
_EU: Final = re.compile(r"(?<!\d)\d{6,9}(?!\d)")
_INSTANCE: Final = re.compile(r"@\d{4}-\d\d-\d\d[\dT:+Z-]*$")
_NO_SIGN: Final = re.compile(r"[\W_]+")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_FEW: Final = 4
_SHORT: Final = 3
REMEMBERED: Final = 32_768


def own_keys(kind: str, keys: Iterable[str], funder: Funder) -> list[str]:
    """Keys of a record itself, in one form; `funder` names the listed organisation behind an award."""
    found = []
    for key in keys:
        form = _award(key[6:], funder) if key.startswith("award:") else _form(kind, key)
        if form is not None:
            found.append(form)
    return found


def register_keys(keys: Iterable[str]) -> list[str]:
    """Keys of an organisation in registers, in one form; an OIN also says the RSIN or KvK number in it."""
    return [form for key in keys if kind_of(key) in ORGANISATION for form in _register(key)]


def domain_key(website: str | None, name: str) -> str | None:
    """A web domain with a normalised name, when the website is the front page of a domain that is not shared.

    A page on somebody's site says where one is a guest, not who one is.
    """
    return _domain(website, name) if website else None


def acronym_keys(acronyms: Iterable[str], coordinators: Iterable[Mapping[str, Any]]) -> list[str]:
    """An acronym (`acro:<acronym>`) together with every key of who coordinates; alone it says nothing."""
    holders = [key for one in coordinators for key in one["keys"]]
    return [f"{acronym}:{holder}" for acronym in acronyms for holder in holders]


@lru_cache(REMEMBERED)
def _form(kind: str, key: str) -> str | None:
    of, _, value = key.partition(":")
    if of == "url":
        return _page(kind, value)
    if of == "grant":
        return f"grant:{_DOI.sub('', value.strip()).casefold()}"
    if of == "eu":
        numbers = set(_EU.findall(value))
        return f"eu:{numbers.pop()}" if len(numbers) == 1 else f"eu:{value.strip().casefold()}"
    if of == "uid":
        return f"uid:{value.strip().casefold()}"
    if of == "acro":
        bare = folded(value).replace(" ", "")
        return f"acro:{bare}" if len(bare) >= _SHORT and not bare.isdigit() else None
    return key


def _page(kind: str, value: str) -> str | None:
    """The front page of a site is no event: everything on that site would be one."""
    instance = _INSTANCE.search(value)
    said = value[: instance.start()] if instance else value
    found = canonical(said if "://" in said else f"https://{said}")
    if found is None:
        return f"url:{value}"
    bare = without_language(found)
    if kind == "event" and is_front(bare):
        return None
    return f"url:{bare}{instance[0] if instance else ''}"


def _award(value: str, funder: Funder) -> str | None:
    """`award:<funder>/<number>`; a year or a few signs number nothing."""
    name, _, said = value.partition("/")
    number = _NO_SIGN.sub("", said).casefold()
    who = normalise(name)
    if not who or len(number) < _FEW or _YEAR.fullmatch(number) or not any(map(str.isdigit, number)):
        return None
    return f"award:{funder(name) or who}/{number}"


@lru_cache(REMEMBERED)
def _register(key: str) -> tuple[str, ...]:
    of, _, value = key.partition(":")
    try:
        form = f"{of}:{CHECKS[of](value)}"
        inside = parse_oin(value) if of == "oin" else None
    except Reject:
        return (key,)
    rsin = f"rsin:{inside.rsin}" if inside and inside.rsin else None
    kvk = f"kvk:{inside.kvk}" if inside and inside.kvk else None
    return tuple(filter(None, (form, rsin, kvk)))


@lru_cache(REMEMBERED)
def _domain(website: str, name: str) -> str | None:
    found = canonical(website if "://" in website else f"https://{website}")
    called = normalise(name)
    if found is None or not called:
        return None
    host = without_language(found)
    parts = host.split(".")
    ends = {".".join(parts[at:]) for at in range(len(parts))}
    if not is_front(host) or len(parts) == 1 or ends & shared_domains():
        return None
    return f"dom:{host}:{called}"


@cache
def shared_domains() -> frozenset[str]:
    """Domains that house everybody."""
    return frozenset(row["domain"] for row in rows("shared_domains"))
