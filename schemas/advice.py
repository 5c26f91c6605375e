"""Faults in Dutch: what hubs meet of `what`, `expected`, `fix` and the reasons of a look, in `advice.csv`.

Faults are written in English where they are raised; `{}` in the list stands for a value, which is put into Dutch
itself where the list has it. What the list does not have is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from schemas.reference.lists import rows

VALUE = "{}"


@lru_cache(maxsize=4_096)
def dutch(said: str) -> str:
    """The Dutch of a sentence, or the sentence itself; of `Nederlands / English` the first half."""
    text = said.strip().removesuffix(".")
    if text.count(" / ") == 1:
        text = text.partition(" / ")[0]
    if text in _sentences():
        return _sentences()[text]
    for pattern, told in _templates():
        if found := pattern.fullmatch(text):
            text = told.format(*map(dutch, found.groups()))
            break
    return said if text == said.strip().removesuffix(".") else text


@cache
def _sentences() -> Mapping[str, str]:
    return {row["en"].removesuffix("."): row["nl"] for row in rows("advice") if VALUE not in row["en"]}


@cache
def _templates() -> Sequence[tuple[re.Pattern[str], str]]:
    """What says most in words of its own comes first."""
    said = [(row["en"].removesuffix("."), row["nl"]) for row in rows("advice") if VALUE in row["en"]]
    said.sort(key=lambda one: -len(one[0].replace(VALUE, "")))
    return [(re.compile("(.+?)".join(map(re.escape, en.split(VALUE))), re.DOTALL), nl) for en, nl in said]
