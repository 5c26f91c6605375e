"""The first state of the stand-in sources: what the documents say, and invented data around it.

Before the journey. The same seed and day give the same world. An item is a plain object in the words of its
source; `shapes` says how each system writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from deploy.samples import invented
from deploy.samples.region import (
    FOCUS_AREAS,
    HOTSPOTS,
    HUB,
    KICKSTART,
    MEMBERS,
    PARTNERS,
    UNIVERSITIES,
    Member,
    Organisation,
)
from deploy.samples.shapes import slug

KINDS = ("project", "event", "membership")
NOTE = "Voorbeelddata: verzonnen om te laten zien hoe het werkt."


class Item(NamedTuple):
    """One record of a source."""

    kind: str
    source_id: str
    body: dict[str, Any]


def build(seed: int, today: date) -> Iterator[Item]:
    """The whole first state."""
    random = Random(seed)
    yield from _projects(random, today)
    yield from _events(random, today)
    yield from _memberships(random, today)


def _projects(random: Random, today: date) -> Iterator[Item]:
    number = 1200
    for area, titles in invented.PROJECTS.items():
        for title in titles:
            number += random.randint(1, 9)
            yield Item("project", str(number), project(random, today, area, title))


def project(random: Random, today: date, area: str, title: tuple[str, str, str]) -> dict[str, Any]:
    """An invented project."""
    start = today - timedelta(days=random.randint(30, 900))
    end = start + timedelta(days=random.choice((365, 540, 730, 1095)))
    status = "afgerond" if end < today else "gepland" if random.random() < 0.12 else "lopend"
    if status == "gepland":
        start, end = start + timedelta(days=1000), end + timedelta(days=1000)
    return {
        "title": title[0],
        "slug": slug(title[0]),
        "content": f"<p>{NOTE} In dit project werken partners in Zuid-Holland aan “{title[0]}”.</p>",
        "excerpt": f"Voorbeelddata over {title[0][0].lower()}{title[0][1:]}.",
        "terms": _project_terms(random, area, title[2]),
        "acf": {
            "titel_en": title[1],
            "samenvatting_en": f"Sample data about: {title[1]}.",
            "status": status,
            "fase": random.choice(invented.PHASES),
            "startdatum": start.strftime("%Y%m%d"),
            "einddatum": end.strftime("%Y%m%d"),
            "deadline": (today + timedelta(days=random.randint(20, 120))).strftime("%Y%m%d")
            if title[2] == "Call"
            else "",
            "onderzoek": random.choice(("in AI", "met AI", "met AI", "")),
            "pijlers": random.sample(invented.PILLARS, random.randint(1, 2)),
            "penvoerder": partner(random.choice((*UNIVERSITIES, *PARTNERS[:6]))),
            "partners": _partners(random) or False,
            "plaats": _place(random) or False,
            "financiering": _funding(random) or False,
            "indicatoren": _indicators(random, today, title[2]) or False,
            "subsidienummer": f"10.99999/zh.{random.randrange(10**6):06}" if random.random() < 0.3 else "",
            "eu_nummer": "",
            "website": "",
            "contact": "projectbureau@example.org",
            "voorbeelddata": True,
        },
    }


def partner(organisation: Organisation, role: str = "partner") -> dict[str, str]:
    """An organisation as a project names it."""
    return {
        "naam": organisation.name,
        "rol": role,
        "ror": organisation.ror,
        "kvk": organisation.kvk,
        "website": organisation.website,
    }


def _project_terms(random: Random, area: str, form: str) -> dict[str, list[str]]:
    return {
        "werkgebied": [area],
        "focusgebied": [area] if area in FOCUS_AREAS else [],
        "dimensie": random.sample(invented.DIMENSIONS, random.randint(0, 2)),
        "instrument": [random.choice(invented.INSTRUMENTS[form])],
        "thema": [random.choice(invented.THEMES)] if area == "Gezondheid en zorg" else [],
        "projecttype": [form],
    }


def _partners(random: Random) -> list[dict[str, str]]:
    return [
        partner(each) for each in random.sample((*PARTNERS, *invented.COMPANIES), random.choice((0, 1, 2, 3)))
    ]


def _place(random: Random) -> dict[str, str]:
    if random.random() < 0.4:
        return {}
    spot = random.choice(HOTSPOTS)
    return {
        "naam": spot.name,
        "adres": spot.address,
        "postcode": spot.postcode,
        "gemeente": spot.city,
        "lat": spot.lat,
        "lng": spot.lon,
    }


def _funding(random: Random) -> list[dict[str, str]]:
    if random.random() < 0.5:
        return []
    amount = random.randrange(50, 2500) * 1000
    money = f"{amount:,}".replace(",", ".") + ",00"
    return [{"bron": KICKSTART[0], "regeling": KICKSTART[1], "nummer": "", "bedrag": money}]


def _indicators(random: Random, today: date, form: str) -> list[dict[str, str]]:
    wanted = {
        "Cursus": (
            ("Studenten met basiskennis AI", 400),
            ("Professionals en alumni met basiskennis AI", 250),
        ),
        "Lab": (("Gespecialiseerde AI-studenten", 40),),
        "Programma": (("Professionals en alumni met basiskennis AI", 120),),
    }.get(form, ())
    return [
        {"naam": name, "jaar": str(year), "waarde": str(random.randint(size // 4, size))}
        for name, size in wanted
        for year in range(today.year - 2, today.year)
    ]


def _events(random: Random, today: date) -> Iterator[Item]:
    number = 5100
    areas = list(invented.PROJECTS)
    for index in range(56):
        number += random.randint(1, 7)
        day = today + timedelta(days=random.randint(-40, 240))
        form = invented.FORMS[index % len(invented.FORMS)]
        body = event(random, day, areas[index % len(areas)], form)
        yield Item("event", str(number), body | {"slug": f"{slug(body['title'])}-{number}"})
    first = today + timedelta(days=14)
    for week in range(4):
        body = event(random, first + timedelta(weeks=week), "Gezondheid en zorg", invented.FORMS[6])
        body |= {"title": "Werkgroepoverleg Gezondheid & zorg", "slug": "werkgroepoverleg-gezondheid-zorg"}
        body |= {"zone": "Europe/Amsterdam", "all_day": False}
        yield Item("event", str(10_000_001 + week), body)


def event(random: Random, day: date, area: str, form: tuple[str, str, tuple[str, int]]) -> dict[str, Any]:
    """An invented event."""
    name, name_en, (time, minutes) = form
    topic = random.choice(invented.PROJECTS[area])
    start = datetime.fromisoformat(f"{day} {time}")
    online = name == "Webinar"
    host = random.choice(PARTNERS)
    return {
        "title": f"{name}: {topic[0]}",
        "slug": "",
        "description": f"<p>{NOTE} We bespreken &#8216;{topic[0]}&#8217; &amp; de stand van zaken.</p>",
        "start": start.isoformat(sep=" "),
        "minutes": minutes,
        "zone": random.choice(("Europe/Amsterdam",) * 12 + ("UTC+1", "UTC+2")),
        "all_day": name == "Hackathon" and random.random() < 0.5,
        "event_status": "",
        "areas": [area],
        "tags": [random.choice(invented.DIMENSIONS)] if random.random() < 0.4 else [],
        "venue": None if online else HOTSPOTS[random.randrange(len(HOTSPOTS))].city,
        "online_url": "https://webinar.example/deelnemen" if online else "",
        "organizer": [{"organizer": host.name, "website": host.website, "email": "", "phone": ""}],
        "website": "https://aanmelden.example/zuid-holland",
        "cost": random.choice(("", "", "Gratis", "€ 25,00")),
        "titel_en": f"{name_en}: {topic[1]}",
        "capaciteit": random.choice(("40", "80", "150", "")),
        "lineage": [],
    }


def _memberships(random: Random, today: date) -> Iterator[Item]:
    groups = [f"Werkgroep {area}" for area in invented.PROJECTS]
    others = [
        Member(
            each, random.choice((HUB, *groups)), random.choice(("partner", "deelnemer")), note="Voorbeelddata"
        )
        for each in (*invented.COMPANIES, *invented.COMPANIES[:4], *UNIVERSITIES, *PARTNERS[:2])
    ]
    taken: set[tuple[str, str]] = set()
    number = 0
    for member in (*MEMBERS, *others):
        if (member.organisation.name, member.body) in taken:
            continue
        taken.add((member.organisation.name, member.body))
        number += 1
        began = None if member in MEMBERS else today - timedelta(days=random.randint(60, 900))
        yield Item("membership", f"ZH-{number:03}", membership(member, began))


def membership(member: Member, began: date | None) -> dict[str, Any]:
    """A row of the member list; the documents name no days."""
    who = member.organisation
    first = began.strftime("%d-%m-%Y") if began else ""
    return {
        "Organisatie": who.name,
        "KvK-nummer": who.kvk,
        "ROR": who.ror,
        "Website": who.website,
        "Orgaan": member.body,
        "Rol": member.role,
        "Soort": who.kind,
        "Lid sinds": first,
        "Lid tot": "",
        "Via": member.via,
        "Opmerking": member.note,
    }
