"""Text as sources have it, made comparable and readable: no markup, one form, bounded.

Used by connectors (plain text out of HTML) and by identity (names of organisations). Nothing here guesses.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from html import unescape

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning

LONGEST_HTML = 200_000
_BLOCKS = (
    "br",
    "p",
    "div",
    "li",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "tr",
    "table",
    "blockquote",
)
_SILENT = ("script", "style", "template", "noscript", "svg")
_SPACES = re.compile(r"[ \t\r\f\v\u00a0\u2007\u202f]+")
_LINES = re.compile(r" ?\n[ \n]*")
_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_NO_WORD = re.compile(r"[^\w&+]+")
_LEGAL_FORMS = frozenset(
    {"bv", "nv", "vof", "cv", "ua", "stichting", "vereniging", "cooperatie", "the", "de", "het"}
)
_SAME = {"friesland": "fryslan", "&": "en", "and": "en"}


def plain(html: str) -> str:
    """Plain text of HTML: entities read once, blocks on their own lines, scripts left out."""
    seen = html[:LONGEST_HTML]
    if "<" in seen:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
            soup = BeautifulSoup(seen, "html.parser")
        for silent in soup(_SILENT):
            silent.decompose()
        for block in soup(_BLOCKS):
            block.insert_before("\n")
            block.insert_after("\n")
        seen = soup.get_text()
    elif "&" in seen:
        seen = unescape(seen)
    return tidy(seen)


def tidy(text: str) -> str:
    """One form of Unicode (NFC), no invisible signs or control characters, single spaces, no blank lines."""
    seen = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    seen = "".join(sign for sign in seen if sign in "\n\t" or unicodedata.category(sign) != "Cc")
    return _LINES.sub("\n", _SPACES.sub(" ", seen)).strip()


def shorten(text: str, most: int) -> str:
    """At most `most` signs, cut at a space where there is one, with an ellipsis."""
    if len(text) <= most:
        return text
    head, space, _ = text[: most - 1].rpartition(" ")
    return (head if space and len(head) > most // 2 else text[: most - 1]).rstrip() + "…"


def folded(text: str) -> str:
    """For look-ups: compatible forms, no case, no diacritics, words and `&` `+` only, single spaces."""
    seen = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", tidy(text).casefold()).casefold())
    bare = "".join(sign for sign in seen if not unicodedata.combining(sign))
    return " ".join(_NO_WORD.sub(" ", bare).split())


def normalise(name: str) -> str:
    """Name of an organisation for comparison: folded, legal forms and articles dropped.

    Words are never dropped for being common: Erasmus Universiteit and Erasmus MC stay two.
    """
    letters = re.sub(r"\b(\w)\.(?=\w\b)", r"\1", name)
    words = [_SAME.get(word, word) for word in folded(letters.replace("&", " & ")).split()]
    telling = [word for word in words if word not in _LEGAL_FORMS]
    return " ".join(telling or words)
