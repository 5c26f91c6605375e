"""Web addresses in one form, so that two spellings of one page are one identity key.

Without scheme, `www.`, default port, tracking parameters, session numbers, fragment and closing slash; what is left of
the query is sorted. A fragment that is a page of its own (`#/agenda/12`, `#!agenda`) stays.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

TRACKING: Final = (
    "utm_",
    "mtm_",
    "pk_",
    "fbclid",
    "gclid",
    "dclid",
    "msclkid",
    "igshid",
    "twclid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "_ga",
    "_hs",
    "phpsessid",
    "jsessionid",
)
"""How the names of parameters begin that say how somebody came here, not what is here."""
_OWN_PAGE: Final = ("/", "!")
_TONGUE: Final = re.compile(r"^(?P<host>[^/?#]+)/(?:nl|en|nl-nl|en-gb|en-us)(?=[/?#]|$)")
_INDEX: Final = re.compile(r"/(?:index|default|home)\.(?:html?|php|aspx?)(?=[?#]|$)")


def canonical(address: str) -> str | None:
    """`host[:port]/path?query` of an http address; None for anything else."""
    parts = _split(address)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    kept = [(name, value) for name, value in parse_qsl(parts.query) if not name.lower().startswith(TRACKING)]
    query = f"?{urlencode(sorted(kept))}" if kept else ""
    own = f"#{parts.fragment}" if parts.fragment.startswith(_OWN_PAGE) else ""
    return f"{parts.hostname.removeprefix('www.')}{port}{parts.path.rstrip('/')}{query}{own}"


def without_language(address: str) -> str:
    """A canonical address without a leading `/nl` or `/en`, and without the name of an index file."""
    found = _INDEX.sub("", _TONGUE.sub(r"\g<host>", address))
    return found.removesuffix("/")


def is_front(address: str) -> bool:
    """Whether a canonical address is the front page of a site: it says whose site it is, not which thing."""
    return not set("/?#") & set(address)


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address.strip())
        _ = parts.port
    except ValueError:
        return None
    return parts
