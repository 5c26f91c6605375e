"""Labelled pairs of records that are one thing or two: invented, and shaped after what really goes wrong.

Each family is one subject with its own words; every family is told in all the ways below. Families with an even number
may be looked at to set weights, those with an odd number only measure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
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


def organisation(name: str, called: str, site: str | None, town: str | None, helix: str | None) -> Record:
    """An organisation."""
    return record(name, {"name": called, "website": site, "place": town, "helix": helix})


def _projects(at: int) -> list[tuple[Record, bool, str]]:
    title, english, short, town = FAMILIES["projects"][at]
    said = {
        "start": "2025-03-01",
        "end": "2028-02-28",
        "lead": f"o-l{at}",
        "partners": (f"o-a{at}", f"o-b{at}"),
        "town": town,
    }
    theirs, other_english, _, _ = FAMILIES["projects"][at - 1]
    return [
        (project("p-b", title, english, **said), True, "twice the same"),
        (project("p-b", None, english, **said), True, "only English"),
        (
            (
                project("p-b", f"{short}: {title.lower()}", start="2025-03-01", lead=f"o-l{at}"),
                True,
                "acronym before it",
            )
        ),
        (project("p-b", short, english, **said | {"partners": ()}), True, "acronym for a title"),
        (project("p-b", title.replace("e", "", 1), **said | {"town": None}), True, "a letter less"),
        (
            (
                project(
                    "p-b", f"Project {title}", end="2028-12-31", start="2025-04-01", partners=(f"o-a{at}",)
                ),
                True,
                "a partner tells it",
            )
        ),
        (project("p-b", " ".join(title.split()[:3]), **said), True, "shortened"),
        (
            (
                project(
                    "p-b", f"{title} 2", f"{english} 2", **said | {"start": "2028-03-01", "end": "2030-02-28"}
                ),
                False,
                "second phase",
            )
        ),
        (
            (
                project("p-b", title, start="2021-01-01", end="2022-12-31", lead=f"o-x{at}", town="Delft"),
                False,
                "another hub's other thing",
            )
        ),
        (project("p-b", theirs, other_english, **said), False, "the same consortium's other project"),
        (
            (
                project(
                    "p-b",
                    f"Call {title}",
                    english,
                    **said | {"type": "call", "lead": "o-nwo", "partners": ()},
                ),
                False,
                "the call that pays it",
            )
        ),
        (project("p-b", title, **said | {"award": "628.011.002"}), False, "a second award"),
        (project("p-b", f"{title}: deel 3", **said | {"partners": ()}), False, "a part of it"),
    ]


def _events(at: int) -> list[tuple[Record, bool, str]]:
    title, english, town = FAMILIES["events"][at]
    said = {"by": f"o-l{at}", "town": town, "link": f"https://a.example/agenda/{at}"}
    theirs, other_english, _ = FAMILIES["events"][at - 1]
    return [
        (event("e-b", title, english, **said | {"link": "https://b.example/x"}), True, "twice the same"),
        (event("e-b", None, english, by=f"o-z{at}", town=town), True, "in English, by a co-organiser"),
        (event("e-b", f"{title} | AI-hub", town=town), True, "the name of a site behind it"),
        (
            event("e-b", title.lower(), start="2026-10-12T11:30:00Z", by=f"o-l{at}"),
            True,
            "doors open earlier",
        ),
        (event("e-b", f"{title} 2026", by=f"o-l{at}"), True, "its year behind it"),
        (
            (
                event(
                    "e-b",
                    title,
                    english,
                    start="2025-10-13T12:00:00Z",
                    **said | {"link": "https://a.example/oud"},
                ),
                False,
                "last year's",
            )
        ),
        (event("e-b", f"{title} 2027", start="2027-10-11T12:00:00Z", **said), False, "next year's"),
        (
            (
                event("e-b", title, start="2026-11-09T12:00:00Z", **said | {"link": None}),
                False,
                "the next of a series",
            )
        ),
        (event("e-b", title, by=f"o-x{at}", town="Assen"), False, "the same title in another town"),
        (event("e-b", theirs, other_english, **said | {"link": None}), False, "the same day, the same hall"),
        (
            (
                event("e-b", f"Terugblik {title}", start="2026-11-01T12:00:00Z", town=town),
                False,
                "the report of it",
            )
        ),
    ]


def _organisations(at: int) -> list[tuple[Record, bool, str]]:
    called, site, town = FAMILIES["organisations"][at]
    home = f"https://www.{site}.example"
    short = "".join(word[0] for word in called.split()).upper()
    return [
        (organisation("o-b", f"{called} B.V.", None, town, None), True, "its legal form"),
        (organisation("o-b", called.replace("e", "", 1), home, None, None), True, "a letter less"),
        (
            (
                organisation("o-b", f"{called} ({short})", f"http://{site}.example/nl", town, "business"),
                True,
                "its initials behind it",
            )
        ),
        (organisation("o-b", f"{called} {town}", home, None, None), True, "its town behind it"),
        (organisation("o-b", f"{called} Holding", home, town, "business"), False, "its holding"),
        (
            (
                organisation("o-b", called, f"https://{site}-elders.example", "Den Haag", "civil-society"),
                False,
                "a namesake",
            )
        ),
        (
            (
                organisation("o-b", f"{called} MC", f"https://www.{site}mc.example", town, None),
                False,
                "its hospital",
            )
        ),
        (
            (
                organisation("o-b", f"{called}, TNO en partners", None, None, None),
                False,
                "a line that names several",
            )
        ),
        (
            (
                organisation(
                    "o-b", f"Gemeente {town}", f"https://www.{town.lower()}.example", town, "government"
                ),
                False,
                "the town it is in",
            )
        ),
    ]


def labelled() -> Iterator[Labelled]:
    """All pairs."""
    for at, (title, english, short, town) in enumerate(FAMILIES["projects"]):
        named = f"{english} ({short})"
        said = {
            "start": "2025-03-01",
            "end": "2028-02-28",
            "lead": f"o-l{at}",
            "award": "628.011.001",
            "town": town,
        }
        ours = project("p-a", title, named, partners=(f"o-a{at}", f"o-b{at}"), **said)
        yield from (Labelled("project", ours, other, same, trap, at) for other, same, trap in _projects(at))
    for at, (title, english, town) in enumerate(FAMILIES["events"]):
        ours = event("e-a", title, english, by=f"o-l{at}", town=town, link=f"https://a.example/agenda/{at}")
        yield from (Labelled("event", ours, other, same, trap, at) for other, same, trap in _events(at))
    for at, (called, site, town) in enumerate(FAMILIES["organisations"]):
        ours = organisation("o-a", called, f"https://www.{site}.example", town, "business")
        found = _organisations(at)
        yield from (Labelled("organisation", ours, other, same, trap, at) for other, same, trap in found)
    yield from _known()


def _known() -> Iterator[Labelled]:
    """Pairs that are known by name: families, towns and names in two languages."""
    for at, (one, other, same, trap) in enumerate(FAMILIES["known"]):
        ours, theirs = (
            organisation("o-a", one, None, None, None),
            organisation("o-b", other, None, None, None),
        )
        yield Labelled("organisation", ours, theirs, same, trap, at)
