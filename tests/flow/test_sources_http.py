"""Asking politely, against a real server that does what servers do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic

import pytest

from connectors.sources.http import Http, Manners, retry_after
from schemas.errors import Retry
from tests.support.site import Site, say


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def http(waits: list[float]) -> Iterator[Http]:
    manners = Manners(interval_s=0, backoff_s=1, attempts=3, max_bytes=1000, redirects=3, timeout_s=5)
    client = Http(manners, wait=waits.append, clock_s=lambda: sum(waits), spread=lambda: 0)
    yield client
    client.close()


def test_it_says_who_asks(site: Site, http: Http) -> None:
    http.get(f"{site.url}/a?b=c")
    assert site.asked[0][0] == "/a?b=c"
    assert site.asked[0][1]["User-Agent"].startswith("Zeven/")


def test_validators_go_along_and_304_is_an_answer(site: Site, http: Http) -> None:
    site.reply = lambda to, _: say(
        to, 200, b"{}", ETag='W/"7"', Last_Modified="Wed, 01 Jan 2020 00:00:00 GMT"
    )
    first = http.get(site.url)
    site.reply = lambda to, _: say(to, 304, b"")
    assert http.get(site.url, first.validators).status == 304
    assert site.asked[1][1]["If-None-Match"] == 'W/"7"'
    assert site.asked[1][1]["If-Modified-Since"] == "Wed, 01 Jan 2020 00:00:00 GMT"


def test_it_tries_again_with_growing_pauses_and_then_gives_up(
    site: Site, http: Http, waits: list[float]
) -> None:
    site.reply = lambda to, _: say(to, 502, b"bad")
    with pytest.raises(Retry) as fault:
        http.get(site.url)
    assert len(site.asked) == 3
    assert waits == [1, 2]
    assert "502" in str(fault.value)


def test_a_short_retry_after_is_sat_out_and_a_long_one_is_handed_on(
    site: Site, http: Http, waits: list[float]
) -> None:
    site.reply = lambda to, n: say(to, 429, b"", Retry_After="4") if n == 1 else say(to, 200, b"{}")
    assert http.get(site.url).status == 200
    assert waits == [4]
    site.reply = lambda to, _: say(to, 429, b"", Retry_After="900")
    with pytest.raises(Retry) as fault:
        http.get(site.url)
    assert fault.value.after_s == 900
    assert waits == [4]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_refusals_are_answers_not_retried(site: Site, http: Http, status: int) -> None:
    site.reply = lambda to, _: say(to, status, b'{"code": "why"}')
    assert (http.get(site.url).status, http.get(site.url).code) == (status, "why")
    assert len(site.asked) == 2


def test_redirects_are_followed_but_not_for_ever_nor_to_anything(site: Site, http: Http) -> None:
    site.reply = lambda to, _: say(to, 200, b"{}") if to.path == "/b" else say(to, 301, b"", Location="/b")
    assert http.get(f"{site.url}/a").url == f"{site.url}/b"
    site.reply = lambda to, _: say(to, 302, b"", Location="/again")
    with pytest.raises(Retry, match="redirects"):
        http.get(site.url)
    site.reply = lambda to, _: say(to, 302, b"", Location="file:///etc/hostname")
    with pytest.raises(Retry, match="redirect leads to"):
        http.get(site.url)


def test_an_answer_larger_than_allowed_is_given_up_while_reading(site: Site, http: Http) -> None:
    site.reply = lambda to, _: say(to, 200, b"x" * 5000)
    with pytest.raises(Retry, match="larger than"):
        http.get(site.url)


def test_an_answer_cut_off_is_not_taken_for_whole(site: Site, http: Http) -> None:
    site.reply = lambda to, _: say(to, 200, b'{"a": 1}', Content_Length="500")
    with pytest.raises(Retry, match="No whole answer"):
        http.get(site.url)


def test_requests_to_one_host_keep_their_distance(site: Site) -> None:
    client = Http(Manners(interval_s=0.1))
    began = monotonic()
    for _ in range(3):
        client.get(site.url)
    client.close()
    assert monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("body", "content_type", "shown"),
    [
        (b"<html>Onderhoud</html>", "text/html", "text/html"),
        (b"<br /><b>Warning</b>: x<br />[]", "application/json", "Warning"),
        (b"", "application/json", "not JSON"),
        (b"null", "application/json", "null"),
        (b"[1, 2", "application/json", "broken JSON"),
        (b"[" * 5000, "application/json", "broken JSON"),
    ],
)
def test_what_is_no_json_is_shown_by_its_beginning(
    site: Site, body: bytes, content_type: str, shown: str
) -> None:
    client = Http(Manners(interval_s=0))
    site.reply = lambda to, _: say(to, 200, body, Content_Type=content_type)
    with pytest.raises(Retry, match=shown):
        client.get(site.url).document()
    client.close()


def test_json_with_a_bom_a_wrong_type_or_half_a_pair_is_still_read(site: Site, http: Http) -> None:
    site.reply = lambda to, _: say(to, 200, b"\xef\xbb\xbf[1]", Content_Type="text/html")
    assert http.get(site.url).document() == [1]
    site.reply = lambda to, _: say(to, 200, b'["\\ud83d", "ok"]')
    assert http.get(site.url).document()[1] == "ok"
    site.reply = lambda to, _: say(to, 200, json.dumps({"é": "ü"}).encode())
    assert http.get(site.url).document() == {"é": "ü"}


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30),
        ("Wed, 21 Oct 2026 07:00:00 GMT", 0),
        ("Wednesday, 21-Oct-26 07:28:30 GMT", 30),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("9" * 400, 999999999),
    ],
)
def test_retry_after_is_seconds_or_a_date(said: str, seconds: float | None) -> None:
    assert retry_after(said, datetime(2026, 10, 21, 7, 28, tzinfo=UTC)) == seconds
