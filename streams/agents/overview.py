"""overview: counts and indicators over all national records, one partition at a time; readers add the tasks up.

Task p holds the facets of the records in partition p of all `national.*` topics and writes absolute sums per cell
into partition p of `national.overview`, under keys that name the cell and the task. What stands there is read back
at every set-up and compared with a recount, so that lost, stale and phantom cells are mended. When the national
office changes a target or who is in its scope, the records that this concerns count anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import orjson
import structlog

from schemas import cloudevents
from schemas.errors import Reject
from schemas.reference.kept import Kept
from schemas.topics import NATIONAL_KINDS, OVERVIEW, ROW, national
from streams.agents.deciding import rows_heard
from streams.engine.cold import Cold
from streams.engine.stage import (
    APPLIED,
    CHUNK_KEYS,
    REJECTED,
    SUPERSEDED,
    UNCHANGED,
    Emission,
    Plan,
    Record,
    Run,
    Stage,
    Tally,
    Task,
)
from streams.engine.wire import Wire
from streams.national.overview import (
    NOTHING,
    PARTY,
    Cell,
    Facets,
    Rules,
    Sums,
    cells_of,
    changed,
    facets_of,
    listed,
    rules_of,
)

BREATH = 1_000
RECORD = "national.Overview"


class Overview(Stage):
    """The stage."""

    name = "overview"
    inputs = tuple(map(national, NATIONAL_KINDS))
    outputs = (OVERVIEW,)
    broadcast = (ROW,)

    def __init__(self, wire: Wire, partitions: int, rules: Rules | None = None) -> None:
        self.wire, self.partitions = wire, partitions
        self.rules = rules or listed()
        self.cold = {kind: Cold() for kind in NATIONAL_KINDS}
        self.kept = Kept()

    def heard(self, tasks: Mapping[int, Task], topic: str, records: Sequence[Record]) -> None:
        """The office changed a list: what is aimed for, or who is meant, may be another now."""
        rows_heard(self.kept, self.wire, self.name, records)
        rules = rules_of(self.kept)
        if rules != self.rules:
            before, self.rules = self.rules, rules
            for task in tasks.values():
                if isinstance(task, OverviewTask):
                    task.recount(before)

    def task(self, partition: int) -> Task:
        return OverviewTask(partition, self)

    def read_back(self, partition: int) -> Sequence[tuple[str, int | None]]:
        return [(OVERVIEW, partition)]

    def written(self, tasks: Mapping[int, Task], topic: str, records: Sequence[Record]) -> None:
        for record in records:
            task = tasks.get(record.partition)
            if isinstance(task, OverviewTask):
                task.cell_written(record)


class OverviewTask(Task):
    """The national records of one partition, and the sums over them."""

    def __init__(self, partition: int, stage: Overview) -> None:
        super().__init__(partition)
        self.stage = stage
        self.facets: dict[tuple[str, bytes], bytes] = {}  # packed, by kind and national id
        self.sums: dict[Cell, Sums] = {}
        self.stands: dict[bytes, Sums | None] = {}  # None: something that cannot be read
        self.touched: set[Cell] = set()

    def load(self, topic: str, records: Sequence[Record]) -> Tally:
        return self._take(topic, records)

    def forget_written(self) -> None:
        self.stands.clear()

    def cell_written(self, record: Record) -> None:
        """A cell was read back."""
        key = record.key or b""
        if record.value is None:
            self.stands.pop(key, None)
            return
        said = self.stage.wire.readable(
            self.stage.name, RECORD, key.decode(errors="replace"), record.value, record.headers
        )
        mine = said is not None and self._key((said["table"], *said["values"])) == key
        self.stands[key] = Sums(*(said[name] for name in Sums._fields)) if said and mine else None

    def reconcile(self, now_ms: int) -> Iterator[Plan]:
        self.touched.clear()
        phantoms = self.stands.keys() - {self._key(cell) for cell in self.sums}
        found = [Emission(OVERVIEW, self.partition, key, None, []) for key in sorted(phantoms)]
        for key in phantoms:
            del self.stands[key]
        for number, cell in enumerate(list(self.sums)):
            found += self._settle(cell, now_ms)
            if number % BREATH == 0:
                yield Plan()
        for at in range(0, len(found), CHUNK_KEYS):
            yield Plan([found[at : at + CHUNK_KEYS]])

    def apply(self, runs: Sequence[Run], now_ms: int) -> Plan:
        plan = Plan(tally={run.topic: self._take(run.topic, run.records) for run in runs})
        found = [one for cell in self.touched for one in self._settle(cell, now_ms)]
        self.touched.clear()
        plan.groups = [found] if found else []
        return plan

    def recount(self, before: Rules) -> None:
        """Other rules hold: take the cells of what they concern away and add the new ones."""
        after = self.stage.rules
        scopes = {*before.scopes.items()} ^ {*after.scopes.items()}
        names = frozenset[str]().union(*(scope for _, scope in scopes))
        for (kind, _), kept in self.facets.items():
            facets = Facets(**orjson.loads(self.stage.cold[kind].unpack(kept)))
            if not names.isdisjoint(facets.values.get(PARTY, ())):
                self._add((cell, NOTHING.plus(sums, -1)) for cell, sums in cells_of(facets, before).items())
                self._add(cells_of(facets, after).items())

    def _take(self, topic: str, records: Sequence[Record]) -> Tally:
        kind = topic.rpartition(".")[2]
        newest = {record.key or b"": record for record in records}
        tally = Counter({SUPERSEDED: len(records) - len(newest)})
        tally.update(self._said(kind, key, record) for key, record in newest.items())
        return tally

    def _said(self, kind: str, key: bytes, record: Record) -> str:
        """Take in the newest version of a record; one that cannot be read leaves the last usable one."""
        name = f"national.{kind.capitalize()}"
        after: Facets | None = None
        if record.value is not None:
            try:
                said = self.stage.wire.decode(name, record.value, record.headers)
            except Reject as fault:
                structlog.get_logger().error(
                    "cannot be read",
                    stage=self.stage.name,
                    key=key.decode(errors="replace"),
                    reason=str(fault),
                )
                return REJECTED
            after = facets_of(kind, said)
        cold, place = self.stage.cold[kind], (kind, key)
        kept = self.facets.get(place)
        before = None if kept is None else Facets(**orjson.loads(cold.unpack(kept)))
        text = None if after is None else orjson.dumps(after._asdict())
        if kept is not None and text == cold.unpack(kept):
            return UNCHANGED
        if text is None:
            self.facets.pop(place, None)
        else:
            self.facets[place] = cold.pack(text)
        self._add(changed(before, after, self.stage.rules).items())
        return UNCHANGED if before is None and after is None else APPLIED

    def _add(self, differences: Iterable[tuple[Cell, Sums]]) -> None:
        for cell, difference in differences:
            sums = self.sums.get(cell, NOTHING).plus(difference)
            if sums == NOTHING:
                self.sums.pop(cell, None)
            else:
                self.sums[cell] = sums
            self.touched.add(cell)

    def _settle(self, cell: Cell, now_ms: int) -> Iterator[Emission]:
        """The record of a cell, if it is another than the one that stands."""
        key, sums = self._key(cell), self.sums.get(cell)
        if key in self.stands and sums is None:
            del self.stands[key]
            yield Emission(OVERVIEW, self.partition, key, None, [])
        elif sums is not None and self.stands.get(key) != sums:
            self.stands[key] = sums
            record = {"table": cell[0], "values": cell[1:], "task": self.partition}
            value = self.stage.wire.value(OVERVIEW, record | sums._asdict())
            yield Emission(OVERVIEW, self.partition, key, value, self._headers(key.decode(), now_ms))

    def _headers(self, key: str, now_ms: int) -> list[tuple[str, bytes]]:
        subject = key.encode("ascii", "xmlcharrefreplace").decode()
        event = cloudevents.headers(
            cloudevents.type_of("national", "overview"),
            cloudevents.source_of(None),
            f"{subject}:{now_ms}",
            now_ms,
            subject,
        )
        return [*event, self.stage.wire.fingerprint(OVERVIEW)]

    def _key(self, cell: Cell) -> bytes:
        return "|".join((*cell, str(self.partition))).encode()
