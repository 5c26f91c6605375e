"""Text as sources have it, made comparable and readable: no markup, one form, bounded.

Used by connectors (plain text out of HTML) and by identity (names of organisations). Nothing here guesses.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from typing import Any

from lxml import etree

LONGEST_HTML = 200_000
_BLOCK = re.compile(r"(?=</?(?:br|p|div|li|ul|ol|h[1-6]|tr|table|blockquote)\b)", re.IGNORECASE)
_ENDS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_SILENT = ("script", "style", "template", "noscript", "svg")
_SPACES = re.compile(r"[ \t\r\f\v\u00a0\u2007\u202f]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # category Cc of Unicode, without tab and line feed
_LINES = re.compile(r" ?\n[ \n]*")
_TURNING = (*range(0x200E, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A))  # Unicode UAX #9
_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *_TURNING))
_NO_WORD = re.compile(r"[^\w&+]+")
_LEGAL_FORMS = frozenset(
    {"bv", "nv", "vof", "cv", "ua", "stichting", "vereniging", "cooperatie", "the", "de", "het"}
)
_SAME = {"friesland": "fryslan", "&": "en", "and": "en"}


def plain(html: str) -> str:
    """Plain text of HTML: entities read once, blocks on their own lines, scripts left out."""
    seen = html[:LONGEST_HTML]
    if "<" in seen:
        seen = _text(seen)
    elif "&" in seen:
        seen = unescape(seen)
    return tidy(seen)


def _text(html: str) -> str:
    """A line feed stands before every tag of a block, so that the text alone is enough; a `<` after the last tag, which
    a parser takes for a tag that never ends, is a sign as any other.
    """
    head, end, tail = html.rpartition(">")
    tree = tree_of(_BLOCK.sub("\n", head) + end + tail.replace("<", "&lt;"))
    if tree is None:
        return ""
    etree.strip_elements(tree, *_SILENT, with_tail=False)
    return "".join(tree.itertext())


def tree_of(html: str) -> Any:
    """The elements of a page or a part of one, without comments; None of nothing. What comes after `</html>` counts."""
    said = _ENDS.sub("", html.replace("\0", "")).encode(errors="replace")
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    return etree.fromstring(said, parser)


def tidy(text: str) -> str:
    """One form of Unicode (NFC), no invisible signs or control characters, single spaces, no blank lines."""
    seen = text if text.isascii() else unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    if not seen.isprintable():
        seen = _CONTROL.sub("", seen)
    return _LINES.sub("\n", _SPACES.sub(" ", seen)).strip()


def shorten(text: str, most: int) -> str:
    """At most `most` signs, cut at a space where there is one, with an ellipsis."""
    if len(text) <= most:
        return text
    head, space, _ = text[: most - 1].rpartition(" ")
    return (head if space and len(head) > most // 2 else text[: most - 1]).rstrip() + "…"


def folded(text: str) -> str:
    """For look-ups: compatible forms, no case, no diacritics, words and `&` `+` only, single spaces."""
    bare = tidy(text).casefold()
    if not bare.isascii():
        seen = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", bare).casefold())
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
