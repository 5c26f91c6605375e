"""Where sources contradict each other: the fields of a national record that somebody states otherwise.

Pure: a function of the record alone, whose `origins` keep the losing values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from streams.national.survivorship import counts


class Statement(NamedTuple):
    """What one source says."""

    hub: str
    source_id: str
    value: Any


class Conflict(NamedTuple):
    """A field, the rule that chose, what was chosen, and what was not."""

    field: str
    rule: str
    winner: Statement
    losing: tuple[Statement, ...]

    def hubs(self) -> list[str]:
        """The hubs that say something of it."""
        return sorted({self.winner.hub, *(one.hub for one in self.losing)})


def conflicts(kind: str, record: Mapping[str, Any]) -> list[Conflict]:
    """The conflicts of a national record; what is usual to differ (a text, a name in two forms) is none."""
    content = record["content"]
    if content is None:
        return []
    return [
        Conflict(
            one["field"],
            one["rule"],
            Statement(one["hub"], one["source_id"], content.get(one["field"])),
            tuple(Statement(said["hub"], said["source_id"], _value(said["value"])) for said in one["losing"]),
        )
        for one in record["origins"]
        if one["losing"] and counts(kind, one["field"])
    ]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
