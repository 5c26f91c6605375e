"""From what a steward asks for to a decision on its topic: checked against the view, written once per id, awaited.

One decision at a time, and only while the view is up to date: so a repeated id is seen, whether its record came
back from Kafka already or is on its way.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
import uuid
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field

from schemas.errors import Reject, Retry
from schemas.topics import DECISION, OUTCOME, catalogue
from streams.national import decisions as rules
from streams.national.decisions import Author
from streams.national.foresight import Following, foresee
from streams.view import answers, decisions, objections
from streams.view.api import View
from streams.view.scribe import Scribe
from streams.view.tables import open_reader

SEEN_S: Final = 5.0
Record = dict[str, Any]
T = TypeVar("T")


class Asked(BaseModel):
    """What a steward asks for."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{5,63}$",
        description="Id of the decision, chosen by who asks; sent again, nothing is written twice.",
    )
    action: Literal["merge", "split", "pin"] = Field(description="What is decided.")
    ids: list[str] = Field(min_length=1, max_length=20, description="National ids that it is about.")
    apart: list[str] = Field(
        default=[],
        max_length=200,
        description="For split of one record: sources that are another thing, as hub|kind|source id.",
    )
    field: str | None = Field(None, max_length=100, description="For pin: the field.")
    value: Any = Field(None, description="For pin: its value.")
    reason: str = Field(min_length=3, max_length=1000, description="Why, for who reads it later.")


class Conflict(Exception):
    """The id stands for another decision."""


def made(db: sqlite3.Connection, asked: Asked, author: Author) -> tuple[Record, list[Record]]:
    """The decision, and the records that it is about. Raises `Reject` with what forbids it."""
    if not asked.reason.strip():
        raise Reject("A decision has a reason", field="reason", fix="Say why, for who reads it later.")
    things = decisions.things(db, asked.ids)
    decision_id = asked.id or uuid.uuid4().hex[:12]
    if asked.action == rules.MERGE:
        found = rules.merge(decision_id, things, author)
        rules.refuse_split(found, standing(db))
    elif asked.action == rules.SPLIT:
        apart = [decisions.source_of(one) for one in asked.apart]
        found = rules.split(decision_id, things, apart, author)
    else:
        if len(things) != 1 or asked.field is None:
            raise Reject(
                "A value is pinned on one field of one record", field="ids", fix="Name one id and a field."
            )
        found = rules.pin(decision_id, things[0], asked.field, asked.value, author)
    return found, things


def standing(db: sqlite3.Connection) -> list[Record]:
    """All decisions that hold, as they stand on the topic."""
    rows = db.execute("SELECT json FROM decision WHERE withdrawn_at IS NULL")
    return [orjson.loads(row[0]) for row in rows]


def foreseen(db: sqlite3.Connection, asked: Asked, author: Author) -> tuple[Record, list[Record], Following]:
    """The decision before it is written, the records, and what follows."""
    decision, things = made(db, asked, author)
    return decision, things, foresee(decision, things)


def same(db: sqlite3.Connection, asked: Asked, known: Record) -> bool:
    """Whether a decision that is there is the one asked for, under whatever ids its things go on now."""
    now = [{answers.goes_on_as(db, one) or one for one in ids} for ids in (asked.ids, known["ids"])]
    value = decisions.shown(db, known)["value"]
    told = (known["action"], known["field"], value, known["reason"])
    return now[0] == now[1] and told == (asked.action, asked.field, asked.value, asked.reason)


class Answer(NamedTuple):
    """What is answered to an objection of a hub; upheld by a decision, or declined."""

    hub: str
    id: str
    state: str
    decision: str | None


def _check(db: sqlite3.Connection, answer: Answer, author: Author) -> None:
    """Raises `Reject` with why nothing is answered so."""
    said = objections.one(db, answer.hub, answer.id)
    if said is None or said["outcome"] is not None:
        raise Reject(
            f"There is no open objection {answer.id} of {answer.hub}", field="id", fix="See the desk."
        )
    if not author.reason.strip():
        raise Reject("An answer has a reason", field="reason", fix="Say why, for the hub.")
    if answer.state == objections.UPHELD and (
        answer.decision is None or decisions.stored(db, answer.decision) is None
    ):
        raise Reject(
            "What upholds an objection is a decision", field="decision", fix="Decide first, then answer."
        )


def _answered(db: sqlite3.Connection, answer: Answer) -> bool:
    said = objections.one(db, answer.hub, answer.id)
    return said is not None and said["outcome"] is not None


class Decider:
    """Writes decisions for API and desk."""

    def __init__(self, view: View, scribe: Scribe) -> None:
        self._view, self._scribe = view, scribe
        self._topics = catalogue(())
        self._busy = asyncio.Lock()
        self._underway: dict[str, Record] = {}

    async def decide(self, asked: Asked, author: Author) -> tuple[Record, bool]:
        """The decision as an answer, and whether it is new. Raises `Reject`, `Conflict` or `Retry`."""
        async with self._busy:
            decision, new = await self._read(lambda db: self._made(db, asked, author))
            if new:
                await self._decided(decision)
            return await self._shown(decision), new

    async def undo(self, decision_id: str, author: Author) -> Record | None:
        """The decision taken back; None when there is none. Taken back before, it stays so."""
        async with self._busy:
            known = await self._read(lambda db: self._known(db, decision_id))
            if known is None:
                return None
            if known["withdrawn_at"] is None:
                known = rules.withdrawn(known, author)
                await self._decided(known)
            return await self._shown(known)

    async def answer(self, answer: Answer, author: Author) -> None:
        """Tell a hub what became of its objection. Raises `Reject` or `Retry`."""
        async with self._busy:
            await self._read(lambda db: _check(db, answer, author))
            key = f"{answer.hub}|{answer.id}"
            await self._write(OUTCOME, key, {**answer._asdict(), **author._asdict()})
            await self._seen(lambda db: _answered(db, answer))

    def _made(self, db: sqlite3.Connection, asked: Asked, author: Author) -> tuple[Record, bool]:
        known = self._known(db, asked.id) if asked.id else None
        if known is None:
            return made(db, asked, author)[0], True
        if not same(db, asked, known):
            raise Conflict(asked.id)
        return known, False

    def _known(self, db: sqlite3.Connection, decision_id: str) -> Record | None:
        stored, ahead = decisions.stored(db, decision_id), self._underway.get(decision_id)
        if stored is not None and (stored == ahead or stored["withdrawn_at"] is not None):
            self._underway.pop(decision_id, None)
            return stored
        return ahead or stored

    async def _decided(self, decision: Record) -> None:
        name = decision["id"]
        await self._write(DECISION, name, decision)
        self._underway[name] = decision
        if await self._seen(lambda db: decisions.stored(db, name) == decision):
            self._underway.pop(name, None)

    async def _write(self, topic: str, key: str, record: Record) -> None:
        why = self._view.ready()
        if why is not None:
            raise Retry(f"Nothing can be decided now: {why}", fix="Send it again later, under the same id.")
        await self._scribe.write(self._topics[topic], key, record)

    async def _seen(self, there: Callable[[sqlite3.Connection], bool]) -> bool:
        """Whether what was written came back to the view in time."""
        end = time.monotonic() + SEEN_S
        with self._view.bell.listening() as rung:
            while not await self._read(there):
                left = end - time.monotonic()
                if left <= 0:
                    return False
                rung.clear()
                await _either(rung, min(left, 0.2))
        return True

    async def _shown(self, decision: Record) -> Record:
        return await self._read(lambda db: decisions.shown(db, decision))

    async def _read(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        def read() -> T:
            db = open_reader(self._view.folder)
            try:
                return ask(db)
            finally:
                db.close()

        return await asyncio.to_thread(read)


async def _either(rung: asyncio.Event, wait_s: float) -> None:
    try:
        await asyncio.wait_for(rung.wait(), wait_s)
    except TimeoutError:
        return
