"""What form the values of a field have: days, amounts, identifiers with their check digits, addresses. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from connectors.hubs.listed import KNOWN
from connectors.hubs.statements import role_mailbox
from connectors.sources.values import day, digits, number, whole
from schemas.errors import Reject
from schemas.identifiers import doi, ror

ENOUGH: Final = 0.9
_POSTCODE: Final = re.compile(r"\d{4} ?[A-Z]{2}")
_POINT: Final = re.compile(r"-?\d+\.\d{1,2}")


def _tried(test: Callable[[str], object]) -> Callable[[str], bool]:
    def passes(value: str) -> bool:
        try:
            test(value)
        except (Reject, ValueError):
            return False
        return True

    return passes


def _moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return is_day(value)
    return True


def _amount(value: str) -> bool:
    dutch, english = (_tried(partial(number, field="", decimal=mark)) for mark in ",.")
    return dutch(value) or english(value)


is_day: Final = _tried(lambda value: day(value, field=""))
IS: Final[Mapping[str, Callable[[str], bool]]] = {
    "text": bool,
    "words": bool,
    "url": lambda value: value.startswith(("http://", "https://")),
    "day": is_day,
    "moment": _moment,
    "amount": _amount,
    "whole": _tried(lambda value: whole(value, field="")),
    "digits": lambda value: value.isascii() and value.isdigit(),
    "kvk": _tried(lambda value: digits(value, 8, field="")),
    "ror": _tried(ror),
    "doi": _tried(doi),
    "mail": lambda value: role_mailbox(value) is not None,
    "postcode": lambda value: _POSTCODE.fullmatch(value) is not None,
}
CALLED: Final[Mapping[str, str]] = {
    "text": "text",
    "words": "words",
    "url": "addresses on the web",
    "day": "days",
    "moment": "days or times",
    "amount": "amounts",
    "whole": "whole numbers",
    "digits": "numbers",
    "kvk": "KvK numbers (8 digits)",
    "ror": "ROR ids with a right checksum",
    "doi": "DOIs",
    "mail": "mailboxes of a role",
    "postcode": "postcodes",
}
TELLING: Final[Mapping[str, str]] = {"ror": "ror", "doi": "grant"}
"""Forms that no other kind of value has -> the part that they are, whatever the field is called."""


def fits(form: str, part: str, values: Sequence[str]) -> tuple[bool, str]:
    """Whether values have a form, and the reason in words."""
    if form == "word":
        known = [value for value in values if value.casefold() in KNOWN.get(part, {})]
        words = ", ".join(dict.fromkeys(values))[:60]
        if part in KNOWN:
            return bool(
                known
            ), f"{len(known)} of {len(values)} values are known words" if known else f"no known word: {words}"
        return True, f"{len(set(values))} different words"
    passing = sum(IS[form](value) for value in values)
    return passing >= ENOUGH * len(values), f"{passing} of {len(values)} values are {CALLED[form]}"


def seems(values: Sequence[str]) -> str:
    """The most telling form that all values have; `text` when there is none."""
    for form in ("ror", "doi", "url", "postcode", "day", "mail", "amount"):
        if all(IS[form](value) for value in values):
            return form
    return "text"


def decimal_of(values: Sequence[str]) -> str:
    """The mark of decimals that amounts are written with."""
    return "." if any(_POINT.fullmatch(value) for value in values) else ","
