"""A world of any size for benchmarks and kill tests, and the churn that tests identity.

Before the journey. Sources change their keys, merge (two records claim one key) and part (each its own),
disappear and return; all by seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from deploy.samples import invented, regions
from deploy.samples.region import BUSINESS, Member, Organisation
from deploy.samples.regions import Region
from deploy.samples.shapes import slug
from deploy.samples.store import Store, Stored
from deploy.samples.world import KINDS, Item, event, membership, project

STEPS: Final = ("edit",) * 5 + ("key", "key", "merge", "merge", "part", "vanish", "return")


def rows(count: int, seed: int, today: date, region: Region) -> Iterator[Item]:
    """About a third of `count` of each kind, in all areas; members are the region's."""
    random = Random(seed)
    everywhere, areas = regions.of(regions.ZUID_HOLLAND), list(invented.PROJECTS)
    for number in range(1, count + 1):
        kind, area = KINDS[number % 3], areas[number % len(areas)]
        if kind == "project":
            old = random.choice(invented.PROJECTS[area])
            title = (f"{old[0]} {number}", f"{old[1]} {number}", old[2])
            yield Item(kind, str(number), project(random, today, area, title, everywhere))
        elif kind == "event":
            day = today + timedelta(days=random.randint(-200, 400))
            body = event(random, day, area, random.choice(invented.FORMS), everywhere)
            yield Item(kind, str(number), body | {"slug": f"{slug(body['title'])}-{number}"})
        else:
            who = Organisation(f"Bedrijf {number} B.V. (voorbeeld)", BUSINESS, kvk=str(90_000_000 + number))
            member = Member(
                who, random.choice((region.name, f"Werkgroep {area}")), "partner", note="Voorbeelddata"
            )
            yield Item(kind, f"{region.prefix}-{number:06}", membership(member, today))


def churn(store: Store, seed: int, count: int, now: int) -> list[str]:
    """Apply the next `count` steps; returns what they did."""
    tick = int(store.fact("churn", "0"))
    with store.together():
        store.remember("churn", str(tick + count))
        return [_step(store, Random(seed * 1_000_003 + tick + index), now) for index in range(count)]


def _step(store: Store, random: Random, now: int) -> str:
    step, kind = random.choice(STEPS), random.choice(KINDS)
    if step == "return":
        return _return(store, now)
    found = store.near(kind, random.randrange(1 << 30))
    if found is None:
        return f"no {kind} is left"
    if step == "vanish":
        store.mark(kind, found.source_id, "trash", now)
        gone = store.fact("gone", "").split()
        store.remember("gone", " ".join([*gone, f"{kind}/{found.source_id}"]))
        return f"{kind} {found.source_id} vanishes"
    body = _edited(kind, found, random) if step == "edit" else _rekeyed(store, kind, step, found, random)
    store.put(kind, found.source_id, body, now)
    return f"{kind} {found.source_id}: {step}"


def _return(store: Store, now: int) -> str:
    gone = store.fact("gone", "").split()
    if not gone:
        return "nothing to return"
    kind, _, source_id = gone[0].partition("/")
    store.remember("gone", " ".join(gone[1:]))
    store.mark(kind, source_id, "live", now)
    return f"{kind} {source_id} returns"


def _edited(kind: str, found: Stored, random: Random) -> dict[str, Any]:
    if kind == "membership":
        return found.body | {"Opmerking": f"Voorbeelddata {random.randrange(10**6)}"}
    title = found.body["title"].split(" · ")[0]
    return found.body | {"title": f"{title} · {random.randrange(10**6)}"}


def _rekeyed(store: Store, kind: str, step: str, found: Stored, random: Random) -> dict[str, Any]:
    other = store.near(kind, random.randrange(1 << 30)) if step == "merge" else None
    key = key_of(kind, other) if other else None
    return with_key(kind, found.body, key or f"{random.randrange(10**7):07}")


def key_of(kind: str, found: Stored) -> str | None:
    """The key by which an item can be the same as another."""
    if kind == "project":
        return str(found.body["acf"].get("subsidienummer") or "") or None
    if kind == "event":
        return next(iter(found.body.get("lineage", ())), None)
    return str(found.body["KvK-nummer"]) or None


def with_key(kind: str, body: dict[str, Any], key: str) -> dict[str, Any]:
    """The item with another key; a bare number is written as the kind writes it."""
    bare = key.isdigit()
    if kind == "project":
        return body | {"acf": body["acf"] | {"subsidienummer": f"10.99999/gen.{key}" if bare else key}}
    if kind == "event":
        return body | {"lineage": [f"elders.example?id={key}" if bare else key]}
    return body | {"KvK-nummer": f"9{key}" if bare and len(key) == 7 else key}
