"""AI-hub Noord-Nederland: a university's repository over OAI-PMH, a calendar feed, a workbook of members."""

from __future__ import annotations

from collections.abc import Mapping

from deploy.samples.faces import cerif, ical, oai, workbook
from deploy.samples.faces.ical import Calendar
from deploy.samples.faces.oai import Record, Repository
from deploy.samples.standin import Answer, Asked, Standin, areas
from deploy.samples.store import Stored
from deploy.samples.words import english, instruments_in_english


def answer(place: Standin, asked: Asked) -> Answer | None:
    """OAI-PMH at `/oai`, the calendar at `/agenda.ics`."""
    if asked.path == "/oai":
        return Answer(200, oai.answer(_repository(place), asked.query, asked.now), "text/xml; charset=UTF-8")
    if asked.path == "/agenda.ics":
        calendar = Calendar(place.region.name, "aihub-noord.example", f"{place.site}/agenda")
        events = place.live("event")
        words = {
            one.source_id: [english(name) for name in (*areas(one, "event"), *one.body["tags"])]
            for one in events
        }
        return Answer(200, ical.feed(calendar, events, words, asked.now), "text/calendar; charset=UTF-8")
    return None


def _repository(place: Standin) -> Repository:
    records = sorted(
        (_record(place, item) for item in place.every("project")),
        key=lambda one: (one.changed, one.identifier),
    )
    return Repository("Onderzoeksinformatie (voorbeelddata)", f"{place.base}/oai", records)


def _record(place: Standin, item: Stored) -> Record:
    identifier = f"oai:cris.example:Projects/{item.source_id}"
    if item.state != "live":
        return Record(identifier, item.modified, None)
    keywords = [english(name) for name in (*areas(item, "project"), *item.body["terms"]["dimensie"])]
    keywords += instruments_in_english(item.body["terms"]["instrument"])
    return Record(identifier, item.modified, lambda: cerif.project(item, place.site, keywords))


def listings(place: Standin) -> Mapping[str, bytes]:
    """The workbook that an assistant keeps."""
    return {
        "ledenlijst.xlsx": workbook.members("Leden AI-hub Noord-Nederland", place.store.every("membership"))
    }
