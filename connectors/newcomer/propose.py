"""Which field of a source becomes which part of the contract, with the reason; what is not sure is left out. Pure."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any, Final, Literal, NamedTuple

from connectors.hubs import Words
from connectors.hubs.bodies import body
from connectors.hubs.listed import KNOWN, words_of
from connectors.newcomer.forms import CALLED, TELLING, decimal_of, fits, seems
from connectors.personal import personal
from connectors.sources import Row
from connectors.sources.selection import words_at
from connectors.sources.values import digits
from schemas.errors import Reject
from schemas.reference.lists import resolve
from schemas.text import folded

LISTS: Final = ("areas", "dimensions", "themes", "instruments")
WANTED: Final[Mapping[str, tuple[str, ...]]] = {
    "project": ("title", "status"),
    "event": ("title", "start"),
    "membership": ("name", "role", "body"),
}
"""Parts without which a record is rejected."""
_TELLS: Final[Mapping[str, tuple[str, ...]]] = {
    "project": ("project", "subsidie", "penvoerder"),
    "event": ("event", "evenement", "agenda"),
    "membership": ("lid", "leden", "member", "deelnemer"),
}
_SAYING: Final = frozenset(
    (
        "project",
        "projecten",
        "projects",
        "event",
        "evenement",
        "lid",
        "member",
        "van",
        "het",
        "de",
        "of",
        "the",
    )
)
"""Words in a name that say of what it is, not what it is."""
_SYSTEM: Final[Mapping[str, frozenset[str]]] = {
    "wordpress": frozenset(("slug", "status", "type", "date", "modified")),
    "hubspot": frozenset(("created", "updated", "merged")),
    "oai": frozenset(("identifier", "datestamp", "sets", "kind")),
    "feed": frozenset(("id", "published", "updated")),
}
_MAIL: Final = re.compile(r"(mailto:)?[^@\s<>,;]+@[^@\s<>,;]+\.[a-z]{2,}", re.IGNORECASE)
_CAMEL: Final = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z])")
_IDS: Final = frozenset(
    (
        "id",
        "nr",
        "nummer",
        "code",
        "lidnr",
        "lidnummer",
        "projectnummer",
        "project nummer",
        "project code",
        "sleutel",
    )
)
_DEEPEST: Final = 8
Confidence = Literal["sure", "likely", "not taken"]


class Part(NamedTuple):
    """A part that a field may be, its form, and how its name fits: 2 wholly, 1 behind a prefix."""

    name: str
    form: str
    score: int
    order: int


class Proposed(NamedTuple):
    """One field of the source: an example, what it becomes (empty: nothing), why, how sure."""

    field: str
    example: str
    part: str
    why: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping of rows of one kind: fields by part, what each field becomes, and the words that are met."""

    kind: str
    taken: Mapping[str, tuple[str, ...]]
    fields: Sequence[Proposed]
    tags: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    unassigned: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    decimal: str = ","
    types: Mapping[str, str] = field(default_factory=dict)
    ident: str = ""

    @property
    def lacking(self) -> tuple[str, ...]:
        """Parts that a record must have and no field says."""
        return tuple(part for part in WANTED[self.kind] if part not in self.taken)

    @property
    def worth(self) -> int:
        """How well the rows fit this kind: parts, those that must be there more, and what the fields themselves say."""
        wanted = sum(part in self.taken for part in WANTED[self.kind])
        told = any(word in bare(one.field) for one in self.fields for word in _TELLS[self.kind])
        return len(self.taken) + 5 * wanted + 6 * told if wanted else 0


def propose(kind: str, rows: Sequence[Row], words: Words, reader: str = "files") -> Proposal:
    """The mapping of rows to a kind of record."""
    values = {name: said for name, said in _fields(rows).items() if name.partition(".")[0] != "notes"}
    people = {name for name, said in values.items() if _of_person(name, said)}
    reasons: dict[str, tuple[str, Confidence]] = {}
    open_ = [name for name in values if name not in _SYSTEM.get(reader, ())]
    pairs = sorted(
        ((part, name) for name in open_ for part in _parts(kind, name)),
        key=lambda pair: (not values[pair[1]], -pair[0].score, pair[0].order, open_.index(pair[1])),
    )
    taken: dict[str, tuple[str, ...]] = {}
    for part, name in pairs:
        if name in set(chain(*taken.values())) or (
            name in people and not _told_apart(kind, part, pairs, values[name])
        ):
            continue
        good, why = _judged(kind, part, values[name], words)
        if part.name in taken and part.name not in ("tags", "partners"):
            reasons.setdefault(
                name, (f"could be {part.name}, which {taken[part.name][0]} says already", "not taken")
            )
        elif good:
            taken[part.name] = (*taken.get(part.name, ()), name)
            reasons[name] = (f"called so; {why}", "sure" if part.score == 2 else "likely")
        else:
            reasons[name] = (f"called like {part.name}, but {why}", "not taken")
    _by_form(kind, open_, values, taken, reasons, people)
    return _told(
        kind, rows, values, taken, reasons | dict.fromkeys(people - set(chain(*taken.values())), _PERSON)
    )


_PERSON: Final[tuple[str, Confidence]] = (
    "may be about a person: left out of mapping and fixture",
    "not taken",
)


def _by_form(
    kind: str,
    open_: Sequence[str],
    values: Mapping[str, Sequence[str]],
    taken: dict[str, tuple[str, ...]],
    reasons: dict[str, tuple[str, Confidence]],
    people: set[str],
) -> None:
    """What no name told: taxonomies of a site are tags, and a few forms speak for themselves."""
    known = {row["part"] for row in _synonyms() if row["kind"] == kind}
    for name in open_:
        if (
            not values[name]
            or name in reasons
            or name in people
            or any(name in each for each in taken.values())
        ):
            continue
        form = seems(values[name]) if values[name] else "text"
        part = TELLING.get(form, "")
        if name.startswith("terms.") and "tags" in known:
            taken["tags"] = (*taken.get("tags", ()), name)
            reasons[name] = ("a taxonomy of the site: its terms are tags", "likely")
        elif part in known and part not in taken:
            taken[part] = (name,)
            reasons[name] = (f"all values are {CALLED[form]}", "likely")
        else:
            also = "" if form == "text" else f"; all values are {CALLED[form]}"
            reasons[name] = (
                f"no part of {'an' if kind == 'event' else 'a'} {kind} is called so{also}",
                "not taken",
            )


def _told(
    kind: str,
    rows: Sequence[Row],
    values: Mapping[str, Sequence[str]],
    taken: Mapping[str, tuple[str, ...]],
    reasons: Mapping[str, tuple[str, Confidence]],
) -> Proposal:
    become = {name: part for part, names in taken.items() for name in names}
    ident = _ident(values, len(rows))
    if ident and ident not in become:
        become[ident], reasons = "(id)", {**reasons, ident: ("filled in everywhere, each value once", "sure")}
    fields = [
        Proposed(
            name, _example(said, reasons.get(name)), become.get(name, ""), *reasons.get(name, _unsaid(said))
        )
        for name, said in values.items()
    ]
    counted = Counter(
        tag for row in rows for name in taken.get("tags", ()) for tag in set(words_of(row.fields, name))
    )
    assigned = {tag.casefold(): found for tag in counted if (found := meaning(tag))}
    unknown = {
        part: Counter(word for word in values[names[0]] if word.casefold() not in KNOWN[part])
        for part, names in taken.items()
        if part in KNOWN
    }
    return Proposal(
        kind,
        taken,
        fields,
        assigned,
        {tag: count for tag, count in counted.most_common() if tag.casefold() not in assigned},
        {part: words for part, words in unknown.items() if words},
        decimal_of(values[taken["amount"][0]]) if "amount" in taken else ",",
        _types(taken),
        ident,
    )


def _example(said: Sequence[str], reason: tuple[str, Confidence] | None) -> str:
    """The first value, unless it may be about a person."""
    return "…" if reason == _PERSON else said[0] if said else ""


def _unsaid(said: Sequence[str]) -> tuple[str, Confidence]:
    return ("tells of the system itself" if said else "empty in the sample"), "not taken"


def meaning(tag: str) -> dict[str, list[str]]:
    """What a tag stands for, only when it is a name or an alias in a list of the contract."""
    return {name: [slug] for name in LISTS if (slug := resolve(name, tag))}


def _types(taken: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Columns of a file whose cells need care: days in any form, KvK numbers that lost a zero."""
    forms = {"start": "day", "end": "day", "deadline": "day", "kvk": "digits8"}
    return {taken[part][0]: form for part, form in forms.items() if part in taken}


def _ident(values: Mapping[str, Sequence[str]], count: int) -> str:
    """The field that names a row: called so, filled in everywhere, each value once."""
    for name, said in values.items():
        if bare(name) in _IDS and len(said) == count == len(set(said)):
            return name
    return ""


def _judged(kind: str, part: Part, said: Sequence[str], words: Words) -> tuple[bool, str]:
    if not said:
        return part.score == 2, "empty in the sample"
    if (kind, part.name) == ("membership", "body"):
        known = [one for one in said if _is_body(one, words)]
        what = f"{len(known)} of {len(said)} values are bodies that are known here"
        return bool(known), what if known else f"{what}: {said[0][:40]}"
    if part.form == "kvk" and not any(_kvk(one) for one in said):
        return False, "no value has 8 digits"
    return fits(part.form, part.name, said)


def _kvk(value: str) -> bool:
    try:
        return bool(digits(value, 8, field=""))
    except Reject:
        return False


def _is_body(value: str, words: Words) -> bool:
    try:
        return bool(body(value, words, ""))
    except Reject:
        return False


def _of_person(name: str, said: Sequence[str]) -> bool:
    """A field that is called after a person, or whose values are mail addresses of persons."""
    mails = [value for value in said if _MAIL.fullmatch(value.strip())]
    return personal(name, "x") if not mails else any(personal(name, value) for value in mails)


def _told_apart(kind: str, part: Part, pairs: Sequence[tuple[Part, str]], said: Sequence[str]) -> bool:
    """Known words are about nobody; and in a list that also says of which body, who takes part is an organisation."""
    if part.form == "word" and part.name in KNOWN:
        return any(value.casefold() in KNOWN[part.name] for value in said)
    with_body = any(other.name == "body" for other, _ in pairs)
    return (
        (kind, part.name) == ("membership", "name") and with_body and not any("@" in value for value in said)
    )


def bare(name: str) -> str:
    """A name without what systems put into it: case, accents, signs between words."""
    return folded(re.sub(r"[_/()-]+", " ", _CAMEL.sub(" ", name)))


def _parts(kind: str, name: str) -> Iterator[Part]:
    """The parts that a field may be by its name; the last of dotted names counts, and a prefix may be dropped."""
    leaf = bare(name.rpartition(".")[2])
    shorter = leaf.partition(" ")[2]
    alone = " ".join(word for word in leaf.split() if word not in _SAYING)
    less = {shorter, alone} - {leaf, ""}
    for order, row in enumerate(_synonyms()):
        words = row["words"].split("|")
        if row["kind"] == kind and (leaf in words or bare(name) in words):
            yield Part(
                row["part"], row["form"], 2, words.index(leaf if leaf in words else bare(name)) * 100 + order
            )
        elif row["kind"] == kind and (found := next((one for one in words if one in less), "")):
            yield Part(row["part"], row["form"], 1, words.index(found) * 100 + order)


@cache
def called() -> frozenset[str]:
    """Every name that a field of any kind may have, in the form of `bare`."""
    return frozenset(word for row in _synonyms() for word in row["words"].split("|")) | _IDS


@cache
def _synonyms() -> tuple[Mapping[str, str], ...]:
    text = files("connectors.newcomer").joinpath("fields.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _fields(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Every field with what its rows say, in the order in which they appear."""
    found: dict[str, list[str]] = {}
    for row in rows:
        for name, said in _leaves("", row.fields, 0):
            found.setdefault(name, []).extend(said)
    return found


def _leaves(name: str, value: Any, depth: int) -> Iterator[tuple[str, list[str]]]:
    if isinstance(value, Mapping) and depth < _DEEPEST:
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}" if name else str(key), inner, depth + 1)
    elif isinstance(value, (list, tuple)):
        yield name, [word for word in words_at(value, ()) if word and word != "None"]
    else:
        yield (
            name,
            [str(value).strip()] if value is not None and value is not False and str(value).strip() else [],
        )
