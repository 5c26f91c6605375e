"""The readers of web sources against the stand-ins over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sources import Source
from tests.support.sample import Sample, now, read, sample


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Sample]:
    with sample(tmp_path) as running:
        yield running


def reader(source: Sample, kind: str, **options: Any) -> Source:
    return source.tec(**options) if kind == "event" else source.wordpress(**options)


KINDS = pytest.mark.parametrize("kind", ["event", "project"])


@KINDS
def test_a_look_reads_what_the_source_holds(source: Sample, kind: str) -> None:
    """Every item once, complete, with page and row for people."""
    rows, faulty, verdict = read(reader(source, kind))
    assert len(rows) == len({row.source_id for row in rows}) == len(source.ids(kind))
    assert (faulty, verdict.complete, verdict.state) == ([], True, "live")
    assert rows[0].place == "pagina 1, rij 1"
    assert rows[0].address.startswith(source.base)


def test_titles_and_terms_are_text_without_entities(source: Sample) -> None:
    rows, _, _ = read(source.wordpress())
    titles = {row.fields["title"] for row in rows}
    assert "Schonere vaarroutes met ‘just in time’" in titles
    assert "Waterstof & veiligheid: slim bewaken" in titles
    names = {term["name"] for row in rows for term in row.fields["terms"]["werkgebied"]}
    assert "Vrede, recht en veiligheid" in names
    assert not any("&#" in str(row.fields) or "&amp;" in str(row.fields) for row in rows)


def test_events_have_instants_zones_and_series(source: Sample) -> None:
    rows, _, _ = read(source.tec())
    assert {row.fields["zone"] for row in rows} == {"Europe/Amsterdam"}
    assert sum(row.fields["series"] is not None for row in rows) == 4
    assert any(row.fields["venue"] is None for row in rows)
    assert all(row.fields["start"].endswith("Z") and row.fields["local_start"] for row in rows)


@KINDS
def test_an_unchanged_source_answers_304_and_gives_no_rows(source: Sample, kind: str) -> None:
    subject = reader(source, kind)
    _, _, first = read(subject)
    rows, _, again = read(subject, first.next_state)
    assert (rows, again.unchanged, again.complete, again.state) == ([], True, True, "idle")
    changed, shown = ("move_event", "start") if kind == "event" else ("edit_project", "acf")
    source.control("change", name=changed)
    rows, _, third = read(subject, again.next_state)
    assert len(rows) == len(source.ids(kind))
    assert (third.unchanged, third.complete) == (False, True)
    assert shown in rows[0].fields


@KINDS
def test_a_new_item_after_a_full_last_page_is_seen_although_that_page_is_unchanged(
    source: Sample, kind: str
) -> None:
    """50 or 100 items fill the last page exactly; the next one makes a page that nobody asked for before."""
    source.control("load", rows=300, seed=1)
    keep = 100
    if kind == "event":
        source.control("shrink", kind="event", keep=keep)
    subject = reader(source, kind)
    rows, _, first = read(subject)
    assert len(rows) == keep
    if kind == "event":
        source.control("shrink", kind="event", keep=keep + 1 - 1)
        source.control("whole")
        source.control("change", name="new_event")
    else:
        source.control("change", name="new_project")
    rows, _, verdict = read(subject, first.next_state)
    assert len({row.source_id for row in rows}) == keep + 1
    assert verdict.complete


@KINDS
def test_a_list_that_shifts_while_it_is_read_is_read_again_until_it_stood_still(
    source: Sample, kind: str
) -> None:
    """An item goes and one comes between two pages; in the end nothing is missing, and it is complete."""
    source.control("load", rows=1200, seed=2)
    first = source.ids(kind)[0]

    def between(number: int) -> None:
        if number == 1:
            source.control("delete", kind=kind, id=first)
            source.control("change", name=f"new_{kind}")

    rows, _, verdict = read(reader(source, kind), between=between)
    assert set(source.ids(kind)) <= {row.source_id for row in rows}
    assert verdict.complete


@KINDS
def test_a_list_that_never_stands_still_is_partial(source: Sample, kind: str) -> None:
    source.control("load", rows=1200, seed=3)
    rows, _, verdict = read(
        reader(source, kind), between=lambda _: source.control("change", name=f"new_{kind}")
    )
    assert rows
    assert (verdict.complete, verdict.state) == (False, "partial")
    assert "kept changing" in verdict.reasons[0]


@KINDS
def test_an_empty_list_proves_nothing_unless_the_manifest_says_it_may(source: Sample, kind: str) -> None:
    source.control("shrink", kind=kind, keep=0)
    rows, _, verdict = read(reader(source, kind))
    assert (rows, verdict.complete, verdict.state) == ([], False, "partial")
    rows, _, verdict = read(reader(source, kind, may_be_empty=True))
    assert (rows, verdict.complete, verdict.state) == ([], True, "idle")


WAYS = pytest.mark.parametrize(
    "way",
    [
        "500",
        "503",
        "401",
        "403",
        "half",
        "close",
        "garbage",
        "html",
        "warning",
        "no_route",
        "empty",
        "not_json",
    ],
)


@KINDS
@WAYS
def test_a_source_that_stays_broken_is_failing_with_words_and_proves_nothing(
    source: Sample, kind: str, way: str
) -> None:
    source.control("fail", way=way, times=20)
    rows, faulty, verdict = read(reader(source, kind))
    assert (rows, faulty) == ([], [])
    assert (verdict.complete, verdict.state) == (False, "failing")
    assert source.base in verdict.reasons[0]
    assert not verdict.next_state.marks


@KINDS
@WAYS
def test_a_failure_half_way_is_partial_and_keeps_what_was_read(source: Sample, kind: str, way: str) -> None:
    source.control("load", rows=600, seed=4)
    rows, _, verdict = read(
        reader(source, kind),
        between=lambda number: source.control("fail", way=way, times=20) if number == 1 else None,
    )
    assert rows
    assert (verdict.complete, verdict.state) == (False, "partial")


@KINDS
@pytest.mark.parametrize("way", ["500", "503", "429", "half", "close"])
def test_what_passes_is_tried_again_within_the_look(source: Sample, kind: str, way: str) -> None:
    source.control("fail", way=way, times=2)
    _, _, verdict = read(reader(source, kind))
    assert (verdict.complete, verdict.state) == (True, "live")


@pytest.mark.parametrize("said", ["120", "Wed, 01 Jan 2997 00:00:00 GMT"])
def test_a_long_retry_after_ends_the_look_and_is_handed_on(source: Sample, said: str) -> None:
    source.control("fail", way="429", times=1, retry_after=said)
    _, _, verdict = read(source.tec())
    assert verdict.state == "partial"
    assert "continues" in verdict.reasons[0]
    assert (verdict.resume_after_s or 0) >= 120
    _, _, verdict = read(source.tec())
    assert verdict.state == "live"


@pytest.mark.parametrize("said", ["nonsense", "", "-5", "Wed, 01 Jan 1997 00:00:00 GMT", "0"])
def test_a_retry_after_of_nonsense_or_the_past_does_not_hold_it_up(source: Sample, said: str) -> None:
    source.control("fail", way="429", times=1, retry_after=said)
    _, _, verdict = read(source.tec())
    assert verdict.state == "live"


@KINDS
def test_each_item_is_asked_for_by_itself_and_only_the_api_may_say_that_it_is_gone(
    source: Sample, kind: str
) -> None:
    subject, (deleted, hidden, there, *_) = reader(source, kind), source.ids(kind)
    source.control("delete", kind=kind, id=deleted)
    source.control("unpublish", kind=kind, id=hidden)
    found = subject.confirm([deleted, hidden, there, "999999"], now)
    assert [found[each].state for each in (deleted, hidden, there, "999999")] == [
        "gone",
        "gone",
        "present",
        "gone",
    ]
    assert deleted in found[deleted].how


@KINDS
@pytest.mark.parametrize(
    "way", ["500", "401", "403", "html", "no_route", "half", "close", "empty", "garbage"]
)
def test_a_broken_site_never_proves_that_an_item_is_gone(source: Sample, kind: str, way: str) -> None:
    """Also not with 403 and 404: a firewall's page and a switched-off plugin use them too."""
    subject, item = reader(source, kind), source.ids(kind)[0]
    source.control("delete", kind=kind, id=item)
    source.control("fail", way=way, times=20)
    assert subject.confirm([item], now)[item].state == "unknown"


def test_an_occurrence_of_a_series_is_confirmed_through_the_list_of_its_day(source: Sample) -> None:
    subject = source.tec()
    rows, _, _ = read(subject)
    first, second = sorted(row.source_id for row in rows if "@" in row.source_id)[:2]
    source.control("delete", kind="event", id="10000001")
    found = subject.confirm([first, second], now)
    assert (found[first].state, found[second].state) == ("gone", "present")


@KINDS
def test_an_item_that_cannot_be_read_is_set_aside_with_its_bytes_and_its_id(
    source: Sample, kind: str
) -> None:
    item = source.ids(kind)[0]
    source.control("set", kind=kind, id=item, fields={"title": "kapot \ufffd tekst"})
    rows, faulty, verdict = read(reader(source, kind))
    assert [each.source_id for each in faulty] == [item]
    assert item.encode() in faulty[0].original
    assert item not in {row.source_id for row in rows}
    assert verdict.complete


def test_a_site_that_is_down_is_failing(source: Sample) -> None:
    subject = source.tec(url="http://127.0.0.1:9/agenda")
    _, _, verdict = read(subject)
    assert (verdict.complete, verdict.state) == (False, "failing")
    assert subject.confirm(["1"], now)["1"].state == "unknown"


def test_a_look_never_raises_for_what_a_site_does(source: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even for a redirect to somewhere odd."""
    del monkeypatch
    for url in (f"{source.base}/nergens", source.base):
        _, _, verdict = read(source.wordpress(url=url))
        assert verdict.state == "failing"


Between = Callable[[int], None]
