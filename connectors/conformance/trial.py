"""One trial: a source under control, a door that can fail, a log, and the judgement of what the connector wrote.

After every process that ran, ended or not, what it wrote is judged: no record removed that the source still has,
no record written though its source said nothing new, no more requests than are allowed. At the end the log must say
what the source says.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from connectors.conformance.bench import QUICK, Bench, Clock, Subject, mark, marks
from connectors.conformance.doors import Copy, Door, Proxy, Rewrite, Traffic
from connectors.conformance.log import Log
from connectors.conformance.process import Ended, Process, Steps
from connectors.conformance.wire import SCHEME, Wire
from schemas import topics
from schemas.codec import decode, load, unframe

LOOKS: Final = 8
"""So many undisturbed looks may pass before the log says what the source says."""
NUDGE: Final = 900
"""The item that changes so that a list has a further version."""
_ATTEMPTS: Final = 3


class Failed(AssertionError):
    """A connector does not keep a promise."""


@dataclass
class Standing:
    """The last record under one key."""

    digest: str
    said: dict[int, int]


@dataclass
class Figures:
    """What a check cost and saw."""

    looks: int = 0
    ends: int = 0
    requests: int = 0
    most_requests: int = 0
    records: int = 0
    rejections: int = 0


@dataclass
class Trial:
    """The state of one trial."""

    subject: Subject
    folder: Path
    bench: Bench
    clock: Clock
    figures: Figures
    truth: dict[int, int] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)
    """Items that were written or taken since they were last found in the log."""
    lenient: bool = False
    """Fields come and go (schema drift): their content may change."""
    standing: dict[str, Standing] = field(default_factory=dict)
    steps: Steps = field(default_factory=Steps)

    def __post_init__(self) -> None:
        self.log = Log(self.subject.manifest.hub, self.clock.connector)
        upstream, part = self.bench.upstream, self.subject.manifest.sources[self.subject.kind]
        self.door: Door
        self.web: Proxy | None = None
        self.file: Copy | None = None
        self.wire: Wire | None = None
        if isinstance(upstream, Path):
            self.door = self.file = Copy(upstream, self.folder)
        elif urlsplit(upstream).scheme == SCHEME:
            self.door = self.wire = Wire(upstream)
        else:
            self.door = self.web = Proxy(upstream, part.options)
        line = self.web or self.wire
        self.traffic = line.traffic if line is not None else Traffic()
        """What was asked, and how the next answers fail; of a file nothing is asked."""
        options = dict(part.options) | self.door.options()
        if self.web is not None:
            options["manners"] = QUICK | {"attempts": _ATTEMPTS}
        part = part.model_copy(update={"options": options})
        self.manifest = self.subject.manifest.model_copy(update={"sources": {self.subject.kind: part}})
        self._judged = dict.fromkeys(self._partitions(), 0)

    def close(self) -> None:
        """Let go of source and door."""
        self.door.close()
        self.bench.close()

    # the source

    def put(self, *numbers: int, text: str = "") -> None:
        """Make items, change them or bring them back, all at one moment."""
        for number in numbers:
            self.truth[number] = self.truth.get(number, 0) + 1
            self.taken.discard(number)
            self.touched.add(number)
            self.bench.put(number, f"{mark(number, self.truth[number])} {text or 'voorbeelddata'}")

    def take(self, *numbers: int) -> None:
        """Delete items."""
        for number in numbers:
            self.taken.add(number)
            self.touched.add(number)
            self.bench.take(number)

    def rewrite(self, how: Rewrite | None) -> None:
        """From now on what is read goes through `how`."""
        self.door.rewrite = how

    @property
    def live(self) -> dict[int, int]:
        """What the source holds: number and version."""
        return {number: version for number, version in self.truth.items() if number not in self.taken}

    # the connector

    def look(self, end_at: int | None = None, after_ms: int | None = None) -> dict[str, Any] | None:
        """One process with one look; None when it was ended. Judges what it wrote."""
        self.clock.on(self.bench.apart_ms if after_ms is None else after_ms)
        self.door.fresh()
        self.traffic.bound = self.bound if self.web is not None else None
        kind = self.subject.process or Process
        process = kind(self.subject, self.manifest, self.log, self.folder, self.clock.connector)
        self.steps = Steps(end_at)
        self.figures.looks += 1
        checked = None
        with suppress(Ended):
            checked = process.once(self.steps)
        self.figures.ends += checked is None
        self._judge_requests()
        self.judge()
        return None if checked is None else checked["kinds"][0]

    def settle(self) -> None:
        """Look undisturbed until the log says what the source says. Raises `Failed` when it never does."""
        for turn in range(LOOKS):
            if turn > 1 and not self.lacks():
                self.put(NUDGE)  # a list proves an absence by its second version
            self.look()
            if self.difference() is None:
                self.touched.clear()
                if self.lenient:
                    self.lenient = False
                    continue
                return
        raise Failed(
            f"after {LOOKS} undisturbed looks the log is not what the source is: {self.difference()}"
        )

    # the judgement

    @property
    def bound(self) -> int:
        """So many requests may one look make: each item once, some pages twice, each tried as often as allowed."""
        return _ATTEMPTS * (2 * len(self.truth) + 12)

    def _judge_requests(self) -> None:
        if self.web is None:
            return
        asked = len(self.traffic.paths)
        self.figures.requests += asked
        self.figures.most_requests = max(self.figures.most_requests, asked)
        if asked > self.bound:
            raise Failed(f"{asked} requests in one look; at most {self.bound} for {len(self.truth)} items")

    def said(self) -> dict[int, int]:
        """What the log says now: number and version; removals of a source that shows none are left out."""
        found: dict[int, int] = {}
        for one in self.standing.values():
            for number, version in one.said.items():
                if number in found and not self.lenient:
                    raise Failed(f"item {number} stands under two keys")
                found[number] = version
        if not self.bench.removes:
            found = {number: version for number, version in found.items() if number not in self.taken}
        return found

    def difference(self) -> str | None:
        """How the log differs from the source, or None."""
        live, said = self.live, self.said()
        parts = {
            "missing": sorted(set(live) - set(said)),
            "still there": sorted(set(said) - set(live)),
            "old": sorted(number for number in set(live) & set(said) if live[number] != said[number]),
        }
        return "; ".join(f"{name}: {numbers}" for name, numbers in parts.items() if numbers) or None

    def lacks(self) -> bool:
        """Whether the log lacks an item of the source, or its last version."""
        said = self.said()
        return any(said.get(number) != version for number, version in self.live.items())

    def rejected(self) -> dict[str, str]:
        """What stands in rejected: key and cause."""
        found: dict[str, str] = {}
        for part in self.log.partitions(topics.rejected(self.log.hub)):
            for record in self.log.read(part):
                key = record.key.decode()
                if record.value is None:
                    found.pop(key, None)
                else:
                    said = decode(load("rejected.Rejected"), unframe(record.value)[1])
                    found[key] = f"{said['cause']} | {said['original'][:2000].decode(errors='replace')}"
        self.figures.rejections = max(self.figures.rejections, len(found))
        return found

    def _partitions(self) -> list[Any]:
        return self.log.partitions(topics.regional(self.log.hub, self.subject.kind))

    def judge(self) -> None:
        """Judge what was written since the last judgement."""
        for part in self._partitions():
            for record in self.log.read(part, self._judged[part]):
                self.figures.records += 1
                self._judge(record.key.decode(), record.value, dict(record.headers))
            self._judged[part] = len(self.log.read(part))

    def _judge(self, key: str, value: bytes | None, headers: dict[str, bytes]) -> None:
        old = self.standing.get(key)
        if value is None:
            if old is None:
                raise Failed(f"false change: {key} was removed, but nothing stood there")
            wrong = sorted(
                number for number in old.said if number in self.live and number not in self.touched
            )
            if wrong:
                raise Failed(
                    f"false delete: item {wrong[0]} ({key}) was removed: {headers['zeven_evidence'].decode()}"
                )
            del self.standing[key]
            return
        record = decode(load(f"regional.{self.subject.kind.capitalize()}"), unframe(value)[1])
        new = Standing(record["digest"].hex(), marks(str(record["content"]) + str(record["organisations"])))
        if old is not None and old.digest == new.digest:
            raise Failed(f"false change: {key} was published again, and nothing of it changed")
        if old is not None and old.said == new.said and not self.lenient:
            raise Failed(f"false change: the content of {key} changed, but not that of its source")
        for number, version in new.said.items():
            if old is not None and version < old.said.get(number, 0):
                raise Failed(f"false change: item {number} ({key}) went back to an older version")
            if version > self.truth.get(number, 0):
                raise Failed(f"item {number} ({key}) says what its source never said")
        self.standing[key] = new
