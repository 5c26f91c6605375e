"""A repository over OAI-PMH: pages by token, deletions with proof, and lists that are not whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.sources import Source, open_source
from tests.support.sample import QUICK, read
from tests.support.site import Site, say

RECORD = (
    "<record><header{status}><identifier>{id}</identifier><datestamp>2026-05-01T10:00:00Z</datestamp></header>"
    "{metadata}</record>"
)


def record(name: str) -> str:
    """A live record."""
    metadata = f"<metadata><Project xmlns='urn:x' id='{name}'><Title>{name}</Title></Project></metadata>"
    return RECORD.format(id=name, status="", metadata=metadata)


def deleted(name: str) -> str:
    """A record that the repository says is gone."""
    return RECORD.format(id=name, status=" status='deleted'", metadata="")


def answer(inside: str) -> bytes:
    """An answer of the protocol."""
    return f"<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'>{inside}</OAI-PMH>".encode()


def listed(*records: str, token: str = "", size: int | None = None) -> bytes:
    """A page of a list."""
    stated = f" completeListSize='{size}'" if size is not None else ""
    more = f"<resumptionToken{stated}>{token}</resumptionToken>"
    return answer(f"<ListRecords>{''.join(records)}{more}</ListRecords>")


@pytest.fixture
def reader(site: Site) -> Iterator[Source]:
    found = open_source("oai", {"url": f"{site.url}/oai", "set": "projecten", "manners": QUICK})
    yield found
    found.close()


def serve(site: Site, pages: Mapping[str, bytes], records: Mapping[str, bytes] | None = None) -> None:
    """Pages by resumption token, the first under the empty one; records by identifier."""

    def reply(to: BaseHTTPRequestHandler, _: int) -> None:
        query = dict(parse_qsl(urlsplit(to.path).query))
        if query["verb"] == "GetRecord":
            found = (records or {}).get(query["identifier"], answer("<error code='idDoesNotExist'/>"))
        else:
            assert ("resumptionToken" in query) != ("metadataPrefix" in query), "a token stands alone"
            assert query.get("set", "projecten") == "projecten"
            found = pages[query.get("resumptionToken", "")]
        say(to, 200, found, Content_Type="text/xml")

    site.reply = reply


def test_a_list_is_read_to_its_last_page(site: Site, reader: Source) -> None:
    """Tokens are followed, deleted records are no rows, the stated size fits."""
    pages = {
        "": listed(record("a"), deleted("b"), token="t/1 &amp;", size=3),
        "t/1 &": listed(record("c"), size=3),
    }
    serve(site, pages)
    rows, faulty, verdict = read(reader)
    assert [row.source_id for row in rows] == ["a", "c"]
    assert rows[0].fields["metadata"] == {"id": "a", "Title": ["a"]}
    assert (faulty, verdict.complete, verdict.absence) == ([], True, "ask")


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (listed(record("c"), size=9), "2 van 9"),
        (b"<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'><ListRecords><rec", "no sound XML"),
        (answer("<error code='badResumptionToken'/>"), "badResumptionToken"),
        (listed(record("c"), token="t"), "circle"),
        (b"<html/>", "no OAI-PMH"),
    ],
    ids=["too few", "cut off", "token expired", "circle", "a page"],
)
def test_a_list_that_is_not_whole_proves_nothing(site: Site, reader: Source, last: bytes, words: str) -> None:
    """What was shown is taken, and nothing is concluded from what was not."""
    serve(site, {"": listed(record("a"), token="t"), "t": last})
    rows, _, verdict = read(reader)
    assert rows[0].source_id == "a"
    assert (verdict.complete, verdict.state) == (False, "partial")
    assert words in verdict.reasons[0]


def test_only_the_repository_itself_says_that_a_record_is_gone(site: Site, reader: Source) -> None:
    """Deleted or unknown there: gone. There: present. No sound answer: unknown."""
    one = {
        "weg": answer(f"<GetRecord>{deleted('weg')}</GetRecord>"),
        "er": answer(f"<GetRecord>{record('er')}</GetRecord>"),
        "stuk": b"<html/>",
    }
    serve(site, {}, one)
    found = reader.confirm(["weg", "nooit", "er", "stuk"], lambda: 0)
    assert {name: said.state for name, said in found.items()} == {
        "weg": "gone",
        "nooit": "gone",
        "er": "present",
        "stuk": "unknown",
    }


def test_entities_are_refused_and_an_empty_list_is_no_deletion(site: Site, reader: Source) -> None:
    """A billion laughs, a file of this machine; and noRecordsMatch, which is partial unless it may be."""
    bomb = b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>" + listed(record("&b;"))
    serve(site, {"": bomb})
    assert read(reader)[2].state == "failing"
    serve(site, {"": answer("<error code='noRecordsMatch'/>")})
    rows, _, verdict = read(reader)
    assert (rows, verdict.complete) == ([], False)
