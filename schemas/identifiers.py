"""Identifiers of organisations and works: one form, checked, as the identity keys of the contract.

KvK: 8 digits, no check digit (Handelsregister). RSIN: 9 digits, eleven test (Belastingdienst). OIN: 20
digits, a prefix says what is embedded (Logius, OIN-register). ROR: Crockford base 32 with ISO 7064 mod 97-10
(ror.org). TOOI: codes of government bodies (standaarden.overheid.nl). DOI: doi.org. All raise `Reject`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from stdnum.nl import bsn

from schemas.errors import Reject

_SEPARATORS = re.compile(r"[\s.\-\u2010-\u2015]+")
_ROR = re.compile(
    r"(?:https?://)?(?:www\.)?(?:ror\.org/)?(0[0-9a-hj-km-np-tv-z]{6}[0-9]{2})/?", re.IGNORECASE
)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.[0-9]{4,9}/\S+)", re.IGNORECASE)
_TOOI = re.compile(
    r"(?:https://identifier\.overheid\.nl/tooi/id/[a-z]+/)?(gm[0-9]{4}|pv[0-9]{2}|ws[0-9]{4}|mnre[0-9]{4})"
)
_BASE32: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_RSIN_PREFIXES: Final = ("00000001", "00000002")
_KVK_PREFIX: Final = "00000003"


class Oin(NamedTuple):
    """An OIN and what it embeds: a RSIN or a KvK number, or neither."""

    oin: str
    rsin: str | None
    kvk: str | None


def kvk(raw: str) -> str:
    """KvK number of 8 digits. A leading zero that a spreadsheet dropped is not guessed at."""
    digits = _digits(raw)
    if len(digits) == 8 and digits.strip("0"):
        return digits
    fix = (
        "Format the column as text; a leading zero was lost." if len(digits) == 7 else "Look it up at kvk.nl."
    )
    raise _no("KvK number", "8 digits", raw, fix)


def rsin(raw: str) -> str:
    """RSIN of 9 digits that passes the eleven test."""
    digits = _digits(raw)
    if len(digits) == 9 and bsn.is_valid(digits):
        return digits
    raise _no("RSIN", "9 digits that pass the eleven test", raw, "Check the digits: one is probably wrong.")


def oin(raw: str) -> str:
    """OIN of 20 digits whose embedded number is right."""
    return parse_oin(raw).oin


def parse_oin(raw: str) -> Oin:
    """An OIN with what it embeds: prefix 00000001 or 00000002 a RSIN, 00000003 a KvK number."""
    digits = _digits(raw)
    if len(digits) != 20 or not digits.startswith("0000000"):
        raise _no("OIN", "20 digits, the first seven zero", raw, "Look it up in the OIN register.")
    embedded = digits[8:]
    if digits.startswith(_RSIN_PREFIXES):
        return Oin(digits, rsin(embedded[:9]), None)
    if digits.startswith(_KVK_PREFIX):
        return Oin(digits, None, kvk(embedded[:8]))
    return Oin(digits, None, None)


def ror(raw: str) -> str:
    """ROR id of 9 signs, from the bare id or its address."""
    found = _ROR.fullmatch(raw.strip())
    if found:
        name = found[1].lower()
        number = 0
        for sign in name[:7]:
            number = number * 32 + _BASE32.index(sign)
        if 98 - (number * 100 % 97) == int(name[7:]):
            return name
    raise _no("ROR id", "9 signs whose checksum is right, such as 02e2c7k09", raw, "Look it up at ror.org.")


def tooi(raw: str) -> str:
    """TOOI code of a municipality, province, water board or ministry, from the bare code or its address."""
    found = _TOOI.fullmatch(raw.strip().lower())
    if found:
        return found[1]
    raise _no("TOOI code", "such as gm0599, pv28 or ws0653", raw, "Look it up at standaarden.overheid.nl.")


def doi(raw: str) -> str:
    """DOI in lower case, from the bare name or its address."""
    found = _DOI.fullmatch(raw.strip())
    if found:
        return found[1].lower()
    raise _no("DOI", "10.<registrant>/<name>", raw, "Copy it from doi.org.")


CHECKS: Final[Mapping[str, Callable[[str], str]]] = {
    "kvk": kvk,
    "rsin": rsin,
    "oin": oin,
    "ror": ror,
    "tooi": tooi,
    "doi": doi,
}


def key(kind: str, raw: str) -> str:
    """Identity key such as `kvk:90000001`. Raises `Reject`."""
    return f"{kind}:{CHECKS[kind](raw)}"


def _digits(raw: str) -> str:
    seen = _SEPARATORS.sub("", raw)
    return seen if seen.isascii() and seen.isdigit() else ""


def _no(what: str, expected: str, raw: str, fix: str) -> Reject:
    return Reject(f"This is no {what}", field=what, expected=expected, got=raw[:60], fix=fix)
