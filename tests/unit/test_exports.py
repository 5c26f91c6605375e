"""Files of the view: what stands in them, read back by libraries that did not write them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from streams.view.columns import columns_of
from streams.view.exports import Format, Moment, write
from tests.support.view_world import project

MOMENT = Moment(
    "2026-11-27T06:00:00.000Z", 42, {"limburg": {"state": "proven", "proven_up_to": "2026-11-27"}}
)
PLACE = {"name": "Campus", "address": None, "municipality": "Delft", "province": "NL-ZH", "country": "NL"}
FUNDING = [{"funder": "Fonds", "award": None, "stream": "Programma", "amount_eur": 1000}]


def item(title: str = "Slimme haven", **fields: Any) -> dict[str, Any]:
    """A project as the API gives it."""
    content = project(title, **fields)
    times = {"first_changed_at": "2026-01-01T00:00:00.000Z", "last_changed_at": "2026-02-01T00:00:00.000Z"}
    organisations = [{"id": "o-a", "name": "TU Voorbeeld", "role": "lead"}]
    known = {"id": "p-a", "title": title, "hubs": ["limburg", "zuid-holland"], "sample": True, "sequence": 3}
    return {**known, "fields": content, "organisations": organisations, **times}


def written(form: Format, *items: Mapping[str, Any]) -> bytes:
    """The bytes of a file."""
    to = io.BytesIO()
    assert write(to, "project", form, items, MOMENT) == len(items)
    return to.getvalue()


def table(content: bytes) -> list[dict[str, str]]:
    """Rows of a CSV file as a Dutch spreadsheet reads them."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_a_csv_opens_well_in_a_dutch_spreadsheet() -> None:
    """A mark for UTF-8, semicolons, lines that end as there; both languages, places and lists have their columns."""
    content = written(
        Format.csv, item("Zorg; „dichtbij”\nvan huis", place=PLACE, funding=FUNDING, areas=["a", "b"])
    )
    assert content.startswith(b"\xef\xbb\xbfid;title;hubs;sample;title_nl;title_en;")
    assert content.endswith(b"\r\n")
    (row,) = table(content)
    assert row["title_nl"] == "Zorg; „dichtbij”\nvan huis"
    assert (row["place_municipality"], row["funding"]) == ("Delft", "Fonds, Programma, 1000")
    assert (row["areas"], row["hubs"]) == ("a; b", "limburg; zuid-holland")
    assert (row["sample"], row["organisations"], row["title_en"]) == ("ja", "TU Voorbeeld (lead)", "")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\uff1d"])
def test_no_cell_of_a_csv_is_a_formula(sign: str) -> None:
    """A title is text, whatever it begins with."""
    (row,) = table(written(Format.csv, item(f"{sign}HYPERLINK(1)")))
    assert row["title"] == f"'{sign}HYPERLINK(1)"


def test_a_workbook_holds_the_records_and_says_what_they_are() -> None:
    """Text stays text; the second sheet tells of when it is, how complete, and what each column means."""
    title = "=1+1 " + "lang " * 10_000
    book = CalamineWorkbook.from_filelike(io.BytesIO(written(Format.xlsx, item(title), item("Twee"))))
    assert book.sheet_names == ["projects", "toelichting"]
    heading, first, second = book.get_sheet_by_name("projects").to_python()
    row = dict(zip(heading, first, strict=True))
    assert row["title"] == title[:32_767]
    assert (row["sample"], row["sequence"], second[1]) == (True, 3.0, "Twee")
    told = book.get_sheet_by_name("toelichting").to_python()
    assert ["limburg", "proven", "2026-11-27"] in [line[:3] for line in told]
    assert [line[0] for line in told[-len(heading) :]] == heading


def test_each_line_of_ndjson_is_a_record_as_the_api_gives_it() -> None:
    """Nothing is flattened there."""
    given_items = [item("Een"), item("Twee")]
    lines = written(Format.ndjson, *given_items).decode().splitlines()
    assert [json.loads(line) for line in lines] == given_items


@pytest.mark.parametrize("form", list(Format))
def test_a_file_without_records_can_be_read(form: Format) -> None:
    """A heading, and nothing below it."""
    content = written(form)
    if form is Format.csv:
        assert table(content) == []
    if form is Format.xlsx:
        (heading,) = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        assert heading == [column.name for column in columns_of("project")]


@given(st.text(max_size=40))
def test_any_title_comes_back_from_every_file(title: str) -> None:
    """As it was, but for the apostrophe before what a spreadsheet would calculate."""
    (row,) = table(written(Format.csv, item(title)))
    assert row["title"] in (title, f"'{title}")
    assert json.loads(written(Format.ndjson, item(title)))["title"] == title


@pytest.mark.parametrize("kind", ["project", "event", "membership", "organisation"])
def test_every_column_of_every_kind_says_what_it_means(kind: str) -> None:
    """Names are given once."""
    columns = columns_of(kind)
    assert len({column.name for column in columns}) == len(columns) > 9
    assert [column.name for column in columns if not column.what] == []
