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
from deploy.samples.region import KICKSTART, Hotspot, Member, Organisation
from deploy.samples.regions import ZUID_HOLLAND, Region, Told
from deploy.samples.shapes import slug

KINDS = ("project", "event", "membership")
COVID = "COVID-overzicht"
NOTE = "Voorbeelddata: verzonnen om te laten zien hoe het werkt."


class Item(NamedTuple):
    """One record of a source."""

    kind: str
    source_id: str
    body: dict[str, Any]


def build(seed: int, today: date, region: Region) -> Iterator[Item]:
    """The whole first state."""
    first = region.slug == ZUID_HOLLAND
    random = Random(seed) if first else Random(f"{seed} {region.slug}")
    yield from _projects(random, today, region)
    yield from _events(random, today, region)
    yield from _memberships(random, today, region)
    yield from _told(random, today, region)


def _projects(random: Random, today: date, region: Region) -> Iterator[Item]:
    number = 1200
    for area, titles in region.projects.items():
        for title in titles:
            number += random.randint(1, 9)
            yield Item("project", str(number), project(random, today, area, title, region))


def _told(random: Random, today: date, region: Region) -> Iterator[Item]:
    """Labs, courses and what several hubs do together."""
    for number, told in enumerate(region.told, start=9001):
        body = project(random, today, told.area, told.title, region)
        acf = body["acf"] | {"status": told.status, "deadline": "", "indicatoren": False}
        acf |= {"startdatum": f"{today.year - 1}0901", "einddatum": f"{today.year + 3}0831"}
        if told.status == "gepland":
            acf["startdatum"] = f"{today.year + 1}0901"
        if told.status == "afgerond":
            acf["einddatum"] = f"{today.year - 1}1231"
        if told.grant:
            acf["subsidienummer"] = told.grant
        spots = [spot for spot in region.places if spot.city == told.city]
        if told.city:
            acf["plaats"] = _spot(spots[0]) if spots else {"naam": "", "adres": "", "gemeente": told.city}
        terms = body["terms"] | {"instrument": [_instrument(told)]}
        if told.title[0].startswith(COVID):
            terms["thema"] = [COVID]
        yield Item("project", str(number), body | {"acf": acf, "terms": terms})


def _instrument(told: Told) -> str:
    if told.instrument:
        return told.instrument
    if told.title[0].startswith("ICAI"):
        return "ICAI-labs"
    return "Nationale AI-cursus" if told.title[2] == "Cursus" else invented.INSTRUMENTS[told.title[2]][0]


def project(
    random: Random, today: date, area: str, title: tuple[str, str, str], region: Region
) -> dict[str, Any]:
    """An invented project."""
    start = today - timedelta(days=random.randint(30, 900))
    end = start + timedelta(days=random.choice((365, 540, 730, 1095)))
    status = "afgerond" if end < today else "gepland" if random.random() < 0.12 else "lopend"
    if status == "gepland":
        start, end = start + timedelta(days=1000), end + timedelta(days=1000)
    return {
        "title": title[0],
        "slug": slug(title[0]),
        "content": f"<p>{NOTE} In dit project werken partners in {_where(region)} aan “{title[0]}”.</p>",
        "excerpt": f"Voorbeelddata over {title[0][0].lower()}{title[0][1:]}.",
        "terms": _project_terms(random, area, title[2], region),
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
            "penvoerder": partner(random.choice((*region.universities, *region.partners[:6]))),
            "partners": _partners(random, region) or False,
            "plaats": _place(random, region) or False,
            "financiering": _funding(random) or False,
            "indicatoren": _indicators(random, today, title[2]) or False,
            "subsidienummer": _grant(random, region) if random.random() < 0.3 else "",
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


def _grant(random: Random, region: Region) -> str:
    return f"10.99999/{region.prefix.lower()}.{random.randrange(10**6):06}"


def _where(region: Region) -> str:
    return region.name.removeprefix("AI-hub ")


def _project_terms(random: Random, area: str, form: str, region: Region) -> dict[str, list[str]]:
    return {
        "werkgebied": [area],
        "focusgebied": [area] if area in region.focus_areas else [],
        "dimensie": random.sample(invented.DIMENSIONS, random.randint(0, 2)),
        "instrument": [random.choice(invented.INSTRUMENTS[form])],
        "thema": [random.choice(invented.THEMES)] if area == "Gezondheid en zorg" else [],
        "projecttype": [form],
    }


def _partners(random: Random, region: Region) -> list[dict[str, str]]:
    return [
        partner(each)
        for each in random.sample((*region.partners, *region.companies), random.choice((0, 1, 2, 3)))
    ]


def _place(random: Random, region: Region) -> dict[str, str]:
    if random.random() < 0.4:
        return {}
    return _spot(random.choice(region.places))


def _spot(spot: Hotspot) -> dict[str, str]:
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


def _events(random: Random, today: date, region: Region) -> Iterator[Item]:
    number = 5100
    areas = list(region.projects)
    for index in range(56 if region.slug == ZUID_HOLLAND else 40):
        number += random.randint(1, 7)
        day = today + timedelta(days=random.randint(-40, 240))
        form = invented.FORMS[index % len(invented.FORMS)]
        body = event(random, day, areas[index % len(areas)], form, region)
        yield Item("event", str(number), body | {"slug": f"{slug(body['title'])}-{number}"})
    first = today + timedelta(days=14)
    for week in range(4):
        body = event(random, first + timedelta(weeks=week), "Gezondheid en zorg", invented.FORMS[6], region)
        body |= {"title": "Werkgroepoverleg Gezondheid & zorg", "slug": "werkgroepoverleg-gezondheid-zorg"}
        body |= {"zone": "Europe/Amsterdam", "all_day": False}
        yield Item("event", str(10_000_001 + week), body)


def event(
    random: Random,
    day: date,
    area: str,
    form: tuple[str, str, tuple[str, int]],
    region: Region,
) -> dict[str, Any]:
    """An invented event."""
    name, name_en, (time, minutes) = form
    topic = random.choice(region.projects[area])
    start = datetime.fromisoformat(f"{day} {time}")
    online = name == "Webinar"
    host = random.choice(region.partners)
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
        "venue": None if online else region.places[random.randrange(len(region.places))].city,
        "online_url": "https://webinar.example/deelnemen" if online else "",
        "organizer": [{"organizer": host.name, "website": host.website, "email": "", "phone": ""}],
        "website": f"https://aanmelden.example/{region.slug}",
        "cost": random.choice(("", "", "Gratis", "€ 25,00")),
        "titel_en": f"{name_en}: {topic[1]}",
        "capaciteit": random.choice(("40", "80", "150", "")),
        "lineage": [],
    }


def _memberships(random: Random, today: date, region: Region) -> Iterator[Item]:
    groups = [f"Werkgroep {area}" for area in region.projects]
    own = (*region.companies, *region.companies[:4], *region.universities, *region.partners[:2])
    others = [
        Member(
            each,
            random.choice((region.name, *groups)),
            random.choice(("partner", "deelnemer")),
            note="Voorbeelddata",
        )
        for each in own
    ]
    first = region.members[: len(region.members) - len(_later(region))]
    taken: set[tuple[str, str]] = set()
    number = 0
    for member in (*first, *others, *_later(region)):
        if (member.organisation.name, member.body) in taken:
            continue
        taken.add((member.organisation.name, member.body))
        number += 1
        stated = member.note != "Voorbeelddata"
        began = None if stated else today - timedelta(days=random.randint(60, 900))
        yield Item("membership", f"{region.prefix}-{number:03}", membership(member, began))


def _later(region: Region) -> tuple[Member, ...]:
    """Partners of groups and dimensions."""
    return tuple(one for one in region.members if one.body.startswith(("Werkgroep", "Dimensie")))


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
