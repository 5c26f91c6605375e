"""What fold and history wrote of projects, without Kafka, and a view's database that has read it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from schemas import topics
from streams.national.history import ended_record
from streams.view.incoming import Read
from streams.view.ledger import Ledger, Position
from tests.support.view_world import NOON, giver, project

KIND = "project"
NATIONAL, HISTORY = topics.national(KIND), topics.history(KIND)


class Past:
    """What fold wrote and the history copied, one record a second, with what it should answer."""

    def __init__(self) -> None:
        self.national: list[Read] = []
        self.history: list[Read] = []
        self.stood: dict[str, list[tuple[int, str | None]]] = {}

    @property
    def now(self) -> int:
        return NOON + 1000 * len(self.national)

    def say(self, name: str, title: str, redirect: str | None = None, **fields: Any) -> None:
        """A version; None for what stands there counts as gone in lists."""
        at, offset = self.now, len(self.national)
        value = record(name, offset + 1, title, redirect, **fields)
        self.national.append(Read(NATIONAL, 0, offset, at, name, value, {}))
        self._copy(name, offset + 1, at, offset, value)
        self.stood.setdefault(name, []).append((at, None if redirect else title))

    def gone(self, name: str) -> None:
        """Nothing speaks of it any more."""
        at, offset = self.now, len(self.national)
        self.national.append(Read(NATIONAL, 0, offset, at, name, None, {}))
        if self.stood.get(name) and self._stands(name):
            self._copy(name, offset + 1, at, offset, ended_record(name, offset + 1))
            self.stood[name].append((at, None))

    def _stands(self, name: str) -> bool:
        last = [one for one in self.history if one.key.startswith(f"{name}|")][-1]
        return last.value is not None and not _ended(last.value)

    def _copy(self, name: str, number: int, since: int, offset: int, value: dict[str, Any]) -> None:
        headers = {"zeven_since": b"%d" % since, "zeven_offset": b"%d" % offset}
        at = self.now + 100
        self.history.append(Read(HISTORY, 0, len(self.history), at, f"{name}|{number}", value, headers))

    def standing(self, moment: int) -> dict[str, str]:
        """Titles by id at a moment."""
        last = {name: [title for at, title in told if at <= moment][-1:] for name, told in self.stood.items()}
        return {name: titles[0] for name, titles in last.items() if titles and titles[0] is not None}


def _ended(value: Mapping[str, Any]) -> bool:
    return value["content"] is None and value["redirect"] is None


def record(name: str, sequence: int, title: str, redirect: str | None, **fields: Any) -> dict[str, Any]:
    """A national project."""
    hub = fields.pop("hub", "limburg")
    origin = {"field": "*", "hub": hub, "source_kind": KIND, "source_id": "a", "changed_at": NOON}
    givers = [] if redirect else [giver("a", sequence, title) | {"hub": hub}]
    return {
        "id": name,
        "sequence": sequence,
        "redirect": redirect,
        "same_as": [],
        "sample": True,
        "cause": "source",
        "first_changed_at": NOON,
        "last_changed_at": NOON,
        "contributions": givers,
        "organisations": [],
        "origins": [] if redirect else [origin | {"rule": "only", "losing": []}],
        "content": None if redirect else project(title, **fields),
    }


def fed(writer: sqlite3.Connection, records: list[Read]) -> None:
    """Take in records as one batch."""
    ledger = Ledger(writer, 0)
    places = {(one.topic, one.part): Position(one.offset + 1, None, None) for one in records}
    ledger.apply(records, places, 0)
