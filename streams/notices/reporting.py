"""A report to a hub in words: what is wrong with its sources, in which row, and how to mend it. Pure.

Dutch first, as its readers are; the JSON of the webhook holds the condition itself for programs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.advice import dutch
from streams.notices.words import PLURALS, Language, Pair, moment, word

LONGEST: Final = 300


class Said(NamedTuple):
    """What a state means, and what to do about it."""

    means: Pair
    do: Pair


STATES: Final[Mapping[str, Said]] = {
    "silent": Said(
        ("we horen niets meer van de connector", "nothing is heard of the connector any more"),
        (
            "Start hem met `zeven hub run {hub}`, of kijk in zijn log.",
            "Start it with `zeven hub run {hub}`, or look at its log.",
        ),
    ),
    "failing": Said(
        ("de bron kan niet worden gelezen", "the source cannot be read"),
        (
            "Kijk of de bron het doet; er wordt niets verwijderd zolang dit duurt.",
            "See whether the source works; nothing is removed while this lasts.",
        ),
    ),
    "held": Said(
        (
            "er verdween veel tegelijk; die verwijderingen worden vastgehouden",
            "much vanished at once; these removals are held",
        ),
        (
            "Klopt het? Dan: `zeven hub approve {hub}`. Zo niet, herstel de bron; dan gebeurt er niets.",
            "Is that right? Then: `zeven hub approve {hub}`. If not, mend the source; then nothing happens.",
        ),
    ),
    "partial": Said(
        ("de bron is maar voor een deel gelezen", "only a part of the source was read"),
        (
            "Wat gelezen is, staat er; wat ontbreekt wordt niet verwijderd.",
            "What was read is there; what is missing is not removed.",
        ),
    ),
    "stale": Said(
        (
            "de bron is te lang geleden voor het laatst helemaal gelezen",
            "the source was last read completely too long ago",
        ),
        (
            "Staat de connector op pauze? `zeven hub resume {hub}`.",
            "Is the connector paused? `zeven hub resume {hub}`.",
        ),
    ),
    "well": Said(("weer in orde", "well again"), ("", "")),
}


def subject(condition: Mapping[str, Any], hub: str, language: Language) -> str:
    """One line for the hub's people."""
    wrong = [kind for kind, one in condition["kinds"].items() if one["state"] != "well"]
    count = condition["rejected"]["count"]
    if wrong:
        kinds = word((" en ", " and "), language).join(word(PLURALS[kind], language) for kind in wrong)
        return word((f"{hub}: kijk naar {kinds}", f"{hub}: look at {kinds}"), language)
    if count:
        rows = word(_rows(count), language)
        return word((f"{hub}: {rows} afgewezen", f"{hub}: {rows} rejected"), language)
    return word((f"{hub}: alles weer in orde", f"{hub}: all well again"), language)


def intro(condition: Mapping[str, Any], hub: str, language: Language) -> str:
    """The opening sentence."""
    well = all(one["state"] == "well" for one in condition["kinds"].values())
    if well and not condition["rejected"]["count"]:
        told = (f"Alles van {hub} wordt weer gelezen en gebruikt.", f"All of {hub} is read and used again.")
    else:
        told = (
            f"Er is iets met de bronnen van {hub}. Hieronder staat wat, waar, en wat u kunt doen.",
            f"Something is the matter with the sources of {hub}. Below: what, where, and what to do.",
        )
    return word(told, language)


def lines(notice: Mapping[str, Any], condition: Mapping[str, Any], language: Language) -> list[str]:
    """Per kind that is not well or became well, and per rejected row, a line."""
    became = {change["field"] for change in notice["changes"]}
    kinds = [
        _kind(condition["hub"], kind, one, language)
        for kind, one in condition["kinds"].items()
        if one["state"] != "well" or kind in became
    ]
    return kinds + _rejected(condition["rejected"], language)


def _kind(hub: str, kind: str, one: Mapping[str, Any], language: Language) -> str:
    said = STATES[one["state"]]
    what = f"{word(PLURALS[kind], language)}: {word(said.means, language)}"
    if one["state"] == "well":
        return what
    if one["complete_at"]:
        last = word(("laatst volledig", "last completely"), language)
        what += f" ({last}: {moment(one['complete_at'], None, False, language)})"
    why = "; ".join(map(_in(language), one["reasons"]))[:LONGEST]
    parts = [what, why, word(said.do, language).format(hub=hub)]
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


def _rejected(rejected: Mapping[str, Any], language: Language) -> list[str]:
    count, rows = rejected["count"], rejected.get("rows", ())
    if not count:
        return []
    head = word((f"{word(_rows(count), 'nl')} afgewezen:", f"{word(_rows(count), 'en')} rejected:"), language)
    shown = [_row(row, language) for row in rows]
    more = count - len(rows)
    left = (f"en nog {more}; zie `zeven rejected list`", f"and {more} more; see `zeven rejected list`")
    return [head, *shown, *([word(left, language)] if more > 0 else [])]


def _row(row: Mapping[str, Any], language: Language) -> str:
    where = row.get("row") or f"{row.get('kind')} {row.get('source_id')}"
    said = [f"{where}: {row['field']}" if row.get("field") else str(where)]
    if row.get("expected"):
        told = (
            f"verwacht {dutch(row['expected'])}, gevonden {dutch(str(row.get('got')))}",
            f"expected {row['expected']}, found {row.get('got')}",
        )
        said.append(word(told, language))
    elif row.get("cause"):
        said.append(_in(language)(row["cause"]))
    if row.get("fix"):
        said.append(_in(language)(row["fix"]))
    return ". ".join(part.rstrip(".") for part in said)[:LONGEST] + "."


def _in(language: Language) -> Callable[[str], str]:
    return dutch if language == "nl" else str


def _rows(count: int) -> Pair:
    return (
        f"{count} rij" if count == 1 else f"{count} rijen",
        f"{count} row" if count == 1 else f"{count} rows",
    )


def data(condition: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a program gets."""
    return {"condition": dict(condition), "changed": [change["field"] for change in changes]}
