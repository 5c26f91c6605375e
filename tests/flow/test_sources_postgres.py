"""A table and an outbox of a real PostgreSQL, with everything that makes "what changed since" miss rows."""

from __future__ import annotations

import json

import pytest

from connectors.sources import LookState, Source, open_source
from schemas.errors import Stop
from tests.support.postgres import COLUMNS, Outbox, Server, Table, outbox, postgres, schema, table
from tests.support.sample import now, read

__all__ = ["outbox", "postgres", "schema", "table"]


def ids(source: Source, state: LookState | None = None) -> tuple[list[str], LookState]:
    rows, faulty, verdict = read(source, state)
    assert faulty == []
    assert verdict.complete, verdict.reasons
    return [row.source_id for row in rows], verdict.next_state


def test_the_first_look_reads_all_in_order_and_the_next_only_what_changed(table: Table):
    for number in (3, 1, 2):
        table.put(str(number), stamp=f"'2026-01-0{number}T10:00:00Z'")
    reader = table.reader()

    first, state = ids(reader)
    table.put("1", "nieuw")
    second, state = ids(reader, state)
    rows, _, verdict = read(reader, state)

    assert (first, second) == (["1", "2", "3"], ["1"])
    assert verdict.delta
    assert [row.fields["naam"] for row in rows] == ["nieuw"]
    assert set(rows[0].fields) == set(COLUMNS)
    assert rows[0].fields["gewijzigd_op"].endswith("Z")


def test_many_rows_with_one_stamp_are_all_read_though_they_fill_several_pages(table: Table):
    table.writer.execute(
        f"INSERT INTO {table.name} SELECT n::text, 'x', '2026-02-01T00:00:00Z' FROM generate_series(1, 1700) n"
    )
    first, state = ids(table.reader())
    table.writer.execute(f"UPDATE {table.name} SET gewijzigd_op = now()")
    second, _ = ids(table.reader(), state)

    assert len(set(first)) == len(first) == 1700
    assert set(second) == set(first)


def test_a_row_that_is_committed_late_is_not_missed_and_the_overlap_learns_from_it(table: Table):
    table.put("vroeg")
    reader = table.reader(overlap_s=5)
    _, state = ids(reader)
    with table.server.connect() as slow:
        slow.execute("BEGIN")
        table.put("laat", to=slow)
        while_open, state = ids(reader, state)
        again, state = ids(reader, state)
        slow.execute("COMMIT")
    assert "laat" not in [*while_open, *again]
    assert state.marks["late_us"] == "[]"

    after, state = ids(reader, state)
    assert "laat" in after
    assert len(json.loads(state.marks["late_us"])) == 1


def test_what_is_later_than_the_overlap_reaches_is_found_when_all_is_read_again(table: Table):
    table.put("1")
    reader = table.reader(whole_every_h=1)
    _, state = ids(reader)
    table.put("oud", stamp="'2020-01-01T00:00:00Z'")
    missed, state = ids(reader, state)
    an_hour_later = lambda: now() + 3_600_001  # noqa: E731
    rows, _, verdict = read(reader, state, clock=an_hour_later)

    assert "oud" not in missed
    assert "oud" in [row.source_id for row in rows]
    assert not verdict.delta


def test_a_flag_removes_at_once_and_a_row_that_was_deleted_is_proven_gone(table: Table):
    for one in ("1", "2", "3"):
        table.put(one)
    reader = table.reader()
    _, state = ids(reader)
    table.writer.execute(f"UPDATE {table.name} SET vervallen = true, gewijzigd_op = now() WHERE id = '1'")
    table.writer.execute(f"DELETE FROM {table.name} WHERE id = '2'")
    look = reader.look(state, now)
    gone = [one for page in look for one in page.gone]
    proof = reader.confirm(["1", "2", "3", "4"], now)

    assert [one.source_id for one in gone] == ["1"]
    assert {one: said.state for one, said in proof.items()} == {
        "1": "gone",
        "2": "gone",
        "3": "present",
        "4": "gone",
    }
    assert "no row" in proof["2"].how
    assert "vervallen is t" in proof["1"].how


def test_what_leaves_the_selection_is_gone_from_it_and_nothing_else_is_asked_for(table: Table):
    table.put("1", "lid")
    table.put("2", "donateur")
    reader = table.reader(where="naam = 'lid'")
    assert ids(reader)[0] == ["1"]
    assert "outside of the selection" in reader.confirm(["2"], now)["2"].how


def test_a_row_without_a_stamp_is_shown_at_every_look(table: Table):
    table.put("1")
    table.put("nooit", stamp="NULL")
    _, state = ids(table.reader())
    again, _ = ids(table.reader(), state)
    assert "nooit" in again


def told(source: Source, state: LookState | None) -> tuple[dict[str, str], list[str], LookState]:
    look = source.look(state, now)
    pages = list(look)
    rows = {row.source_id: row.fields["title"] for page in pages for row in page.rows}
    assert look.verdict.complete, look.verdict.reasons
    return rows, [one.source_id for page in pages for one in page.gone], look.verdict.next_state


def test_of_each_key_the_outbox_gives_its_last_word_and_removals_by_themselves(outbox: Outbox):
    outbox.put("a", "een")
    outbox.put("a", "twee")
    outbox.put("b", "b")
    first, _, state = told(outbox.reader(), None)
    outbox.put("a", "drie")
    outbox.drop("b")
    second, gone, state = told(outbox.reader(), state)
    third, nothing, _ = told(outbox.reader(), state)

    assert first == {"a": "twee", "b": "b"}
    assert (second, gone) == ({"a": "drie"}, ["b"])
    assert (third, nothing) == ({}, [])


def test_a_lower_number_that_is_committed_after_a_higher_one_is_not_missed(outbox: Outbox):
    outbox.put("begin", "x")
    _, _, state = told(outbox.reader(), None)
    with outbox.server.connect() as slow, outbox.server.connect() as quick:
        slow.execute("BEGIN")
        outbox.put("laag", "eerst begonnen", slow)
        outbox.put("hoog", "eerst klaar", quick)
        while_open, _, state = told(outbox.reader(), state)
        slow.execute("COMMIT")
    after, _, state = told(outbox.reader(), state)
    at_rest, _, _ = told(outbox.reader(), state)

    assert while_open == {"hoog": "eerst klaar"}
    assert after["laag"] == "eerst begonnen"
    assert at_rest == {}


def test_numbers_of_a_transaction_that_was_undone_are_no_gap_to_wait_for(outbox: Outbox):
    outbox.put("a", "een")
    _, _, state = told(outbox.reader(), None)
    with outbox.server.connect() as undone:
        undone.execute("BEGIN")
        outbox.put("nooit", "x", undone)
        undone.execute("ROLLBACK")
    outbox.put("b", "twee")
    rows, _, _ = told(outbox.reader(), state)
    assert rows == {"b": "twee"}


def test_an_outbox_that_was_emptied_proves_nothing_of_what_it_no_longer_holds(outbox: Outbox):
    outbox.put("a", "een")
    outbox.drop("a")
    outbox.put("b", "twee")
    assert outbox.reader().confirm(["a"], now)["a"].state == "gone"
    outbox.writer.execute(f"TRUNCATE {outbox.schema}.outbox")
    assert outbox.reader().confirm(["a", "b"], now)["b"].state == "unknown"
    rows, _, verdict = read(outbox.reader())
    assert (rows, verdict.complete, verdict.state) == ([], False, "partial")


def test_a_payload_that_is_no_object_is_set_aside_and_the_rest_goes_on(outbox: Outbox):
    outbox.put("a", "een")
    outbox.writer.execute(
        f"INSERT INTO {outbox.schema}.outbox (code, op, payload) VALUES ('b', 'INSERT', '[1]')"
    )
    rows, faulty, verdict = read(outbox.reader())
    assert [row.source_id for row in rows] == ["a"]
    assert [one.source_id for one in faulty] == ["b"]
    assert verdict.complete


def test_names_that_are_not_there_and_rights_that_lack_are_said_in_words(table: Table):
    wrong = table.reader(where="stad = 'Delft'")
    _, _, verdict = read(wrong)
    assert (verdict.state, verdict.complete) == ("failing", False)
    assert "stad" in verdict.reasons[0]
    assert "manifest" in verdict.reasons[0]

    table.writer.execute("DROP ROLE IF EXISTS lezer; CREATE ROLE lezer LOGIN")
    schema = table.name.partition(".")[0]
    table.writer.execute(f"GRANT USAGE ON SCHEMA {schema} TO lezer")
    _, _, verdict = read(table.reader(user="lezer"))
    assert "naam may not be read: GRANT SELECT (naam)" in verdict.reasons[0]
    assert "gewijzigd_op may not be read" in verdict.reasons[0]


def test_a_database_that_does_not_answer_fails_the_look_and_takes_no_time(table: Table):
    _, _, verdict = read(table.reader(port=1, timeout_s=2))
    assert verdict.state == "failing"
    assert table.reader(port=1, timeout_s=2).confirm(["1"], now)["1"].state == "unknown"


def test_a_statement_that_takes_too_long_is_given_up(table: Table):
    table.put("1")
    _, _, verdict = read(table.reader(where="pg_sleep(20) IS NOT NULL", timeout_s=0.2))
    assert verdict.state == "failing"
    assert "timeout" in verdict.reasons[0]


def test_a_connection_that_breaks_in_the_middle_leaves_the_look_partial(table: Table):
    table.writer.execute(
        f"INSERT INTO {table.name} SELECT n::text, repeat('x', 2000), now() FROM generate_series(1, 9000) n"
    )

    def break_off(page: int) -> None:
        if page == 1:
            table.writer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'zeven'"
            )

    rows, _, verdict = read(table.reader(), between=break_off)
    assert 0 < len(rows) < 9000
    assert (verdict.complete, verdict.state) == (False, "partial")
    assert len(ids(table.reader())[0]) == 9000


def test_every_fault_of_the_options_is_named_at_once(postgres: Server):
    with pytest.raises(Stop) as fault:
        open_source(
            "postgres", postgres.options(mode="table", table="leden", id="id", overlap_s=9, overlap_most_s=1)
        )
    assert "modified is wanted" in fault.value.what
    assert "select is wanted" in fault.value.what
    assert "overlap_s is more" in fault.value.what
