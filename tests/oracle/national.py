"""The national view computed a second time: everything at once, by rescanning, from what the sources hold."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.digest import canonical
from schemas.reference.lists import resolve_organisation, rows
from schemas.text import normalise
from tests.oracle import forms

ONE_VALUE_ONLY = ("kvk", "rsin", "oin", "ror", "tooi", "org", "grant", "eu")
STRENGTH = (*ONE_VALUE_ONLY[:7], "award", "eu", "uid", "url", "mem", "acro", "dom", "src", "name")
REGISTERS = ("kvk", "rsin", "oin", "ror", "tooi")
OWNED = {
    "project": ("status", "phase", "start", "end", "contact"),
    "membership": ("role", "start", "end", "via"),
}
LEADS = {"project": "coordinator", "event": "organiser"}
UNITED = ("areas", "dimensions", "pillars", "instruments", "focus_areas", "themes", "funding", "indicators")
Record = Mapping[str, Any]
Source = tuple[str, str, str]
Thing = tuple[Source, str, str]
"""Source, kind of the thing, label of the mention (empty for the source itself)."""
Slug = Callable[[str, list[str]], str | None]


class View(NamedTuple):
    """What the national view must hold: fields by national id, and what is wrong with the names given."""

    records: dict[str, dict[str, Any]]
    faults: list[str]


def sort(key: str) -> tuple[int, str]:
    """Strongest kind first, then by value."""
    return STRENGTH.index(key.split(":", maxsplit=1)[0]), key


def things_of(sources: Mapping[Source, Record], slug: Slug) -> dict[Thing, frozenset[str]]:
    """Keys of everything that the sources speak of."""
    found: dict[Thing, frozenset[str]] = {}
    for source, record in sources.items():
        hub, kind, _ = source
        all_organisations: set[str] = set()
        for mention in record["organisations"]:
            keys = set[str]().union(*(forms.register(key) for key in mention["keys"] if _registered(key)))
            listed = slug(mention["name"], sorted(keys, key=sort))
            if listed:
                keys.add(f"org:{listed}")
            else:
                keys = keys or {f"name:{hub}:{normalise(mention['name'])}"}
                keys |= forms.domain(mention["website"], mention["name"])
            at = (source, "organisation", mention["local"])
            found[at] = found.get(at, frozenset()) | keys
            all_organisations |= keys
        said = set[str]().union(*(forms.own(kind, key, slug) for key in record["keys"]))
        own = {key for key in said if not key.startswith(("mem:", "acro:"))}
        bodies = {key for key in said if key.startswith("mem:")} if kind == "membership" else set()
        leads = {one["local"] for one in record["organisations"] if one["role"] == "coordinator"}
        leading = set[str]().union(*(found[source, "organisation", local] for local in leads))
        found[source, kind, ""] = frozenset(
            own
            | {f"{body}:{key}" for body in bodies for key in all_organisations}
            | {f"{acro}:{key}" for acro in said if acro.startswith("acro:") for key in leading}
        )
    return found


def _registered(key: str) -> bool:
    return key.split(":", maxsplit=1)[0] in REGISTERS


def _clash(keys: Iterable[str]) -> bool:
    said = list(keys)
    kinds = [key.split(":")[0] for key in said]
    funders = [key.split("/")[0] for key in said if key.startswith("award:")]
    return any(kinds.count(kind) > 1 for kind in ONE_VALUE_ONLY) or len(set(funders)) < len(funders)


def groups_of(things: Mapping[Thing, frozenset[str]]) -> list[set[Thing]]:
    """Things that are one. Equal keys first; then key by key, all holders or none of them."""
    groups: list[tuple[set[Thing], set[str]]] = []
    by_keys: dict[Any, set[Thing]] = {}
    for thing, keys in things.items():
        alone = not keys or _clash(keys)
        by_keys.setdefault((thing[1], keys, thing[0] if alone else None), set()).add(thing)
    groups = [(members, set(keys)) for (_, keys, _), members in by_keys.items()]
    kinds = {thing[1] for thing in things}
    for kind in sorted(kinds):
        mine = [group for group in groups if next(iter(group[0]))[1] == kind]
        others = [group for group in groups if next(iter(group[0]))[1] != kind]
        groups = others + _joined(mine)
    return [members for members, _ in groups]


def _joined(groups: list[tuple[set[Thing], set[str]]]) -> list[tuple[set[Thing], set[str]]]:
    holders: dict[str, list[int]] = {}
    for number, (_, keys) in enumerate(groups):
        for key in keys:
            holders.setdefault(key, []).append(number)
    into = list(range(len(groups)))

    def root(number: int) -> int:
        while into[number] != number:
            number = into[number]
        return number

    for key in sorted((key for key, numbers in holders.items() if len(numbers) > 1), key=sort):
        roots = sorted({root(number) for number in holders[key]})
        together = set().union(*(groups[number][1] for number in roots))
        if len(roots) > 1 and not _clash(together):
            for number in roots[1:]:
                groups[roots[0]][0].update(groups[number][0])
                into[number] = roots[0]
            groups[roots[0]][1].update(together)
    return [group for number, group in enumerate(groups) if into[number] == number]


def national(sources: Mapping[Source, Record], names: Mapping[Thing, str], slug: Slug) -> View:
    """What must stand in `national.*`, by id. `sources`: regional records; `names`: what `identity` calls things."""
    things = things_of(sources, slug)
    faults = [f"{thing} has no name" for thing in things if thing not in names]
    if faults:
        return View({}, faults)
    records: dict[str, dict[str, Any]] = {}
    for members in groups_of(things):
        called = {names[thing] for thing in members}
        if len(called) > 1:
            faults.append(f"one thing has the names {sorted(called)}: {sorted(members)[:4]}")
        name = min(called)
        if name in records:
            faults.append(f"{name} names two things, one of them {min(members)}")
        records[name] = _record(sources, sorted(members), names)
    return View(records, faults)


def _record(
    sources: Mapping[Source, Record], members: list[Thing], names: Mapping[Thing, str]
) -> dict[str, Any]:
    said = [(_content(sources[thing[0]], thing), _when(sources[thing[0]], thing), thing) for thing in members]
    kind = members[0][1]
    owner = _owner(kind, [sources[thing[0]] for thing in members], [one for one, _, _ in said])
    content = {
        field: _golden((kind, field, owner), [(one[field], when, at) for one, when, at in said])
        for field in said[0][0]
    }
    links = {
        (names[thing[0], "organisation", mention["local"]], mention["role"])
        for thing in members
        if not thing[2]
        for mention in sources[thing[0]]["organisations"]
    }
    return {
        "contributions": sorted([*thing[0], thing[2]] for thing in members),
        "organisations": sorted(list(link) for link in links),
        "sample": any(sources[thing[0]]["sample"] for thing in members),
        "content": content,
    }


def _content(source: Record, thing: Thing) -> Record:
    if not thing[2]:
        found: Record = source["content"]
        return found
    mention = next(one for one in source["organisations"] if one["local"] == thing[2])
    return {field: mention[field] for field in ("name", "helix", "website", "place")}


def _when(source: Record, thing: Thing) -> int:
    origin = source["origin"]
    if thing[2]:
        return int(origin["first_seen_at"])
    return int(origin["changed_at"] if origin["changed_at"] is not None else origin["read_at"])


def _owner(kind: str, records: Sequence[Record], contents: Sequence[Record]) -> str | None:
    """The hub of the body, the office for what is national, or the one hub of which those who lead are partners."""
    if kind == "membership":
        bodies = {content["body"] for content in contents if content["body_kind"] == "hub"}
        if any(content["body_kind"] in ("working-group", "dimension", "team") for content in contents):
            bodies.add("office")
        return min(bodies) if len(bodies) == 1 else None
    names = {
        mention["name"]
        for record in records
        for mention in record["organisations"]
        if mention["role"] == LEADS.get(kind)
    }
    homes = set()
    for slug in {resolve_organisation(name) for name in names} - {None}:
        of = {row["hub"] for row in rows("hub_partners") if row["organisation"] == slug}
        homes |= of if len(of) == 1 else set()
    return min(homes) if len(homes) == 1 else None


def _golden(what: tuple[str, str, str | None], said: list[tuple[Any, int, Thing]]) -> Any:
    kind, field, owner = what
    telling = [one for one in said if one[0] not in (None, "", [], {"nl": None, "en": None})]
    if not telling:
        return said[0][0]
    newest = sorted(telling, key=lambda one: (-one[1], one[2][0], one[2][2]))
    texts = [canonical(value) for value, _, _ in newest]
    if len(set(texts)) == 1:
        return newest[0][0]
    if field in UNITED:
        return _united(field, [value for value, _, _ in newest])
    if field in OWNED.get(kind, ()) and owner in {at[0][0] for _, _, at in newest}:
        return next(value for value, _, at in newest if at[0][0] == owner)
    if kind == "organisation":
        if field != "name":
            trusted = min(("membership", "project", "event").index(at[0][1]) for _, _, at in newest)
            kept = [
                one for one in newest if ("membership", "project", "event").index(one[2][0][1]) == trusted
            ]
            newest, texts = kept, [canonical(value) for value, _, _ in kept]
        best = max(range(len(texts)), key=lambda at: (texts.count(texts[at]), len(texts[at]), -at))
        return newest[best][0]
    if field in ("summary", "note"):
        return newest[max(range(len(texts)), key=lambda at: (len(texts[at]), -at))][0]
    return newest[0][0]


def _united(field: str, lists: list[list[Any]]) -> list[Any]:
    chosen: dict[bytes, Any] = {}
    for items in reversed(lists):
        for item in reversed(items):
            chosen[canonical([item["name"], item["year"]] if field == "indicators" else item)] = item
    return [chosen[key] for key in sorted(chosen)]


def stated(record: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a decoded national record that the oracle computes too."""
    return {
        "contributions": sorted(
            [one["hub"], one["source_kind"], one["source_id"], one["local"]]
            for one in record["contributions"]
        ),
        "organisations": sorted(
            [list(pair) for pair in {(one["id"], one["role"]) for one in record["organisations"]}]
        ),
        "sample": record["sample"],
        "content": record["content"],
    }


def digest(records: Mapping[str, Mapping[str, Any]]) -> str:
    """Digest of a national view: BLAKE2b-128 over its canonical JSON, ids sorted."""
    return hashlib.blake2b(
        canonical([[name, records[name]] for name in sorted(records)]), digest_size=16
    ).hexdigest()


def differences(expected: Mapping[str, Any], found: Mapping[str, Any], most: int = 10) -> list[str]:
    """In words what differs between two views."""
    said = [f"missing: {name}" for name in sorted(set(expected) - set(found))]
    said += [f"too many: {name}" for name in sorted(set(found) - set(expected))]
    for name in sorted(set(expected) & set(found)):
        if expected[name] != found[name]:
            fields = [field for field in expected[name] if expected[name][field] != found[name][field]]
            said.append(
                f"different: {name} in {fields}: {expected[name][fields[0]]} is {found[name][fields[0]]}"[
                    :600
                ]
            )
    return said[:most]
