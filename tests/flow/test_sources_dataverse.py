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
    assert [tuple(gone) for page in pages for gone in page.gone] == [("id-2", "delta: deleted", "deleted")]
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
    if page == "$deltatoken":
        assert broken.next_state == first.next_state
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


def test_a_filter_or_an_expansion_is_read_whole_every_time_because_tracking_refuses_them(
    table: Table, reader: Source
) -> None:
    """Such a look leaves no delta link; labels and rows of lookups stand beside their columns."""
    label = "@OData.Community.Display.V1.FormattedValue"
    lead = {"name": "Saxion", "kvk": "01234567", "kind": 3, f"kind{label}": "Kennisinstelling"}
    table.put("id-7", "Met", lead=lead, status=1, **{f"status{label}": "Lopend"})
    table.put("id-8", "Weg", lead=lead, status=1, statecode=1)
    for number in range(5):
        table.put(f"id-{number}", "Zonder", lead=None, status=2)
    said = table.options(filter="statecode eq 0", expand=["lead($select=name,kind)"], manners=QUICK)
    narrow = open_source("dataverse", said | {"select": ["name", "status"]})
    for _ in range(2):
        rows, faulty, verdict = read(narrow, clock=lambda: NOW)
        assert (faulty, verdict.complete, verdict.delta, verdict.next_state.marks) == ([], True, False, {})
        assert [row.source_id for row in rows] == ["id-0", "id-1", "id-2", "id-3", "id-4", "id-7"]
    assert rows[-1].fields == {
        "projectid": "id-7",
        "name": "Met",
        "status": 1,
        "status_label": "Lopend",
        "lead": {"name": "Saxion", "kind": 3, "kind_label": "Kennisinstelling"},
    }
    narrow.close()


def test_a_row_that_no_longer_passes_the_filter_has_left_the_source(table: Table, reader: Source) -> None:
    """It is still in the table: that is said too. A filter that is refused proves nothing."""
    table.put("id-1", "Uit", statecode=1)
    narrow = open_source("dataverse", table.options(filter="statecode eq 0", manners=QUICK))
    found = narrow.confirm(["id-0", "id-1", "weg"], lambda: NOW)
    assert {name: said.state for name, said in found.items()} == {
        "id-0": "present",
        "id-1": "gone",
        "weg": "gone",
    }
    assert "no longer among statecode eq 0" in found["id-1"].how
    narrow.close()
    wrong = open_source("dataverse", table.options(filter="kleur eq 0", manners=QUICK))
    assert wrong.confirm(["id-1"], lambda: NOW)["id-1"].state == "unknown"
    wrong.close()


def test_many_changes_come_in_pages_and_what_changes_meanwhile_comes_at_the_next_look(
    table: Table, reader: Source
) -> None:
    """The delta link of a list counts from its first page on."""
    _, _, first = read(reader, clock=lambda: NOW)
    for number in range(5):
        table.put(f"id-{number}", "Anders")
    table.drop("id-4")

    def between(page: int) -> None:
        if page == 1:
            table.put("id-1", "Onderweg")

    rows, _, second = read(reader, first.next_state, clock=lambda: NOW + HOUR, between=between)
    assert {row.source_id for row in rows} >= {"id-0", "id-1", "id-2", "id-3"}
    rows, _, third = read(reader, second.next_state, clock=lambda: NOW + HOUR)
    assert [row.fields["name"] for row in rows] == ["Onderweg"]
    assert read(reader, third.next_state, clock=lambda: NOW + HOUR)[2].state == "idle"


def test_a_row_that_is_deactivated_leaves_the_source_though_tracking_knows_no_filter(
    table: Table, reader: Source
) -> None:
    """It is left out of a whole list, told by a change, and found out when asked for."""
    table.put("id-1", "Uit", statecode=1)
    active = open_source("dataverse", table.options(only={"statecode": 0}, manners=QUICK))
    rows, _, first = read(active, clock=lambda: NOW)
    assert [row.source_id for row in rows] == ["id-0", "id-2", "id-3", "id-4"]
    table.put("id-2", "Uit", statecode=1)
    look = active.look(first.next_state, lambda: NOW + HOUR)
    assert [tuple(gone) for page in look for gone in page.gone] == [
        ("id-2", "delta: statecode is 1", "deselected")
    ]
    found = active.confirm(["id-0", "id-1"], lambda: NOW)
    assert {name: said.state for name, said in found.items()} == {"id-0": "present", "id-1": "gone"}
    active.close()


def test_a_limit_that_is_reached_is_sat_out_or_told_and_the_delta_goes_on_where_it_was(
    table: Table, reader: Source
) -> None:
    """A short pause is waited for; a long one ends the look, and is not broken by asking for everything again."""
    _, _, first = read(reader, clock=lambda: NOW)
    table.put("id-1", "Anders")
    table.limited = ["0"]
    rows, _, passed = read(reader, first.next_state, clock=lambda: NOW + HOUR)
    assert ([row.source_id for row in rows], passed.delta) == (["id-1"], True)
    table.put("id-2", "Anders")
    table.limited = ["240"]
    rows, _, limited = read(reader, passed.next_state, clock=lambda: NOW + HOUR)
    assert (rows, limited.complete, limited.resume_after_s) == ([], False, 240)
    later = open_source("dataverse", table.options(manners=QUICK))
    rows, _, after = read(later, limited.next_state, clock=lambda: NOW + HOUR)
    later.close()
    assert ([row.source_id for row in rows], after.delta) == (["id-2"], True)
