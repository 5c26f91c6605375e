"""The words of a notice in Dutch and English: fields, kinds, states, days and hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Language = Literal["nl", "en"]
Pair = tuple[str, str]

KINDS: Mapping[str, Pair] = {
    "project": ("project", "project"),
    "event": ("evenement", "event"),
    "membership": ("lidmaatschap", "membership"),
    "organisation": ("organisatie", "organisation"),
    "summary": ("samenvatting", "summary"),
}
THE: Mapping[str, Pair] = {
    "project": ("het project", "the project"),
    "event": ("het evenement", "the event"),
    "membership": ("het lidmaatschap", "the membership"),
    "organisation": ("de organisatie", "the organisation"),
}
NEW: Mapping[str, Pair] = {
    "project": ("een nieuw project:", "a new project:"),
    "event": ("een nieuw evenement:", "a new event:"),
    "membership": ("een nieuw lidmaatschap:", "a new membership:"),
    "organisation": ("een nieuwe organisatie:", "a new organisation:"),
}
PLURALS: Mapping[str, Pair] = {
    "project": ("projecten", "projects"),
    "event": ("evenementen", "events"),
    "membership": ("lidmaatschappen", "memberships"),
    "organisation": ("organisaties", "organisations"),
}
WHAT: Mapping[str, Pair] = {
    "new": ("Nieuw", "New"),
    "changed": ("Gewijzigd", "Changed"),
    "ended": ("Beëindigd", "Ended"),
    "cancelled": ("Geannuleerd", "Cancelled"),
    "removed": ("Verwijderd", "Removed"),
    "first-look": ("Eerste blik", "First look"),
}
FIELDS: Mapping[str, Pair] = {
    "title": ("titel", "title"),
    "summary": ("samenvatting", "summary"),
    "type": ("soort", "type"),
    "status": ("status", "status"),
    "phase": ("programmafase", "programme phase"),
    "start": ("begin", "start"),
    "end": ("einde", "end"),
    "zone": ("tijdzone", "time zone"),
    "all_day": ("hele dag", "all day"),
    "previous_start": ("eerder gepland", "planned before"),
    "series": ("reeks", "series"),
    "instance": ("plaats in de reeks", "place in the series"),
    "venue": ("locatie", "venue"),
    "online_url": ("online te volgen", "online at"),
    "deadline": ("sluitingsdatum", "deadline"),
    "areas": ("werkgebieden", "working areas"),
    "dimensions": ("dimensies", "dimensions"),
    "pillars": ("pijlers", "pillars"),
    "instruments": ("instrumenten", "instruments"),
    "focus_areas": ("focusgebieden", "focus areas"),
    "themes": ("thema's", "themes"),
    "research_kind": ("soort onderzoek", "kind of research"),
    "place": ("plaats", "place"),
    "funding": ("financiering", "funding"),
    "indicators": ("jaarcijfers", "yearly figures"),
    "link": ("webpagina", "web page"),
    "registration_link": ("aanmelden", "registration"),
    "capacity": ("aantal plaatsen", "places"),
    "price": ("prijs", "price"),
    "contact": ("contact", "contact"),
    "organisations": ("organisaties", "organisations"),
    "body_kind": ("soort verband", "kind of body"),
    "body": ("verband", "body"),
    "role": ("rol", "role"),
    "helix": ("soort organisatie", "kind of organisation"),
    "via": ("via", "via"),
    "note": ("opmerking", "remark"),
    "name": ("naam", "name"),
    "website": ("website", "website"),
}
_MONTHS: Mapping[Language, str] = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
}
_DAYS: Mapping[Language, str] = {
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
}


def word(pair: Pair, language: Language) -> str:
    """One of the two words."""
    return pair[0] if language == "nl" else pair[1]


def label(field: str, language: Language) -> str:
    """What a field is called."""
    return word(FIELDS.get(field, (field, field)), language)


def day(value: date, language: Language) -> str:
    """Such as dinsdag 3 november 2026."""
    month = _MONTHS[language].split()[value.month - 1]
    return f"{_DAYS[language].split()[value.weekday()]} {value.day} {month} {value.year}"


def moment(value: str, zone: str | None, all_day: bool, language: Language) -> str:
    """A day or instant as a person writes it, in its own zone; the text itself if it is no date."""
    try:
        if "T" not in value:
            return day(date.fromisoformat(value), language)
        local = datetime.fromisoformat(value).astimezone(_zone(zone))
    except (ValueError, OverflowError):
        return value
    if all_day:
        return day(local.date(), language)
    name = "" if zone in (None, "Europe/Amsterdam") else f" ({zone})"
    joint = "om" if language == "nl" else "at"
    hours = f"{local:%H.%M} uur" if language == "nl" else f"{local:%H:%M}"
    return f"{day(local.date(), language)} {joint} {hours}{name}"


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "Europe/Amsterdam")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("Europe/Amsterdam")


def listed(values: list[Any], language: Language) -> str:
    """Values after each other, or the word for none."""
    return ", ".join(map(str, values)) if values else word(("geen", "none"), language)
