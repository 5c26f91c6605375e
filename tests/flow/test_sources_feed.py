"""A news feed over HTTP: a sliding window, of which absence says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from connectors.sources import Source, open_source
from tests.support.sample import QUICK, read
from tests.support.site import Site, say

ENTRY = "<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title><pubDate>{at}</pubDate></item>"
AT = "Fri, 01 May 2026 20:00:00 +0200"


def rss(*items: str) -> bytes:
    """An RSS feed of these items."""
    return f"<?xml version='1.0'?><rss version='2.0'><channel>{''.join(items)}</channel></rss>".encode()


def item(guid: str, title: str) -> str:
    """One item."""
    return ENTRY.format(guid=guid, title=title, at=AT)


@pytest.fixture
def reader(site: Site) -> Iterator[Source]:
    found = open_source("feed", {"url": f"{site.url}/feed", "manners": QUICK})
    yield found
    found.close()


def serve(site: Site, body: bytes, status: int = 200) -> None:
    """Answer every question so, with an entity tag that is honoured."""
    tag = f'"{hash(body)}"'

    def reply(to: BaseHTTPRequestHandler, _: int) -> None:
        known = to.headers.get("If-None-Match") == tag
        say(
            to, 304 if known else status, b"" if known else body, ETag=tag, Content_Type="application/rss+xml"
        )

    site.reply = reply


def test_entries_are_read_once_and_markup_in_them_is_text(site: Site, reader: Source) -> None:
    """Title, moment in UTC, and 304 the next time; what left the feed is not gone."""
    serve(site, rss(item("a", "Een &lt;b&gt;vet&lt;/b&gt; bericht"), item("b", "Twee")))
    rows, faulty, verdict = read(reader)
    assert faulty == []
    assert [(row.source_id, row.fields["title"]) for row in rows] == [("a", "Een vet bericht"), ("b", "Twee")]
    assert rows[0].fields["published"] == "2026-05-01T18:00:00Z"
    assert (verdict.complete, verdict.absence) == (True, "nothing")
    again = read(reader, verdict.next_state)[2]
    assert (again.unchanged, again.complete) == (True, True)
    assert reader.confirm(["a"], lambda: 0)["a"].state == "unknown"


@pytest.mark.parametrize(
    ("body", "status", "state"),
    [
        (b"<html><body>Onderhoud</body></html>", 200, "failing"),
        (rss(), 200, "partial"),
        (rss(item("a", "A"))[:40], 200, "failing"),
        (b"", 403, "failing"),
    ],
    ids=["a page", "empty", "cut off", "refused"],
)
def test_what_is_no_feed_gives_nothing(
    site: Site, reader: Source, body: bytes, status: int, state: str
) -> None:
    """Not complete, with a reason."""
    serve(site, body, status)
    rows, faulty, verdict = read(reader)
    assert (rows, faulty, verdict.complete, verdict.state) == ([], [], False, state)
    assert verdict.reasons[0]


def test_external_entities_are_not_followed(site: Site, reader: Source) -> None:
    """A feed cannot make the reader open files or other addresses, nor fill its memory."""
    hostile = (
        "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a SYSTEM 'file:///etc/passwd'><!ENTITY b '"
        + "x" * 1000
        + "'>]><rss version='2.0'><channel><item><guid>a</guid><title>&a;&b;&b;</title></item></channel></rss>"
    )
    serve(site, hostile.encode())
    rows, _, _ = read(reader)
    assert all("root:" not in str(row.fields) for row in rows)
    assert len(site.asked) == 1
