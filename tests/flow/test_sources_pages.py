"""Events in the JSON-LD of a site's pages: sitemap, robots.txt, forms of schema.org, and what proves nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from connectors.sources import LookState, Source, Verdict, open_source
from schemas.errors import Stop
from tests.support.sample import QUICK, read
from tests.support.site import Site, say

PLACE = {
    "@type": "Place",
    "name": "Zaal",
    "address": {"addressLocality": "Utrecht", "streetAddress": "Plein 1"},
}


def event(title: str, **more: Any) -> dict[str, Any]:
    """An event of schema.org."""
    said = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": title,
        "startDate": "2026-05-01T20:00",
    }
    return said | {"location": PLACE} | more


def page(*values: Any, more: str = "") -> bytes:
    """A page with these blocks."""
    scripts = "".join(f"<script type='application/ld+json'>{json.dumps(one)}</script>" for one in values)
    return f"<!doctype html><html><head>{scripts}</head><body>{more}</body></html>".encode()


class Web:
    """A site with a sitemap of its pages."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.pages: dict[str, tuple[int, bytes]] = {}
        self.robots = (404, b"")
        site.reply = self.reply

    def reply(self, to: BaseHTTPRequestHandler, _: int) -> None:
        """Answer one question."""
        if to.path == "/robots.txt":
            say(to, *self.robots)
        elif to.path == "/sitemap.xml":
            inside = f"<sitemap><loc>{self.site.url}/deel.xml</loc></sitemap>"
            say(to, 200, f"<sitemapindex xmlns='urn:s'>{inside}</sitemapindex>".encode())
        elif to.path == "/deel.xml":
            places = "".join(f"<url><loc>{self.site.url}{path}</loc></url>" for path in self.pages)
            places += "<url><loc>https://elders.example/agenda/x</loc></url>"
            say(to, 200, f"<urlset xmlns='urn:s'>{places}</urlset>".encode())
        else:
            say(to, *self.pages.get(to.path, (404, b"")))


@pytest.fixture
def web(site: Site) -> Web:
    """It stands on a server of its own."""
    return Web(site)


@pytest.fixture
def reader(web: Web) -> Iterator[Source]:
    found = open_source(
        "pages", {"sitemap": f"{web.site.url}/sitemap.xml", "match": "/agenda/", "manners": QUICK}
    )
    yield found
    found.close()


MOVED = event(
    "Drie",
    eventStatus="https://schema.org/EventMovedOnline",
    location=[PLACE, {"@type": "VirtualLocation", "url": "https://online.example"}],
    startDate="2026-05-03T20:00:00+02:00",
)
FORMS = {
    "/agenda/1": (200, page({"@graph": [{"@type": "WebPage"}, event("Een", organizer={"name": "Hub"})]})),
    "/agenda/2": (
        200,
        page([event("Twee", **{"@type": ["Thing", "EducationEvent"]}, startDate="2026-05-02")]),
    ),
    "/agenda/3": (
        200,
        page(MOVED, event("Vier", eventStatus="EventRescheduled", previousStartDate=["2026-04-01T20:00"])),
    ),
    "/over-ons": (200, page(event("Niet gevraagd"))),
}


def test_the_pages_of_a_sitemap_are_read_and_others_are_not_asked_for(web: Web, reader: Source) -> None:
    """Every event once, under an id of its own."""
    web.pages = FORMS
    rows, faulty, verdict = read(reader)
    assert (faulty, verdict.complete, verdict.absence) == ([], True, "ask")
    assert {row.fields["title"] for row in rows} == {"Een", "Twee", "Drie", "Vier"}
    assert len({row.source_id for row in rows}) == 4
    assert not any(path == "/over-ons" for path, _ in web.site.asked)


def test_every_form_of_schema_org_reads(web: Web, reader: Source) -> None:
    """A graph, a list, several types, whole days, moved online, rescheduled."""
    web.pages = FORMS
    found = {row.fields["title"]: row.fields for row in read(reader)[0]}
    assert (found["Een"]["start"], found["Een"]["organizers"][0]["name"]) == ("2026-05-01T18:00:00Z", "Hub")
    assert (found["Twee"]["all_day"], found["Twee"]["end"]) == (True, "2026-05-02T21:59:59Z")
    assert (found["Drie"]["event_status"], found["Drie"]["online_url"]) == (
        "moved-online",
        "https://online.example",
    )
    assert found["Drie"]["venue"] == {
        "name": "Zaal",
        "address": "Plein 1",
        "city": "Utrecht",
        "zip": "",
        "country": "",
    }
    assert (found["Vier"]["event_status"], found["Vier"]["previous_starts"]) == (
        "rescheduled",
        ["2026-04-01T18:00:00Z"],
    )


def test_robots_txt_is_obeyed_and_said(web: Web, reader: Source) -> None:
    """What it keeps us from is not asked for; when it does not answer, nothing is."""
    web.pages = {"/agenda/1": (200, page(event("Een"))), "/agenda/besloten/2": (200, page(event("Twee")))}
    web.robots = (200, b"User-agent: *\nDisallow: /agenda/besloten/\n")
    rows, _, verdict = read(reader)
    assert [row.fields["title"] for row in rows] == ["Een"]
    assert "robots.txt" in verdict.reasons[0]
    assert not any("besloten" in path for path, _ in web.site.asked)
    web.robots = (500, b"")
    assert read(reader)[2].state == "failing"


def test_a_page_that_cannot_be_read_makes_the_look_partial_and_a_gone_one_does_not(
    web: Web, reader: Source
) -> None:
    """404 is an answer; 403 and 500 prove nothing."""
    web.pages = {"/agenda/1": (200, page(event("Een"))), "/agenda/2": (404, b"")}
    assert read(reader)[2].complete
    web.pages["/agenda/3"] = (403, b"")
    rows, _, verdict = read(reader)
    assert (len(rows), verdict.complete, verdict.state) == (1, False, "partial")
    assert "403" in " ".join(verdict.reasons)


def test_broken_blocks_are_set_aside_and_microdata_is_said(web: Web, reader: Source) -> None:
    """A comment in JSON, an event without a date; a page that has microdata only is not taken for empty."""
    broken = b"<script type='application/ld+json'>{'a': 1} // x</script>"
    micro = b"<div itemscope itemtype='https://schema.org/Event'></div>"
    web.pages = {
        "/agenda/1": (200, page(event("Een"), event("Zonder", startDate=None)) + broken),
        "/agenda/2": (200, micro),
    }
    rows, faulty, verdict = read(reader)
    assert [row.fields["title"] for row in rows] == ["Een"]
    assert {one.reject.field for one in faulty} == {"script", "startDate"}
    assert any("microdata" in reason for reason in verdict.reasons)


def test_only_a_page_that_is_gone_proves_that_its_event_is(web: Web, reader: Source) -> None:
    """Or one that tells of other events and no longer of this one; not an empty or strange one."""
    web.pages = {"/agenda/1": (200, page(event("Een"), event("Twee", startDate="2026-06-01T20:00")))}
    first, second = (row.source_id for row in read(reader)[0])
    web.pages["/agenda/1"] = (200, page(event("Een")))
    states = reader.confirm(
        [first, second, f"{web.site.url}/agenda/9", "https://elders.example/x"], lambda: 0
    )
    assert [states[first].state, states[second].state] == ["present", "gone"]
    assert [one.state for one in list(states.values())[2:]] == ["gone", "unknown"]
    web.pages["/agenda/1"] = (200, b"<html>Onderhoud</html>")
    assert reader.confirm([first], lambda: 0)[first].state == "unknown"


def test_options_that_contradict_are_refused() -> None:
    """Pages or a sitemap, one of them."""
    for said in ({}, {"pages": ["https://x.example/"], "sitemap": "https://x.example/s.xml"}):
        with pytest.raises(Stop, match="either pages or a sitemap"):
            open_source("pages", said)


def test_a_site_that_is_down_is_not_asked_page_by_page(web: Web, reader: Source) -> None:
    """After five pages in a row without an answer. Pages that are forbidden do not keep others from being read."""
    web.pages = {f"/agenda/{number}": (503, b"") for number in range(1, 30)}
    web.pages["/agenda/1"] = (200, page(event("Een")))
    rows, _, verdict = read(reader)
    asked = {path for path, _ in web.site.asked if path.startswith("/agenda/")}
    assert ([row.fields["title"] for row in rows], verdict.state) == (["Een"], "partial")
    assert asked == {f"/agenda/{number}" for number in range(1, 7)}
    assert verdict.reasons[1] == "de site antwoordt niet meer / the site no longer answers"

    web.pages = {f"/agenda/{number}": (403, b"") for number in range(1, 30)} | {
        "/agenda/30": (200, page(event("Laatst")))
    }
    rows, _, verdict = read(reader)
    assert ([row.fields["title"] for row in rows], verdict.state) == (["Laatst"], "partial")
    assert verdict.reasons[0] == "at least 29 pages could not be read"


def test_a_page_that_did_not_change_is_not_sent_again(web: Web, reader: Source) -> None:
    """By its validators; one with a fault is always asked for whole, and without the state of a look all are."""
    web.pages = {
        "/agenda/1": (200, page(event("Een"))),
        "/agenda/2": (200, page(event("Twee"))),
        "/agenda/3": (200, page(event("Drie"), event("Zonder", startDate=None))),
    }
    plain = web.reply

    def with_tags(to: BaseHTTPRequestHandler, number: int) -> None:
        body = web.pages.get(to.path, (404, b""))[1]
        tag = f'"{len(body)}-{body.count(b"anders")}"'
        if to.path in web.pages and to.headers.get("If-None-Match") == tag:
            return say(to, 304, b"")
        return say(to, 200, body, ETag=tag) if to.path in web.pages else plain(to, number)

    web.site.reply = with_tags

    def looked(previous: LookState | None) -> tuple[list[str], list[str], Verdict]:
        reading = reader.look(previous, lambda: 0)
        pages = list(reading)
        titles = [row.fields["title"] for one in pages for row in one.rows]
        return titles, [one for found in pages for one in found.same], reading.verdict

    titles, same, verdict = looked(None)
    assert (titles, same) == (["Een", "Twee", "Drie"], [])
    web.pages["/agenda/2"] = (200, page(event("Twee anders")))
    titles, same, again = looked(verdict.next_state)
    assert titles == ["Twee anders", "Drie"]
    assert [one.startswith(f"{web.site.url}/agenda/1") for one in same] == [True]
    assert again.complete
    assert looked(None)[0] == ["Een", "Twee anders", "Drie"]
