"""What a real PostgreSQL holds that nobody expects: odd values, clocks without a zone, hidden rows, another cluster."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.sources import LookState, Source
from tests.support.postgres import COLUMNS, Outbox, Table, outbox, postgres, schema, table
from tests.support.sample import now, read

__all__ = ["outbox", "postgres", "schema", "table"]
HOUR_MS = 3_600_000


def told(source: Source, state: LookState | None) -> tuple[dict[str, str], list[str], LookState]:
    look = source.look(state, now)
    pages = list(look)
    rows = {row.source_id: row.fields["title"] for page in pages for row in page.rows}
    return rows, [one.source_id for page in pages for one in page.gone], look.verdict.next_state


def test_a_percent_sign_in_a_condition_is_its_own(table: Table):
    table.put("1", "Anna")
    table.put("2", "Bert")
    rows, _, verdict = read(table.reader(where="naam LIKE 'A%'"))
    again, _, _ = read(table.reader(where="naam LIKE 'A%'"), verdict.next_state)
    assert [row.source_id for row in rows] == [row.source_id for row in again] == ["1"]


@pytest.mark.parametrize("odd", ["infinity", "-infinity", "12000-01-01", "0044-03-15 BC"])
def test_a_moment_that_no_calendar_holds_spoils_no_other_row(table: Table, odd: str):
    table.writer.execute(f"ALTER TABLE {table.name} ADD COLUMN tot date")
    table.put("1")
    table.put("2", stamp=f"'{odd}'")
    table.writer.execute(f"UPDATE {table.name} SET tot = '{odd}' WHERE id = '2'")
    rows, faulty, verdict = read(table.reader(select=[*COLUMNS, "tot"]))
    assert verdict.complete, verdict.reasons
    assert faulty == []
    assert {row.source_id: row.fields["tot"] for row in rows} == {"1": None, "2": odd}


def test_a_number_that_json_does_not_have_is_text_and_not_nothing(table: Table):
    table.writer.execute(f"ALTER TABLE {table.name} ADD COLUMN bedrag float8, ADD COLUMN som numeric")
    table.put("1")
    table.writer.execute(f"UPDATE {table.name} SET bedrag = 'NaN', som = 'NaN'")
    rows, faulty, _ = read(table.reader(select=[*COLUMNS, "bedrag", "som"]))
    assert faulty == []
    assert (rows[0].fields["bedrag"], rows[0].fields["som"]) == ("nan", "NaN")


@pytest.mark.parametrize("odd", ["infinity", "-infinity"])
def test_a_row_whose_stamp_is_without_end_is_shown_at_every_look(table: Table, odd: str):
    table.put("1", stamp=f"'{odd}'")
    _, _, verdict = read(table.reader())
    rows, _, again = read(table.reader(), verdict.next_state)
    assert again.delta
    assert [row.source_id for row in rows] == ["1"]


def test_every_name_that_is_wrong_is_said_at_once(table: Table):
    table.writer.execute(f"ALTER TABLE {table.name} ADD COLUMN foto bytea")
    _, _, verdict = read(table.reader(select=["naam", "fout", "foto"], modified="naam", deleted="weg"))
    assert verdict.state == "failing"
    for words in ("no column fout", "no column weg", "foto holds bytes", "naam is text"):
        assert words in verdict.reasons[0]
    _, _, verdict = read(table.reader(table="nergens.leden"))
    assert "there is no table nergens.leden" in verdict.reasons[0]


def test_a_stamp_without_a_zone_is_read_in_the_zone_of_the_manifest(table: Table):
    table.writer.execute(
        f"ALTER TABLE {table.name} ALTER gewijzigd_op TYPE timestamp USING gewijzigd_op AT TIME ZONE 'UTC'"
    )
    table.put("1", stamp="'2026-07-01 12:00'")
    rows, _, verdict = read(table.reader())
    table.put("2", stamp="now() AT TIME ZONE 'Europe/Amsterdam'")
    again, _, _ = read(table.reader(), verdict.next_state)
    assert rows[0].changed_at_ms == datetime(2026, 7, 1, 10, tzinfo=UTC).timestamp() * 1000
    assert [row.source_id for row in again] == ["2"]
    assert abs((again[0].changed_at_ms or 0) - now()) < HOUR_MS / 2


def test_a_day_as_stamp_shows_all_of_that_day(table: Table):
    table.writer.execute(f"ALTER TABLE {table.name} ALTER gewijzigd_op TYPE date")
    table.put("1", "een")
    _, _, verdict = read(table.reader())
    table.put("1", "twee")
    rows, _, again = read(table.reader(), verdict.next_state)
    assert again.delta
    assert [row.fields["naam"] for row in rows] == ["twee"]


def test_a_clock_that_is_behind_is_found_by_a_whole_reading_which_widens_the_overlap(table: Table):
    table.put("1")
    reader = table.reader(whole_every_h=1)
    _, _, verdict = read(reader)
    state = LookState(marks=verdict.next_state.marks | {"fresh": "20"})
    table.put("achter", stamp="now() - interval '30 minutes'")
    missed, _, verdict = read(reader, state)
    later = lambda: now() + HOUR_MS + 1  # noqa: E731
    whole, _, verdict = read(reader, verdict.next_state, clock=later)
    table.put("achter2", stamp="now() - interval '30 minutes'")
    found, _, verdict = read(reader, verdict.next_state, clock=later)
    assert [row.source_id for row in missed if row.source_id == "achter"] == []
    assert "achter" in [row.source_id for row in whole]
    assert verdict.delta
    assert "achter2" in [row.source_id for row in found]


def test_a_policy_that_hides_rows_is_said_and_proves_nothing_unless_it_is_meant(table: Table):
    table.put("1")
    table.put("2")
    table.writer.execute("DROP ROLE IF EXISTS beperkt; CREATE ROLE beperkt LOGIN")
    table.writer.execute(
        f"GRANT USAGE ON SCHEMA {table.name.partition('.')[0]} TO beperkt; GRANT SELECT ON {table.name} TO beperkt;"
        f" ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON {table.name} USING (id = '1')"
    )
    _, _, verdict = read(table.reader(user="beperkt"))
    assert (verdict.state, verdict.complete) == ("failing", False)
    assert "row_security = true" in verdict.reasons[0]
    assert table.reader(user="beperkt").confirm(["2"], now)["2"].state == "unknown"
    rows, _, verdict = read(table.reader(user="beperkt", row_security=True))
    assert [row.source_id for row in rows] == ["1"]


def test_a_look_that_fails_keeps_what_was_learned(table: Table):
    table.put("1")
    _, _, verdict = read(table.reader())
    _, _, failed = read(table.reader(port=1), verdict.next_state)
    assert failed.state == "failing"
    assert failed.next_state == verdict.next_state


def test_an_older_word_of_the_outbox_that_passes_the_condition_is_not_taken_for_the_last(outbox: Outbox):
    reader = outbox.reader(where="payload->>'title' <> 'intern'")
    outbox.put("a", "openbaar")
    outbox.put("b", "openbaar")
    first, _, state = told(reader, None)
    outbox.put("a", "intern")
    second, gone, _ = told(reader, state)
    whole, _, _ = told(reader, None)
    assert first == {"a": "openbaar", "b": "openbaar"}
    assert (second, gone) == ({}, ["a"])
    assert whole == {"b": "openbaar"}
    assert reader.confirm(["a"], now)["a"].state == "gone"


def test_rows_written_under_savepoints_of_one_long_transaction_are_not_missed(outbox: Outbox):
    outbox.put("begin", "x")
    _, _, state = told(outbox.reader(), None)
    with outbox.server.connect() as slow:
        slow.execute("BEGIN; SAVEPOINT een")
        outbox.put("laag", "l", slow)
        slow.execute("RELEASE een")
        outbox.put("hoog", "h")
        _, _, state = told(outbox.reader(), state)
        slow.execute("SAVEPOINT twee")
        outbox.put("later", "l", slow)
        outbox.put("hoger", "h")
        _, _, state = told(outbox.reader(), state)
        slow.execute("COMMIT")
    after, _, _ = told(outbox.reader(), state)
    assert {"laag", "later"} <= set(after)


@pytest.mark.parametrize("other", [{"cluster": "1/1"}, {"horizon": str(2**40)}])
def test_numbers_of_another_cluster_are_not_compared_and_everything_is_read(
    outbox: Outbox, other: dict[str, str]
):
    outbox.put("a", "een")
    _, _, state = told(outbox.reader(), None)
    rows, _, after = told(outbox.reader(), LookState(marks=state.marks | other))
    assert rows == {"a": "een"}
    assert after.marks["cluster"] == state.marks["cluster"]
