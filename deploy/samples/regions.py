"""The seven regions as the stand-in sources know them: who takes part, where, and what is worked on.

Before the journey. What the documents say (`region.py` for Zuid-Holland, `nation/*.csv` for the others and for the
partners of working groups and dimensions) and what is invented around it; invented names end in "(voorbeeld)".
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from random import Random
from typing import Final, NamedTuple

from deploy.samples import invented, region
from deploy.samples.region import BUSINESS, Hotspot, Member, Organisation
from deploy.samples.shapes import slug

ZUID_HOLLAND: Final = "zuid-holland"
TITLES_OF: Final = 2
"""Each invented title is worked on in every other region."""
COMPANIES: Final = 8
ELSEWHERE: Final = (
    # the same invented company as in Zuid-Holland, under another name or another identifier
    ("noord-brabant", "Kraanvogel Drones (voorbeeld)", "99000145", ""),
    ("noord-nederland", "Netwijs Energie (voorbeeld)", "99000156", "https://netwijs.example"),
    ("oost-nederland", "Zorgblik (voorbeeld)", "99000034", ""),
    ("limburg", "Zorgblik B.V. (voorbeeld)", "", "https://zorgblik.example"),
    ("noord-holland", "Rechtuit Analyse (voorbeeld)", "99000067", ""),
    ("midden-nederland", "St. Patiënt & Algoritme (voorbeeld)", "99000089", ""),
)


class Told(NamedTuple):
    """A project that the documents or several hubs speak of."""

    title: tuple[str, str, str]
    area: str
    status: str
    city: str = ""
    grant: str = ""
    instrument: str = ""


class Region(NamedTuple):
    """Everything that the stand-in sources of one hub draw from."""

    slug: str
    name: str
    prefix: str
    places: tuple[Hotspot, ...]
    universities: tuple[Organisation, ...]
    partners: tuple[Organisation, ...]
    members: tuple[Member, ...]
    focus_areas: tuple[str, ...]
    projects: Mapping[str, tuple[tuple[str, str, str], ...]]
    companies: tuple[Organisation, ...]
    told: tuple[Told, ...]


def slugs() -> tuple[str, ...]:
    """All regions, Zuid-Holland first."""
    return (ZUID_HOLLAND, *(row["hub"] for row in rows("hubs")))


@cache
def of(hub: str) -> Region:
    """The region of a hub. Raises `KeyError` for one that has no samples."""
    if hub == ZUID_HOLLAND:
        return Region(
            hub,
            region.HUB,
            "ZH",
            region.HOTSPOTS,
            region.UNIVERSITIES,
            region.PARTNERS,
            (*region.MEMBERS, *_members(hub)),
            region.FOCUS_AREAS,
            invented.PROJECTS,
            invented.COMPANIES,
            tuple(_told(hub)),
        )
    found = {row["hub"]: row for row in rows("hubs")}[hub]
    who = [(row, _organisation(row)) for row in rows("organisations") if row["hub"] == hub]
    own = [Member(each, found["name"], row["role"]) for row, each in who]
    return Region(
        hub,
        found["name"],
        found["prefix"],
        tuple(Hotspot(*list(row.values())[1:]) for row in rows("places") if row["hub"] == hub),
        tuple(each for row, each in who if row["university"]),
        tuple(each for _, each in who),
        (*own, *_members(hub)),
        tuple(found["focus"].split("|")),
        _projects(hub),
        tuple(_companies(hub)),
        tuple(_told(hub)),
    )


@cache
def rows(name: str) -> tuple[Mapping[str, str], ...]:
    """A list as it stands in `nation/<name>.csv`."""
    text = files("deploy.samples.nation").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _organisation(row: Mapping[str, str]) -> Organisation:
    return Organisation(row["name"], row["kind"], row["ror"], row["website"], row["kvk"])


def _members(hub: str) -> tuple[Member, ...]:
    """Partners of working groups and dimensions whose seat is in this region."""
    return tuple(
        Member(Organisation(row["organisation"], row["kind"], row["ror"]), row["body"], "partner")
        for row in rows("partners")
        if row["hub"] == hub
    )


def _projects(hub: str) -> Mapping[str, tuple[tuple[str, str, str], ...]]:
    number = slugs().index(hub)
    cities = [row["city"] for row in rows("places") if row["hub"] == hub]
    found: dict[str, list[tuple[str, str, str]]] = {}
    for index, row in enumerate(rows("titles")):
        if index % TITLES_OF == number % TITLES_OF:
            city = cities[index % len(cities)]
            title = (f"{row['title']} in {city}", f"{row['title_en']} in {city}", row["form"])
            found.setdefault(row["area"], []).append(title)
    return {area: tuple(titles) for area, titles in found.items()}


def _companies(hub: str) -> Iterator[Organisation]:
    for at, name, kvk, website in ELSEWHERE:
        if at == hub:
            yield Organisation(name, BUSINESS, website=website, kvk=kvk)
    random, number = Random(hub), slugs().index(hub)
    for index, first in enumerate(random.sample(invented.NAMES, COMPANIES)):
        name = f"{first} {random.choice(invented.WORDS)} B.V. (voorbeeld)"
        kvk = f"{'0' if index % 3 == 0 else '9'}{number}{random.randrange(10**6):06}"
        yield Organisation(name, BUSINESS, website=f"https://{slug(name)}.example", kvk=kvk)


def _told(hub: str) -> Iterator[Told]:
    for row in rows("labs"):
        if row["hub"] == hub:
            title = (row["name"], row["name"].replace("(voorbeeld)", "(sample)"), "Lab")
            yield Told(title, row["area"], row["status"], row["city"])
    for row in rows("shared"):
        if row["hub"] == hub:
            title = (row["title"], row["title_en"], row["form"])
            yield Told(title, row["area"], row["status"], grant=row["grant"], instrument=row["instrument"])
