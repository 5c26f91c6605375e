"""What the pages of hubs, working areas and dimensions tell: texts of the national office beside what records say."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from schemas.hubs import Hub
from schemas.reference import lists
from schemas.reference.kept import Kept
from schemas.text import normalise
from streams.view import answers
from streams.view.answers import Query
from streams.view.rows import hubs_of

MOST: Final = 8
"""So many projects and events stand on a page; the list has them all."""
PARTNERS_MOST: Final = 60
REJECTED_MOST: Final = 20
PARTS: Final = ("goal", "community", "development", "execution", "funding")
PHASES: Final = {"development": "programma-ontwikkeling", "execution": "programma-uitvoering"}
_OF_AREA: Final = "kind = ? AND redirect IS NULL AND instr({column}, ?)"
_MEMBERS: Final = (
    "SELECT sample, json FROM national WHERE kind = 'membership' AND redirect IS NULL AND instr(text, ?)"
    " AND json_extract(json, '$.content.body_kind') = ? AND json_extract(json, '$.content.body') = ? ORDER BY sort"
)
_FUNDED: Final = (
    "SELECT sample, json_extract(json, '$.content.funding') AS funding FROM national"
    " WHERE kind = 'project' AND redirect IS NULL AND instr(hubs, ?)"
)

Names = dict[str, str]


def named(name: str, slug: str) -> Names:
    """What a value of a reference list is called in both languages; an unknown one by its slug."""
    found = {one.slug: one for one in lists.listed(name)}.get(slug)
    return {"nl": slug, "en": slug} if found is None else {"nl": found.name_nl, "en": found.name_en}


def texts(kept: Kept, slug: str) -> dict[str, Any]:
    """What the national office says of a hub, area or dimension, with the source that it is cited from."""
    row = next((one for one in kept.rows("texts") if one["slug"] == slug), {})
    said: dict[str, Any] = {
        part: {"nl": row.get(f"{part}_nl"), "en": row.get(f"{part}_en") or row.get(f"{part}_nl")}
        if row.get(f"{part}_nl")
        else None
        for part in PARTS
    }
    several = {name: [one for one in row.get(name, "").split("|") if one] for name in ("partners", "sought")}
    present = [one for one in row.get("present", "").split("|") if one]
    return said | several | {"present": present, "source": source(kept, row.get("source", ""))}


def source(kept: Kept, slug: str) -> dict[str, Any] | None:
    """Where a text is cited from; a source that no list has by its mark alone."""
    if not slug:
        return None
    row = next((one for one in kept.rows("sources") if one["source"] == slug), {})
    names = {"nl": row.get("name_nl") or slug, "en": row.get("name_en") or row.get("name_nl") or slug}
    return {"slug": slug, "name": names, "link": row.get("link") or None}


def hub_profile(db: sqlite3.Connection, hub: Hub, kept: Kept, today: str) -> dict[str, Any]:
    """The region's front door: all that is known of a hub beside its state."""
    organisations = {row["slug"]: row["name"] for row in kept.rows("organisations")}
    return {
        "texts": texts(kept, hub.slug),
        "coordinator": organisations.get(hub.coordinator or "", hub.coordinator),
        "focus": [
            {"name": named("areas", row["area"]), "area": row["area"], "source": source(kept, row["source"])}
            for row in kept.rows("focus_areas")
            if row["hub"] == hub.slug
        ],
        "hotspots": [
            {
                "name": {"nl": row["name_nl"], "en": row["name_en"] or row["name_nl"]},
                "source": source(kept, row["source"]),
            }
            for row in kept.rows("hotspots")
            if row["hub"] == hub.slug
        ],
        "partners": partners(db, hub, kept, organisations),
        "funding": funding(db, hub.slug),
        "projects": answers.listed(db, "project", Query(hub=hub.slug, limit=MOST)),
        "events": answers.listed(db, "event", Query(hub=hub.slug, since=today, limit=MOST)),
        "rejected": answers.rejections(db, hub.slug, limit=REJECTED_MOST),
    }


def partners(
    db: sqlite3.Connection, hub: Hub, kept: Kept, organisations: Mapping[str, str]
) -> list[dict[str, Any]]:
    """By role who takes part and via whom: as lists of members say, then who only a cited source names."""
    found = members(db, "hub", hub.slug)
    known = {normalise(one["name"]) for one in found}
    for row in lists.rows("hub_partners"):
        name = organisations.get(row["organisation"], row["organisation"])
        if row["hub"] == hub.slug and normalise(name) not in known:
            cited = source(kept, row["source"])
            found.append(_member(name, None, row["role"], row["via"]) | {"source": cited, "sample": False})
    roles = [one.slug for one in lists.listed("membership_roles")]
    named_roles = sorted({one["role"] for one in found}, key=lambda role: _place(roles, role))
    return [
        {
            "role": named("membership_roles", role),
            "count": sum(one["role"] == role for one in found),
            "organisations": [one for one in found if one["role"] == role][:PARTNERS_MOST],
        }
        for role in named_roles
    ]


def members(db: sqlite3.Connection, body_kind: str, body: str) -> list[dict[str, Any]]:
    """Organisations in a body, with role and via whom, in the order of the list of members."""
    found = {}
    for row in db.execute(_MEMBERS, (body, body_kind, body)):
        record = orjson.loads(row["json"])
        content = record["content"]
        for link in record["organisations"]:
            one = _member(link["name"], link["id"], content["role"], content.get("via") or "")
            one |= {"helix": content.get("helix"), "source": None, "sample": bool(row["sample"])}
            found[link["name"], content["role"]] = one
    return list(found.values())


def _member(name: str, national_id: str | None, role: str, via: str) -> dict[str, Any]:
    return {"name": name, "id": national_id, "role": role, "via": via or None}


def _place(order: list[str], value: str) -> tuple[int, str]:
    return (order.index(value) if value in order else len(order), value)


def funding(db: sqlite3.Connection, hub: str) -> list[dict[str, Any]]:
    """Who pays for projects of a hub: in how many, and what was stated of the amount."""
    found: dict[str, dict[str, Any]] = {}
    for row in db.execute(_FUNDED, (f"|{hub}|",)):
        for one in orjson.loads(row["funding"] or "[]"):
            funder = found.setdefault(
                one["funder"], {"funder": one["funder"], "projects": 0, "amount": None, "sample": False}
            )
            funder["projects"] += 1
            funder["sample"] |= bool(row["sample"])
            if one["amount_eur"] is not None:
                funder["amount"] = (funder["amount"] or 0) + one["amount_eur"]
    return sorted(found.values(), key=lambda one: (-one["projects"], one["funder"]))


def field_of_work(
    db: sqlite3.Connection, of: str, slug: str, hubs: tuple[Hub, ...], kept: Kept, today: str
) -> dict[str, Any]:
    """A working area (`of` is area) or a dimension: its texts, and who and what is at work in it."""
    asked: dict[str, Any] = {of: slug}
    body_kind = "working-group" if of == "area" else "dimension"
    sitting = members(db, body_kind, slug)
    said = texts(kept, slug)
    tags = tagged(db, f"{of}s", slug)
    present = Counter(one["helix"] for one in sitting if one["helix"])
    kinds = dict.fromkeys([*said["present"], *present])
    return {
        "slug": slug,
        "of": of,
        "name": named(f"{of}s", slug),
        "texts": said,
        "members": sitting,
        "present": [{"name": named("helix", one), "organisations": present[one]} for one in kinds],
        "sought": [named("helix", one) for one in said["sought"]],
        "phases": {part: tags.get(f"phase:{phase}", 0) for part, phase in PHASES.items()},
        "instruments": instruments(of, slug, tags),
        "hubs": active(db, of, slug, hubs),
        "projects": answers.listed(db, "project", Query(**asked, limit=MOST)),
        "events": answers.listed(db, "event", Query(**asked, since=today, limit=MOST)),
    }


def tagged(db: sqlite3.Connection, column: str, slug: str) -> Mapping[str, int]:
    """How many projects of an area or dimension have each value that the overview counts by."""
    where = _OF_AREA.format(column=f"national.{column}")
    sql = f"SELECT tags, count(*) AS times FROM national JOIN facet USING (id) WHERE {where} GROUP BY tags"  # noqa: S608 (the column is ours)
    found = Counter[str]()
    for row in db.execute(sql, ("project", f"|{slug}|")):
        for tag in {*row["tags"].split("|")}:
            found[tag] += row["times"]
    return found


def instruments(of: str, slug: str, tags: Mapping[str, int]) -> list[dict[str, Any]]:
    """Instruments of a dimension by the list, and those that projects use, with in how many."""
    used = {tag.partition(":")[2]: number for tag, number in tags.items() if tag.startswith("instrument:")}
    own = [row["slug"] for row in lists.rows("instruments") if of == "dimension" and row["dimension"] == slug]
    known = lists.slugs("instruments")
    listed = [*own, *sorted(one for one in used if one in known and one not in own)]
    return [{"slug": one, "name": named("instruments", one), "projects": used.get(one, 0)} for one in listed]


def active(db: sqlite3.Connection, of: str, slug: str, hubs: Iterable[Hub]) -> list[dict[str, Any]]:
    """Hubs with projects or events here, most first."""
    counts: dict[str, Counter[str]] = {}
    for kind in ("project", "event"):
        where = _OF_AREA.format(column=f"{of}s")
        sql = f"SELECT hubs, count(*) AS times FROM national WHERE {where} GROUP BY hubs"  # noqa: S608 (the column is ours)
        for row in db.execute(sql, (kind, f"|{slug}|")):
            for hub in hubs_of(row["hubs"]):
                counts.setdefault(hub, Counter())[kind] += row["times"]
    found = [
        {"hub": hub.slug, "name": {"nl": hub.nl, "en": hub.en}, **dict(counts[hub.slug])}
        for hub in hubs
        if hub.slug in counts
    ]
    return sorted(found, key=lambda one: -(one.get("project", 0) + one.get("event", 0)))


def certificate(folder: Path | None, hub: str) -> dict[str, Any] | None:
    """What the certificate of a hub's connector says, where this view has one; None when not."""
    if folder is None:
        return None
    try:
        said = orjson.loads((folder / hub / "certificate.json").read_bytes())
        outcomes = Counter(one["outcome"] for kind in said["kinds"] for one in kind["checks"])
        return {
            "at": str(said["at"]),
            "release": str(said["release"]),
            "passed": outcomes["passed"],
            "failed": outcomes["failed"],
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None
