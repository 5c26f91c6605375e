"""Second step: which things a source record speaks of, and where its contributions go once they have names.

A record speaks of itself and of the organisations it mentions. What it says of each goes to `linked.<kind>`
under the national id that `identity` answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.digest import blake, canonical
from schemas.text import normalise
from streams.national.forms import acronym_keys, domain_key, own_keys, register_keys, shared_domains
from streams.national.keys import kind_of, source_key, strongest_first

Record = dict[str, Any]
Crosswalk = Callable[[str, Sequence[str]], str | None]
"""Slug of a listed organisation, by name and identity keys; None when it is not listed."""


RULES: Final = 2
"""Raise it when a source with the same words gets other keys: then all keys are made anew at the next start."""

COORDINATOR: Final = "coordinator"
CONTENT: Final = ("name", "helix", "website", "place")
"""What a mention says of the organisation itself (`zeven.OrganisationContent`)."""


class Target(NamedTuple):
    """One linked record: its topic's kind, the national id, the label of the mention, and its first fields.

    `mention` is None for the source record itself, whose content follows unchanged.
    """

    kind: str
    national_id: str
    local: str
    header: Record
    mention: Record | None


def speak_of(
    hub: str, kind: str, source_id: str, prefix: Mapping[str, Any], crosswalk: Crosswalk
) -> list[Record]:
    """The things (`zeven.identity.Thing`) a record speaks of, itself first, one per label."""
    things: dict[str, Record] = {}
    for mention in prefix["organisations"]:
        keys = organisation_keys(hub, mention, crosswalk)
        known = things.get(mention["local"])
        merged = keys if known is None else strongest_first([*known["keys"], *keys])
        things[mention["local"]] = {"kind": "organisation", "local": mention["local"], "keys": merged}
    own = _own(kind, prefix, things, crosswalk)
    own.append(f"src:{source_key(hub, kind, source_id)}")
    return [{"kind": kind, "local": "", "keys": strongest_first(own)}, *things.values()]


def _own(
    kind: str, prefix: Mapping[str, Any], things: Mapping[str, Record], crosswalk: Crosswalk
) -> list[str]:
    """Keys of the record itself; who is a member, and who coordinates, are parts of keys."""
    said = own_keys(kind, prefix["keys"], lambda name: crosswalk(name, ()))
    keys = [key for key in said if kind_of(key) not in ("mem", "acro")]
    if kind == "membership":
        bodies = [key for key in said if kind_of(key) == "mem"]
        keys += [f"{body}:{key}" for body in bodies for thing in things.values() for key in thing["keys"]]
    acronyms = [key for key in said if kind_of(key) == "acro"]
    if acronyms:
        leading = {one["local"] for one in prefix["organisations"] if one["role"] == COORDINATOR}
        keys += acronym_keys(acronyms, (things[local] for local in leading))
    return keys


def organisation_keys(hub: str, mention: Mapping[str, Any], crosswalk: Crosswalk) -> list[str]:
    """Keys of a mentioned organisation: in registers and our crosswalk; of an unlisted one its domain with its name;
    and within this hub only, when no register knows it, its name.
    """
    keys = register_keys(mention["keys"])
    slug = crosswalk(mention["name"], keys)
    if slug is not None:
        return strongest_first([*keys, f"org:{slug}"])
    domain = domain_key(mention["website"], mention["name"])
    if not keys:
        keys = [f"name:{hub}:{normalise(mention['name'])}"]
    return strongest_first([*keys, domain] if domain else keys)


def rules_of(organisations: Iterable[Mapping[str, str]]) -> bytes:
    """Digest of what decides, beside its own words, which keys a source has."""
    return blake(canonical([RULES, sorted(shared_domains()), [dict(row) for row in organisations]]))


def things_digest(things: Iterable[Mapping[str, Any]]) -> bytes:
    """Digest of the things a source speaks of; the answer in `identity` carries it."""
    return blake(canonical([[thing["kind"], thing["local"], list(thing["keys"])] for thing in things]))


def linked_for(
    hub: str,
    kind: str,
    prefix: Mapping[str, Any],
    names: Iterable[Mapping[str, Any]],
    unreadable_since: int | None,
) -> list[Target]:
    """Where the contributions of a record go, by the names (`zeven.identity.Named`) of its things."""
    ids = {(name["kind"], name["local"]): name["id"] for name in names}
    links = _links(prefix["organisations"], ids)
    base = {
        "hub": hub,
        "source_kind": kind,
        "source_id": prefix["source_id"],
        "revision": prefix["revision"],
        "digest": prefix["digest"],
        "sample": prefix["sample"],
        "cause": prefix["cause"],
        "unreadable_since": unreadable_since,
    }
    own = ids[kind, ""]
    targets = [Target(kind, own, "", {"national_id": own, **base, "local": "", "organisations": links}, None)]
    told = set()
    for mention in prefix["organisations"]:
        local = mention["local"]
        if local not in told:
            told.add(local)
            named = ids["organisation", local]
            header = {"national_id": named, **base, "local": local, "organisations": []}
            targets.append(Target("organisation", named, local, header, mention))
    return targets


def _links(mentions: Iterable[Mapping[str, Any]], ids: Mapping[tuple[str, str], str]) -> list[Record]:
    return [
        {
            "id": ids["organisation", mention["local"]],
            "name": mention["name"],
            "role": mention["role"],
            "via": mention["via"],
        }
        for mention in mentions
    ]


def linked_key(target_id: str, source: str, local: str) -> str:
    """Key of a linked record: national id, source and label; ids of ours hold no bar."""
    return f"{target_id}|{source}|{local}"


Holder = tuple[str, str, str]
"""Kind, label and national id under which a contribution may stand."""


def left_behind(before: Iterable[Holder], now: Iterable[Holder]) -> list[Holder]:
    """Places a source no longer speaks from: each gets a tombstone."""
    return sorted(set(before) - set(now))
