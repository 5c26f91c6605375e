"""What people write in cells, read as values."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sources import values
from schemas.errors import Reject


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("01-04-2016", "2016-04-01"),
        ("1-4-2016", "2016-04-01"),
        ("01.04.2016", "2016-04-01"),
        ("1/4/2016", "2016-04-01"),
        ("2016-04-01", "2016-04-01"),
        ("2016-04-01T00:00:00", "2016-04-01"),
        ("1-4-2016 0:00", "2016-04-01"),
        ("20160401", "2016-04-01"),
        ("1 april 2016", "2016-04-01"),
        ("1 mrt. 2016", "2016-03-01"),
        (" 29-02-2024\u00a0", "2024-02-29"),
    ],
)
def test_a_day_reads_in_every_dutch_way_of_writing(written: str, meant: str) -> None:
    assert values.day(written, field="start") == meant


@pytest.mark.parametrize(
    "written", ["", "31-02-2020", "12-13-2020", "13/10/11", "42370", "volgend jaar", "1,23E+07", "00-00-0000"]
)
def test_a_day_that_is_none_is_rejected_with_its_field_and_what_stood_there(written: str) -> None:
    with pytest.raises(Reject) as fault:
        values.day(written, field="start")
    assert fault.value.field == "start"
    assert fault.value.got == written.strip()
    assert fault.value.fix


def test_an_american_day_and_a_day_number_need_to_be_said_beforehand() -> None:
    assert values.day("11/19/2014", field="d", month_first=True) == "2014-11-19"
    assert values.day("42370", field="d", serial=True) == "2016-01-01"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("13,2", "13.2"),
        ("13.2", "13.2"),
        ("1.234", "1234"),
        ("1.234.567,89", "1234567.89"),
        ("€ 795.000", "795000"),
        ("€ 1.250.000,00", "1250000.00"),
        ("48,39 %", "48.39"),
        ("-5", "-5"),
        ("100,-", "100"),
        ("0", "0"),
    ],
)
def test_a_number_reads_with_decimal_comma_and_thousands_point(written: str, meant: str) -> None:
    assert values.number(written, field="n") == Decimal(meant)


@pytest.mark.parametrize("written", ["", "1,2E+07", "1.2.3", "1,2,3", "12.34.567", "nvt", "١٢", "--5", "1e5"])
def test_a_number_that_is_none_is_rejected(written: str) -> None:
    with pytest.raises(Reject):
        values.number(written, field="n")


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_a_number_written_as_the_dutch_do_reads_back(number: Decimal) -> None:
    """Any amount with two decimals survives thousands points and the decimal comma."""
    written = f"€ {number:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")
    assert values.number(written, field="n") == number


def test_the_leading_zero_that_excel_drops_is_put_back() -> None:
    assert values.digits("8079417", 8, field="kvk") == "08079417"
    assert values.digits("08079417", 8, field="kvk") == "08079417"
    assert values.digits(" 5662.7033 ", 8, field="kvk") == "56627033"


@pytest.mark.parametrize("written", ["807941", "8,08E+06", "123456789", "8079417a", ""])
def test_a_damaged_identifier_is_not_guessed_at(written: str) -> None:
    with pytest.raises(Reject):
        values.digits(written, 8, field="kvk")


def test_yes_and_no_read_in_both_languages_and_nothing_else() -> None:
    assert [values.yes(each, field="x") for each in ("ja", "WAAR", "1", "Yes")] == [True] * 4
    assert [values.yes(each, field="x") for each in ("nee", "onwaar", "0", "FALSE")] == [False] * 4
    with pytest.raises(Reject):
        values.yes("misschien", field="x")


def test_cells_that_say_nothing_are_nothing() -> None:
    assert [values.cell(each) for each in ("", " ", "n.v.t.", "-", "\u00a0", "N.u.")] == [None] * 6
    assert values.cell("00300") == "00300"


def test_text_that_was_read_in_the_wrong_encoding_is_mended_and_sound_text_is_not_touched() -> None:
    assert values.mend("creÃ«ren van kansen") == "creëren van kansen"
    assert values.mend("â‚¬ 5 â€“ cafÃ©") == "€ 5 – café"
    assert values.mend("\x93citaat\x94") == "“citaat”"
    for sound in ("Ånes Ã la carte", "naïef, coöperatie, Fryslân, São"):
        assert values.mend(sound) == sound


@given(st.text(alphabet=st.characters(min_codepoint=0xC0, max_codepoint=0x17F), max_size=20))
def test_mending_undoes_one_wrong_reading(text: str) -> None:
    """What was encoded as UTF-8 and decoded as Windows-1252 reads again, where that was possible at all."""
    raw = text.encode()
    if any(byte in raw for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)):
        return
    assert values.mend(raw.decode("cp1252")) == text or values.mangled(text)


def test_the_zero_date_of_wordpress_is_no_moment() -> None:
    assert values.utc_ms("0000-00-00 00:00:00") is None
    assert values.utc_ms("") is None
    assert values.utc_ms("1970-01-01 00:00:01") == 1000
    assert values.utc_ms("1970-01-01T00:00:01Z") == 1000
