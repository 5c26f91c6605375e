"""How rows of the sources of AI-hub Zuid-Holland read in the words of the contract. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from connectors.hubs import Mapper, Statement, Words
from connectors.hubs.statements import (
    choice,
    country,
    grant_key,
    mention,
    place,
    province,
    role_mailbox,
    text,
    unique,
    url_key,
)
from connectors.sources import Row
from connectors.sources.values import cell, day, number, whole
from schemas.errors import Reject

HUB: Final = "zuid-holland"
STATUSES: Final = {
    "gepland": "planned",
    "lopend": "running",
    "afgerond": "completed",
    "gestopt": "stopped",
}
TYPES: Final = {
    "project": "project",
    "programma": "programme",
    "lab": "lab",
    "cursus": "course",
    "call": "call",
    "pilot": "pilot",
    "fieldlab": "fieldlab",
}
PHASES: Final = {
    "doel": "doel",
    "community management": "community-management",
    "programma-ontwikkeling": "programma-ontwikkeling",
    "programma-uitvoering": "programma-uitvoering",
}
PILLARS: Final = {
    "bereik vergroten": "bereik-vergroten",
    "maatschappelijke vragen beantwoorden": "maatschappelijke-vragen-beantwoorden",
    "transformatie vormgeven": "transformatie-vormgeven",
}
RESEARCH: Final = {"in ai": "in-ai", "met ai": "with-ai"}
INDICATORS: Final = {
    "gespecialiseerde ai-studenten": "ai-studenten",
    "studenten met basiskennis ai": "studenten-basiskennis",
    "professionals en alumni met basiskennis ai": "professionals-en-alumni",
}
ROLES: Final = {
    "coördinator": "coordinator",
    "coordinator": "coordinator",
    "penvoerder": "coordinator",
    "partner": "partner",
    "deelnemer": "member",
    "lid": "member",
    "uitgenodigd": "invited",
}
HELIX: Final = {
    "kennisinstelling": "knowledge",
    "bedrijf": "business",
    "overheid": "government",
    "maatschappelijke organisatie": "civil-society",
}
EVENT_STATUSES: Final = {
    "scheduled": "scheduled",
    "moved-online": "scheduled",
    "cancelled": "cancelled",
    "postponed": "postponed",
    "rescheduled": "rescheduled",
}


def event(row: Row, words: Words) -> Statement:
    """An event of The Events Calendar."""
    seen = row.fields
    custom = seen["custom"]
    assigned, unassigned = words.assign([tag["name"] for tag in (*seen["categories"], *seen["tags"])])
    organisers = [
        mention(each["name"], "organiser", website=each.get("website")) for each in seen["organizers"]
    ]
    content = {
        "title": text(seen["title"], custom.get("titel_en")),
        "summary": text(seen["excerpt"] or seen["description"]),
        "status": choice(EVENT_STATUSES, seen["event_status"], "event_status"),
        "start": seen["start"],
        "end": seen["end"] or None,
        "zone": seen["zone"],
        "all_day": seen["all_day"],
        "previous_start": None,
        "series": seen["series"],
        "instance": seen["instance"],
        "venue": _venue(seen["venue"]),
        "online_url": seen["online_url"] or None,
        "areas": assigned.get("areas", []),
        "dimensions": assigned.get("dimensions", []),
        "themes": assigned.get("themes", []),
        "link": seen["url"] or None,
        "registration_link": seen["website"] or None,
        "capacity": _whole(custom.get("capaciteit"), "capaciteit"),
        "price": seen["cost"] or None,
    }
    return Statement(_event_keys(seen), unique(organisers), content, unassigned)


def _event_keys(seen: Mapping[str, Any]) -> list[str]:
    """Shared ids of imported events and the address; an occurrence of a series is one of many under them."""
    instance = f"@{seen['instance']}" if seen["instance"] else ""
    uids = sorted({f"uid:{one.casefold()}{instance}" for one in seen["lineage"]})
    url = url_key(seen["url"])
    return [*uids, *([url + instance] if url else [])]


def _venue(seen: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    address = " ".join(filter(None, (seen["address"],)))
    return place(seen["name"], address, seen["city"], province(seen["province"]), country(seen["country"]))


def project(row: Row, words: Words) -> Statement:
    """A project of the hub's WordPress site, with its fields of Advanced Custom Fields."""
    seen, acf, terms = row.fields, row.fields["acf"], row.fields["terms"]
    if not seen["title"]:
        raise Reject(
            "The project has no title", field="title", expected="text", got="nothing", fix="Give it a title."
        )
    tags = [term["name"] for names in _ASSIGNED for term in terms.get(names, ())]
    assigned, unassigned = words.assign(tags)
    focus, _ = words.assign([term["name"] for term in terms.get("focusgebied", ())])
    content = {
        "title": text(seen["title"], acf.get("titel_en")),
        "summary": text(seen["excerpt"] or seen["content"], acf.get("samenvatting_en")),
        "type": _type(terms.get("projecttype", ())),
        "status": choice(STATUSES, acf.get("status"), "status"),
        "phase": choice(PHASES, acf.get("fase"), "fase", optional=True),
        "start": _day(acf.get("startdatum"), "startdatum"),
        "end": _day(acf.get("einddatum"), "einddatum"),
        "deadline": _day(acf.get("deadline"), "deadline"),
        "areas": assigned.get("areas", []),
        "dimensions": assigned.get("dimensions", []),
        "pillars": sorted({choice(PILLARS, one, "pijlers") for one in _several(acf.get("pijlers"))}),
        "instruments": assigned.get("instruments", []),
        "focus_areas": focus.get("areas", []),
        "themes": assigned.get("themes", []),
        "research_kind": choice(RESEARCH, acf.get("onderzoek"), "onderzoek", optional=True),
        "place": _place(acf.get("plaats")),
        "funding": [_funding(one) for one in _objects(acf.get("financiering"))],
        "indicators": [_indicator(one) for one in _objects(acf.get("indicatoren"))],
        "link": _said(acf.get("website")) or seen["link"] or None,
        "contact": role_mailbox(_said(acf.get("contact"))),
    }
    return Statement(_project_keys(seen, acf), _partners(acf), content, unassigned)


_ASSIGNED: Final = ("werkgebied", "dimensie", "instrument", "focusgebied", "thema")


def _project_keys(seen: Mapping[str, Any], acf: Mapping[str, Any]) -> list[str]:
    grant, eu = _said(acf.get("subsidienummer")), _said(acf.get("eu_nummer"))
    url = url_key(seen["link"])
    return [
        *([grant_key(grant)] if grant else []),
        *([f"eu:{eu}"] if eu else []),
        *([url] if url else []),
    ]


def _partners(acf: Mapping[str, Any]) -> list[dict[str, Any]]:
    lead = [_partner(one, "coordinator") for one in _objects(acf.get("penvoerder"))]
    others = [
        _partner(one, choice(ROLES, one.get("rol") or "partner", "partners.rol"))
        for one in _objects(acf.get("partners"))
    ]
    return unique([*lead, *others])


def _partner(seen: Mapping[str, Any], role: str) -> dict[str, Any]:
    return mention(
        _said(seen.get("naam")) or "",
        role,
        website=_said(seen.get("website")),
        identifiers={"kvk": _said(seen.get("kvk")), "ror": _said(seen.get("ror"))},
    )


def _type(terms: Iterable[Mapping[str, Any]]) -> str:
    names = [term["name"] for term in terms]
    return choice(TYPES, names[0], "projecttype") if names else "project"


def _place(seen: Any) -> dict[str, Any] | None:
    for found in _objects(seen):
        name, address, town = (_said(found.get(key)) for key in ("naam", "adres", "gemeente"))
        return place(name, address, town, "NL-ZH" if town else None, "NL")
    return None


def _funding(seen: Mapping[str, Any]) -> dict[str, Any]:
    funder, amount = _said(seen.get("bron")), _said(seen.get("bedrag"))
    if not funder:
        raise Reject(
            "Money without a source",
            field="financiering.bron",
            expected="name",
            got="nothing",
            fix="Fill it in.",
        )
    return {
        "funder": funder,
        "award": _said(seen.get("nummer")),
        "stream": _said(seen.get("regeling")),
        "amount_eur": int(number(amount, field="financiering.bedrag")) if amount else None,
    }


def _indicator(seen: Mapping[str, Any]) -> dict[str, Any]:
    name = _said(seen.get("naam"))
    if not name:
        raise Reject(
            "A figure without a name",
            field="indicatoren.naam",
            expected="name",
            got="nothing",
            fix="Fill it in.",
        )
    return {
        "name": INDICATORS.get(name.casefold(), name.casefold()),
        "year": whole(_said(seen.get("jaar")) or "", field="indicatoren.jaar"),
        "value": whole(_said(seen.get("waarde")) or "", field="indicatoren.waarde"),
    }


def membership(row: Row, words: Words) -> Statement:
    """A row of the list of members."""
    seen = row.fields
    role = choice(ROLES, seen["Rol"], "Rol")
    body_kind, body = _body(seen["Orgaan"], words)
    helix = choice(HELIX, seen.get("Soort"), "Soort", optional=True)
    via = seen.get("Via")
    member = mention(
        seen["Organisatie"] or "",
        role,
        website=seen.get("Website"),
        via=via,
        helix=helix,
        identifiers={"kvk": seen.get("KvK-nummer"), "ror": seen.get("ROR")},
    )
    content = {
        "body_kind": body_kind,
        "body": body,
        "role": role,
        "helix": helix,
        "start": seen.get("Lid sinds"),
        "end": seen.get("Lid tot"),
        "via": via,
        "note": text(seen.get("Opmerking")),
        "link": None,
    }
    return Statement([f"mem:{body_kind}:{body}"], [member], content)


def _body(said: str | None, words: Words) -> tuple[str, str]:
    name = (said or "").strip()
    lower = name.casefold()
    if lower == "ai-hub zuid-holland":
        return "hub", HUB
    if lower.startswith("kenniscluster"):
        return "cluster", "ai-data-digitalisering"
    for prefix, kind, part in (
        ("werkgroep ", "working-group", "areas"),
        ("dimensie ", "dimension", "dimensions"),
    ):
        if lower.startswith(prefix):
            slugs = words.assign([name[len(prefix) :]])[0].get(part, [])
            if len(slugs) == 1:
                return kind, slugs[0]
    raise Reject(
        f"{name!r} is no body that is known here",
        field="Orgaan",
        expected="AI-hub Zuid-Holland, Kenniscluster …, Werkgroep … or Dimensie …",
        got=name[:80] or "nothing",
        fix="Write the name as the national list has it, or add it to the tags of the manifest.",
    )


def _said(value: Any) -> str | None:
    """What a field says; false, null and blanks say nothing."""
    if value is None or isinstance(value, (bool, Mapping, list)):
        return None
    return cell(str(value))


def _day(value: Any, field: str) -> str | None:
    said = _said(value)
    return day(said, field=field) if said else None


def _whole(value: Any, field: str) -> int | None:
    said = _said(value)
    return whole(said, field=field) if said else None


def _several(value: Any) -> list[Any]:
    return [one for one in value if one] if isinstance(value, list) else [value] if value else []


def _objects(value: Any) -> list[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        return [value] if value else []
    return [one for one in _several(value) if isinstance(one, Mapping)]


MAPPINGS: Final[Mapping[str, Mapper]] = {"event": event, "project": project, "membership": membership}
