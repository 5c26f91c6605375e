"""What people read: Dutch and English, dates in the event's zone, the mark of invented data."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.deliver.summary import Gathering
from schemas.hubs import Hub
from streams.notices.compose import Composed, Composer
from streams.notices.judge import Kept, Seen, Thing, judge
from streams.notices.names import reference_names
from streams.notices.subscriptions import Subscription, parse
from streams.notices.versions import changes_of
from streams.notices.words import moment

ZUID_HOLLAND = Hub("zuid-holland", "AI-hub Zuid-Holland", "Zuid-Holland AI hub")
COMPOSER = Composer("http://127.0.0.1:8710", reference_names((ZUID_HOLLAND,)))


def subscription(language: str = "nl") -> Subscription:
    """A subscription to everything."""
    return parse(
        f"""
        id = "haven"
        language = "{language}"
        name = {{ nl = "Werkgroep Haven", en = "Working group Port" }}
        [[channels]]
        type = "mail"
        to = "haven@voorbeeld.localhost"
        """,
        "test",
    )


def version(kind: str = "event", organisations: Any = (), **content: Any) -> dict[str, Any]:
    """A version of an event (or another kind) of Zuid-Holland."""
    fields = {
        "title": {"nl": "Slim varen", "en": "Smart shipping"},
        "status": "scheduled",
        "start": "2026-11-03T09:00:00Z",
        "zone": "Europe/Amsterdam",
        "all_day": False,
        "areas": [],
    }
    return {
        "id": "e-1",
        "kind": kind,
        "sample": True,
        "hubs": ["zuid-holland"],
        "address": "https://hub.example/agenda/1",
        "content": (fields if kind == "event" else {"title": fields["title"]}) | content,
        "organisations": list(organisations),
    }


def composed(before: Any, after: Any, language: str = "nl") -> Composed:
    """The notice between two versions, written out."""
    kind = (after or before)["kind"]
    one = subscription(language)
    kept = Kept(before) if before else None
    step = judge([one], Thing("e-1", kind, 1), kept, Seen(after, None, "source"), 1_790_000_000_000)
    assert step is not None
    return COMPOSER(step.notices[0], one)


def test_a_moved_event_says_from_when_to_when_in_its_own_zone() -> None:
    """10.00 uur in Amsterdam, not 09:00 UTC; in both languages, Dutch first."""
    found = composed(version(), version(start="2026-11-05T13:30:00Z", status="rescheduled"))
    assert "AI-hub Zuid-Holland heeft het evenement Slim varen gewijzigd." in found.plain
    assert (
        "begin: van dinsdag 3 november 2026 om 10.00 uur naar donderdag 5 november 2026 om 14.30 uur"
        in found.plain
    )
    assert "status: van gepland naar verplaatst" in found.plain
    assert "start: from Tuesday 3 November 2026 at 10:00 to Thursday 5 November 2026 at 14:30" in found.plain
    assert found.plain.index("heeft het evenement") < found.plain.index("changed the event")
    assert found.subject == "[voorbeelddata] Gewijzigd: Slim varen (evenement)"


def test_a_cancelled_event_says_so_and_when_it_was_planned() -> None:
    """In Dutch, with the date it would have been."""
    found = composed(version(), version(status="cancelled"))
    assert found.subject == "[voorbeelddata] Geannuleerd: Slim varen (evenement)"
    assert "AI-hub Zuid-Holland heeft het evenement Slim varen geannuleerd." in found.plain
    assert "was gepland, begin: dinsdag 3 november 2026 om 10.00 uur" in found.plain


def test_english_readers_get_english_first() -> None:
    """The subscription's language decides the order and the subject."""
    found = composed(version(), version(status="cancelled"), "en")
    assert found.subject == "[voorbeelddata] Cancelled: Smart shipping (event)"
    assert found.plain.index("cancelled the event") < found.plain.index("geannuleerd")


def test_partners_and_areas_are_named_in_full() -> None:
    """Names and roles in place of ids and slugs."""
    partner = {"name": "KPN", "role": "partner", "via": "Taskforce Digital"}
    found = composed(version("project"), version("project", [partner], areas=["haven-en-maritiem"]))
    assert "organisaties: van geen naar KPN (partner, via Taskforce Digital)" in found.plain
    assert "working areas: from none to Port and maritime" in found.plain


@pytest.mark.parametrize(
    ("before", "after", "word"), [(None, version(), "nieuw"), (version(), None, "niet meer")]
)
def test_new_and_removed_read_well(before: Any, after: Any, word: str) -> None:
    """A link to the source, and to the national record while there is one."""
    found = composed(before, after)
    assert word in found.plain
    assert "https://hub.example/agenda/1" in found.plain
    assert ("http://127.0.0.1:8710/api/v1/events/e-1" in found.plain) is (after is not None)


def test_the_mark_of_invented_data_is_everywhere_and_only_then() -> None:
    """Subject, text, HTML and JSON of a sample say voorbeelddata; a real one does not."""
    sample = composed(None, version())
    real = composed(None, version() | {"sample": False})
    for one in (sample.subject, sample.plain, sample.html):
        assert "voorbeelddata" in one.lower()
    assert json.loads(sample.event)["data"]["voorbeelddata"] is True
    assert json.loads(real.event)["data"]["voorbeelddata"] is False
    assert "voorbeelddata" not in (real.subject + real.plain + real.html).lower()


def test_text_of_the_source_cannot_become_markup_or_a_second_header() -> None:
    """HTML is escaped, and a title with line breaks stays one line."""
    found = composed(None, version(title={"nl": "<script>x</script>\r\nBcc: all@example.org", "en": None}))
    assert "<script>" not in found.html
    assert "\n" not in found.subject
    assert "\r" not in found.subject


def test_only_web_addresses_become_links() -> None:
    """A link that runs something is not shown."""
    found = composed(None, version(link="javascript:alert(1)"))
    assert "javascript" not in found.html


def test_the_same_notice_is_the_same_bytes() -> None:
    """A second try cannot differ from the first."""
    assert composed(None, version()) == composed(None, version())


def test_a_first_look_is_counted_per_kind() -> None:
    """One mail with numbers and the first titles."""
    gathering = Gathering("haven", "first-look:zuid-holland", 0, 0)
    for number in range(12):
        gathering.add(
            {
                "id": f"n-{number}",
                "kind": "project",
                "title": f"Project {number:02}",
                "hubs": [],
                "sample": True,
                "cause": "first-load",
                "created_at": 1,
            },
            0,
        )
    found = COMPOSER(gathering.notice(), subscription())
    assert "12 projecten: Project 00; Project 01" in found.plain
    assert "en nog 2" in found.plain
    assert "AI-hub Zuid-Holland is aangesloten" in found.plain
    assert orjson.loads(found.event)["type"] == "nl.ai-hubs.notice.summary.v1"


@pytest.mark.parametrize(
    ("value", "zone", "all_day", "text"),
    [
        ("2026-03-29T00:30:00Z", "Europe/Amsterdam", False, "zondag 29 maart 2026 om 01.30 uur"),
        ("2026-03-29T01:30:00Z", "Europe/Amsterdam", False, "zondag 29 maart 2026 om 03.30 uur"),
        ("2026-11-02T23:00:00Z", "Europe/Amsterdam", True, "dinsdag 3 november 2026"),
        ("2026-11-03", None, False, "dinsdag 3 november 2026"),
        (
            "2026-11-03T09:00:00Z",
            "America/Curacao",
            False,
            "dinsdag 3 november 2026 om 05.00 uur (America/Curacao)",
        ),
        (
            "2026-11-03T09:00:00Z",
            "Nowhere/Else",
            False,
            "dinsdag 3 november 2026 om 10.00 uur (Nowhere/Else)",
        ),
        ("binnenkort", None, False, "binnenkort"),
    ],
)
def test_days_and_hours_as_people_write_them(value: str, zone: str | None, all_day: bool, text: str) -> None:
    """Clock changes, whole days, other zones, and what is no date at all."""
    assert moment(value, zone, all_day, "nl") == text


words = st.none() | st.text(max_size=20)
contents = st.fixed_dictionaries(
    {},
    optional={
        "title": st.fixed_dictionaries({"nl": words, "en": words}),
        "venue": st.none()
        | st.fixed_dictionaries({"name": words, "municipality": words, "country": st.text()}),
        "price": words,
        "link": words,
        "end": words,
        "start": st.text(max_size=20),
        "zone": st.text(max_size=20),
        "themes": st.lists(st.text(max_size=5), max_size=3),
        "capacity": st.none() | st.integers(-(2**31), 2**31 - 1),
    },
)


@given(contents, contents)
def test_any_content_can_be_written_out(content: dict[str, Any], changed: dict[str, Any]) -> None:
    """Whatever a source says, the notice is composed, its event is JSON, and a subject is one line."""
    found = composed(None, version(**content))
    assert json.loads(found.event)["id"].startswith("n-")
    assert len(found.subject.splitlines()) == 1
    if changes_of(version(**content), version(**changed)):
        assert composed(version(**content), version(**changed)).plain
