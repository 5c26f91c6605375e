"""How a row of the national office's list of members reads in the words of the contract. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.hubs import Mapper, Statement, Words, listed
from connectors.hubs.listed import Listed
from connectors.sources import Row

MEMBERS: Final = Listed(
    {
        "name": "Organisatie",
        "role": "Rol",
        "body": "Orgaan",
        "helix": "Soort",
        "website": "Website",
        "via": "Via",
        "kvk": "KvK-nummer",
        "ror": "ROR",
        "start": "Lid sinds",
        "end": "Lid tot",
        "note": "Opmerking",
    }
)


def membership(row: Row, words: Words) -> Statement:
    """An organisation in a working group, a team of one, or a dimension."""
    return listed.membership(row.fields, words, MEMBERS)


MAPPINGS: Final[Mapping[str, Mapper]] = {"membership": membership}
