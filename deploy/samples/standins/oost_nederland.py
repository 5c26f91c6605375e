"""AI-hub Oost-Nederland: a CRM in Dataverse for projects and memberships, a ticket shop for events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from deploy.samples.faces import crm, dataverse, eventbrite
from deploy.samples.faces.dataverse import PATH, Table
from deploy.samples.standin import Answer, Asked, Standin, areas, as_json
from schemas.reference.lists import resolve_area

ORGANISATION = "99000001"


def answer(place: Standin, asked: Asked) -> Answer | None:
    """The web API of Dataverse, and the API of the ticket shop."""
    if asked.path.startswith(PATH):
        path = asked.path.removeprefix(PATH)
        table = _table(place, path, asked.now)
        status, document, headers = dataverse.answer(
            table, f"{place.base}{PATH}", path, asked.query, asked.headers.get("prefer", "")
        )
        return as_json(document, status, headers)
    if asked.path.startswith(eventbrite.PATH):
        now = datetime.fromtimestamp(asked.now / 1000, UTC)
        events = [
            eventbrite.event(
                item, place.site, [resolve_area(name) or "" for name in areas(item, "event")], now
            )
            for item in (place.every("event") if "event" not in place.limits else place.live("event"))
            if item.state != "trash"
        ]
        path = asked.path.removeprefix(eventbrite.PATH)
        status, document, headers = eventbrite.answer(events, path, asked.query)
        return as_json(document, status, headers)
    return None


def _table(place: Standin, path: str, now: int) -> Table:
    if path.startswith("/connections"):
        return Table("connections", "connectionid", crm.connections(place.every("membership")), now)
    return Table("ai_projects", "ai_projectid", crm.projects(place.every("project"), place.site), now)


def listings(place: Standin) -> Mapping[str, bytes]:
    """No files."""
    del place
    return {}
