"""The stand-in repository speaks OAI-PMH as real ones do: pages, tokens that expire, deleted records, faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors import manifest as manifests
from connectors.hubs.noord_nederland.mapping import project
from connectors.sources import Source, open_source
from connectors.sources.oai import error_of, page_of, parsed, token_of
from deploy.samples.faces import cerif, oai
from deploy.samples.faces.oai import Record, Repository
from deploy.samples.store import Stored
from schemas.settings import Settings
from tests.support.sample import QUICK, read
from tests.support.site import Site, say

NOW = 1_790_000_000_000
BASE = "http://cris.example/oai"
ITEM: dict[str, Any] = {
    "title": "Laag water & hoog tij",
    "slug": "laag-water",
    "content": "<p>Voorbeelddata.</p>",
    "excerpt": "Kort",
    "terms": {"projecttype": ["Lab"]},
    "acf": {
        "titel_en": "Low water & high tide",
        "samenvatting_en": "Sample data.",
        "status": "lopend",
        "startdatum": "20260301",
        "einddatum": "",
        "penvoerder": {
            "naam": "Rijksuniversiteit Groningen / Bernoulli Institute",
            "ror": "https://ror.org/012p63287",
        },
        "partners": [{"naam": "Getijdekracht B.V. (voorbeeld)", "rol": "partner", "kvk": "01234567"}],
        "financiering": [
            {"bron": "NWO", "regeling": "KIC", "nummer": "628.011.001", "bedrag": "250.000,00"},
        ],
        "subsidienummer": "10.99999/nn.1",
        "eu_nummer": "101099999",
    },
}


def repository(count: int = 5, *, gone: frozenset[int] = frozenset(), page: int = 2) -> Repository:
    """A repository of a few projects, each changed a second after the one before it."""
    records = [
        Record(
            f"oai:cris.example:Projects/{number}",
            NOW + number * 1000,
            None
            if number in gone
            else partial(cerif.project, Stored(str(number), ITEM, NOW, "live"), BASE, ["Water"]),
        )
        for number in range(count)
    ]
    return Repository("CRIS (voorbeeld)", BASE, records, page=page)


def asked(held: Repository, now: int = NOW, **query: str) -> Any:
    return parsed(oai.answer(held, {name.rstrip("_"): said for name, said in query.items()}, now), BASE)


@pytest.fixture
def reader(site: Site) -> Iterator[Source]:
    found = open_source("oai", {"url": f"{site.url}/oai", "set": "openaire_cris_projects", "manners": QUICK})
    yield found
    found.close()


def serve(site: Site, held: Repository, nows: list[int]) -> None:
    """Answer every question, each at its own moment; the last one stays."""

    def reply(to: BaseHTTPRequestHandler, number: int) -> None:
        query = dict(parse_qsl(urlsplit(to.path).query))
        now = nows[min(number - 1, len(nows) - 1)]
        say(to, 200, oai.answer(held, query, now), Content_Type="text/xml")

    site.reply = reply


def test_the_reader_reads_all_pages_and_finds_out_what_was_deleted(site: Site, reader: Source) -> None:
    serve(site, repository(gone=frozenset({3})), [NOW])
    rows, faulty, verdict = read(reader)

    assert [row.source_id[-1] for row in rows] == ["0", "1", "2", "4"]
    assert (faulty, verdict.complete) == ([], True)
    found = reader.confirm([f"oai:cris.example:Projects/{number}" for number in (2, 3, 9)], lambda: NOW)
    assert [said.state for said in found.values()] == ["present", "gone", "gone"]


def test_a_token_that_expires_underway_leaves_the_look_partial(site: Site, reader: Source) -> None:
    serve(site, repository(), [NOW, NOW + 700_000])
    rows, _, verdict = read(reader)

    assert (len(rows), verdict.complete, verdict.state) == (2, False, "partial")
    assert "badResumptionToken" in verdict.reasons[0]


def test_a_project_reads_as_what_the_repository_holds(site: Site, reader: Source) -> None:
    """Through the protocol, the XML and the mapping of a hub that reads such a system."""
    serve(site, repository(1), [NOW])
    rows, _, _ = read(reader)
    words = manifests.load("noord-nederland", Settings.at(Path("/nowhere")), {}).words
    said = project(rows[0], words)

    assert said.keys == [
        "grant:10.99999/nn.1",
        "award:nwo/628.011.001",
        "eu:101099999",
        "url:cris.example/oai/en/projects/laag-water",
    ]
    assert said.content["title"] == {"nl": "Laag water & hoog tij", "en": "Low water & high tide"}
    assert (said.content["status"], said.content["type"], said.content["start"]) == (
        "running",
        "lab",
        "2026-03-01",
    )
    assert said.content["areas"] == ["water-en-klimaat"]
    assert [(one["funder"], one["award"], one["amount_eur"]) for one in said.content["funding"]] == [
        ("NWO", "628.011.001", 250_000),
        ("European Commission", "101099999", None),
    ]
    assert [(one["name"], one["via"], one["keys"]) for one in said.organisations] == [
        ("Rijksuniversiteit Groningen", "Bernoulli Institute", ["ror:012p63287"]),
        ("Getijdekracht B.V. (voorbeeld)", None, ["kvk:01234567"]),
    ]


def test_a_record_that_changes_while_the_list_is_read_comes_again_and_none_is_missed() -> None:
    held = repository()
    root = asked(held, verb="ListRecords", metadataPrefix="oai_cerif_openaire")
    token, size = token_of(root)
    moved = [
        one._replace(changed=NOW + 9000) if one.identifier.endswith("0") else one for one in held.records
    ]
    found = [row.source_id[-1] for row in page_of(root, "")[0].rows]
    while token:
        root = asked(held._replace(records=moved), verb="ListRecords", resumptionToken=token)
        found += [row.source_id[-1] for row in page_of(root, "")[0].rows]
        token, size = token_of(root)

    assert found == ["0", "1", "2", "3", "4", "0"]
    assert size == 5


def test_a_list_is_narrowed_by_moment_and_day_and_deleted_records_stay_in_it() -> None:
    held = repository(gone=frozenset({4}))
    first, day = oai.stamp(NOW + 3000), oai.stamp(NOW)[:10]
    root = asked(held, verb="ListIdentifiers", metadataPrefix="oai_cerif_openaire", from_=first)

    assert [one.get("status") for one in root.iter(f"{{{oai.NAMESPACE}}}header")] == [None, "deleted"]
    assert not error_of(
        asked(held, verb="ListRecords", metadataPrefix="oai_cerif_openaire", from_=day, until=day)
    )


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "badVerb"),
        ({"verb": "Dance"}, "badVerb"),
        ({"verb": "Identify", "set": "x"}, "badArgument"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "ListRecords", "resumptionToken": "x", "set": "y"}, "badArgument"),
        (
            {"verb": "ListRecords", "metadataPrefix": "oai_cerif_openaire", "from": "2027", "until": "2026"},
            "badArgument",
        ),
        ({"verb": "ListRecords", "resumptionToken": "x"}, "badResumptionToken"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc"}, "cannotDisseminateFormat"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_cerif_openaire", "set": "x"}, "noRecordsMatch"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_cerif_openaire", "identifier": "x"}, "idDoesNotExist"),
        ({"verb": "GetRecord", "identifier": "x"}, "badArgument"),
    ],
    ids=json.dumps,
)
def test_a_wrong_question_is_answered_with_the_code_of_the_protocol(query: dict[str, str], code: str) -> None:
    assert error_of(parsed(oai.answer(repository(), query, NOW), BASE)) == code


def test_the_repository_says_what_it_is() -> None:
    said = oai.answer(repository(), {"verb": "Identify"}, NOW).decode()
    assert "<deletedRecord>persistent</deletedRecord>" in said
    assert f"<earliestDatestamp>{oai.stamp(NOW)}</earliestDatestamp>" in said
    for verb in ("ListSets", "ListMetadataFormats"):
        assert not error_of(asked(repository(), verb=verb))


DAY = 24 * 3_600_000


def test_with_trusted_datestamps_a_later_look_asks_only_for_what_changed(site: Site) -> None:
    """Changed, deleted, nothing, by the clock of the repository; everything again after some days."""
    said = {"url": f"{site.url}/oai", "set": "openaire_cris_projects", "changes": True, "manners": QUICK}
    reader = open_source("oai", said | {"whole_every_h": 120})
    later = NOW + 2 * DAY
    held = repository(4)
    serve(site, held, [NOW + DAY])
    rows, _, first = read(reader, clock=lambda: NOW + 50 * DAY)
    assert (len(rows), first.complete, first.delta) == (4, True, False)

    changed = [
        held.records[0]._replace(changed=later),
        held.records[1]._replace(changed=later, metadata=None),
    ]
    serve(site, held._replace(records=[*changed, *held.records[2:]]), [later + DAY])
    look = reader.look(first.next_state, lambda: NOW + 51 * DAY)
    pages = list(look)
    assert [row.source_id[-1] for page in pages for row in page.rows] == ["0"]
    assert [(gone.source_id[-1], gone.how[:20]) for page in pages for gone in page.gone] == [
        ("1", "ListRecords: deleted")
    ]
    assert (look.verdict.complete, look.verdict.delta, look.verdict.state) == (True, True, "live")

    rows, _, idle = read(reader, look.verdict.next_state, clock=lambda: NOW + 52 * DAY)
    assert (rows, idle.complete, idle.delta, idle.state) == ([], True, True, "idle")
    rows, _, whole = read(reader, idle.next_state, clock=lambda: NOW + 56 * DAY)
    assert (len(rows), whole.delta) == (3, False)
    reader.close()


def test_a_list_of_changes_that_breaks_off_is_asked_for_again_from_the_same_day(site: Site) -> None:
    reader = open_source("oai", {"url": f"{site.url}/oai", "changes": True, "manners": QUICK})
    serve(site, repository(), [NOW])
    _, _, first = read(reader, clock=lambda: NOW)
    site.asked.clear()
    serve(site, repository(), [NOW, NOW + 700_000])
    rows, _, broken = read(reader, first.next_state, clock=lambda: NOW)
    assert (len(rows), broken.complete, broken.next_state.marks) == (2, False, first.next_state.marks)
    serve(site, repository(), [NOW])
    rows, _, again = read(reader, broken.next_state, clock=lambda: NOW)
    assert (len(rows), again.complete, again.delta) == (5, True, True)
    reader.close()
