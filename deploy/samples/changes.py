"""What happens in the region while one watches: a date moves, a project ends, a partner joins …

Before the journey. Every change has a name; which one comes next, and to what, follows from the seed and how
many there were, so that a run can be told again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from deploy.samples import invented
from deploy.samples.region import Member, Organisation
from deploy.samples.regions import Region
from deploy.samples.shapes import slug
from deploy.samples.store import Store, Stored
from deploy.samples.world import event, membership, project

Change = Callable[[Store, Random, date, int, Region], str]
ROTA: Final = (
    "move_event",
    "join_partner",
    "end_project",
    "cancel_event",
    "new_event",
    "new_project",
    "edit_project",
)


def next_change(store: Store, seed: int, today: date, now: int, region: Region) -> tuple[str, str]:
    """Apply the next change; returns its name and what it did."""
    tick = int(store.fact("tick", "0"))
    store.remember("tick", str(tick + 1))
    name = ROTA[tick % len(ROTA)]
    return name, apply(name, store, Random(seed * 1_000_003 + tick), today, now, region)


def apply(name: str, store: Store, random: Random, today: date, now: int, region: Region) -> str:
    """Apply a change by name; returns what it did. Raises `KeyError` for an unknown name."""
    return CHANGES[name](store, random, today, now, region)


def _pick(store: Store, kind: str, random: Random, fits: Callable[[Stored], bool]) -> Stored | None:
    for _ in range(200):
        found = store.near(kind, random.randrange(1 << 30))
        if found and fits(found):
            return found
    return None


def _simple(found: Stored) -> bool:
    return int(found.source_id) < 10_000_000


def _move_event(store: Store, random: Random, today: date, now: int, region: Region) -> str:
    def fits(one: Stored) -> bool:
        return _simple(one) and not one.body["event_status"] and one.body["start"] >= str(today)

    found = _pick(store, "event", random, fits)
    if found is None:
        return _new_event(store, random, today, now, region)
    moved = datetime.fromisoformat(found.body["start"]) + timedelta(days=random.choice((1, 2, 7, 14)))
    store.put("event", found.source_id, found.body | {"start": str(moved)}, now)
    return f"event {found.source_id} moves to {moved}"


def _cancel_event(store: Store, random: Random, today: date, now: int, region: Region) -> str:
    def fits(one: Stored) -> bool:
        return _simple(one) and not one.body["event_status"] and one.body["start"] >= str(today)

    found = _pick(store, "event", random, fits)
    if found is None:
        return _new_event(store, random, today, now, region)
    store.put("event", found.source_id, found.body | {"event_status": "canceled"}, now)
    return f"event {found.source_id} is cancelled"


def _end_project(store: Store, random: Random, today: date, now: int, region: Region) -> str:
    found = _pick(store, "project", random, lambda one: one.body["acf"].get("status") == "lopend")
    if found is None:
        return _new_project(store, random, today, now, region)
    ended = found.body["acf"] | {"status": "afgerond", "einddatum": today.strftime("%Y%m%d")}
    store.put("project", found.source_id, found.body | {"acf": ended}, now)
    return f"project {found.source_id} ends"


def _edit_project(store: Store, random: Random, today: date, now: int, region: Region) -> str:
    found = store.near("project", random.randrange(1 << 30))
    if found is None:
        return _new_project(store, random, today, now, region)
    partners: list[dict[str, str]] = list(found.body["acf"].get("partners") or [])
    company = random.choice(region.companies)
    if any(each["naam"] == company.name for each in partners):
        partners = [each for each in partners if each["naam"] != company.name]
        word = "leaves"
    else:
        partners.append(
            {"naam": company.name, "rol": "partner", "ror": "", "kvk": company.kvk, "website": ""}
        )
        word = "joins"
    store.put(
        "project", found.source_id, found.body | {"acf": found.body["acf"] | {"partners": partners}}, now
    )
    return f"{company.name} {word} project {found.source_id}"


def _join_partner(store: Store, random: Random, today: date, now: int, region: Region) -> str:
    if store.count("membership") > 120:
        return _end_membership(store, random, today, now, region)
    number = store.next_number("membership")
    name = f"{random.choice(invented.WORDS)} {random.choice(invented.NAMES)} B.V. (voorbeeld)"
    company = Organisation(name, "bedrijf", kvk=str(98_000_000 + number))
    body = random.choice((region.name, *(f"Werkgroep {area}" for area in region.projects)))
    member = Member(company, body, random.choice(("partner", "deelnemer")), note="Voorbeelddata")
    store.put("membership", f"{region.prefix}-{number:03}", membership(member, today), now)
    return f"{name} joins {body}"


def _end_membership(store: Store, random: Random, today: date, now: int, region: Region) -> str:
    del region

    def fits(one: Stored) -> bool:
        return not one.body["Lid tot"] and "(voorbeeld)" in one.body["Organisatie"]

    found = _pick(store, "membership", random, fits)
    if found is None:
        return "nobody leaves"
    store.put("membership", found.source_id, found.body | {"Lid tot": today.strftime("%d-%m-%Y")}, now)
    return f"membership {found.source_id} ends"


def _new_event(store: Store, random: Random, today: date, now: int, region: Region) -> str:
    number = str(store.next_number("event"))
    day = today + timedelta(days=random.randint(10, 200))
    area = random.choice(list(region.projects))
    body = event(random, day, area, random.choice(invented.FORMS), region)
    store.put("event", number, body | {"slug": f"{slug(body['title'])}-{number}"}, now)
    return f"event {number} is announced"


def _new_project(store: Store, random: Random, today: date, now: int, region: Region) -> str:
    number = str(store.next_number("project"))
    area = random.choice(list(region.projects))
    old = random.choice(region.projects[area])
    title = (f"{old[0]} – vervolg {number}", f"{old[1]} – sequel {number}", old[2])
    body: dict[str, Any] = project(random, today, area, title, region)
    store.put("project", number, body, now)
    return f"project {number} starts"


CHANGES: dict[str, Change] = {
    "move_event": _move_event,
    "cancel_event": _cancel_event,
    "end_project": _end_project,
    "edit_project": _edit_project,
    "join_partner": _join_partner,
    "end_membership": _end_membership,
    "new_event": _new_event,
    "new_project": _new_project,
}
