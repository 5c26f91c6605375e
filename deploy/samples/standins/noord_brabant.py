"""AI-hub Brainport: a WordPress site in English with fields of its own, The Events Calendar Pro, a list in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from deploy.samples.faces import wp
from deploy.samples.faces.wp import EVENTS, Listing, Reply
from deploy.samples.shapes import PUBLISHED, local, rendered, slug, tec_event, term, utc
from deploy.samples.standin import Answer, Asked, Standin, as_json
from deploy.samples.store import Stored
from deploy.samples.words import english, instruments_in_english

PROJECTS: Final = "/site/wp-json/wp/v2/ai-projects"
AGENDA: Final = f"/events{EVENTS}"
_STATUSES: Final = {"gepland": "planned", "lopend": "running", "afgerond": "completed", "gestopt": "stopped"}
_KINDS: Final = {"Programma": "Programme", "Cursus": "Course", "Fieldlab": "Field lab"}
_BLOCKS: Final = {
    "Waarden, normen en regelgeving": "Human-centric AI",
    "Talent, kennis en vaardigheden": "Human capital",
    "Innovatie en transitie": "Research and innovation",
    "Infrastructuur": "Data sharing",
}
_ROLES: Final = {
    "coördinator": "lead",
    "partner": "partner",
    "deelnemer": "participant",
    "uitgenodigd": "invited",
}
_HELIX: Final = {
    "kennisinstelling": "knowledge institution",
    "bedrijf": "business",
    "overheid": "government",
    "maatschappelijke organisatie": "civil society",
}


def answer(place: Standin, asked: Asked) -> Answer | None:
    """The site at `/site`, the agenda at `/events`."""
    reply = _replied(place, asked.path, asked.query)
    return None if reply is None else as_json(reply.document, reply.status, dict(reply.headers))


def _replied(place: Standin, path: str, query: Mapping[str, str]) -> Reply | None:
    post, event = partial(_post, place), partial(_event, place)
    if path == PROJECTS:
        return wp.posts(_listing(place, "project", post, PROJECTS), query)
    if path == AGENDA:
        return wp.events(_listing(place, "event", event, AGENDA), query)
    if path.startswith(f"{PROJECTS}/"):
        return wp.post(place.store.get("project", path.rpartition("/")[2]), post)
    if path.startswith(f"{AGENDA}/"):
        return wp.event(place.store.get("event", path.rpartition("/")[2]), event)
    return None


def _listing(place: Standin, kind: str, render: wp.Render, path: str) -> Listing:
    def count(*window: str) -> int:
        return min(place.store.count(kind, *window), place.limits.get(kind, 1 << 30))

    return Listing(count, partial(place.store.page, kind), render, f"{place.base}{path}")


def _event(place: Standin, item: Stored) -> dict[str, Any]:
    body = item.body | {"areas": [english(one) for one in item.body["areas"]]}
    body["tags"] = [_BLOCKS.get(one, one) for one in body["tags"]]
    base = f"{place.base}/events"
    return tec_event(item.source_id, body, item.modified, base, place.region.places, "Noord-Brabant")


def _post(place: Standin, item: Stored) -> dict[str, Any]:
    body, acf = item.body, item.body["acf"]
    name = slug(acf["titel_en"])
    terms = _terms(body)
    return {
        "id": int(item.source_id),
        "date": local(PUBLISHED),
        "date_gmt": utc(PUBLISHED, "T"),
        "modified": local(item.modified),
        "modified_gmt": utc(item.modified, "T"),
        "slug": name,
        "status": "publish",
        "type": "ai-project",
        "link": f"{place.base}/site/projects/{name}-{item.source_id}/",
        "title": {"rendered": rendered(acf["titel_en"])},
        "content": {"rendered": f"<p>{rendered(acf['samenvatting_en'])}</p>", "protected": False},
        "excerpt": {"rendered": "", "protected": False},
        "author": 3,
        "meta": _meta(body),
        "acf": [],
        "_embedded": {"wp:term": terms},
    }


def _terms(body: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    terms = body["terms"]
    return [
        [term("sector", english(one)) for one in terms["werkgebied"]],
        [term("building_block", _BLOCKS.get(one, one)) for one in terms["dimensie"]],
        [term("programme", one) for one in instruments_in_english(terms["instrument"])],
        [term("kind", _KINDS.get(one, one)) for one in terms["projecttype"]],
    ]


def _meta(body: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the site's own plugin: English names, ISO days, a list of partners as lines of text."""
    acf = body["acf"]
    partners = [(acf["penvoerder"], "lead"), *((one, one["rol"]) for one in acf["partners"] or ())]
    spot = acf["plaats"] or {}
    money = (acf["financiering"] or [{}])[0]
    return {
        "title_nl": body["title"],
        "project_status": _STATUSES[acf["status"]],
        "start_date": _iso(acf["startdatum"]),
        "end_date": _iso(acf["einddatum"]),
        "closing_date": _iso(acf["deadline"]),
        "partners": "\n".join(
            " | ".join((one["naam"], _ROLES.get(role, role), one["ror"] or one["kvk"] or one["website"]))
            for one, role in partners
        ),
        "city": spot.get("gemeente", ""),
        "venue": spot.get("naam", ""),
        "funder": money.get("bron", ""),
        "budget_eur": money.get("bedrag", "").replace(".", "").replace(",", "."),
        "grant_doi": acf["subsidienummer"] and f"https://doi.org/{acf['subsidienummer']}",
        "contact_email": acf["contact"],
    }


def _iso(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else ""


def listings(place: Standin) -> Mapping[str, bytes]:
    """The list of members as the hub's own programme exports it."""
    members = [_member(item) for item in place.store.every("membership")]
    said = {"exported": "voorbeelddata", "members": members}
    return {"members.json": json.dumps(said, ensure_ascii=False, indent=1).encode()}


def _member(item: Stored) -> dict[str, Any]:
    body = item.body
    days = {
        name: datetime.strptime(body[said], "%d-%m-%Y").date().isoformat() if body[said] else None  # noqa: DTZ007
        for name, said in (("from", "Lid sinds"), ("until", "Lid tot"))
    }
    return {
        "id": item.source_id,
        "organisation": {
            "name": body["Organisatie"],
            "kvk": body["KvK-nummer"] or None,
            "ror": body["ROR"] or None,
            "website": body["Website"] or None,
            "type": _HELIX.get(body["Soort"]),
        },
        "body": body["Orgaan"],
        "role": _ROLES[body["Rol"]],
        **days,
        "via": body["Via"] or None,
        "remark": body["Opmerking"] or None,
    }
