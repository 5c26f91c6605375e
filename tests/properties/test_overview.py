"""Law of the overview: kept up change by change, over restarts and crashes, it equals a recount at any time."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import codec, topics
from schemas.bus.registry import Registry
from schemas.reference import kept
from schemas.reference.kept import Kept
from schemas.topics import NATIONAL_KINDS, OVERVIEW, ROW, national
from streams.agents.overview import Overview, OverviewTask
from streams.engine.stage import Plan, Run
from streams.engine.wire import Wire
from streams.national.overview import cells_of, facets_of, listed
from streams.view.facets import asked, parts
from tests.contract.examples import any_record, example
from tests.oracle.overview import recount
from tests.unit.test_notices_stage import Line

LAWS = settings(max_examples=60, deadline=None, derandomize=True)
NOW = 1_790_000_000_000
HUBS = st.lists(st.sampled_from(("limburg", "zuid-holland", "oost-nederland")), min_size=1, max_size=3)
SLUGS = st.lists(st.sampled_from(("onderwijs", "defensie", "talent")), max_size=3)
DAY = st.sampled_from((None, "2024-03-01", "2025-12-31", "2027-01-01"))
MOMENT = st.sampled_from(("2024-06-01T10:00:00Z", "2026-06-01T10:00:00Z"))
PLACE = st.sampled_from(
    (None, {"name": None, "address": None, "municipality": "Delft", "province": "NL-ZH", "country": "NL"})
)
FIGURES = st.lists(
    st.sampled_from([("ai-studenten", 2024, 10), ("ai-studenten", 2025, 7), ("pilots", 2025, 3)]),
    unique=True,
    max_size=3,
).map(lambda found: [{"name": name, "year": year, "value": value} for name, year, value in found])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "areas": SLUGS,
    "dimensions": SLUGS,
    "pillars": SLUGS,
    "instruments": SLUGS,
    "type": st.sampled_from(("project", "lab", "call")),
    "status": st.sampled_from(("planned", "running", "completed")),
    "phase": st.sampled_from((None, "doel")),
    "research_kind": st.sampled_from((None, "in-ai")),
    "deadline": DAY,
    "venue": PLACE,
    "indicators": FIGURES,
    "body_kind": st.sampled_from(("hub", "working-group", "team")),
    "body": st.sampled_from(("onderwijs", "covid-overzicht")),
    "role": st.sampled_from(("partner", "member")),
    "helix": st.sampled_from((None, "business")),
    "zone": st.just("Europe/Amsterdam"),
}
PARTNERS = st.lists(
    st.builds(
        lambda name, role: {"id": "o-x", "name": name, "role": role, "via": None},
        st.sampled_from(("TU Delft", "Voorbeeld BV")),
        st.sampled_from(("partner", "invited")),
    ),
    max_size=2,
)


@st.composite
def records(draw: st.DrawFn, kind: str) -> dict[str, Any] | None:
    """A national record, a redirect, or a removal."""
    shape = draw(st.integers(0, 9))
    if shape == 0:
        return None
    found: dict[str, Any] = example(codec.load(f"national.{kind.capitalize()}"))
    giver = found["contributions"][0]
    found |= {
        "sample": draw(st.booleans()),
        "contributions": [giver | {"hub": hub} for hub in draw(HUBS)],
        "organisations": draw(PARTNERS),
    }
    if shape == 1:
        return found | {"redirect": "elsewhere", "content": None, "contributions": []}
    content = found["content"]
    content |= {name: draw(values) for name, values in FIELDS.items() if name in content}
    if kind != "organisation":
        content |= {name: draw(MOMENT if kind == "event" else DAY) for name in ("start", "end")}
        content["end"] = draw(st.sampled_from((None, content["end"])))
    if kind == "project":
        content["place"] = draw(PLACE)
    return found


RECORDS = st.sampled_from(NATIONAL_KINDS).flatmap(
    lambda kind: st.tuples(
        st.just(kind), st.sampled_from(("1", "2", "3")), records(kind), st.sampled_from("......rcd")
    )
)
OFFICE = st.sampled_from(
    (
        ("targets", "ai-studenten", {"scope": "tu-delft"}),
        ("targets", "ai-studenten", {"scope": "lumc|erasmus-mc"}),
        ("targets", "ai-studenten", None),
        ("targets", "pilots", {"scope": "tu-delft", "name_nl": "Pilots"}),
        ("organisations", "lumc", {"name": "LUMC", "aliases": "Voorbeeld BV"}),
        ("organisations", "tu-delft", None),
    )
)
"""A row that the office changes, brings, or takes away."""
CHANGES = st.lists(
    st.one_of(RECORDS, RECORDS, st.tuples(st.just("list"), st.just(""), OFFICE, st.sampled_from("...rcd"))),
    min_size=1,
    max_size=14,
)


def wire_of() -> Wire:
    """A wire whose registry gives out an id per subject."""
    ids: dict[str, int] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": ids.setdefault(request.url.path, len(ids) + 1)})

    client = httpx.Client(transport=httpx.MockTransport(answer))
    wire = Wire(Registry("http://registry", client), topics.catalogue((), 4))
    asyncio.run(wire.prepare([*map(national, NATIONAL_KINDS), OVERVIEW, ROW]))
    return wire


WIRE = wire_of()


class World:
    """The logs of one partition, and a task that may crash, start again or stay."""

    def __init__(self) -> None:
        self.logs: dict[str, list[Line]] = {topic: [] for topic in (*Overview.inputs, OVERVIEW, ROW)}
        self.kept = Kept()
        self.start()

    def start(self, *, anew: bool = True) -> int:
        """Set a task up, a new one or the one that is here; returns how much it wrote."""
        if anew:
            self.stage = Overview(WIRE, 4)
            self.stage.heard({}, ROW, self.logs[ROW])
            self.task = self.stage.task(0)
            self.read = dict.fromkeys(Overview.inputs, 0)
        assert isinstance(self.task, OverviewTask)
        for topic in Overview.inputs:
            self.task.load(topic, self._fresh(topic))
        self.task.forget_written()
        self.stage.written({0: self.task}, OVERVIEW, self.logs[OVERVIEW])
        return sum(self._write(plan) for plan in self.task.reconcile(NOW))

    def say(self, kind: str, number: str, record: Any) -> None:
        """fold writes a record, or the office a row."""
        if kind == "list":
            self._office(*record)
            return
        log = self.logs[national(kind)]
        value = None if record is None else WIRE.value(national(kind), record)
        log.append(Line(f"{kind[0]}-{number}".encode(), value, len(log)))

    def _office(self, name: str, row: str, fields: dict[str, str] | None) -> None:
        version = len(self.kept.versions(name, row)) + 1
        said = example(codec.load("office.Row")) | {"list": name, "row": row, "version": version}
        columns = dict.fromkeys(kept.columns(name), "") | {kept.columns(name)[0]: row} | (fields or {})
        pairs = [{"name": column, "value": value} for column, value in columns.items()]
        said |= {"state": kept.SAID if fields else kept.GONE, "fields": pairs if fields else []}
        self.kept.put(kept.key_of(said), said)
        line = Line(kept.key_of(said).encode(), WIRE.value(ROW, said), len(self.logs[ROW]))
        self.logs[ROW].append(line)
        self.stage.heard({0: self.task}, ROW, [line])

    def step(self, *, crash: bool = False) -> None:
        """One batch of what is new; after a crash nothing of it was written."""
        runs = [Run(topic, fresh) for topic in Overview.inputs if (fresh := self._fresh(topic))]
        plan = self.task.apply(runs, NOW)
        if crash:
            self.start()
        else:
            self._write(plan)

    def _fresh(self, topic: str) -> list[Line]:
        fresh = self.logs[topic][self.read[topic] :]
        self.read[topic] += len(fresh)
        return fresh

    def _write(self, plan: Plan) -> int:
        count = 0
        for group in plan.groups:
            for one in group:
                self.logs[OVERVIEW].append(Line(one.key, one.value, len(self.logs[OVERVIEW]), one.headers))
                count += 1
        return count

    def stands(self) -> dict[tuple[str, ...], tuple[int, int, int, int]]:
        """What the topic holds."""
        schema, found = codec.load("national.Overview"), {}
        newest = {line.key: line.value for line in self.logs[OVERVIEW]}
        for value in filter(None, newest.values()):
            said = codec.decode(schema, value[5:])
            sums = tuple(said[name] for name in ("records", "samples", "value", "sample_value"))
            found[said["table"], *said["values"]] = sums
        return found

    def recounted(self) -> dict[tuple[str, ...], tuple[int, int, int, int]]:
        """What it should hold, from the records alone."""
        kinds = {}
        for kind in NATIONAL_KINDS:
            schema = codec.load(f"national.{kind.capitalize()}")
            newest = {line.key: line.value for line in self.logs[national(kind)]}
            kinds[kind] = [codec.decode(schema, value[5:]) for value in newest.values() if value]
        return recount(kinds, self.kept)


@LAWS
@given(CHANGES)
def test_what_is_kept_up_equals_a_recount_at_any_time(changes: list[tuple[Any, ...]]) -> None:
    """After every batch; a crash before the writes, a new start and an assignment that stays change nothing."""
    world = World()
    for kind, number, record, what in changes:
        world.say(kind, number, record)
        if what == "d":  # the next batch brings both
            continue
        world.step(crash=what == "c")
        if what == "r":
            assert world.start(anew=False) == 0
        assert world.stands() == world.recounted()
    world.step()
    assert world.stands() == world.recounted()
    assert world.start() == 0, "a start with nothing to do writes nothing"


@LAWS
@given(CHANGES, st.randoms(use_true_random=False))
def test_damage_is_mended_with_exactly_that_many_writes(changes: list[tuple[Any, ...]], random: Any) -> None:
    """A lost, a stale, a damaged and a phantom cell, at the next start."""
    world = World()
    for kind, number, record, _ in changes:
        world.say(kind, number, record)
    world.step()
    log = world.logs[OVERVIEW]
    keys = random.sample(sorted({line.key for line in log if line.key}), min(3, len(log)))
    values = {
        b"lost": None,
        b"stale": WIRE.value(OVERVIEW, _cell(records=99)),
        b"damaged": b"hello world",
    }
    for key, value in zip(keys, values.values(), strict=False):
        log.append(Line(key, value, len(log)))
    log.append(Line(b"projects|ghost|0", WIRE.value(OVERVIEW, _cell()), len(log)))
    assert world.start() == len(keys) + 1
    assert world.stands() == world.recounted()


def _cell(**sums: int) -> dict[str, Any]:
    empty = dict.fromkeys(("records", "samples", "value", "sample_value"), 1)
    return {"table": "projects", "values": ["ghost"], "task": 0} | empty | sums


def test_every_dimension_of_every_table_is_one_that_records_of_the_kind_have() -> None:
    """A table in the reference list that nothing fills would stay at 0 for ever."""
    world = World()
    for kind in NATIONAL_KINDS:
        record = example(codec.load(f"national.{kind.capitalize()}"))
        record["content"] |= {"type": "lab"} if kind == "project" else {}
        if kind == "project":
            record["organisations"][0] |= {"name": "TU Delft", "role": "partner"}
            record["content"]["indicators"] = [{"name": "ai-studenten", "year": 2025, "value": 1}]
        world.say(kind, "1", record)
    world.step()
    assert {cell[0] for cell in world.stands()} == {table.slug for table in listed().tables}


@pytest.mark.parametrize("kind", NATIONAL_KINDS)
def test_any_record_of_the_schema_can_be_counted(kind: str) -> None:
    """Whatever a source writes: the cells are values of their table's dimensions, and fit in the topic and a link."""

    @LAWS
    @given(any_record(codec.load(f"national.{kind.capitalize()}")))
    def law(record: dict[str, Any]) -> None:
        facets = facets_of(kind, record)
        tables = {table.slug: table for table in listed().tables}
        for cell, sums in cells_of(facets, listed()).items():
            assert len(cell) == 1 + len(tables[cell[0]].dimensions)
            assert sums.records == 1
            said = {"table": cell[0], "values": cell[1:], "task": 0}
            assert WIRE.value(OVERVIEW, said | sums._asdict())
            assert list(parts(asked(tables[cell[0]], cell[1:]))) or not tables[cell[0]].dimensions

    law()
