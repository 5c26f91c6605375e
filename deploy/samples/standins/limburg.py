"""AI-hub Brightlands: news of calls, labs and projects as RSS, a calendar of Outlook, a CSV that somebody drops."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from typing import Any, Final
from xml.sax.saxutils import escape

from deploy.samples.faces import ical
from deploy.samples.faces.ical import Calendar
from deploy.samples.shapes import slug
from deploy.samples.standin import Answer, Asked, Standin, areas
from deploy.samples.store import Stored

WINDOW: Final = 40
HEADINGS: Final = {
    "Deelnemer": "Organisatie",
    "KvK": "KvK-nummer",
    "Website": "Website",
    "Gremium": "Orgaan",
    "Hoedanigheid": "Rol",
    "Soort deelnemer": "Soort",
    "Vanaf": "Lid sinds",
    "Tot en met": "Lid tot",
    "Bijzonderheden": "Opmerking",
}
"""Heading of the list -> part of a membership."""


def answer(place: Standin, asked: Asked) -> Answer | None:
    """The feed at `/nieuws/feed`, the calendar at `/agenda/calendar.ics`."""
    if asked.path == "/nieuws/feed":
        return Answer(200, _feed(place), "application/rss+xml; charset=UTF-8")
    if asked.path == "/agenda/calendar.ics":
        calendar = Calendar("Agenda", "brightlands.example", f"{place.site}/agenda", "outlook")
        events = place.live("event")
        words = {one.source_id: list(areas(one, "event")) for one in events}
        body = ical.feed(calendar, events, words, asked.now)
        return Answer(200, body, "text/calendar; charset=UTF-8")
    return None


def _feed(place: Standin) -> bytes:
    """The newest items: what was published or changed last; older ones leave the window and mean nothing."""
    newest = sorted(place.live("project"), key=lambda one: (-one.modified, one.source_id))[:WINDOW]
    items = "".join(_item(place, one) for one in newest)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f"<title>Nieuws van {escape(place.region.name)} (voorbeelddata)</title><link>{place.site}/nieuws</link>"
        f"<description>Calls, labs en projecten</description>{items}</channel></rss>"
    ).encode()


def _item(place: Standin, item: Stored) -> str:
    body, acf = item.body, item.body["acf"]
    words: Sequence[str] = [
        *areas(item, "project"),
        *body["terms"]["projecttype"],
        *body["terms"]["instrument"],
        acf["status"].capitalize(),
    ]
    link = f"{place.site}/nieuws/{slug(body['title'])}"
    categories = "".join(f"<category>{escape(one)}</category>" for one in words)
    return (
        f"<item><title>{escape(body['title'])}</title><link>{link}</link>"
        f'<guid isPermaLink="false">brightlands-{item.source_id}</guid>'
        f"<pubDate>{formatdate(item.modified // 1000, usegmt=True)}</pubDate>"
        f"<description>{escape(_told(acf))}</description>{categories}</item>"
    )


def _told(acf: Mapping[str, Any]) -> str:
    lines = ["Voorbeelddata.", f"Looptijd: {_day(acf['startdatum'])} t/m {_day(acf['einddatum'])}."]
    if acf["deadline"]:
        lines.append(f"Sluitingsdatum: {_day(acf['deadline'])}.")
    lines.append(f"Penvoerder: {acf['penvoerder']['naam']}.")
    if acf["partners"]:
        lines.append(f"Partners: {'; '.join(one['naam'] for one in acf['partners'])}.")
    if acf["subsidienummer"]:
        lines.append(f"Subsidie: doi:{acf['subsidienummer']}.")
    return "".join(f"<p>{escape(one)}</p>" for one in lines)


def _day(said: str) -> str:
    return f"{said[6:]}-{said[4:6]}-{said[:4]}"


def listings(place: Standin) -> Mapping[str, bytes]:
    """The list of participants: UTF-8 with a mark, commas, every version the whole list."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["Nummer", *HEADINGS])
    for item in place.store.every("membership"):
        writer.writerow([item.source_id, *(item.body.get(part, "") for part in HEADINGS.values())])
    return {"deelnemers.csv": b"\xef\xbb\xbf" + out.getvalue().encode()}
