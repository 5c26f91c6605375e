"""Fourth step: what the sources say of one thing becomes one golden record, with origins per field.

Pure: a function of the linked records of one national id and of the redirects that touch it. The record of a
single contribution repeats its content unchanged, so that its bytes can be spliced (`single`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.digest import blake, canonical
from streams.national.owner import owner_of
from streams.national.survivorship import ONLY, Said, choose

Record = dict[str, Any]
CAUSES: Final = ("source", "steward", "mapping", "repair", "resync", "first-load")
"""Strongest first: what a person changed counts more than what a machine repeated."""


class Last(NamedTuple):
    """What was last written of an id: its sequence, and revision by source and label."""

    sequence: int
    revisions: Mapping[tuple[str, str, str, str], int]


NOTHING: Final = Last(0, {})


def last_of(national: Mapping[str, Any] | None) -> Last:
    """`Last` of a national record, its prefix is enough."""
    if national is None:
        return NOTHING
    return Last(national["sequence"], {_at(one): one["revision"] for one in national["contributions"]})


def fold(
    kind: str,
    national_id: str,
    linked: Iterable[Mapping[str, Any]],
    redirect: str | None,
    same_as: Iterable[str],
    last: Last,
) -> Record | None:
    """The national record of an id, or None when nothing speaks of it. `linked`: decoded linked records."""
    ordered = sorted(linked, key=_at)
    if redirect is not None:
        return redirected(national_id, redirect, last)
    if not ordered:
        return None
    if len(ordered) == 1:
        return {**single(national_id, ordered[0], same_as, last), "content": ordered[0]["content"]}
    content, origins = _golden(kind, ordered)
    return {**_head(national_id, ordered, same_as, last), "origins": origins, "content": content}


def redirected(national_id: str, to: str, last: Last) -> Record:
    """The record of an id that lost in a merge: no removal, it names its successor."""
    return {
        "id": national_id,
        "sequence": last.sequence + 1,
        "redirect": to,
        "same_as": [],
        "sample": False,
        "cause": "repair",
        "first_changed_at": 0,
        "last_changed_at": 0,
        "contributions": [],
        "organisations": [],
        "origins": [],
        "content": None,
    }


def single(national_id: str, one: Mapping[str, Any], same_as: Iterable[str], last: Last) -> Record:
    """The record of one contribution without its content, which follows byte by byte."""
    return {**_head(national_id, [one], same_as, last), "origins": [_origin("*", ONLY, one, [])]}


def _head(
    national_id: str, ordered: Sequence[Mapping[str, Any]], same_as: Iterable[str], last: Last
) -> Record:
    newest = max(one["revision"] for one in ordered)
    return {
        "id": national_id,
        "sequence": max(last.sequence + 1, newest),
        "redirect": None,
        "same_as": sorted(same_as),
        "sample": any(one["sample"] for one in ordered),
        "cause": _cause(ordered, last),
        "first_changed_at": min(one["origin"]["first_seen_at"] for one in ordered),
        "last_changed_at": max(_when(one) for one in ordered),
        "contributions": [_contribution(one) for one in ordered],
        "organisations": _links(ordered),
    }


def _at(one: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return one["hub"], one["source_kind"], one["source_id"], one["local"]


def _when(one: Mapping[str, Any]) -> int:
    origin = one["origin"]
    changed: int | None = origin["changed_at"]
    return changed if changed is not None else int(origin["read_at"])


def _cause(ordered: Sequence[Mapping[str, Any]], last: Last) -> str:
    """The strongest cause of what came since; what left did so at its source."""
    came = [one for one in ordered if last.revisions.get(_at(one)) != one["revision"]]
    if set(last.revisions) - {_at(one) for one in ordered}:
        return "source"
    return min((one["cause"] for one in came), key=_strength, default="repair")


def _strength(cause: str) -> int:
    return CAUSES.index(cause) if cause in CAUSES else len(CAUSES)


def _contribution(one: Mapping[str, Any]) -> Record:
    origin = one["origin"]
    copied = ("hub", "source_kind", "source_id", "local", "revision", "digest", "unreadable_since")
    return {
        **{name: one[name] for name in copied},
        "address": origin["address"],
        "changed_at": origin["changed_at"],
        "read_at": origin["read_at"],
    }


def _links(ordered: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Organisations of all contributions, once per organisation and role, by their most recent name."""
    found: dict[tuple[str, str], Record] = {}
    for one in sorted(ordered, key=lambda one: (-_when(one), _at(one))):
        for link in one["organisations"]:
            found.setdefault((link["id"], link["role"]), link)
    if len(ordered) == 1:
        return list(ordered[0]["organisations"])
    return [found[at] for at in sorted(found)]


def _golden(kind: str, ordered: Sequence[Mapping[str, Any]]) -> tuple[Record, list[Record]]:
    content: Record = {}
    origins = []
    by_source = {_at(one): one for one in ordered}
    owner = owner_of(kind, ordered)
    for field in ordered[0]["content"]:
        said = [Said(one["content"][field], _when(one), _at(one)) for one in ordered]
        chosen = choose(kind, field, said, owner)
        content[field] = chosen.value
        losing = [_losing(said) for said in chosen.losing]
        origins.append(_origin(field, chosen.rule, by_source[chosen.winner.source], losing))
    return content, origins


def _losing(said: Said) -> Record:
    return {"hub": said.source[0], "source_id": said.source[2], "value": canonical(said.value).decode()}


def _origin(field: str, rule: str, one: Mapping[str, Any], losing: list[Record]) -> Record:
    return {
        "field": field,
        "hub": one["hub"],
        "source_kind": one["source_kind"],
        "source_id": one["source_id"],
        "changed_at": one["origin"]["changed_at"],
        "rule": rule,
        "losing": losing,
    }


def inputs_digest(linked: Iterable[Mapping[str, Any]], redirect: str | None, same_as: Iterable[str]) -> bytes:
    """Digest of what decides a national record, from the headers of its linked records."""
    if redirect is not None:
        return blake(canonical([redirect]))
    ordered = sorted(linked, key=_at)
    return _decided([_contribution_of(one) for one in ordered], _links_of(ordered), sorted(same_as))


def written_digest(national: Mapping[str, Any]) -> bytes:
    """The same digest from what was written: a national record or its prefix."""
    if national["redirect"] is not None:
        return blake(canonical([national["redirect"]]))
    links = sorted({(link["id"], link["role"]) for link in national["organisations"]})
    return _decided([_contribution_of(one) for one in national["contributions"]], links, national["same_as"])


def _contribution_of(one: Mapping[str, Any]) -> list[Any]:
    return [*_at(one), one["revision"], one["digest"].hex(), one["unreadable_since"]]


def _links_of(ordered: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return sorted({(link["id"], link["role"]) for one in ordered for link in one["organisations"]})


def _decided(contributions: list[list[Any]], links: list[tuple[str, str]], same_as: Iterable[str]) -> bytes:
    return blake(canonical([contributions, [list(link) for link in links], list(same_as)]))
