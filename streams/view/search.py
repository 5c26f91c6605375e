"""Words that are looked for: Dutch and English forms of a word are one, accents do not matter, the last may be a part.

What is typed is never a language: only letters and digits of it reach SQLite's FTS5, each word quoted. The index holds
no text of its own; a record is taken out of it by the text that it was put in with.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from functools import cache, lru_cache
from typing import Any, Final

import Stemmer

_TABLE: Final = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS stem"
    " USING fts5(words, content='', detail=none, columnsize=0, tokenize='ascii')"
)
HASH_BYTES: Final = 16 * 1024 * 1024
"""What FTS5 gathers before it writes: a whole batch at once is a third cheaper."""
MOST_WORDS: Final = 16
LONGEST: Final = 64
SHORTEST_PART: Final = 2
SHORTEST_STEM: Final = 3
_HARD: Final = {"v": "f", "z": "s"}
_WORD: Final = re.compile(r"[^\W_]+")
_KNOWN: Final = 65_536


@cache
def _stemmers() -> tuple[Any, Any]:
    """The older Dutch one: the newer takes `gezond` for `zon`."""
    return Stemmer.Stemmer("dutch_porter"), Stemmer.Stemmer("english")


def prepare(db: sqlite3.Connection) -> None:
    """The index, if there is none yet."""
    db.execute(_TABLE)
    db.execute("INSERT INTO stem (stem, rank) VALUES ('hashsize', ?)", (HASH_BYTES,))


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: small letters without accents."""
    return _WORD.findall(text.lower() if text.isascii() else _folded(text))


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def _plain(word: str) -> str:
    """A word as one token of the index: other letters than a to z as numbers."""
    return word if word.isascii() else f"x{word.encode().hex()}"


_DOUBLED: Final = frozenset("bcdfghjklmnpqrstvwxyz")  # never figures: 2022 is not 202


@lru_cache(_KNOWN)
def forms(word: str) -> str:
    """The tokens under which a word is found, parted by spaces: its Dutch and its English stem, once if they agree."""
    word = word[:LONGEST]
    if not word.isascii():
        return _plain(word)
    return " ".join({_ended(one.stemWord(word)) for one in _stemmers()})


def _ended(stem: str) -> str:
    """A stem as the word ends without an ending: slimme, slim; bedrijven, bedrijf; huizen, huis."""
    if len(stem) > SHORTEST_STEM and stem[-1] == stem[-2] and stem[-1] in _DOUBLED:
        stem = stem[:-1]
    return stem[:-1] + _HARD.get(stem[-1:], stem[-1:])


def tokens(text: str) -> str:
    """A text as the index takes it; each word once."""
    return " ".join(map(forms, set(words_of(text))))


def asked(text: str) -> list[str]:
    """The words that are looked for."""
    return [word[:LONGEST] for word in words_of(text)[:MOST_WORDS]]


def condition(text: str) -> tuple[str, list[Any]]:
    """A condition on rows of `national` for what is typed; nothing is found by what holds no word."""
    words = asked(text)
    if not words:
        return "0", []
    parts = []
    for at, word in enumerate(words):
        wanted = [f'"{token}"' for token in forms(word).split()]
        if at == len(words) - 1 and len(word) >= SHORTEST_PART:
            wanted.append(f'"{_plain(word)}"*')
        parts.append(f"({' OR '.join(wanted)})")
    return "number IN (SELECT rowid FROM stem WHERE stem MATCH ?)", [" AND ".join(parts)]


def says(text: str, typed: str) -> bool:
    """Whether a text would be found by what is typed, as the index judges."""
    words, there = asked(typed), set(tokens(text).split())
    return bool(words) and all(
        not there.isdisjoint(forms(word).split())
        or (
            at == len(words) - 1
            and len(word) >= SHORTEST_PART
            and any(one.startswith(_plain(word)) for one in there)
        )
        for at, word in enumerate(words)
    )


def keep(db: sqlite3.Connection, number: int, before: str | None, now: str | None) -> None:
    """Another text of a record, by its number; None for no text. Costs nothing when it is the same."""
    if before == now:
        return
    if before is not None:
        db.execute("INSERT INTO stem (stem, rowid, words) VALUES ('delete', ?, ?)", (number, tokens(before)))
    if now is not None:
        db.execute("INSERT INTO stem (rowid, words) VALUES (?, ?)", (number, tokens(now)))


def wipe(db: sqlite3.Connection) -> None:
    """Forget all."""
    db.execute("INSERT INTO stem (stem) VALUES ('delete-all')")


def functions(db: sqlite3.Connection) -> None:
    """`says(text, typed)` in statements, for texts that are in no index."""
    db.create_function("says", 2, lambda text, typed: says(text or "", typed), deterministic=True)
