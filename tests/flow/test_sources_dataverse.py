"""A table of Dataverse: all once, then changes and removals; tokens that expire; and answers that are not whole."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from connectors.sources import Source, open_source
from schemas.errors import Stop
from tests.support.dataverse import SECRET, Table
from tests.support.sample import QUICK, read
from tests.support.site import Site

NOW = 1_790_000_000_000
HOUR = 3_600_000


@pytest.fixture
def table(site: Site) -> Table:
    """A table of five rows: three pages."""
    found = Table(site, login=True)
    for number in range(5):
        found.put(f"id-{number}", f"Naam {number}")
    return found


@pytest.fixture
def reader(table: Table) -> Iterator[Source]:
    found = open_source("dataverse", table.options(manners=QUICK))
    yield found
    found.close()


def test_all_is_read_once_and_then_only_what_changed(table: Table, reader: Source) -> None:
    """Pages, a delta link, changes and removals; an idle table costs one question; one login serves all."""
    rows, faulty, first = read(reader, clock=lambda: NOW)
    assert [row.source_id for row in rows] == [f"id-{number}" for number in range(5)]
    assert rows[0].fields == {"projectid": "id-0", "name": "Naam 0", "modifiedon": "2026-05-01T10:00:01Z"}
    assert (faulty, first.complete, first.delta, first.absence) == ([], True, False, "ask")
    table.put("id-1", "Anders")
    table.put("id-9", "Nieuw")
    table.drop("id-2")
    look = reader.look(first.next_state, lambda: NOW + HOUR)
    pages = list(look)
    assert [row.source_id for page in pages for row in page.rows] == ["id-1", "id-9"]
    assert [tuple(gone) for page in pages for gone in page.gone] == [("id-2", "delta: deleted")]
    assert (look.verdict.complete, look.verdict.delta, look.verdict.state) == (True, True, "live")
    asked = len(table.site.asked)
    rows, _, idle = read(reader, look.verdict.next_state, clock=lambda: NOW + 2 * HOUR)
    assert (rows, idle.state, len(table.site.asked)) == ([], "idle", asked + 1)
    assert len(table.site.sent) > 1, "the token is asked anew when it has ended"


def test_an_expired_token_and_a_day_gone_by_mean_everything_again(table: Table, reader: Source) -> None:
    """So does another selection; nothing is missed meanwhile."""
    _, _, first = read(reader, clock=lambda: NOW)
    table.put("id-1", "Anders")
    table.oldest = table.version + 1
    rows, _, expired = read(reader, first.next_state, clock=lambda: NOW + HOUR)
    assert (len(rows), expired.delta) == (5, False)
    table.oldest = 0
    assert not read(reader, first.next_state, clock=lambda: NOW + 25 * HOUR)[2].delta
    other = open_source("dataverse", table.options(manners=QUICK, filter="statecode eq 0"))
    assert not read(other, first.next_state, clock=lambda: NOW + HOUR)[2].delta
    other.close()


@pytest.mark.parametrize("page", ["$select", "$skiptoken=2", "$deltatoken"])
def test_half_an_answer_anywhere_proves_nothing_and_is_asked_again(
    table: Table, reader: Source, page: str
) -> None:
    """The old delta link is kept, so that what was in the half comes again."""
    _, _, first = read(reader, clock=lambda: NOW)
    table.drop("id-2")
    table.broken_page = page
    previous = first.next_state if page == "$deltatoken" else None
    _, _, broken = read(reader, previous, clock=lambda: NOW + HOUR)
    assert not broken.complete
    table.broken_page = None
    look = reader.look(first.next_state, lambda: NOW + HOUR)
    assert [gone.source_id for part in look for gone in part.gone] == ["id-2"]


def test_single_rows_are_asked_for_and_only_their_own_answer_counts(table: Table, reader: Source) -> None:
    """404 is proof; a refused login is none."""
    found = reader.confirm(["id-1", "weg"], lambda: NOW)
    assert {name: said.state for name, said in found.items()} == {"id-1": "present", "weg": "gone"}
    stranger = open_source("dataverse", table.options(manners=QUICK, tenant=""))
    assert stranger.confirm(["weg"], lambda: NOW)["weg"].state == "unknown"
    assert "401" in read(stranger, clock=lambda: NOW)[2].reasons[0]
    stranger.close()


def test_the_secret_goes_to_the_login_alone(table: Table, reader: Source) -> None:
    """In a form, never in an address, a reason or a fault of the options."""
    read(reader, clock=lambda: NOW)
    path, form = table.site.sent[0]
    assert (path, parse_qs(form.decode())["client_secret"]) == ("/token", [SECRET])
    assert all(SECRET not in asked for asked, _ in table.site.asked)
    with pytest.raises(Stop) as fault:
        open_source("dataverse", table.options(table="geen tabel"))
    assert SECRET not in str(fault.value)


def test_a_link_to_another_host_is_not_followed(table: Table, reader: Source) -> None:
    """Else an answer could send the token elsewhere."""
    table.url = "http://127.0.0.2:1/api/data/v9.2"
    rows, _, verdict = read(reader, clock=lambda: NOW)
    assert len(rows) == 2
    assert (verdict.complete, verdict.state) == (False, "partial")
    assert "127.0.0.2" in verdict.reasons[0]
