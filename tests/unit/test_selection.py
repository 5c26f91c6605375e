"""Which rows of a source are taken, and what becomes of the others."""

from __future__ import annotations

from pathlib import Path

from connectors.manifest import SourcePart
from connectors.personal import Watch, personal
from connectors.sources import Row
from tests.support.sample import now, read

LIST = """id;naam;soort;e-mail
1;Alfa;lid;info@alfa.example
2;Beta;donateur;j.jansen@beta.example
3;Gamma;Lid;
"""


def part(path: Path, **said: object) -> SourcePart:
    options = {"path": path, "mode": "snapshot", "id": ["id"], "settle_s": 0}
    return SourcePart.model_validate({"reader": "files", "options": options, **said})


def test_rows_outside_of_the_selection_are_counted_and_not_given(tmp_path: Path):
    path = tmp_path / "leden.csv"
    path.write_text(LIST, encoding="utf-8")
    source = part(path, only={"soort": ["lid"]}).open()

    look = source.look(None, now)
    pages = list(look)

    assert [row.source_id for page in pages for row in page.rows] == ["1", "3"]
    assert sum(page.left_out for page in pages) == 1
    assert look.verdict.complete


def test_a_record_that_left_the_selection_is_gone_and_the_evidence_says_so(tmp_path: Path):
    path = tmp_path / "leden.csv"
    path.write_text(LIST, encoding="utf-8")
    source = part(path, only={"soort": ["lid"]}).open()
    read(source)

    found = source.confirm(["1", "2", "4"], now)

    assert (found["1"].state, found["2"].state, found["4"].state) == ("present", "gone", "gone")
    assert "left the selection" in found["2"].how
    assert "snapshot" in found["4"].how


def test_words_are_found_in_lists_of_named_things(tmp_path: Path):
    from connectors.sources.selection import words_at

    fields = {"terms": {"werkgebied": [{"id": "1", "name": "Zorg"}, {"id": "2", "name": "AI"}]}, "n": 3}
    assert list(words_at(fields, ["terms", "werkgebied"])) == ["Zorg", "AI"]
    assert list(words_at(fields, ["n"])) == ["3"]
    assert list(words_at(fields, ["niets", "hier"])) == []


def test_fields_that_may_be_about_people_are_named_without_what_they_say():
    watch = Watch()
    watch.saw(Row("1", {"organizers": [{"name": "Hub", "email": "j.jansen@hub.example"}]}, "", ""))
    watch.saw(
        Row("2", {"contactpersoon": "Iemand", "mail": "info@hub.example", "start": "2026-03-01"}, "", "")
    )
    assert watch.named() == {"organizers.email": 1, "contactpersoon": 1}


def test_a_role_mailbox_a_date_and_a_register_number_are_not_personal():
    for name, value in (
        ("e-mail", "projectbureau@hub.example"),
        ("kvk", "27364265"),
        ("start", "2026-11-26T09:00:00Z"),
        ("tekst", "Programma van 2026 tot 2030, 1.250.000,00 euro"),
        ("ror", "https://ror.org/02e2c7k09"),
    ):
        assert not personal(name, value), name
    assert personal("opmerking", "Bel 06-12345678 voor vragen")
    assert personal("opmerking", "vraag p.devries@hub.example")
