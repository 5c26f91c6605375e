"""Which fields of a source may hold personal data: told to a hub before it plugs in, so that it can ask for less.

A rule on rows, beside the mapping. A field counts when its name says so (a contact, a phone number), or when what it
says has the form of a person's mail address or of a phone number. Only names of fields and counts leave this module,
never a value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from connectors.hubs.statements import role_mailbox
from connectors.sources import Row

_NAMES: Final = re.compile(
    r"(^|[._ -])(contactpersoon|contact_?person|voornaam|achternaam|tussenvoegsel|first_?name|last_?name|full_?name"
    r"|geboorte\w*|birth\w*|bsn|telefoon\w*|tel|phone\w*|mobiel\w*|mobile\w*|author|auteur|attendee\w*|deelnemers?"
    r"|begunstigde|e_?-?mail\w*)([._ -]|$)",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(r"[^@\s<>,;:]+@[^@\s<>,;]+\.[a-z]{2,}", re.IGNORECASE)
_PHONE: Final = re.compile(r"(?<![\d.,-])(\+31|0031|0)[ -]?\(?0?\)?[1-9](?:[ -]?\d){8}(?![\d.,-])", re.ASCII)
_DEEPEST: Final = 12


class Watch:
    """Counts the rows in which a field may hold personal data."""

    def __init__(self) -> None:
        self.fields: Counter[str] = Counter()

    def saw(self, row: Row) -> None:
        """Look at one row."""
        self.fields.update({name for name, value in _leaves("", row.fields, 0) if personal(name, value)})

    def named(self) -> dict[str, int]:
        """Field -> number of rows, the most frequent first."""
        return dict(self.fields.most_common())


def personal(name: str, value: str) -> bool:
    """Whether a field of that name that says this may be about a person."""
    mails = _MAIL.findall(value)
    if mails:
        return any(role_mailbox(mail) is None for mail in mails)
    return bool(_NAMES.search(name)) or _PHONE.search(value) is not None


def _leaves(name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    """Every text below a value with its dotted name; what stands in a list has the name of the list."""
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}" if name else str(key), inner, depth + 1)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _leaves(name, inner, depth + 1)
    elif isinstance(value, str) and value.strip():
        yield name, value
