"""What a stage tells the engine: where it reads, what it keeps per task, what it writes, in which order.

A stage is a reconciler. *Desired* is a pure function of its inputs, *actual* is what it last wrote; it emits
the difference. The engine (`streams.engine.pump`) calls, always from one event loop and never concurrently
for one stage:

1. at assignment, per task (= partition p of all `inputs`): `Stage.task(p)`, or `Task.forget_written()` on a
   task that was kept; then `Task.load(topic, records)` for the inputs from where the task stands to the end,
   `Stage.written(tasks, topic, records)` for `Stage.read_back(p)` from the start to the end, then
   `Task.reconcile(now_ms)`, whose plans are sent chunk by chunk; a `lean` stage never keeps a task, and
   reads back before it loads;
2. when live, per batch: `Task.apply(runs, now_ms)`;
3. about every second without input: `Task.idle(now_ms)`.

Every record that is handed over counts once in a tally, as `APPLIED`, `UNCHANGED`, `SUPERSEDED` (a newer
one of its key came in the same batch or load) or `REJECTED`.

Records are aiokafka's `ConsumerRecord`s: keep `record.value` (bytes), never the record itself. Topics are
named as in the catalogue; the engine puts a system's topic prefix before them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

APPLIED: Final = "applied"
UNCHANGED: Final = "unchanged"
SUPERSEDED: Final = "superseded"
REJECTED: Final = "rejected"
CHUNK_KEYS: Final = 4_000

Headers = Sequence[tuple[str, bytes]]
Tally = Counter[str]


class Record(Protocol):
    """What a stage may use of aiokafka's ConsumerRecord."""

    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


class Emission(NamedTuple):
    """One record to write; `value` None is a tombstone; `headers` must be a list (aiokafka refuses a tuple)."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]


class Run(NamedTuple):
    """Records of one input topic of a task, in order of offset."""

    topic: str
    records: Sequence[Record]


@dataclass(slots=True)
class Plan:
    """What follows from a batch: groups of emissions, each acknowledged in full before the next is sent."""

    groups: list[list[Emission]] = field(default_factory=list)
    tally: dict[str, Tally] = field(default_factory=dict)


class Task(ABC):
    """The state of one partition of a stage. All methods are synchronous and do no input or output."""

    def __init__(self, partition: int) -> None:
        self.partition = partition

    @abstractmethod
    def load(self, topic: str, records: Sequence[Record]) -> Tally:
        """Take in input records during set-up, newest last; nothing is emitted."""

    @abstractmethod
    def forget_written(self) -> None:
        """Drop what is known of what was written: it is read back again now."""

    @abstractmethod
    def reconcile(self, now_ms: int) -> Iterator[Plan]:
        """Yield the difference between desired and written, at most `CHUNK_KEYS` keys a plan.

        Every plan has been acknowledged before the generator goes on. Yield an empty plan about every
        thousand keys compared, so that the loop can breathe. A crash in the middle just begins again.
        """

    @abstractmethod
    def apply(self, runs: Sequence[Run], now_ms: int) -> Plan:
        """Take in a batch and tell what is to be written for it, newest version per key only.

        `runs` may be empty when broadcast records touched keys of this task (`Stage.heard`).
        """

    def acknowledged(self) -> None:
        """The plan of the last `apply` or `idle`, or the last yielded plan, has been acknowledged."""
        return

    def idle(self, now_ms: int) -> Plan:
        """What to write when nothing came in for a second, for instance a done mark."""
        return Plan()

    def audit_begins(self, number: int, slices: int) -> None:
        """Take note of slice `number` of the audited topics from now on (`streams.engine.audit`)."""
        return

    def audit_ends(self) -> Iterator[Plan]:
        """The difference between what was heard of the slice and what should stand there."""
        return iter(())

    def waits(self) -> Mapping[str, int]:
        """Per input topic the lowest offset that is taken in but not yet done; missing: none."""
        return {}


class Stage(ABC):
    """A step of the journey: `name` is also its consumer group; all `inputs` have equal partition counts."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    audited: tuple[str, ...] = ()  # outputs that are not read back, and compared slowly instead
    lean: bool = False  # tasks keep no inputs: set-up begins anew, and reads back first
    broadcast: tuple[str, ...] = ()  # small topics that every worker reads whole, without a group

    @abstractmethod
    def task(self, partition: int) -> Task:
        """An empty task."""

    def read_back(self, partition: int) -> Sequence[tuple[str, int | None]]:
        """Topics (with a partition, or None for all of them) that hold what the task last wrote."""
        return ()

    def written(self, tasks: Mapping[int, Task], topic: str, records: Sequence[Record]) -> None:
        """Take in records read back. `tasks` are those being set up; the records may be of others."""
        raise LookupError(
            f"{self.name} does not read {topic} back ({len(tasks)} tasks, {len(records)} records)"
        )

    def audit_heard(self, tasks: Mapping[int, Task], topic: str, records: Sequence[Record]) -> None:
        """Take in records of an audited topic, of any task's keys."""
        raise LookupError(f"{self.name} does not audit {topic} ({len(tasks)} tasks, {len(records)} records)")

    def heard(self, tasks: Mapping[int, Task], topic: str, records: Sequence[Record]) -> None:
        """Take in broadcast records; mark the keys they touch in `tasks`, for their next `apply`."""
        raise LookupError(
            f"{self.name} does not listen to {topic} ({len(tasks)} tasks, {len(records)} records)"
        )
