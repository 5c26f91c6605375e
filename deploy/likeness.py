"""What is only alike: records of one kind with nearly the same name, found by blocking and rapidfuzz.

Likeness joins nothing. It says in words, per feature, why two records may be one, for a person to decide.
Blocking as in record linkage (Christen, *Data Matching*, 2012, ch. 4): only names that share a telling word meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from rapidfuzz import fuzz, process

from schemas.text import normalise

LEAST: Final = 88.0
"""Percent: below it two names count as different."""
SHORTEST: Final = 4
MOST: Final = 5
CROWDED: Final = 200
Words = Callable[[Mapping[str, Any]], Mapping[str, Any]]
_KIND: Final = {"p": "project", "e": "event", "m": "membership", "o": "organisation"}


class Alike(NamedTuple):
    """A national record that may be the same, with the features that say so."""

    national_id: str
    title: str
    hubs: tuple[str, ...]
    why: tuple[str, ...]


class Shelf:
    """The nation's records by the telling words of their names. `words` gives id, titles, day, organisations, hubs."""

    def __init__(self, national: Iterable[Mapping[str, Any]], words: Words) -> None:
        self._known: dict[str, Mapping[str, Any]] = {}
        self._names: dict[str, dict[str, str]] = {}
        self._by_word: dict[tuple[str, str], set[str]] = {}
        for record in national:
            if record.get("content") is None:
                continue
            said = words(record)
            kind, name = _KIND[said["id"][0]], normalise(" ".join(said["titles"][:1]))
            if kind == "membership" or not name:
                continue
            self._known[said["id"]] = said
            self._names.setdefault(kind, {})[said["id"]] = name
            for word in _telling(name):
                self._by_word.setdefault((kind, word), set()).add(said["id"])

    def alike(self, kind: str, said: Mapping[str, Any], without: set[str]) -> list[Alike]:
        """The records most alike, without these ids; a word that very many share brings nobody together."""
        name = normalise(" ".join(said["titles"][:1]))
        near: set[str] = set()
        for word in _telling(name):
            shelf = self._by_word.get((kind, word), set())
            near |= shelf if len(shelf) <= CROWDED else set()
        names = {one: self._names[kind][one] for one in near - without}
        found = process.extract(name, names, scorer=fuzz.token_sort_ratio, score_cutoff=LEAST, limit=MOST)
        shown = [self._shown(said, one, score) for _, score, one in found]
        return [one for one in shown if one is not None]

    def _shown(self, said: Mapping[str, Any], other: str, score: float) -> Alike | None:
        known = self._known[other]
        if said["day"] and known["day"] and said["day"] != known["day"]:
            return None  # the same event on another day is another event
        why = [f"naam {score:.0f} % gelijk / name {score:.0f} % alike"]
        if said["day"] and said["day"] == known["day"]:
            why.append("zelfde begindag / same first day")
        shared = len(said["organisations"] & known["organisations"])
        if shared:
            why.append(f"{shared} dezelfde organisaties / {shared} organisations in common")
        return Alike(other, known["titles"][0], tuple(known["hubs"]), tuple(why))


def _telling(name: str) -> set[str]:
    return {word for word in name.split() if len(word) >= SHORTEST}
