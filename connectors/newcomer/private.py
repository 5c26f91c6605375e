"""Rows without what may be about a person, before they are frozen into a file. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from connectors.hubs.statements import role_mailbox
from connectors.personal import personal

LEFT_OUT: Final = "[weggelaten]"
_MAIL: Final = re.compile(r"[^@\s<>,;:]+@[^@\s<>,;]+\.[a-z]{2,}", re.IGNORECASE)
_PHONE: Final = re.compile(r"(?<![\d.,-])(\+31|0031|0)[ -]?\(?0?\)?[1-9](?:[ -]?\d){8}(?![\d.,-])", re.ASCII)


def scrubbed(fields: Mapping[str, Any], keep: Collection[str] = ()) -> dict[str, Any]:
    """Fields called after a person are emptied, whoever has a mailbox of his own is left out, and in texts mail
    addresses and phone numbers are replaced. `keep` names fields that hold organisations.
    """
    return {name: _clean(name, value, keep) for name, value in fields.items()}


def _clean(name: str, value: Any, keep: Collection[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _clean(f"{name}.{key}", inner, keep) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(name, one, keep) for one in value if not _person(one)]
    if not isinstance(value, str) or not value.strip() or name in keep:
        return value
    if personal(name, "x") and not any(role_mailbox(mail) for mail in _MAIL.findall(value)):
        return ""
    text = _MAIL.sub(lambda found: found[0] if role_mailbox(found[0]) else LEFT_OUT, value)
    return _PHONE.sub(LEFT_OUT, text)


def _person(one: Any) -> bool:
    """Whether a thing in a list has a mailbox of its own that names no role."""
    if not isinstance(one, Mapping):
        return False
    return any(
        role_mailbox(mail) is None
        for value in one.values()
        if isinstance(value, str)
        for mail in _MAIL.findall(value)
    )
