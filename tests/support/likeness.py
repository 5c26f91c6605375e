"""Labelled pairs of records that are one thing or two: invented, and shaped after what really goes wrong.

Each family is one subject with its own words; every family is told in all the ways below. Families with an even number
may be looked at to set weights, those with an odd number only measure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

Record = dict[str, Any]


class Labelled(NamedTuple):
    """Two national records, whether they are one thing, which trap they are, and their family."""

    kind: str
    one: Record
    other: Record
    same: bool
    trap: str
    family: int


FAMILIES: Final[dict[str, list[list[Any]]]] = json.loads(
    Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
)


def record(name: str, content: Record, *organisations: tuple[str, str]) -> Record:
    """A national record as the fold writes it, as far as likeness reads it."""
    links = [{"id": one, "name": one, "role": role, "via": None} for one, role in organisations]
    return {"id": name, "content": content, "organisations": links}


def project(name: str, title: str | None, english: str | None = None, **said: Any) -> Record:
    """A project; `lead`, `partners`, `town` and `award` besides its fields."""
    lead, partners, town = said.pop("lead", None), said.pop("partners", ()), said.pop("town", None)
    award = said.pop("award", None)
    place = {"name": None, "address": None, "municipality": town, "province": None, "country": "NL"}
    content = {"type": "project", "start": None, "end": None, "link": None} | said
    content |= {"title": {"nl": title, "en": english}, "place": place if town else None}
    content["funding"] = [{"funder": "NWO", "award": award}] if award else []
    links = [(lead, "coordinator")] if lead else []
    return record(name, content, *links, *((one, "partner") for one in partners))


def event(name: str, title: str | None, english: str | None = None, **said: Any) -> Record:
    """An event; `by` and `town` besides its fields."""
    by, town = said.pop("by", None), said.pop("town", None)
    venue = {"name": None, "address": None, "municipality": town, "province": None, "country": "NL"}
    content = {"start": "2026-10-12T12:00:00Z", "end": None, "link": None} | said
    content |= {"title": {"nl": title, "en": english}, "venue": venue if town else None}
    return record(name, content, *([(by, "organiser")] if by else []))


def organisation(name: str, called: str, *said: str | None) -> Record:
    """An organisation; `said`: website, place, helix."""
    site, town, helix = (*said, None, None, None)[:3]
    return record(name, {"name": called, "website": site, "place": town, "helix": helix})


Ways = dict[str, Record]
"""The other record by what it is."""


def _period(at: int) -> Record:
    _, _, _, town = FAMILIES["projects"][at]
    who = {"lead": f"o-l{at}", "partners": (f"o-a{at}", f"o-b{at}"), "town": town}
    return {"start": "2025-03-01", "end": "2028-02-28"} | who


def _one_project(at: int) -> Ways:
    title, english, short, _ = FAMILIES["projects"][at]
    said, made = _period(at), partial(project, "p-b")
    helper: Record = {"start": "2025-04-01", "end": "2028-12-31", "partners": (f"o-a{at}",)}
    return {
        "twice the same": made(title, english, **said),
        "only English": made(None, english, **said),
        "acronym before it": made(f"{short}: {title.lower()}", start="2025-03-01", lead=f"o-l{at}"),
        "acronym for a title": made(short, english, **said | {"partners": ()}),
        "a letter less": made(title.replace("e", "", 1), **said | {"town": None}),
        "a partner tells it": made(f"Project {title}", **helper),
        "shortened": made(" ".join(title.split()[:3]), **said),
    }


def _other_project(at: int) -> Ways:
    title, english, _, _ = FAMILIES["projects"][at]
    theirs, other_english, _, _ = FAMILIES["projects"][at - 1]
    said, made = _period(at), partial(project, "p-b")
    later = {"start": "2028-03-01", "end": "2030-02-28"}
    elsewhere: Record = {"start": "2021-01-01", "end": "2022-12-31", "lead": f"o-x{at}", "town": "Delft"}
    call: Record = {"type": "call", "lead": "o-nwo", "partners": ()}
    return {
        "second phase": made(f"{title} 2", f"{english} 2", **said | later),
        "another hub's other thing": made(title, **elsewhere),
        "the same consortium's other project": made(theirs, other_english, **said),
        "the call that pays it": made(f"Call {title}", english, **said | call),
        "a second award": made(title, **said | {"award": "628.011.002"}),
        "a part of it": made(f"{title}: deel 3", **said | {"partners": ()}),
    }


def _one_event(at: int) -> Ways:
    title, english, town = FAMILIES["events"][at]
    made = partial(event, "e-b")
    there = "https://b.example/x"
    return {
        "twice the same": made(title, english, by=f"o-l{at}", town=town, link=there),
        "in English, by a co-organiser": made(None, english, by=f"o-z{at}", town=town),
        "the name of a site behind it": made(f"{title} | AI-hub", town=town),
        "doors open earlier": made(title.lower(), start="2026-10-12T11:30:00Z", by=f"o-l{at}"),
        "its year behind it": made(f"{title} 2026", by=f"o-l{at}"),
    }


def _other_event(at: int) -> Ways:
    title, english, town = FAMILIES["events"][at]
    theirs, other_english, _ = FAMILIES["events"][at - 1]
    made, said = partial(event, "e-b"), {"by": f"o-l{at}", "town": town}
    page, old = f"https://a.example/agenda/{at}", "https://a.example/oud"
    return {
        "last year's": made(title, english, start="2025-10-13T12:00:00Z", link=old, **said),
        "next year's": made(f"{title} 2027", start="2027-10-11T12:00:00Z", link=page, **said),
        "the next of a series": made(title, start="2026-11-09T12:00:00Z", **said),
        "the same title in another town": made(title, by=f"o-x{at}", town="Assen"),
        "the same day, the same hall": made(theirs, other_english, **said),
        "the report of it": made(f"Terugblik {title}", start="2026-11-01T12:00:00Z", town=town),
    }


def _one_organisation(at: int) -> Ways:
    called, site, town = FAMILIES["organisations"][at]
    home, made = f"https://www.{site}.example", partial(organisation, "o-b")
    short = "".join(word[0] for word in called.split()).upper()
    return {
        "its legal form": made(f"{called} B.V.", None, town),
        "a letter less": made(called.replace("e", "", 1), home),
        "its initials behind it": made(f"{called} ({short})", f"http://{site}.example/nl", town, "business"),
        "its town behind it": made(f"{called} {town}", home),
    }


def _other_organisation(at: int) -> Ways:
    called, site, town = FAMILIES["organisations"][at]
    home, made = f"https://www.{site}.example", partial(organisation, "o-b")
    hall = f"https://www.{town.lower().replace(' ', '')}.example"
    return {
        "its holding": made(f"{called} Holding", home, town, "business"),
        "a namesake": made(called, f"https://{site}-elders.example", "Den Haag", "civil-society"),
        "its hospital": made(f"{called} MC", f"https://www.{site}mc.example", town),
        "a line that names several": made(f"{called}, TNO en partners"),
        "the town it is in": made(f"Gemeente {town}", hall, town, "government"),
    }


def _first(kind: str, at: int) -> Record:
    """The record with which the others of a family are compared."""
    if kind == "project":
        title, english, short, _ = FAMILIES["projects"][at]
        return project("p-a", title, f"{english} ({short})", award="628.011.001", **_period(at))
    if kind == "event":
        title, english, town = FAMILIES["events"][at]
        page = f"https://a.example/agenda/{at}"
        return event("e-a", title, english, by=f"o-l{at}", town=town, link=page)
    called, site, town = FAMILIES["organisations"][at]
    return organisation("o-a", called, f"https://www.{site}.example", town, "business")


def labelled() -> Iterator[Labelled]:
    """All pairs."""
    ways: dict[str, tuple[Callable[[int], Ways], Callable[[int], Ways]]] = {
        "project": (_one_project, _other_project),
        "event": (_one_event, _other_event),
        "organisation": (_one_organisation, _other_organisation),
    }
    for kind, (one, other) in ways.items():
        for at in range(len(FAMILIES[f"{kind}s"])):
            ours = _first(kind, at)
            for same, told in ((True, one(at)), (False, other(at))):
                yield from (Labelled(kind, ours, theirs, same, trap, at) for trap, theirs in told.items())
    yield from _known()


def _known() -> Iterator[Labelled]:
    """Pairs that are known by name: families, towns and names in two languages."""
    for at, (one, other, same, trap) in enumerate(FAMILIES["known"]):
        ours, theirs = (
            organisation("o-a", one, None, None, None),
            organisation("o-b", other, None, None, None),
        )
        yield Labelled("organisation", ours, theirs, same, trap, at)
