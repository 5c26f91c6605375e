"""Readers that ask only for what changed miss nothing: with shifting pages, equal stamps, late commits, skewed clocks.

A mirror does what a connector does: it takes every row that is shown, removes what a finished list of changes says is
gone, and asks for what a whole list lacks. After whatever happened, one quiet look makes it equal to the source.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.sources import LookState, Source, open_source
from connectors.sources.throttle import Throttle
from deploy.samples.faces import oai
from deploy.samples.faces.oai import Record, Repository
from tests.support.dataverse import Table
from tests.support.sample import QUICK
from tests.support.site import Site, say

NOW = 1_790_000_000_000
HOUR = 3_600_000
SEEDS = range(12)


class Mirror:
    """What a connector would hold of a source."""

    def __init__(self, reader: Source, text: Callable[[Any], str]) -> None:
        self.reader, self._text = reader, text
        self.held: dict[str, str] = {}
        self._state: LookState | None = None

    def look(self, clock: Callable[[], int], between: Callable[[], None]) -> bool:
        """Look once; returns whether only changes were asked for."""
        look = self.reader.look(self._state, clock)
        seen: set[str] = set()
        gone: set[str] = set()
        for page in look:
            for row in page.rows:
                self.held[row.source_id] = self._text(row.fields)
                seen.add(row.source_id)
                gone.discard(row.source_id)
            gone |= {one.source_id for one in page.gone}
            between()
        self._state = look.verdict.next_state
        if look.verdict.complete and not look.verdict.delta:
            missing = self.held.keys() - seen
            said = self.reader.confirm(missing, clock)
            gone |= {one for one in missing if said[one].state == "gone"}
        if look.verdict.complete:
            for one in gone:
                self.held.pop(one, None)
        return look.verdict.delta


@pytest.fixture(params=SEEDS)
def random(request: pytest.FixtureRequest) -> Random:
    return Random(request.param)


def test_dataverse_is_mirrored_whatever_changes_while_it_is_read(site: Site, random: Random) -> None:
    table = Table(site)
    clock = [NOW]
    throttle = Throttle(lambda: clock[0] / 1000)
    reader = open_source("dataverse", table.options(manners=QUICK, only={"statecode": 0}), throttle)

    def change() -> None:
        for _ in range(random.randrange(4)):
            one = f"id-{random.randrange(12)}"
            if random.random() < 0.3:
                table.drop(one)
            else:
                table.put(one, f"{random.random()}", statecode=int(random.random() < 0.2))
        if random.random() < 0.1:
            table.oldest = table.version
        if random.random() < 0.1:
            table.limited = ["9"]

    mirror = Mirror(reader, lambda fields: str(fields["name"]))
    for _ in range(6):
        change()
        clock[0] += random.choice((1, HOUR, 9 * HOUR))
        mirror.look(lambda: clock[0], change)
    table.put("id-quiet", "stil")
    table.limited = []
    clock[0] += HOUR  # a pause that was asked for is over
    mirror.look(lambda: clock[0], lambda: None)
    live = {one: row for one, (_, row) in table.rows.items() if row is not None and row["statecode"] == 0}
    assert mirror.held == {one: row["name"] for one, row in live.items()}
    reader.close()


class Slow:
    """A repository whose clock is not ours, and that shows some changes some minutes late, under their own stamp."""

    def __init__(self, site: Site, random: Random) -> None:
        self.random, self.now = random, NOW
        self.records: dict[str, Record] = {}
        self._late: list[Record] = []
        site.reply = self.reply

    def change(self) -> None:
        """Some records change, appear and go, several within a second; some only show later."""
        for _ in range(self.random.randrange(4)):
            self.now += self.random.choice((0, 0, 400, 90_000))
            name, text = f"r{self.random.randrange(12)}", f"{self.random.random()}"
            gone = self.random.random() < 0.25
            metadata = f"<P xmlns='urn:x' id='{name}'><T>{text}</T></P>"
            record = Record(name, self.now, None if gone else partial(str, metadata))
            if self.random.random() < 0.3:
                self._late.append(record)
            else:
                self.settle(name)
                self.records[name] = record

    def settle(self, name: str = "") -> None:
        """What was late shows: all of it, or of one record before that changes again."""
        for record in [one for one in self._late if name in ("", one.identifier)]:
            self._late.remove(record)
            if record.changed >= self.records.get(record.identifier, record).changed:
                self.records[record.identifier] = record

    def reply(self, to: BaseHTTPRequestHandler, _: int) -> None:
        """Answer one question."""
        held = Repository("r", "http://r.example", list(self.records.values()), page=3)
        query = dict(parse_qsl(urlsplit(to.path).query))
        say(to, 200, oai.answer(held, query, self.now), Content_Type="text/xml")


@pytest.mark.parametrize("skew", [-30 * 24 * HOUR, 0, 30 * 24 * HOUR])
def test_a_repository_is_mirrored_whatever_changes_while_it_is_read(
    site: Site, random: Random, skew: int
) -> None:
    slow = Slow(site, random)
    said = {"url": f"{site.url}/oai", "changes": True, "may_be_empty": True, "manners": QUICK}
    reader = open_source("oai", said)
    mirror = Mirror(reader, lambda fields: str(fields["metadata"]["T"][0]))
    for _ in range(6):
        slow.now += random.choice((1000, HOUR, 9 * HOUR))
        slow.change()
        mirror.look(lambda: slow.now + skew, slow.change)
        slow.settle()
    asked_for_changes = mirror.look(lambda: slow.now + skew, lambda: None)
    live = {one.identifier: one.metadata() for one in slow.records.values() if one.metadata}
    assert mirror.held == {name: text.partition("<T>")[2].partition("<")[0] for name, text in live.items()}
    assert asked_for_changes
    reader.close()
