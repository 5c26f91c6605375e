"""How rows of the sources of AI-hub Noord-Nederland read in the words of the contract. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.hubs import Mapper, Statement, Words, builders, cerif
from connectors.hubs.statements import choice
from connectors.hubs.words import STATUSES as KNOWN
from connectors.sources import Row
from schemas.errors import Reject

STATUSES: Final = KNOWN | {
    "notstarted": "planned",
    "ongoing": "running",
    "active": "running",
    "finished": "completed",
    "ended": "completed",
    "cancelled": "stopped",
    "terminated": "stopped",
}
TYPES: Final = {
    "researchproject": "project",
    "researchprogramme": "programme",
    "lab": "lab",
    "course": "course",
    "call": "call",
    "pilot": "pilot",
    "fieldlab": "fieldlab",
}
COLUMNS: Final = {
    "name": "Naam organisatie",
    "role": "Functie",
    "body": "Werkgroep of hub",
    "helix": "Organisatietype",
    "website": "Website",
    "via": "Via",
    "kvk": "KvK-nr",
    "ror": "ROR-id",
    "start": "Ingangsdatum",
    "end": "Einddatum",
    "note": "Toelichting",
}


def project(row: Row, words: Words) -> Statement:
    """A project of the research information system of the university (CERIF)."""
    if row.fields["kind"] != "Project":
        raise Reject(
            "The record is no project",
            field="kind",
            expected="Project",
            got=row.fields["kind"],
            fix="Name the set with projects in the manifest.",
        )
    seen = row.fields["metadata"]
    own = {
        "type": choice(TYPES, cerif.term(seen.get("Type")), "Type", optional=True),
        "status": choice(STATUSES, cerif.term(seen.get("Status")), "Status"),
        "tags": [found for one in seen.get("Keyword", ()) if (found := cerif.first(one))],
    }
    return builders.project(cerif.project(seen) | own, words)


def event(row: Row, words: Words) -> Statement:
    """An event of the hub's calendar."""
    return builders.calendar_event(row.fields, words)


def membership(row: Row, words: Words) -> Statement:
    """A row of the workbook with members."""
    return builders.listed_membership(row.fields, words, COLUMNS)


MAPPINGS: Final[Mapping[str, Mapper]] = {"event": event, "project": project, "membership": membership}
