"""Real payloads of other sites, given to `zeven hub new`: a hub that passes at once, or a word on what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from connectors import manifest as manifests
from connectors.newcomer import golden
from deploy.cli.hubs.new import command
from schemas.errors import ZevenError
from schemas.settings import Settings
from tests.support.vectors import VECTORS, needed

needed()

READERS = {
    "tec/events-page-local-demo-utc.json": "tec",
    "tec/event-single-europe-berlin-dst.json": "tec",
    "tec/event-single-utc0-wrong-site-zone.json": "tec",
    "wordpress/post-no-links.json": "wordpress",
    "dataverse/accounts-delta-one-deleted.json": "dataverse",
    "dataverse/business-central-delta-reason-changed.json": "dataverse",
    "eventbrite/event-null-venue-singapore.json": "eventbrite",
    "feeds/rss-cp1252-codepoints.xml": "feed",
    "oai-pmh/ListRecords.xml": "oai",
    "oai-pmh/GetRecord_utf8test.xml": "oai",
    "cerif/openaire_cerif_xml_example_events.xml": "oai",
    "jsonld/schema-org-cancelled-no-offset.html": "pages",
    "csv/adm-pin-leading-zeros.csv": "files",
    "csv/zbo-decimal-comma.csv": "files",
    "csv/stichtingen-ienm-2013.csv": "files",
    "tec-csv/events.csv": "files",
    "tec-csv/timezones-events.csv": "files",
    "ical/google-public-holidays.ics": "ical",
    "ical/one-instance-cancelled.ics": "ical",
    "ical/windows-tzid-list.ics": "ical",
    "ical/two-calendars-in-one-file.ics": "ical",
}
NOTHING = {
    "oai-pmh/ListRecordsBroken.xml": "does not hold what its name says",
    "oai-pmh/noRecordsMatch.xml": "holds no records",
    "oai-pmh/ListIdentifiers.xml": "holds no records",
    "cerif/openaire_oaipmh_example_Identify.xml": "ListRecords",
    "jsonld/null-ld.html": "no events in JSON-LD",
    "jsonld/event-microdata-nested-offers.html": "only microdata",
    "ical/bom-only-calendar.ics": "empty",
    "feeds/rss-invalid-bytes-with-bom.xml": "no sound RSS",
    "tec/venue-single.json": "no list of objects",
    "csv/kvk-lost-leading-zero.csv": "headings",
    "xlsx/efre-rheinland-pfalz-title-rows-merged.xlsx": "--kind",
}
EVERYTHING = sorted(
    str(path.relative_to(VECTORS))
    for folder in ("tec", "tec-csv", "csv", "ical", "feeds", "oai-pmh", "cerif", "jsonld", "xlsx", "hubspot")
    for path in (VECTORS / folder).iterdir()
)


def new(name: str, to: Path) -> str | None:
    """Give a vector; returns what was said instead, when nothing was written. Any other error is a fault here."""
    done = CliRunner().invoke(command, ["proef", "--from", str(VECTORS / name), "--to", str(to)])
    if isinstance(done.exception, ZevenError):
        return str(done.exception)
    assert done.exception is None, done.output
    return None


@pytest.mark.parametrize(("name", "reader"), READERS.items())
def test_a_real_payload_is_recognised_and_its_golden_test_passes(
    tmp_path: Path, name: str, reader: str
) -> None:
    assert new(name, tmp_path) is None
    (source,) = manifests.load("proef", Settings(hubs=tmp_path), {}).sources.values()
    assert source.reader == reader
    assert golden.differences(tmp_path / "proef") == []


@pytest.mark.parametrize(("name", "said"), NOTHING.items())
def test_what_is_no_sample_is_told_and_nothing_is_written(tmp_path: Path, name: str, said: str) -> None:
    assert said in (new(name, tmp_path) or "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", EVERYTHING)
def test_no_real_payload_ends_in_anything_but_files_or_words(tmp_path: Path, name: str) -> None:
    assert (new(name, tmp_path) is None) == (tmp_path / "proef" / "golden.json").is_file()
