"""How like two things are, feature by feature, in words: a reason for a person to look, never to join.

Each feature adds or takes bits of evidence (`schemas/reference/likeness.csv`), as Fellegi and Sunter weigh records;
what is not known adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from math import log2
from typing import Final, NamedTuple

from rapidfuzz import fuzz

from schemas.advice import dutch
from schemas.reference.lists import rows
from streams.national.portraits import Portrait, day

SAME, ALIKE, NEAR = 97.0, 84.0, 66.0
"""From how many per cent titles are the same, alike, near."""
LONG_SHARE: Final = 0.7
Outcome = tuple[str, str]
"""What a feature says (`same`, `other` ...), and the sentence for people."""


class Feature(NamedTuple):
    """What one feature says; `bits` above 0 speaks for one thing, below for two."""

    name: str
    outcome: str
    bits: float
    en: str

    @property
    def nl(self) -> str:
        """The sentence in Dutch."""
        return dutch(self.en)


class Likeness(NamedTuple):
    """Chance from 0 to 1 that two records are one thing, as far as their features say; and why."""

    chance: float
    features: tuple[Feature, ...]


def likeness(one: Portrait, other: Portrait) -> Likeness:
    """How like two things of one kind are."""
    table = _table(one.kind)
    found = []
    for name, feature in _FEATURES.items():
        outcome, said = feature(one, other)
        if (bits := table.get((name, outcome))) is not None:
            found.append(Feature(name, outcome, bits, said))
    return Likeness(chance(table["prior", ""] + sum(one.bits for one in found)), tuple(found))


def bits_of(least: float) -> float:
    """A chance as bits of evidence."""
    return log2(least / (1 - least))


def worth(one: Portrait, other: Portrait, least: float) -> bool:
    """Whether the evidence is at least `least` bits; gives up as soon as no further feature can make it so."""
    table, bits = _table(one.kind), _table(one.kind)["prior", ""]
    for name, feature, ahead in _hurried(one.kind):
        bits += table.get((name, feature(one, other)[0]), 0.0)
        if bits + ahead < least:
            return False
    return bits >= least


@cache
def _hurried(kind: str) -> tuple[tuple[str, Callable[[Portrait, Portrait], Outcome], float], ...]:
    """Features, the cheap and telling ones first, each with what those after it can add at most."""
    table = _table(kind)
    names = [name for name in _HURRY if any(of == name for of, _ in table)]
    most = {name: max(0.0, *(bits for (of, _), bits in table.items() if of == name)) for name in names}
    return tuple(
        (name, _FEATURES[name], sum(most[later] for later in names[at + 1 :]))
        for at, name in enumerate(names)
    )


def chance(bits: float) -> float:
    """Bits of evidence as a chance."""
    return float(1 / (1 + 2**-bits))


@cache
def _table(kind: str) -> Mapping[tuple[str, str], float]:
    return {
        (row["feature"], row["outcome"]): float(row["bits"])
        for row in rows("likeness")
        if row["kind"] == kind
    }


NOTHING: Final[Outcome] = ("", "")


def _title(one: Portrait, other: Portrait) -> Outcome:
    """The best of both languages; unlike titles in two languages, or an acronym for a title, say nothing."""
    pairs = [(a, b) for a in one.titles for b in other.titles if a and b]
    if not pairs:
        return NOTHING
    best = max(
        (fuzz.token_sort_ratio(a, b) + fuzz.token_set_ratio(a, b)) / 2 if a != b else 100.0 for a, b in pairs
    )
    if best >= SAME:
        return "same", "The titles are the same"
    if best >= NEAR:
        return "alike" if best >= ALIKE else "near", f"The titles are {best:.0f} % alike"
    if any(a in other.acronyms or b in one.acronyms for a, b in pairs):
        return NOTHING
    shared = any(a and b for a, b in zip(one.titles, other.titles, strict=True))
    return ("far", "The titles differ") if shared else NOTHING


def _acronym(one: Portrait, other: Portrait) -> Outcome:
    if not one.acronyms or not other.acronyms:
        initials = one.kind == "organisation" and _initials(one, other)
        return ("same", f"Both are called {initials.upper()}") if initials else NOTHING
    shared = one.acronyms & other.acronyms
    if shared:
        return "same", f"Both are called {min(shared).upper()}"
    names = min(one.acronyms).upper(), min(other.acronyms).upper()
    return "other", "The short names differ: {} and {}".format(*names)


def _initials(one: Portrait, other: Portrait) -> str:
    """The acronym of one that the first letters of the other make."""
    for short, long in ((one, other), (other, one)):
        letters = "".join(word[0] for word in long.titles[0].split())
        if letters in short.acronyms:
            return letters
    return ""


def _edition(one: Portrait, other: Portrait) -> Outcome:
    if one.editions == other.editions:
        return ("same", f"Both titles name {_listed(one.editions)}") if one.editions else NOTHING
    if one.editions and other.editions:
        told = _listed(one.editions - other.editions), _listed(other.editions - one.editions)
        return "other", "The titles name {} and {}".format(*(text or "0" for text in told))
    return "one", f"Only one title names {_listed(one.editions or other.editions)}"


def _listed(values: frozenset[str]) -> str:
    return ", ".join(sorted(values))


def _lead(one: Portrait, other: Portrait) -> Outcome:
    if not one.leads or not other.leads:
        return NOTHING
    if one.leads & other.leads:
        return "same", "The same organisation leads"
    return "other", "Other organisations lead"


def _organisations(one: Portrait, other: Portrait) -> Outcome:
    """Of who takes part; a lead that is shared was weighed already."""
    if not one.organisations or not other.organisations:
        return NOTHING
    shared = one.organisations & other.organisations
    if not shared:
        return "other", "No organisation is in both"
    beside = len(shared - (one.leads & other.leads))
    if not beside:
        return NOTHING
    if one.organisations == other.organisations and len(shared) > 1:
        return "same", "The organisations are the same"
    return "some", f"{beside} organisations are in both"


def _period(one: Portrait, other: Portrait) -> Outcome:
    start, start_there = day(one.start), day(other.start)
    if start is None or start_there is None:
        return NOTHING
    if one.kind == "event":
        if one.start == other.start:
            return "same", "They begin at the same moment"
        if start == start_there:
            return "some", "They are on the same day"
        return "other", f"They are on other days: {one.start[:10]} and {other.start[:10]}"
    end, end_there = day(one.end), day(other.end)
    if end is None or end_there is None:
        return ("same", "They have the same period") if one.start == other.start else NOTHING
    overlap = min(end, end_there) - max(start, start_there) + 1
    if overlap <= 0:
        return "other", f"Their periods do not meet: {one.start[:4]} and {other.start[:4]}"
    whole = max(end, end_there) - min(start, start_there) + 1
    if overlap / whole >= LONG_SHARE:
        return "same", "They have the same period"
    return "some", "Their periods overlap"


def _award(one: Portrait, other: Portrait) -> Outcome:
    if shared := one.awards & other.awards:
        return "same", f"Both have award {min(shared)[1]}"
    if {funder for funder, _ in one.awards} & {funder for funder, _ in other.awards}:
        return "other", "One funder gave them other awards"
    return NOTHING


def _address(one: Portrait, other: Portrait) -> Outcome:
    if not one.address or not other.address:
        return NOTHING
    if one.address == other.address:
        return "same", f"They have the same address: {one.address}"
    return "other", f"They have other addresses: {one.address} and {other.address}"


def _place(one: Portrait, other: Portrait) -> Outcome:
    if not one.place or not other.place:
        return NOTHING
    if one.place == other.place:
        return "same", f"Both are in {one.place.title()}"
    return "other", f"They are in other places: {one.place.title()} and {other.place.title()}"


def _sort(one: Portrait, other: Portrait) -> Outcome:
    if not one.sort or not other.sort or one.sort == other.sort:
        return NOTHING
    return "other", f"They are of other types: {one.sort} and {other.sort}"


def _body(one: Portrait, other: Portrait) -> Outcome:
    """A body that only one of two names is a part of it, or another: Erasmus MC and Erasmus Universiteit."""
    if one.bodies == other.bodies:
        return NOTHING
    names = (", ".join(sorted(each.bodies)) or "-" for each in (one, other))
    return "other", "They are other kinds of organisation: {} and {}".format(*names)


_FEATURES: Final[Mapping[str, Callable[[Portrait, Portrait], Outcome]]] = {
    "title": _title,
    "acronym": _acronym,
    "edition": _edition,
    "lead": _lead,
    "organisations": _organisations,
    "period": _period,
    "award": _award,
    "address": _address,
    "place": _place,
    "type": _sort,
    "helix": _sort,
    "body": _body,
}
_HURRY: Final = (
    *("acronym", "award", "address", "body", "type", "helix", "title"),
    *("period", "edition", "lead", "organisations", "place"),
)
