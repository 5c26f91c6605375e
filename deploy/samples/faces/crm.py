"""The tables of a hub's CRM in Dataverse: projects in one of its own, memberships as connections. Pure.

Before the journey. Choices are numbers with labels, several of them one text of numbers; days that somebody picked are
midnight in the Netherlands, written in UTC; KvK numbers went through Excel once; a connection stands there twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import NAMESPACE_DNS, uuid5
from zoneinfo import ZoneInfo

from deploy.samples.faces.dataverse import LABEL, Entity
from deploy.samples.store import Stored
from schemas.reference.lists import resolve_area, resolve_dimension
from schemas.text import plain

FIRST: Final = 857_870_000
UNKNOWN: Final = 99
STATUSES: Final = ("gepland", "lopend", "afgerond", "gestopt")
TYPES: Final = ("Project", "Programma", "Lab", "Cursus", "Call", "Pilot", "Fieldlab")
PHASES: Final = ("doel", "community management", "programma-ontwikkeling", "programma-uitvoering")
KINDS: Final = ("kennisinstelling", "bedrijf", "overheid", "maatschappelijke organisatie")
THEMES: Final = {
    "gezondheid-en-zorg": "Zorg en gezondheid",
    "technische-industrie": "Slimme maakindustrie",
    "landbouw-en-voeding": "Agro en food",
    "energie-en-duurzaamheid": "Energietransitie",
    "mobiliteit-transport-en-logistiek": "Mobiliteit en logistiek",
    "veiligheid-vrede-en-recht": "Veiligheid en recht",
    "publieke-diensten": "Openbaar bestuur",
    "water-en-klimaat": "Water en klimaat",
    "gebouwde-omgeving": "Bouw en wonen",
    "onderwijs": "Onderwijs en scholing",
    "cultuur-en-media": "Cultuur en media",
    "defensie": "Defensie",
    "haven-en-maritiem": "Haven en maritiem",
    "financiele-dienstverlening": "Financiële sector",
}
BLOCKS: Final = {
    "waarden-normen-en-regelgeving": "Mensgerichte AI",
    "talent-kennis-en-vaardigheden": "Human Capital",
    "innovatie-en-transitie": "Research en Innovatie",
    "infrastructuur": "Data Delen",
}
_HOME: Final = ZoneInfo("Europe/Amsterdam")


def projects(items: Iterable[Stored], base: str) -> list[Entity]:
    """The rows of `ai_projects`; what was deleted is told by change tracking, what was withdrawn is inactive."""
    return [
        Entity(
            guid("project", item.source_id),
            item.modified,
            None if item.state == "trash" else _project(item, base),
        )
        for item in items
    ]


def connections(items: Iterable[Stored]) -> list[Entity]:
    """The rows of `connections`: from the account to the body, and back."""
    return [entity for item in items for entity in _connection(item)]


def guid(kind: str, source_id: str) -> str:
    """The id of a row."""
    return str(uuid5(NAMESPACE_DNS, f"{kind}.{source_id}.crm.example"))


def _project(item: Stored, base: str) -> dict[str, Any]:
    body, acf = item.body, item.body["acf"]
    terms, lead = body["terms"], acf.get("penvoerder") or {}
    place = acf.get("plaats") or {}
    money: dict[str, str] = next(iter(acf.get("financiering") or ()), {})
    areas = [found for one in terms.get("werkgebied", ()) if (found := resolve_area(one))]
    blocks = [found for one in terms.get("dimensie", ()) if (found := resolve_dimension(one))]
    return {
        "ai_projectid": guid("project", item.source_id),
        "ai_naam": body["title"],
        "ai_naamengels": acf.get("titel_en") or None,
        "ai_samenvatting": body["excerpt"] or plain(body["content"]),
        "ai_samenvattingengels": acf.get("samenvatting_en") or None,
        **_picked("ai_soort", TYPES, next(iter(terms.get("projecttype", ())), "Project")),
        **_picked("ai_projectstatus", STATUSES, acf["status"]),
        **_picked("ai_fase", PHASES, acf.get("fase") or None),
        **{f"ai_{name}": _moment(acf.get(name)) for name in ("startdatum", "einddatum", "deadline")},
        **_several("ai_themas", tuple(THEMES.values()), [THEMES[one] for one in areas]),
        **_several("ai_bouwstenen", tuple(BLOCKS.values()), [BLOCKS[one] for one in blocks]),
        **_several("ai_instrumenten", (), [*terms.get("instrument", ()), *terms.get("thema", ())]),
        "_ai_penvoerder_value": guid("account", lead["naam"]) if lead else None,
        f"_ai_penvoerder_value{LABEL}": lead.get("naam"),
        "ai_penvoerdernummer": lead.get("ror") or _number(lead.get("kvk")),
        "ai_partners": "\n".join(_lines(acf.get("partners") or ())) or None,
        "ai_gemeente": place.get("gemeente"),
        "ai_provincie": place.get("provincie"),
        **_money(money),
        "ai_subsidienummer": acf.get("subsidienummer") or None,
        "ai_eunummer": acf.get("eu_nummer") or None,
        "ai_pagina": f"{base}/projecten/{body.get('slug') or item.source_id}",
        "ai_website": acf.get("website") or None,
        "ai_contact": acf.get("contact") or None,
        "modifiedon": _stamp(item.modified),
        "statecode": 0 if item.state == "live" else 1,
        f"statecode{LABEL}": "Actief" if item.state == "live" else "Inactief",
        "versionnumber": item.modified,
    }


def _picked(column: str, labels: Sequence[str], said: str | None) -> dict[str, Any]:
    """A choice: its number, and its label beside it."""
    if said is None:
        return {column: None}
    label = said[:1].upper() + said[1:]
    number = labels.index(said) if said in labels else UNKNOWN
    return {column: FIRST + number, f"{column}{LABEL}": label}


def _several(column: str, labels: Sequence[str], said: Sequence[str]) -> dict[str, Any]:
    """Several choices; those without a fixed list are numbered as they come."""
    if not said:
        return {column: None}
    numbers = [labels.index(one) if labels else at for at, one in enumerate(said)]
    return {column: ",".join(str(FIRST + one) for one in numbers), f"{column}{LABEL}": "; ".join(said)}


def _moment(said: str | None) -> str | None:
    """A day that somebody picked: midnight here, in UTC."""
    if not said:
        return None
    day = (
        date.fromisoformat(said) if len(said) == 8 else datetime.strptime(said, "%d-%m-%Y").date()  # noqa: DTZ007
    )
    return datetime(day.year, day.month, day.day, tzinfo=_HOME).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _lines(partners: Iterable[Mapping[str, str]]) -> Iterator[str]:
    for each in partners:
        number = each.get("ror") or _number(each.get("kvk")) or ""
        yield f"{each['naam']}; {each.get('rol') or 'partner'}; {number}"


def _number(kvk: str | None) -> str | None:
    return kvk.lstrip("0") if kvk else None


def _money(said: Mapping[str, str]) -> dict[str, Any]:
    written = said.get("bedrag", "")
    amount = float(written.replace(".", "").replace(",", ".")) if written else None
    found = {"ai_budget": amount, "ai_financier": said.get("bron"), "ai_regeling": said.get("regeling")}
    return found | ({f"ai_budget{LABEL}": f"€ {written}"} if written else {})


def _connection(item: Stored) -> Iterator[Entity]:
    body = item.body
    account, organ = guid("account", body["Organisatie"]), guid("orgaan", body["Orgaan"])
    both = {
        "effectivestart": _moment(body.get("Lid sinds")),
        "effectiveend": _moment(body.get("Lid tot")),
        "description": body.get("Opmerking") or None,
        "statecode": 0 if item.state == "live" else 1,
        "modifiedon": _stamp(item.modified),
        "versionnumber": item.modified,
    }
    there = {
        "connectionid": guid("connection", item.source_id),
        "ismaster": True,
        "record1objecttypecode": 1,
        **_pointed("1", account, body["Organisatie"]),
        **_pointed("2", organ, body["Orgaan"]),
        **_role(body["Rol"]),
        "record1id_account": _account(body),
    }
    back = {
        "connectionid": guid("connection-back", item.source_id),
        "ismaster": False,
        "record1objecttypecode": 10_010,
        **_pointed("1", organ, body["Orgaan"]),
        **_pointed("2", account, body["Organisatie"]),
        **_role("Heeft als lid"),
        "record1id_account": None,
    }
    for row in (there, back):
        gone = item.state == "trash"
        yield Entity(str(row["connectionid"]), item.modified, None if gone else row | both)


def _pointed(side: str, ident: str, label: str) -> dict[str, str]:
    column = f"_record{side}id_value"
    return {column: ident, f"{column}{LABEL}": label}


def _role(said: str) -> dict[str, str]:
    column = "_record1roleid_value"
    return {column: guid("role", said), f"{column}{LABEL}": said[:1].upper() + said[1:]}


def _account(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": body["Organisatie"],
        "ai_kvknummer": _number(body.get("KvK-nummer")),
        "ai_rorid": body.get("ROR") or None,
        "websiteurl": body.get("Website") or None,
        **_picked("ai_soortorganisatie", KINDS, body.get("Soort") or None),
    }


def _stamp(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
