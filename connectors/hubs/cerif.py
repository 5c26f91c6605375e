"""Projects in CERIF (profile of OpenAIRE), as a research information system gives them, as parts of `builders`. Pure.

Nothing of a person is taken over: not the team, and not who stands in a consortium or as funder in place of an
organisation. A faculty or institute is a part of something: the whole is the organisation, the part is told as `via`.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from connectors.hubs.builders import funding
from connectors.hubs.said import objects, said, said_day, said_euros
from connectors.hubs.statements import mention

ROLES: Final = {
    "Coordinator": "coordinator",
    "Partner": "partner",
    "Contractor": "partner",
    "InKindContributor": "partner",
    "Member": "member",
}
EUROPE: Final = ("european commission", "europese commissie")
_DOI: Final = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_PARTIAL: Final = re.compile(r"(\d{4})(?:-(\d{2}))?")
_IDENTIFIERS: Final = {"ror.org": "ror", "kvk": "kvk", "rsin": "rsin", "oin": "oin"}


def project(seen: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a `Project` that stand in the same place in every system; type, status and tags are the hub's."""
    titles, abstracts = texts(seen.get("Title")), texts(seen.get("Abstract"))
    given = [_funded(one) for one in objects(seen.get("Funded"))]
    page = next(identifiers(seen, "url"), None)
    return {
        "title": titles.get("nl") or (None if "en" in titles else first(seen.get("Title"))),
        "title_en": titles.get("en"),
        "summary": abstracts.get("nl") or (None if "en" in abstracts else first(seen.get("Abstract"))),
        "summary_en": abstracts.get("en"),
        "start": _day(seen, "StartDate", last=False),
        "end": _day(seen, "EndDate", last=True),
        "organisations": list(_consortium(seen)),
        "funding": [one["funding"] for one in given if one["funding"]],
        "grants": [grant for one in given for grant in one["grants"]],
        "eu": next((one["eu"] for one in given if one["eu"]), None),
        "page": page,
        "acronym": first(seen.get("Acronym")),
    }


def texts(node: Any) -> dict[str, str]:
    """A text by language (`nl`, `en`); the first of a language holds."""
    found: dict[str, str] = {}
    for one in objects(node):
        language = str(one.get("lang", "")).lower()[:2]
        if language and one.get("text"):
            found.setdefault(language, str(one["text"]))
    return found


def first(node: Any) -> str | None:
    """The first text, whatever its language."""
    for one in node if isinstance(node, list) else [node]:
        found = said(one.get("text")) if isinstance(one, Mapping) else said(one)
        if found:
            return found
    return None


def term(node: Any) -> str | None:
    """The last part of a classification: `https://x.example/vocab/ProjectStatus#Running` is `running`."""
    found = first(node)
    return re.split(r"[#/]", found)[-1].casefold() if found else None


def identifiers(node: Mapping[str, Any], *kinds: str) -> Iterator[str]:
    """Identifiers whose type names one of the kinds."""
    for one in objects(node.get("Identifier")):
        kind, value = str(one.get("type", "")).casefold(), said(one.get("text"))
        if value and any(wanted in kind for wanted in kinds):
            yield value


def _consortium(seen: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for part in objects(seen.get("Consortium")):
        for name, role in ROLES.items():
            for one in objects(part.get(name)):
                for unit in objects(one.get("OrgUnit")):
                    yield organisation(unit, role)


def organisation(unit: Mapping[str, Any], role: str) -> dict[str, Any]:
    """The organisation that a unit is, or is a part of."""
    whole = unit
    while inner := next(
        (each for one in objects(whole.get("PartOf")) for each in objects(one.get("OrgUnit"))), None
    ):
        whole = inner
    given = {kind: next(identifiers(whole, name), None) for name, kind in _IDENTIFIERS.items()}
    return mention(
        _name(whole),
        role,
        website=next((one for one in _addresses(whole) if one.startswith("http")), None),
        via=_name(unit) if whole is not unit else None,
        identifiers=given | {"ror": given["ror"] or first(whole.get("RORID"))},
    )


def _name(unit: Mapping[str, Any]) -> str:
    names = texts(unit.get("Name"))
    return names.get("nl") or names.get("en") or first(unit.get("Name")) or first(unit.get("Acronym")) or ""


def _addresses(unit: Mapping[str, Any]) -> Sequence[str]:
    listed = unit.get("ElectronicAddress") or []
    return [found for one in listed if (found := first(one))]


def _funded(seen: Mapping[str, Any]) -> dict[str, Any]:
    """One way of funding: who, as what, under which numbers; a person as funder is not told."""
    units = [unit for one in objects(seen.get("By")) for unit in objects(one.get("OrgUnit"))]
    funder = _name(units[0]) if units else None
    grant = next((each for one in objects(seen.get("As")) for each in objects(one.get("Funding"))), {})
    numbers = list(identifiers(grant, "awardnumber", "grantdoi", "projectreference", "doi"))
    dois = [found[1] for one in numbers if (found := _DOI.fullmatch(one))]
    plain = [one for one in numbers if not _DOI.fullmatch(one)]
    european = funder is not None and funder.casefold() in EUROPE
    award, stream = next(iter([*plain, *dois]), None), _programme(grant)
    return {
        "funding": funding(funder, _euros(grant), award=award, stream=stream) if funder else None,
        "grants": dois,
        "eu": plain[0] if european and plain else None,
    }


def _programme(grant: Mapping[str, Any]) -> str | None:
    for part in objects(grant.get("PartOf")):
        for programme in objects(part.get("Funding")):
            return first(programme.get("Name")) or first(programme.get("Acronym"))
    return None


def _euros(grant: Mapping[str, Any]) -> int | None:
    for one in objects(grant.get("Amount")):
        if str(one.get("currency", "")).upper() == "EUR":
            return said_euros(one.get("text"), "Funded.As.Funding.Amount", decimal=".")
    return None


def _day(seen: Mapping[str, Any], name: str, *, last: bool) -> str | None:
    """A day; of a bare year or month its first or last one."""
    found = first(seen.get(name))
    partial = _PARTIAL.fullmatch(found) if found else None
    if partial is None:
        return said_day(found, name)
    year, month = int(partial[1]), int(partial[2] or (12 if last else 1))
    if not 1 <= month <= 12:
        return said_day(found, name)
    day = calendar.monthrange(year, month)[1] if last else 1
    return f"{year:04}-{month:02}-{day:02}"
