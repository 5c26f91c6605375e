"""What `zeven hub new` proposes, what it leaves out, and how it says that it cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from connectors.hubs import Words
from connectors.hubs.listed import Listed, event, project
from connectors.newcomer import golden
from connectors.newcomer.private import scrubbed
from connectors.newcomer.propose import Proposal, propose
from connectors.newcomer.recognise import Found, Sample, guarded, recognise
from connectors.sources import Row
from deploy.cli.hubs.new import command, secret
from schemas.errors import Reject, Stop, ZevenError

ROR = "https://ror.org/02e2c7k09"
WORDS = Words(hubs={"ai hub proef": "proef"})


def proposed(kind: str, *rows: dict[str, Any], reader: str = "files") -> Proposal:
    return propose(kind, [Row(str(n), one, f"rij {n}", "") for n, one in enumerate(rows)], WORDS, reader)


def why(found: Proposal) -> dict[str, str]:
    return {one.field: one.why for one in found.fields}


def test_fields_are_known_by_name_and_form_with_the_reason() -> None:
    found = proposed(
        "project",
        {
            "Naam project": "A",
            "Status": "lopend",
            "Startdatum": "03-02-2026",
            "Einddatum": "onbekend",
            "Iets": ROR,
        },
        {
            "Naam project": "B",
            "Status": "lopend",
            "Startdatum": "2026-01-01",
            "Einddatum": "later",
            "Iets": ROR,
        },
    )
    assert found.taken == {
        "title": ("Naam project",),
        "status": ("Status",),
        "start": ("Startdatum",),
        "ror": ("Iets",),
    }
    assert why(found)["Einddatum"] == "called like end, but 0 of 2 values are days"
    assert "ROR" in why(found)["Iets"]
    assert found.lacking == ()


def test_a_word_is_assigned_only_when_it_is_in_the_lists_exactly() -> None:
    found = proposed(
        "project", {"titel": "A", "thema": "Zorg; Zorgtechnologie"}, {"titel": "B", "thema": "zorg"}
    )
    assert found.tags == {"zorg": {"areas": ["gezondheid-en-zorg"]}}
    assert found.unassigned == {"Zorgtechnologie": 1}


def test_words_that_are_not_known_are_counted_and_never_guessed() -> None:
    some = proposed("project", {"titel": "A", "status": "lopend"}, {"titel": "B", "status": "in uitvoering"})
    assert some.unknown == {"status": {"in uitvoering": 1}}
    none = proposed("project", {"titel": "A", "status": "857870001"})
    assert none.lacking == ("status",)
    assert "no known word: 857870001" in why(none)["status"]


def test_what_may_be_about_a_person_becomes_nothing_and_is_not_shown() -> None:
    found = proposed(
        "membership", {"naam": "TU Delft", "e-mail": "j.jansen@x.example", "Contactpersoon": "J. Jansen"}
    )
    assert found.kind == "membership"
    assert not {"e-mail", "Contactpersoon"} & {name for names in found.taken.values() for name in names}
    assert "Jansen" not in str(found)
    assert "j.jansen" not in str(found)


def test_rows_are_frozen_without_persons() -> None:
    said = {
        "title": "Bel Jan op 06-12345678 of mail jan.jansen@x.example, of info@x.example",
        "author": "Jan Jansen",
        "organizers": [
            {"name": "Jan Jansen", "email": "jan@x.example"},
            {"name": "Hub", "email": "info@x.example"},
        ],
        "meta": {"telefoon": "06-12345678", "n": 3},
        "Deelnemer": "TU Delft",
    }
    assert scrubbed(said, {"Deelnemer"}) == {
        "title": "Bel Jan op [weggelaten] of mail [weggelaten], of info@x.example",
        "author": "",
        "organizers": [{"name": "Hub", "email": "info@x.example"}],
        "meta": {"telefoon": "", "n": 3},
        "Deelnemer": "TU Delft",
    }


@pytest.mark.parametrize(
    ("address", "clean"),
    [
        ("https://x.example/feed", "https://x.example/feed"),
        ("https://x.example/feed?cat=3&token=abcdef123456", "https://x.example/feed?cat=3"),
        ("https://jan:GEHEIM@x.example/a.ics", "https://x.example/a.ics"),
        ("https://x.example/ical/private-0123456789abcdef0123/basic.ics", "https://invullen.example"),
    ],
)
def test_secrets_of_an_address_go_to_the_environment(address: str, clean: str) -> None:
    found = guarded(Found("ical", {"url": address, "mode": "snapshot"}, ("event",), ""), secret)
    assert found.options["url"] == clean
    assert found.secret == ({} if clean == address else {"url": address})


def test_the_front_door_of_a_site_tells_what_stands_behind_it() -> None:
    said = {
        "namespaces": ["wp/v2", "tribe/events/v1"],
        "routes": {"/wp/v2/posts": {}, "/wp/v2/projecten": {}},
    }
    door = Sample("https://x.example/wp-json/", json.dumps(said).encode())
    events, projects = recognise(door), recognise(door, "project")
    assert (events.reader, events.options) == ("tec", {"url": "https://x.example"})
    assert (projects.reader, projects.options) == (
        "wordpress",
        {"url": "https://x.example", "type": "projecten"},
    )
    bare = Sample("https://x.example/wp-json/", json.dumps({"routes": {"/wp/v2/posts": {}}}).encode())
    with pytest.raises(Stop, match="0 post types of its own"):
        recognise(bare)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b'{"events": [', "no sound JSON"),
        (b"<rdf><half", "no sound XML"),
        (b"<html><body>niets</body></html>", "no events in JSON-LD"),
        (b'{"a": 1}', "no API that is known"),
        (b"Lidnr;Naam\n1;A\n", "nothing that can be read"),
    ],
)
def test_an_answer_that_is_no_source_is_told_with_a_fix(body: bytes, said: str) -> None:
    with pytest.raises(Stop, match=said) as fault:
        recognise(Sample("https://x.example/iets?token=GEHEIM123456", body))
    assert fault.value.fix
    assert "GEHEIM" not in str(fault.value)


def run(*words: str) -> str:
    """What the command says when it refuses."""
    done = CliRunner().invoke(command, list(words))
    assert isinstance(done.exception, ZevenError), done.output
    return str(done.exception)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "half.json").write_text("[{", encoding="utf-8")
    said = run(
        *("zuid-holland", "--from", str(tmp_path / "half.json"), "--from", str(tmp_path / "none.csv")),
        *("--from", "http://127.0.0.1:9/x?token=GEHEIM123456", "--province", "NL-XX", "--kind", "event"),
        *("--to", str(tmp_path / "hubs")),
    )
    for word in (
        "6 faults",
        "already",
        "NL-XX",
        "3 samples and 1 kinds",
        "no sound JSON",
        "none.csv",
        "127.0.0.1:9",
    ):
        assert word in said
    assert "GEHEIM" not in said
    assert not (tmp_path / "hubs").exists()


def test_an_address_that_is_none_is_told_with_a_fix() -> None:
    assert "no address" in run("proef", "--from", "http://[x?token=GEHEIM123456")


def test_a_list_with_what_is_no_sound_text_still_gives_files(tmp_path: Path) -> None:
    rows = [{"organisatie": "A \ud800", "rol": "lid", "orgaan": "AI-hub Proef"}]
    (tmp_path / "leden.json").write_text(json.dumps(rows), encoding="utf-8")
    done = CliRunner().invoke(
        command, ["proef", "--from", str(tmp_path / "leden.json"), "--to", str(tmp_path)]
    )
    assert done.exit_code == 0, done.output + repr(done.exception)
    assert golden.differences(tmp_path / "proef") == []


def test_a_name_is_a_slug_and_no_file_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "leden.csv").write_text("Organisatie;Rol;Orgaan\nA;lid;AI-hub Proef\n", encoding="utf-8")
    words = ("--from", str(tmp_path / "leden.csv"), "--to", str(tmp_path / "hubs"))
    assert "is no name of a hub" in run("Proef Hub", *words)
    assert "is no name of a hub" in run("../proef", *words)
    assert CliRunner().invoke(command, ["proef", *words]).exit_code == 0
    mapping = tmp_path / "hubs/proef/mapping.py"
    mapping.write_text("# mine\n", encoding="utf-8")
    assert "--force" in run("proef", *words)
    assert mapping.read_text(encoding="utf-8") == "# mine\n"
    assert CliRunner().invoke(command, ["proef", *words, "--force"]).exit_code == 0
    assert "MAPPINGS" in mapping.read_text(encoding="utf-8")


def test_names_with_quotes_and_headings_of_any_kind_give_sound_files(tmp_path: Path) -> None:
    text = 'Naam "kort" \\ é\u2028;Rol;Orgaan;Organisatie\n"""x""";lid;AI-hub "Proef";A\n'
    (tmp_path / "leden.csv").write_text(text, encoding="utf-8")
    words = (
        "--from",
        str(tmp_path / "leden.csv"),
        "--to",
        str(tmp_path),
        "--name-nl",
        'AI-hub "Proef" \\ """',
    )
    done = CliRunner().invoke(command, ["proef", *words])
    assert done.exit_code == 0, done.output + str(done.exception)
    assert golden.differences(tmp_path / "proef") == []


def test_a_changed_mapping_shows_what_became_different(tmp_path: Path) -> None:
    (tmp_path / "leden.csv").write_text("Organisatie;Rol;Orgaan\nA;lid;AI-hub Proef\n", encoding="utf-8")
    words = ("--from", str(tmp_path / "leden.csv"), "--to", str(tmp_path))
    assert CliRunner().invoke(command, ["proef", *words]).exit_code == 0
    home = tmp_path / "proef"
    text = (home / "mapping.py").read_text(encoding="utf-8")
    (home / "mapping.py").write_text(
        text.replace('"name": "Organisatie"', '"name": "Orgaan"'), encoding="utf-8"
    )
    (line,) = golden.differences(home)
    assert line.startswith("membership row:")
    assert "name:a" in line
    assert golden.main(home, ["--write"]) == 0
    assert golden.differences(home) == []


def test_a_project_without_a_status_is_rejected_until_the_hub_says_one() -> None:
    seen = {"Naam": "A", "Bedrag": "1.250,00", "Fonds": "X", "Thema": ["Zorg"]}
    table = {"title": "Naam", "amount": "Bedrag", "funder": "Fonds", "tags": "Thema"}
    with pytest.raises(Reject, match="Nothing says how the project stands"):
        project(seen, WORDS, Listed(columns=table))
    found = project(seen, WORDS, Listed(columns=table, defaults={"status": "lopend"}))
    assert found.content["status"] == "running"
    assert found.content["funding"][0]["amount_eur"] == 1250
    assert found.unassigned == ["Zorg"]


@pytest.mark.parametrize(
    ("start", "got"),
    [
        ("2026-07-01 10:00", ("2026-07-01T08:00:00Z", None, False)),
        ("2026-07-01T10:00:00+00:00", ("2026-07-01T10:00:00Z", None, False)),
        ("1-7-2026", ("2026-06-30T22:00:00Z", "2026-07-01T21:59:59Z", True)),
    ],
)
def test_a_start_in_a_list_is_a_time_in_the_netherlands_or_a_whole_day(start: str, got: Any) -> None:
    content = event({"t": "A", "s": start}, WORDS, Listed(columns={"title": "t", "start": "s"})).content
    assert (content["start"], content["end"], content["all_day"]) == got
