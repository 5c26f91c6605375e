"""A field's value as people read it: dates in their zone, names instead of slugs, organisations with role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streams.notices.words import Language, Pair, listed, moment, word

LONGEST = 400
DATES = frozenset({"start", "end", "deadline", "previous_start", "instance"})
PLAIN = frozenset(
    {"link", "online_url", "registration_link", "website", "contact", "price", "zone", "series"}
)


@dataclass(frozen=True)
class Setting:
    """What a value needs to be read: the zone and whole days of its record, and the names of slugs."""

    zone: str | None
    all_day: bool
    names: Mapping[str, Pair]


def readable(field: str, value: Any, setting: Setting, language: Language) -> str:
    """The value in words; `geen` or `none` for nothing."""
    if value is None or value == "":
        return word(("geen", "none"), language)
    if field in DATES and isinstance(value, str):
        return moment(value, setting.zone, setting.all_day, language)
    return _clipped(_words(field, value, setting, language))


def _words(field: str, value: Any, setting: Setting, language: Language) -> str:
    if isinstance(value, bool):
        return word(("ja", "yes") if value else ("nee", "no"), language)
    if isinstance(value, Mapping):
        return _record(value, language)
    if isinstance(value, list):
        return listed([_item(field, item, setting, language) for item in value], language)
    return _named(str(value), setting, language) if field not in PLAIN else str(value)


def _named(slug: str, setting: Setting, language: Language) -> str:
    pair = setting.names.get(slug)
    return word(pair, language) if pair else slug


def _item(field: str, item: Any, setting: Setting, language: Language) -> str:
    if not isinstance(item, Mapping):
        return _named(str(item), setting, language)
    if field == "organisations":
        inside = [_named(item["role"], setting, language)] if item.get("role") else []
        inside += [f"via {item['via']}"] if item.get("via") else []
        return f"{item['name']} ({', '.join(inside)})" if inside else str(item["name"])
    if field == "indicators":
        return f"{item['name']} {item['year']}: {item['value']}"
    return " ".join(str(part) for part in item.values() if part is not None)


def _record(value: Mapping[str, Any], language: Language) -> str:
    """A bilingual text, or the parts of a place."""
    if value.keys() <= {"nl", "en"}:
        other = "en" if language == "nl" else "nl"
        return str(value.get(language) or value.get(other) or word(("geen", "none"), language))
    parts = [part for name, part in value.items() if part and name not in ("province", "country")]
    return listed(parts, language)


def _clipped(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 1]}…"
