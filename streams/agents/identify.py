"""identify: what a source speaks of, and its contributions under the national ids that `identity` answers.

Task p holds partition p of all regional topics and of `identity`. In this order, each acknowledged: the keys
(`identity.keys`) and every national id that may hold the source (`identify.state`); then the contributions
(`linked.*`), tombstones for what is left behind, and `rejected`; then tombstones of states that nobody needs.
After a change of keys nothing is linked until the answer carries the digest of those keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from schemas.reference import lists
from schemas.reference.kept import Kept
from schemas.topics import (
    IDENTIFY_STATE,
    IDENTITY,
    IDENTITY_KEYS,
    KINDS,
    NATIONAL_KINDS,
    ROW,
    linked,
    partition_of,
    regional,
    rejected,
)
from streams.agents.deciding import rows_heard
from streams.agents.identify_task import IdentifyTask
from streams.agents.linked_audit import source_in
from streams.agents.sources import NOBODY, digest_of
from streams.engine.cold import Cold
from streams.engine.stage import Record, Stage, Task
from streams.engine.wire import Wire
from streams.national.identify import Crosswalk, rules_of
from streams.national.keys import source_key, split_source


class Identify(Stage):
    """The stage."""

    name = "identify"
    audited = tuple(map(linked, NATIONAL_KINDS))
    broadcast = (ROW,)

    def __init__(self, wire: Wire, hubs: Iterable[str], crosswalk: Crosswalk, partitions: int) -> None:
        self.hubs = tuple(hubs)
        self.inputs = (*(regional(hub, kind) for hub in self.hubs for kind in KINDS), IDENTITY)
        self.rejects = tuple(rejected(hub) for hub in self.hubs)
        outputs = (IDENTITY_KEYS, IDENTIFY_STATE, *map(linked, NATIONAL_KINDS))
        self.outputs = (
            *outputs,
            *self.rejects,
            *(regional(hub, kind) for hub in self.hubs[:1] for kind in KINDS),
        )
        self.wire, self.crosswalk, self.partitions = wire, crosswalk, partitions
        self.values, self.answers = {kind: Cold() for kind in KINDS}, Cold()
        self.kept = Kept()
        self.rules = rules_of(lists.rows("organisations"))

    def task(self, partition: int) -> Task:
        return IdentifyTask(partition, self)

    def heard(self, tasks: Mapping[int, Task], topic: str, records: Sequence[Record]) -> None:
        """The office changed the crosswalk: every source may now speak of other things."""
        rows_heard(self.kept, self.wire, self.name, records)
        listed = self.kept.rows("organisations")
        rules = rules_of(listed)
        if rules != self.rules:
            self.rules, self.crosswalk = rules, lists.Crosswalk(listed)
            for task in tasks.values():
                if isinstance(task, IdentifyTask):
                    task.rethink()

    def read_back(self, partition: int) -> Sequence[tuple[str, int | None]]:
        return [(IDENTIFY_STATE, partition), (IDENTITY_KEYS, 0), *((topic, 0) for topic in self.rejects)]

    def written(self, tasks: Mapping[int, Task], topic: str, records: Sequence[Record]) -> None:
        mine = {part: task for part, task in tasks.items() if isinstance(task, IdentifyTask)}
        for record in records:
            key = (record.key or b"").decode("utf-8", "replace")
            if topic == IDENTIFY_STATE:
                mine[record.partition].state_written(key, record)
            elif topic == IDENTITY_KEYS:
                task = self._owner(mine, key)
                if task is not None:
                    task.keys_written(key, digest_of(record.headers) or NOBODY if record.value else None)
            elif key.startswith(f"{self.name}|") and key.count("|") > 1:
                self._rejected(mine, topic, key, record)

    def audit_heard(self, tasks: Mapping[int, Task], topic: str, records: Sequence[Record]) -> None:
        mine = {part: task for part, task in tasks.items() if isinstance(task, IdentifyTask)}
        for record in records:
            source = source_in(record)
            task = None if source is None else self._owner(mine, source)
            if task is not None and task.audit is not None and source is not None:
                task.audit.heard(self.wire, source, topic, record)

    def _owner(self, tasks: Mapping[int, IdentifyTask], source: str) -> IdentifyTask | None:
        found = next((task for task in tasks.values() if source in task.sources), None)
        if source.count("|") < 2:
            return found
        return found or tasks.get(partition_of(split_source(source)[2], self.partitions))

    def _rejected(self, tasks: Mapping[int, IdentifyTask], topic: str, key: str, record: Record) -> None:
        _, kind, source_id = key.split("|", 2)
        source = source_key(topic.removeprefix(rejected("")), kind, source_id)
        if record.value is None:
            for task in tasks.values():
                task.standing.pop(source, None)
            return
        said = self.wire.readable(self.name, "rejected.Rejected", key, record.value, record.headers)
        if said is None:
            return
        owner = tasks.get(said["partition"] if said["partition"] is not None else -1)
        if owner is not None:
            owner.standing[source] = said["offset"]
