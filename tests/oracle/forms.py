"""The one form of each identity key, written a second time and in another way: by splitting, not by patterns."""

from __future__ import annotations

import urllib.parse as addresses
from collections.abc import Callable

from schemas.reference.lists import rows
from schemas.text import folded, normalise

Slug = Callable[[str, list[str]], str | None]
DROPPED = "utm_ mtm_ pk_ fbclid gclid dclid msclkid igshid twclid li_fat_id mc_cid mc_eid _ga _hs phpsessid jsessionid"
TONGUES = ("nl", "en", "nl-nl", "en-gb", "en-us")
INDEXES = {
    f"{name}.{kind}"
    for name in ("index", "default", "home")
    for kind in ("htm", "html", "php", "asp", "aspx")
}


def page(value: str) -> str | None:
    """An address without what does not say which page it is; None when it is no web address."""
    whole = value if "://" in value else f"https://{value}"
    seen = addresses.urlparse(whole.strip())
    host = (seen.hostname or "").removeprefix("www.")
    if seen.scheme not in ("http", "https") or not host:
        return None
    if seen.port not in (None, 80, 443):
        host += f":{seen.port}"
    path = f"{seen.path};{seen.params}" if seen.params else seen.path
    parts = path.rstrip("/").split("/")[1:]
    if parts and parts[0] in TONGUES:
        parts = parts[1:]
    if parts and parts[-1] in INDEXES:
        parts = parts[:-1]
    asked = [
        pair
        for pair in addresses.parse_qsl(seen.query)
        if not pair[0].lower().startswith(tuple(DROPPED.split()))
    ]
    query = "?" + addresses.urlencode(sorted(asked)) if asked else ""
    own = "#" + seen.fragment if seen.fragment[:1] in ("/", "!") and seen.fragment else ""
    return "/".join([host, *parts]) + query + own


def own(kind: str, key: str, slug: Slug) -> set[str]:
    """The one form of a key of a record itself: none or one."""
    of, value = key.split(":", 1)
    if of == "url":
        head, at, moment = value.rpartition("@")
        dated = bool(at) and moment[:4].isdigit() and moment[4:5] == "-"
        bare = page(head if dated else value)
        if bare is None:
            return {key}
        if kind == "event" and not any(sign in bare for sign in "/?#"):
            return set()
        return {f"url:{bare}@{moment}" if dated else f"url:{bare}"}
    if of == "grant":
        low = value.strip().casefold()
        for front in (
            "https://doi.org/",
            "http://doi.org/",
            "https://dx.doi.org/",
            "http://dx.doi.org/",
            "doi:",
        ):
            low = low.removeprefix(front)
        return {f"grant:{low.strip()}"}
    if of == "uid":
        return {f"uid:{value.strip().casefold()}"}
    if of == "eu":
        runs = "".join(sign if sign.isdigit() else " " for sign in value).split()
        numbers = {run for run in runs if 6 <= len(run) <= 9}
        return {f"eu:{numbers.pop()}"} if len(numbers) == 1 else {f"eu:{value.strip().casefold()}"}
    if of == "acro":
        bare = "".join(folded(value).split())
        return set() if len(bare) < 3 or bare.isdigit() else {f"acro:{bare}"}
    return _award(value, slug) if of == "award" else {key}


def _award(value: str, slug: Slug) -> set[str]:
    name, _, said = value.partition("/")
    number = "".join(sign for sign in said.casefold() if sign.isalnum())
    year = len(number) == 4 and number[:2] in ("19", "20") and number.isdigit()
    told = len(number) >= 4 and any(sign.isdigit() for sign in number) and not year
    return {f"award:{slug(name, []) or normalise(name)}/{number}"} if told and normalise(name) else set()


def domain(website: str | None, name: str) -> set[str]:
    """Domain and name of an organisation whose website is the front of a site that is not shared."""
    host = page(website) if website else None
    called = normalise(name)
    if not host or not called or "." not in host or any(sign in host for sign in "/?#"):
        return set()
    shared = [row["domain"] for row in rows("shared_domains")]
    if any(host == one or host.endswith("." + one) for one in shared):
        return set()
    return {f"dom:{host}:{called}"}


def register(key: str) -> set[str]:
    """A key in a register, and the number that an OIN carries."""
    of, value = key.split(":", 1)
    if of == "oin" and len(value) == 20 and value.startswith(("00000001", "00000002")):
        return {key, f"rsin:{value[8:17]}"}
    if of == "oin" and len(value) == 20 and value.startswith("00000003"):
        return {key, f"kvk:{value[8:16]}"}
    return {key}
