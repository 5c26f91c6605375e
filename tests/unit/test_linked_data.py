"""Records in the words of schema.org: complete, without empty parts, and read back by the reader of pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.sources.jsonld import blocks_of, events_in, fields_of
from streams.view.linked_data import CONTEXT, linked
from tests.support.view_world import project
from tests.unit.test_feeds import event

SITE = "https://zeven.example"
NAMES = {"limburg": "AI-hub Brightlands"}


def node(kind: str, item: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A record as JSON-LD, through JSON."""
    known: dict[str, Any] = {
        "kind": kind,
        "hubs": ["limburg"],
        "organisations": [],
        "sample": False,
        "id": "x-a",
        "title": "Titel",
    }
    known |= {"last_changed_at": "2026-02-01T10:00:00.000Z"}
    known |= item
    known["fields"] = known["fields"] | fields
    found: dict[str, Any] = json.loads(json.dumps(linked(known, SITE, NAMES)))
    return found


def events(**fields: Any) -> dict[str, Any]:
    """An event as JSON-LD."""
    whole = event()
    content: dict[str, Any] = {"title": {"nl": "Middag", "en": "Afternoon"}, "capacity": None}
    content |= {"dimensions": [], "themes": []}
    return node("event", whole, **(content | fields))


VENUE = {"name": "Campus", "address": "Weg 1", "municipality": "Delft", "province": "NL-ZH", "country": "NL"}


def test_an_event_is_read_back_by_the_reader_of_pages() -> None:
    """What a hub could read from our pages is what stands in the view."""
    said = events(
        end="2026-03-29T09:00:00Z", venue=VENUE, status="rescheduled", previous_start="2026-03-20T19:00:00Z"
    )
    page = f"<script type='application/ld+json'>{json.dumps({'@context': CONTEXT, **said})}</script>"
    (found,) = events_in(blocks_of(page).values)
    read = fields_of(found, SITE, "Europe/Amsterdam")
    assert (read["title"], read["event_status"]) == ("Middag", "rescheduled")
    moments = [datetime.fromisoformat(read[name]).astimezone(UTC) for name in ("start", "end")]
    assert moments == [datetime(2026, 3, 28, 19, tzinfo=UTC), datetime(2026, 3, 29, 9, tzinfo=UTC)]
    assert datetime.fromisoformat(read["previous_starts"][0]).astimezone(UTC) == datetime(
        2026, 3, 20, 19, tzinfo=UTC
    )
    assert said["location"]["address"]["addressLocality"] == "Delft"


def test_whole_days_are_dates() -> None:
    """The last day is one of them."""
    said = events(start="2026-06-30T22:00:00Z", end="2026-07-02T22:00:00Z", all_day=True)
    assert (said["startDate"], said["endDate"]) == ("2026-07-01", "2026-07-02")
    assert events(start="2026-06-30T22:00:00Z", all_day=True)["startDate"] == "2026-07-01"


def test_a_project_has_its_money_members_and_hubs() -> None:
    """Parts that say nothing are left out."""
    money = {"funder": "Fonds", "award": "10.1/a", "stream": None, "amount_eur": 5}
    item = {"fields": project(funding=[money], areas=["a"], link="javascript:alert(1)")}
    said = node(
        "project", item | {"organisations": [{"name": "TU Voorbeeld", "role": "lead"}], "sample": True}
    )
    assert (said["@type"], said["name"], said["keywords"]) == ("ResearchProject", "Slimme haven", ["a"])
    assert said["funding"] == [
        {"@type": "Grant", "identifier": "10.1/a", "funder": {"@type": "Organization", "name": "Fonds"}}
    ]
    assert said["sdPublisher"] == [{"@type": "Organization", "name": "AI-hub Brightlands"}]
    assert said["disambiguatingDescription"].startswith("voorbeelddata")
    assert {"sameAs", "location", "foundingDate", "alternateName"} & set(said) == set()
    assert said["@id"] == f"{SITE}/projects/x-a"


@pytest.mark.parametrize(
    ("kind", "fields", "type_"),
    [
        (
            "organisation",
            {"name": "TU Voorbeeld", "website": "https://tu.example", "place": "Delft"},
            "Organization",
        ),
        ("membership", {"role": "lead", "start": None, "end": None, "body": "zorg"}, "OrganizationRole"),
    ],
)
def test_every_kind_has_its_word(kind: str, fields: dict[str, Any], type_: str) -> None:
    """And an id, which is its page."""
    said = node(kind, {"fields": fields})
    assert (said["@type"], said["@id"]) == (type_, f"{SITE}/{kind}s/x-a")
