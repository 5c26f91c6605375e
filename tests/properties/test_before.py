"""A row that reads as before is not translated again; what is published is the same, whatever happens in between."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from connectors.brake import Brake
from connectors.conformance.log import Log, LogPublisher, LogRegistry, LogTail
from connectors.hubs import Statement, Words
from connectors.look import Again, Hands, Job, Outcome, look
from connectors.manifest import Expected
from connectors.memory import Memory
from connectors.publish import Stamp, Writer
from connectors.sources import Evidence, Look, LookState, Page, Row, Verdict
from schemas.errors import Reject
from schemas.settings import Settings

HUB = "limburg"
START_MS = 1_790_000_000_000


class List:
    """A list that is read whole, page by page; an id may come twice."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []
        self.same: list[str] = []

    def look(self, previous: LookState | None, clock: Any) -> Look:
        del previous, clock
        return Look(self._pages())

    def _pages(self) -> Generator[Page, None, Verdict]:
        for at in range(0, len(self.rows), 4):
            part = self.rows[at : at + 4]
            yield Page([Row(one, {"title": title}, f"rij {at}", "https://x") for one, title in part])
        yield Page(same=self.same)
        return Verdict(complete=True, state="live", absence="ask", next_state=LookState(marks={"a": "b"}))

    def confirm(self, source_ids: Iterable[str], clock: Any) -> dict[str, Evidence]:
        del clock
        return dict.fromkeys(source_ids, Evidence("gone", "404"))

    def close(self) -> None:
        """Nothing is held."""


class World:
    """A connector's hands on a log of its own; `translated` counts rows that were translated."""

    def __init__(self, folder: Path, *, remembers: bool) -> None:
        self.now, self.translated, self._remembers = START_MS, 0, remembers
        self.log, self.source = Log(HUB, lambda: self.now), List()
        self.memory = Memory(folder / f"{remembers}.sqlite")
        settings = Settings.at(folder)
        registry = LogRegistry("http://nowhere")
        registry.log = self.log
        tail = LogTail(settings, HUB, self.memory, registry)
        publisher = LogPublisher(settings, HUB, lambda: None)
        tail.log = publisher.log = self.log
        publisher.step = lambda _: None
        self.writer = Writer(HUB, True, 2, self.log.ids)
        self.hands = Hands(self.memory, publisher, tail, self.writer, lambda: self.now, lambda: None)
        tail.open(self.now)
        tail.catch_up(self.now)

    def close(self) -> None:
        self.hands.tail.close()
        self.memory.close()

    def told(self, row: Row, words: Words) -> Statement:
        del words
        self.translated += 1
        title = str(row.fields["title"])
        if title.startswith("x"):
            raise Reject("A title with an x", field="title", got=title, fix="Take it away.")
        content = {"body_kind": "hub", "body": HUB, "role": title, "note": {"nl": None, "en": None}}
        return Statement(["mem:hub:limburg"], [], content, ["tag"] if title.startswith("y") else [])

    def look(self, release: str, again: Again | None) -> Outcome:
        self.now += 1000
        expected, brake = Expected(), Brake(share=1.0, absolute=1000)
        given = release if self._remembers else ""
        return look(
            Job(
                "membership",
                "list",
                self.source,
                self.told,
                Words(),
                brake,
                expected,
                again=again,
                release=given,
            ),
            self.hands,
        )

    def foreign(self, source_id: str, title: str | None) -> None:
        """Somebody else writes under one of our ids."""
        stamp = Stamp(self.now + 1, "source", self.now, self.now)
        row = Row(source_id, {"title": title}, "", "https://x")
        if title is not None:
            statement = Statement(
                [], [], {"body_kind": "hub", "body": HUB, "role": title, "note": {"nl": None, "en": None}}
            )
            digest = self.writer.digest("membership", statement)
            self.log.append(self.writer.record("membership", row, statement, digest, stamp))

    def written(self) -> Iterator[tuple[Any, ...]]:
        for topic in (f"regional.{HUB}.membership", f"rejected.{HUB}"):
            for part in self.log.partitions(topic):
                yield from ((topic, part.partition, *one) for one in self.log.read(part))


def step(random: Random, worlds: list[World], release: str) -> str:
    """Something happens, to both alike; returns the release of the next look."""
    rows = [
        (f"m{random.randrange(6)}", random.choice(("lid", "partner", "xlid", "ylid")))
        for _ in range(random.randrange(9))
    ]
    kept = random.random() < 0.5
    stranger = (
        (f"m{random.randrange(6)}", random.choice(("lid", "vreemd"))) if random.random() < 0.3 else None
    )
    lost = random.random() < 0.2
    for world in worlds:
        if not kept:
            world.source.rows = rows
        if stranger:
            world.foreign(*stranger)
            world.hands.tail.catch_up(world.now)
        if lost:
            world.memory._db.execute("DELETE FROM before")
    return random.choice(("r1", "r2")) if random.random() < 0.2 else release


@pytest.mark.parametrize("seed", range(40))
def test_what_is_published_is_the_same_as_if_every_row_were_translated(seed: int) -> None:
    random, release = Random(seed), "r1"
    with (
        TemporaryDirectory() as folder,
        closing(World(Path(folder), remembers=True)) as one,
        closing(World(Path(folder), remembers=False)) as other,
    ):
        for _ in range(25):
            release = step(random, [one, other], release)
            wants = frozenset(f"m{random.randrange(6)}" for _ in range(2))
            again = Again(wants) if random.random() < 0.2 else None
            found, plain = one.look(release, again), other.look(release, again)
            assert found == plain
            assert list(one.written()) == list(other.written())
        assert one.translated < other.translated


def test_a_second_look_translates_nothing_and_a_new_release_everything() -> None:
    with TemporaryDirectory() as folder, closing(World(Path(folder), remembers=True)) as world:
        world.source.rows = [(f"m{number}", "lid") for number in range(10)]
        world.look("r1", None)
        assert (world.look("r1", None).unchanged, world.translated) == (10, 10)
        assert (world.look("r2", None).unchanged, world.translated) == (10, 20)
        assert (world.look("r2", Again(frozenset({"m3"}))).published, world.translated) == (1, 21)


def test_rows_that_are_as_they_were_stand_as_they_stood() -> None:
    """What stands stays, what was rejected stays rejected, what is not among them is gone."""
    with TemporaryDirectory() as folder, closing(World(Path(folder), remembers=True)) as world:
        world.source.rows = [("m1", "lid"), ("m2", "xlid"), ("m3", "lid")]
        world.look("r1", None)
        world.source.rows, world.source.same = [], ["m1", "m2"]
        found = world.look("r1", None)
        assert (found.read, found.unchanged, found.rejected, found.mended, found.removed) == (2, 1, 1, 0, 1)
        assert (found.published, found.live, found.next_state.marks) == (0, 1, {"a": "b"})


def test_a_row_that_is_as_it_was_but_does_not_stand_is_read_anew() -> None:
    """The next look gets no state, so that the source shows everything."""
    with TemporaryDirectory() as folder, closing(World(Path(folder), remembers=True)) as world:
        world.source.rows, world.source.same = [("m1", "lid")], ["m9"]
        found = world.look("r1", None)
        assert (found.live, found.next_state.marks) == (1, {})
