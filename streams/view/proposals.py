"""Which records may be one, kept beside the view for the steward's desk: in a thread, some records at a time.

Nothing is stored: at a start all records are read once, then only what changed. A proposal joins nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping
from heapq import nsmallest
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
import structlog

from streams.national.candidates import Candidates
from streams.national.decisions import SPLIT
from streams.national.portraits import portrait
from streams.view import answers, decisions
from streams.view.tables import open_reader

TURN: Final = 500
PAUSE_S: Final = 0.05
EVERY_S: Final = 2.0
SHOWN: Final = 200
MOST: Final = 60_000
"""Records above which nothing more is weighed: what is remembered of each takes some kilobytes."""


class Proposal(NamedTuple):
    """Two national ids, the chance from 0 to 1 that they are one thing, and why: bits, Dutch, English."""

    ids: tuple[str, str]
    chance: float
    because: tuple[tuple[float, str, str], ...]


class Proposals:
    """The task; `run` until cancelled. `top` may be read at any time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = structlog.get_logger("view").bind(step="propose")
        self.top: tuple[Proposal, ...] = ()
        self.full = False
        self._start()

    def _start(self) -> None:
        self._known = Candidates()
        self._at: int | None = None
        self._after: str | None = ""

    async def run(self) -> None:
        """Weigh what there is to weigh, again and again."""
        while True:
            try:
                more = await asyncio.to_thread(self.turn)
            except sqlite3.OperationalError as fault:
                self._log.warning("waiting", reason=str(fault))
                more = False
            await asyncio.sleep(PAUSE_S if more else EVERY_S)

    def turn(self) -> bool:
        """Take some records in; whether there are more."""
        db = open_reader(self._folder)
        try:
            if self._at is None:
                self._at = answers.last_change(db)
            changed, more = self._load(db) if self._after is not None else self._follow(db)
        finally:
            db.close()
        if changed:
            self.top = tuple(self._best())
        return more

    def _load(self, db: sqlite3.Connection) -> tuple[bool, bool]:
        sql = "SELECT id, kind, json FROM national WHERE id > ? ORDER BY id LIMIT ?"
        rows = db.execute(sql, (self._after, TURN)).fetchall()
        changed = [self._put(row["id"], row) for row in rows]
        self._after = rows[-1]["id"] if len(rows) == TURN else None
        return any(changed), self._after is not None

    def _follow(self, db: sqlite3.Connection) -> tuple[bool, bool]:
        sql = "SELECT seq, id, what, kind FROM change WHERE seq > ? ORDER BY seq LIMIT ?"
        rows = db.execute(sql, (self._at, TURN)).fetchall()
        if not rows:
            return False, False
        if rows[0]["seq"] != (self._at or 0) + 1 or any(row["what"] == "rebuild" for row in rows):
            self._start()
            return True, True
        changed = [self._again(db, name) for name in {row["id"] for row in rows if row["kind"] != "hub"}]
        self._at = rows[-1]["seq"]
        return any(changed), len(rows) == TURN

    def _again(self, db: sqlite3.Connection, name: str) -> bool:
        row = db.execute("SELECT id, kind, json FROM national WHERE id = ?", (name,)).fetchone()
        return self._put(name, row)

    def _put(self, name: str, row: sqlite3.Row | None) -> bool:
        seen = None if row is None else portrait(row["kind"], orjson.loads(row["json"]))
        if seen is None:
            return bool(self._known.remove(name))
        if len(self._known) >= MOST and self._known.explain((name, name)) is None:
            if not self.full:
                self._log.warning("too many records to propose from", most=MOST)
            self.full = True
            return False
        return bool(self._known.put(seen))

    def _best(self) -> Iterable[Proposal]:
        for pair, chance in nsmallest(SHOWN, self._known.pairs(), key=lambda one: (-one.chance, one.pair)):
            why = self._known.explain(pair)
            features = sorted(why.features if why else (), key=lambda one: -abs(one.bits))
            yield Proposal(pair, chance, tuple((one.bits, one.nl, one.en) for one in features))


def shown(db: sqlite3.Connection, top: Iterable[Proposal]) -> list[dict[str, Any]]:
    """Proposals as an answer: of records that are there, and that no split keeps apart."""
    apart = [set(one["now"]) for one in decisions.recent(db) if _keeps_apart(one)]
    found = []
    for one in top:
        rows = [
            db.execute("SELECT id, kind, title FROM national WHERE id = ?", (name,)).fetchone()
            for name in one.ids
        ]
        if all(rows) and not any(ids.issuperset(one.ids) for ids in apart):
            because = [{"bits": round(bits, 1), "nl": nl, "en": en} for bits, nl, en in one.because]
            records = [{"id": row["id"], "title": row["title"]} for row in rows]
            said = {"kind": rows[0]["kind"], "records": records, "chance": round(one.chance, 3)}
            found.append({**said, "because": because})
    return found


def _keeps_apart(one: Mapping[str, Any]) -> bool:
    return one["action"] == SPLIT and one["withdrawn_at"] is None
