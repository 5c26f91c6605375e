"""The writing side of the view: one batch, one transaction, positions included; and the verdicts per hub."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson

from schemas.topics import HISTORY, OVERVIEW
from streams.view import decisions, facets, nationals, objections, office, proof, versions
from streams.view.incoming import Hostile, Read
from streams.view.mirrors import Mirrors, SourceKey
from streams.view.proof import Place, Reached, Round, Verdict
from streams.view.tables import wipe


class Position(NamedTuple):
    """Where to go on in a partition, and the last record read (another one there now: topic reset)."""

    next: int
    anchor: int | None
    anchor_at: int | None


class Ledger:
    """What the view holds, and the rounds of the proof."""

    def __init__(self, connection: sqlite3.Connection, now_ms: int) -> None:
        self._db = connection
        self.mirrors = Mirrors(connection)
        self.turns: dict[str, Round] = {hub: Round(1, now_ms) for hub in self.mirrors.current}
        self.verdicts: dict[str, Verdict] = self._remembered()
        self._looked: set[str] = set()

    def _remembered(self) -> dict[str, Verdict]:
        """After a restart: what was proven stays proven up to its time; the rest is caught up with."""
        rows = self._db.execute("SELECT hub, proven_up_to FROM completeness")
        return {
            hub: Verdict("catching up", proven, reason="the view has just started") for hub, proven in rows
        }

    def positions(self) -> dict[Place, Position]:
        """Where to go on."""
        rows = self._db.execute("SELECT topic, part, next, anchor, anchor_at FROM position")
        return {(topic, part): Position(*rest) for topic, part, *rest in rows}

    def apply(self, batch: Iterable[Read | Hostile], positions: Mapping[Place, Position], now_ms: int) -> int:
        """Take in a batch and the positions after it, together or not at all; returns what was hostile."""
        bad = 0
        with self._db:
            touched: set[SourceKey] = set()
            for one in batch:
                if isinstance(one, Hostile):
                    nationals.hostile(self._db, one)
                    bad += 1
                else:
                    touched |= self._one(one)
            self.mirrors.faults(touched)
            for hub in self._looked:
                nationals.hub_changed(self._db, hub, "look", now_ms)
                if hub not in self.mirrors.current:
                    self._take_up(hub, now_ms)
            self._looked.clear()
            nationals.prune(self._db)
            self._db.executemany(
                "INSERT OR REPLACE INTO position VALUES (?,?,?,?,?)",
                [(*place, *position) for place, position in positions.items()],
            )
        return bad

    def _one(self, one: Read) -> set[SourceKey]:
        stage, _, rest = one.topic.partition(".")
        if stage == "regional" and one.topic.endswith(".checked"):
            self._looked.add(self.mirrors.checked(one))
        elif stage == "regional":
            return {self.mirrors.regional(one)}
        elif one.topic == OVERVIEW:
            facets.cell(self._db, one)
        elif one.topic.startswith(HISTORY):
            versions.historical(self._db, one, one.topic.rpartition(".")[2])
        elif stage == "national":
            facets.record(self._db, one, rest)
            return nationals.national(self._db, one, rest)
        elif stage == "rejected":
            return {nationals.rejected(self._db, one)}
        else:
            _OTHERS[stage](self._db, one)
        return set()

    def _take_up(self, hub: str, now_ms: int) -> bool:
        if not self.mirrors.adopt(hub):
            return False
        self.turns[hub] = self.turns.get(hub, Round(0, now_ms)).next(now_ms)
        self.mirrors.rounds[hub] = self.turns[hub].number
        return True

    def stage_progress(self, stage: str) -> dict[Place, int]:
        """How far a stage is in its inputs."""
        rows = self._db.execute("SELECT topic, part, next FROM progress WHERE stage = ?", (stage,))
        return {(topic, part): offset for topic, part, offset in rows}

    def judge(self, reached: Reached, now_ms: int) -> dict[str, Verdict]:
        """Go on with every hub's round; verdicts, and what they make of the manifests, are written down."""
        with self._db:
            for hub in list(self.mirrors.current):
                self._judge(hub, reached, now_ms)
        return self.verdicts

    def _judge(self, hub: str, reached: Reached, now_ms: int) -> None:
        turn, left = self.turns[hub].onward(self.mirrors.current[hub], reached)
        self.turns[hub] = turn
        before = self.verdicts.get(hub, Verdict())
        case = self.mirrors.case(hub, left)
        verdict = proof.judge(case, turn, before, now_ms)
        self.verdicts[hub] = verdict
        if verdict != before:
            text = orjson.dumps(verdict.shown()).decode()
            row = (hub, verdict.proven_up_to, text)
            self._db.execute("INSERT OR REPLACE INTO completeness VALUES (?,?,?)", row)
        if (verdict.state, verdict.differences) != (before.state, before.differences):
            nationals.hub_changed(self._db, hub, verdict.state, now_ms)
        young = any(fault.born >= turn.number for fault in case.faults)
        if verdict.over and not self._take_up(hub, now_ms) and young:
            self.turns[hub] = turn.next(now_ms)
            self.mirrors.rounds[hub] = self.turns[hub].number

    def forget(self, now_ms: int) -> None:
        """Start again from nothing."""
        wipe(self._db)
        self.mirrors.load()
        self.turns, self.verdicts = {}, {}
        self._looked.clear()
        with self._db:
            nationals.hub_changed(self._db, "", "rebuild", now_ms)


_OTHERS = {
    "linked": nationals.linked,
    "redirect": nationals.redirect,
    "office": office.office,
    "objection": objections.objection,
    "identity": decisions.doubt,
    "notice": nationals.notice,
    "delivery": nationals.delivery,
    "progress": nationals.progress,
}
