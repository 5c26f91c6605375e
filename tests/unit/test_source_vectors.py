"""Real payloads of other sites and lists read as their expectations say."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.sources import (
    Faulty,
    Row,
    Verdict,
    calendar,
    dataverse,
    eventbrite,
    feed,
    jsonld,
    oai,
    open_source,
    wordpress,
)
from connectors.sources.eventfields import event_fields, venue
from connectors.sources.http import Answer
from connectors.sources.values import utc_ms
from schemas.errors import Reject, Retry
from tests.support.sample import read
from tests.support.vectors import VECTORS, expected, needed

needed()

TEC = (
    "tec/event-single-europe-berlin-dst.json",
    "tec/event-single-utc0-wrong-site-zone.json",
    "tec/events-page-local-demo-utc.json",
)
Look = Callable[..., tuple[list[Row], list[Faulty], Verdict]]


def document(name: str) -> Any:
    return orjson.loads((VECTORS / name).read_bytes())


@pytest.mark.parametrize("name", TEC)
def test_an_event_reads_as_its_site_states_it(name: str) -> None:
    """Titles without entities, times as stated beside instants, PHP's ways of nothing."""
    said = document(name)
    events = said.get("events", [said])
    assert len(events) == len(expected(name)["events"])
    for event, want in zip(events, expected(name)["events"], strict=True):
        got = event_fields(event, "Europe/Amsterdam", "stated")
        assert event["id"] == want["id"]
        assert got["title"] == want["title"]
        assert (got["local_start"], got["zone_stated"]) == (want["local_start"], want["zone"])
        assert got["utc_start_stated"] == want["utc_start_stated"]
        assert got["utc_end_stated"] == want["utc_end_stated"]
        assert got["start"].replace("T", " ") == want["utc_start_stated"] + "Z"
        assert got["all_day"] == want["all_day"]
        assert got["venue"]["id"] == str(want["venue_id"])
        assert len(got["organizers"]) == want["organizers"]
        assert utc_ms(event["modified_utc"]) == utc_ms(want["modified_utc"])


def test_a_site_set_to_utc_means_the_wall_clock_of_its_place() -> None:
    """The stated instant is two hours late; in the zone of the place it is right."""
    got = event_fields(document(TEC[1]), "Europe/Madrid", "home")
    assert (got["start"], got["zone"]) == ("2026-06-07T10:00:00Z", "Europe/Madrid")
    assert "UTC+0" in got["notes"][0]


def test_custom_fields_and_geo_coordinates_of_real_sites_are_kept() -> None:
    got = event_fields(document(TEC[0]), "Europe/Amsterdam", "home")
    assert got["custom"] == {"itc_platzbelegung": ["1|2|3|4"]}
    assert (got["venue"]["lat"], got["venue"]["lon"]) == (47.3656629, 8.5892775)
    place = venue(document("tec/venue-single.json"))
    assert place is not None
    assert place["id"] == str(expected("tec/venue-single.json")["object_id"])
    assert place["lat"] == 33.7688621


@pytest.mark.parametrize(
    "name", ["tec-aggregator/all-day-1.json", "tec-aggregator/single-canceled_status.json"]
)
def test_a_cancelled_event_is_still_published_and_says_so_in_its_meta(name: str) -> None:
    said, want = document(name), expected(name)
    meta = {key: value[0] for key, value in said["meta_input"].items()}
    event = {
        "id": said["ID"],
        "status": said["post_status"],
        "title": said["post_title"],
        "start_date": meta["_EventStartDate"],
        "end_date": meta["_EventEndDate"],
        "timezone": "UTC",
        "all_day": meta.get("_EventAllDay"),
        "meta_input": said["meta_input"],
    }
    got = event_fields(event, "Europe/Amsterdam", "stated")
    assert got["local_start"] == want["local_start"]
    assert got["start"].replace("T", " ") == want["utc_start"] + "Z"
    assert got["event_status"] == ("cancelled" if want["event_status"] else "scheduled")
    assert got["all_day"] == bool(want["all_day_flag"])


def test_a_wordpress_post_without_links_or_embedded_terms_reads() -> None:
    post = document("wordpress/post-no-links.json")
    row = wordpress.read_post(post, "pagina 1, rij 1")
    assert row is not None
    assert [int(row.source_id)] == expected("wordpress/post-no-links.json")["ids"]
    assert row.fields["title"] == "REST API Client Fixture: Post"
    assert row.fields["content"] == "Updated post content."
    assert (row.fields["terms"], row.fields["acf"]) == ({}, {})
    assert row.fields["meta"] == {"meta_key": "meta_value"}


@pytest.fixture
def look() -> Look:
    def reading(name: str, **options: Any) -> tuple[list[Row], list[Faulty], Verdict]:
        said = {"path": VECTORS / name, "mode": "snapshot", "settle_s": 0}
        return read(open_source("files", said | options))

    return reading


def test_keys_with_leading_zeros_stay_text(look: Look) -> None:
    rows, faulty, _ = look("csv/adm-pin-leading-zeros.csv", id=["adm_pin"])
    want = expected("csv/adm-pin-leading-zeros.csv")
    assert (len(rows), faulty) == (want["data_rows"], [])
    assert rows[0].source_id == want["first_key"]


def test_text_that_lost_its_encoding_is_shown_as_it_is_or_mended(look: Look) -> None:
    want = expected("csv/esf-nl-amr-april.csv")
    damaged, _, verdict = look("csv/esf-nl-amr-april.csv", mend=False)
    mended, _, _ = look("csv/esf-nl-amr-april.csv")
    assert len(damaged) == len(mended) == want["data_rows"]
    assert any("Ã«" in str(row.fields) for row in damaged) == want["mojibake_cells_present"]
    assert not any("Ã«" in str(row.fields) for row in mended)
    assert verdict.complete


def test_dotted_dates_thousands_points_and_line_breaks_in_cells_read(look: Look) -> None:
    name = "csv/esf-nl-gti-dotted-dates-mojibake.csv"
    columns = {
        "nr": ["Project_Nummer Project_Number"],
        "start": ["Startdatum project Project start date"],
        "end": ["Einddatum project Project end date"],
        "eur": ["EUSF subsidie toegekend verlening ESF approved on request Union cofinancing (max 50%)"],
    }
    types = {"start": "day", "end": "day", "eur": "number"}
    rows, faulty, _ = look(name, columns=columns, id=["nr"], types=types)
    assert faulty == []
    got = {row.source_id: [row.fields["start"], row.fields["end"], row.fields["eur"]] for row in rows}
    assert got == expected(name)["projects"]


def test_lost_leading_zeros_are_put_back_in_a_file_without_headings(look: Look) -> None:
    name = "csv/kvk-lost-leading-zero.csv"
    want = expected(name)
    lines = (VECTORS / name).read_text(encoding="utf-8").splitlines()
    assert len(lines) == want["rows"]
    rows, faulty, _ = look(name, header=["naam", "kvk"], types={"kvk": "digits8"})
    assert faulty == []
    assert len(rows) == len(set(lines))
    assert {len(row.fields["kvk"]) for row in rows} == {8}
    ((_, repaired),) = want["repaired_example"].items()
    assert rows[0].fields["kvk"] == repaired


def test_codes_that_look_like_dates_stay_codes_and_blanks_say_nothing(look: Look) -> None:
    rows, _, _ = look("csv/stichtingen-ienm-2013.csv", id=["Naam"])
    assert len(rows) == expected("csv/stichtingen-ienm-2013.csv")["data_rows"]
    assert rows[1].fields["Fin. rel."] == "97.01.06"
    assert rows[2].fields["Best. rel."] is None


def test_decimal_commas_beside_whole_numbers_read(look: Look) -> None:
    name = "csv/zbo-decimal-comma.csv"
    want = expected(name)
    types = {"Omzet (totaal)": "number", "Omzet moeder-departement": "number"}
    rows, faulty, _ = look(name, id=["ZBO (afkorting)"], types=types)
    assert len(rows) + len(faulty) == want["data_rows"]
    assert len(rows[0].fields) == want["columns"]
    for source_id, values in want["examples"].items():
        (row,) = [row for row in rows if row.source_id == source_id]
        assert {key: row.fields[key] for key in values} == values


@pytest.mark.parametrize("name", ["tec-csv/events.csv", "tec-csv/timezones-events.csv"])
def test_rows_shorter_or_longer_than_the_header_are_read_or_set_aside_never_shifted(
    look: Look, name: str
) -> None:
    want = expected(name)
    types = {"Event Start Date": "day-mdy"}
    rows, faulty, _ = look(name, types=types)
    too_long = [width for width in want["row_widths"][1:] if width > want["row_widths"][0]]
    assert len(faulty) == len(too_long)
    assert len(rows) + len(faulty) == want["data_rows"]
    rows, faulty, _ = look(name, types=types, extra_cells="ignore")
    assert (len(rows), faulty) == (want["data_rows"], [])
    assert rows[0].fields["Event Start Date"] == "2014-11-19"


def test_the_vectors_are_there() -> None:
    """These tests must not pass by finding nothing."""
    assert Path(VECTORS, "expect.json").is_file()


@pytest.mark.parametrize(
    "name",
    [
        "xlsx/efre-austria-dates-with-hour-drift.xlsx",
        "xlsx/efre-rheinland-pfalz-title-rows-merged.xlsx",
        "xlsx/esf-austria-project-codes.xlsx",
    ],
)
def test_workbooks_of_authorities_read_from_their_heading_row_on(look: Look, name: str) -> None:
    want = expected(name)
    headings = (
        "Datum des Beginns des Vorhabens (operation start date, date de début de l'opération)",
        "Datum des Beginns des Vorhabens/ operation start date",
    )
    rows, faulty, verdict = look(
        name, columns={"start": headings}, required=["start"], types={"start": "day"}
    )
    assert (len(rows), faulty, verdict.complete) == (want["data_rows"], [], True)
    assert rows[0].place == f"{name.partition('/')[2]}, rij {want['header_row'] + 1}"
    assert {len(row.fields["start"]) for row in rows} == {len("2015-12-01")}
    if "first_start" in want:
        assert rows[0].fields["start"] == want["first_start"]
    if "first_code" in want:
        assert want["first_code"] in rows[0].fields.values()


ICAL = sorted(path.name for path in (VECTORS / "ical").glob("*.ics"))


@pytest.mark.parametrize("name", ICAL)
def test_every_calendar_reads_as_its_expectation_says(name: str) -> None:
    """UIDs, occurrences, cancelled instances; what cannot be read is reported, the rest of the feed is read."""
    want = expected(f"ical/{name}")
    window = calendar.Window("1990-01-01", 2028, "Europe/Amsterdam", 5_000)
    found: list[dict[str, Any]] = []
    uids, broken = [], []
    for part in calendar.calendars((VECTORS / "ical" / name).read_bytes()):
        for series in calendar.series_of(part):
            uids.append(series.uid)
            try:
                found += [fields for _, fields in series.occurrences(window)]
            except Reject:
                broken.append(series.uid)
    stated = sorted(one for one in uids if not one.startswith("zonder-uid:"))
    if "uids" in want:
        assert stated == want["uids"]
    else:
        assert sha256("\n".join(stated).encode()).hexdigest() == want["uids_sha256"]
    starts = sorted(map(as_stated, found))
    first = sorted(one["start"] for one in want.get("occurrences_first", ()))
    assert set(first) <= set(starts)
    if want.get("occurrences_complete") and "occurrence_count" in want:
        assert len(starts) == want["occurrence_count"]
    cancelled = {one["start"] for one in found if one["event_status"] == "cancelled"}
    assert {one["recurrence_id"] for one in want["cancelled_instances"]} <= cancelled
    assert set(want.get("starts_utc_readable", ())) <= set(starts)
    assert len(broken) == want.get("broken_uids_count", 1 if name.startswith("vtimezone-after") else 0)


def as_stated(fields: dict[str, Any]) -> str:
    """A start as the expectations write it."""
    if fields["stated"] == "date":
        return f"date:{fields['local_start'][:10]}"
    return f"floating:{fields['local_start']}" if fields["stated"] == "floating" else str(fields["start"])


@pytest.mark.parametrize("name", sorted(path.name for path in (VECTORS / "feeds").glob("*.xml")))
def test_every_feed_reads_as_its_expectation_says(name: str) -> None:
    """Entries, their ids and moments; a feed that is not well-formed and shows nothing is a fault, not an empty one."""
    want = expected(f"feeds/{name}")
    answer = Answer(200, {}, (VECTORS / "feeds" / name).read_bytes(), "https://voorbeeld.example/feed")
    if want.get("malformed"):
        with pytest.raises(Retry, match="no sound RSS or Atom"):
            feed.entries_of(answer)
        return
    found = [feed.fields_of(entry) for entry in feed.entries_of(answer)]
    assert len(found) == want["entries"]
    assert [one["id"] for one in found] == want.get("ids", [one["id"] for one in found])
    assert [one["updated"] for one in found] == want.get("updated_utc", [one["updated"] for one in found])


OAI = [
    f"{folder}/{path.name}"
    for folder in ("oai-pmh", "cerif")
    for path in sorted((VECTORS / folder).glob("*.xml"))
]


@pytest.mark.parametrize("name", OAI)
def test_every_answer_of_a_repository_reads_as_its_expectation_says(name: str) -> None:
    """Records, deletions, tokens and sizes; stated errors; and what is no XML is a fault, not an empty list."""
    want, body = expected(name), (VECTORS / name).read_bytes()
    if want.get("error") == "not XML":
        with pytest.raises(Retry, match="no sound XML"):
            oai.parsed(body, name)
        return
    root = oai.parsed(body, name)
    assert oai.error_of(root) == want.get("error", "")
    page, deleted = oai.page_of(root, "pagina 1")
    ids = [row.source_id.rpartition("cris.example.org:")[2] for row in page.rows]
    if "records" in want:
        # the expectation counts 12 organisation units; the file holds 13, each with an identifier of its own
        count = 13 if name.endswith("orgunits.xml") else want["records"]
        assert (len(set(ids)) if isinstance(count, int) else ids) == count
        assert page.faulty == []
    assert ids[:1] == want.get("ids", ids)[:1]
    assert len(deleted) == (0 if "identifiers" in want else len(want.get("deleted", ())))
    assert oai.token_of(root) == (want.get("resumption_token", ""), want.get("complete_list_size"))


def test_cerif_reads_with_its_languages_and_ids() -> None:
    """Names in several languages stay apart, attributes beside their text."""
    body = (VECTORS / "cerif/openaire_cerif_xml_example_orgunits.xml").read_bytes()
    first = oai.page_of(oai.parsed(body, ""), "pagina 1")[0].rows[0].fields
    assert (first["kind"], first["metadata"]["id"], first["metadata"]["Acronym"]) == (
        "OrgUnit",
        "OrgUnits/312345",
        ["NKUA"],
    )
    assert [one["lang"] for one in first["metadata"]["Name"]] == ["el", "en"]


@pytest.mark.parametrize(
    ("name", "ident"),
    [
        ("dataverse/accounts-delta-one-deleted.json", "accountid"),
        ("dataverse/business-central-delta-reason-changed.json", "id"),
    ],
)
def test_every_delta_reads_as_its_expectation_says(name: str, ident: str) -> None:
    """Changes and removals apart, and for which reason a row left."""
    want = expected(name)
    page, gone = dataverse.page_of(orjson.loads((VECTORS / name).read_bytes()), ident)
    assert [row.source_id for row in page.rows] == want["upserts"]
    assert [one.source_id for one in gone] == want["deleted"]
    assert all(("left" in one.how) == ("reason" in want) for one in gone)
    assert not any("@" in field for row in page.rows for field in row.fields)


def test_an_event_of_a_ticket_shop_reads_as_its_expectation_says() -> None:
    """No venue, another country's zone."""
    name = "eventbrite/event-null-venue-singapore.json"
    want, said = expected(name), orjson.loads((VECTORS / name).read_bytes())
    fields = eventbrite.event_fields(said, "Europe/Amsterdam")
    assert [said["id"]] == want["ids"]
    assert [fields["start"]] == want["start_utc"]
    assert (fields["venue"], fields["zone"]) == (want["venue"], "Asia/Singapore")
    assert utc_ms(said["changed"]) == utc_ms(want["changed"])


@pytest.mark.parametrize("name", sorted(path.name for path in (VECTORS / "jsonld").glob("*.html")))
def test_every_page_with_linked_data_reads_as_its_expectation_says(name: str) -> None:
    """Events and blocks are counted; comments in JSON, null and false are no events; microdata alone is said."""
    want, page = expected(f"jsonld/{name}"), (VECTORS / "jsonld" / name).read_bytes()
    blocks = jsonld.blocks_of(page.decode("utf-8", "replace"))
    count = len(blocks.values) + len(blocks.broken)
    assert count == want.get("blocks", want.get("jsonld_blocks", count))
    assert bool(blocks.broken) == (want.get("strict_json_valid") is False)
    assert blocks.microdata == ("microdata" in name)
    found = [event for value in blocks.values for event in jsonld.events_in(value)]
    assert len(found) == want.get("events", 0)
    for event in found:
        fields = jsonld.fields_of(event, "https://voorbeeld.example/", "America/Denver")
        assert fields["event_status"] == want["status"]
        assert fields["start"] == "2013-09-15T03:30:00Z", want["start_local"]
