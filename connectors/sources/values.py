"""What people and plugins write, read as values: days, numbers, yes and no, identifiers, text.

First step of the journey, pure. Nonsense becomes a `Reject` that says what was expected and what was found.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from schemas.errors import Reject

_NOTHING = {"", "-", "--", "n.v.t.", "nvt", "n.v.t", "n/a", "n.u.", "onbekend", "unknown", "null", "geen"}
_YES = {"ja", "j", "yes", "y", "true", "waar", "1", "x", "aan", "on"}
_NO = {"nee", "n", "no", "false", "onwaar", "0", "uit", "off"}
_MONTHS = {
    month: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february feb",
            "maart march mrt mar",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "augustus august aug",
            "september sep sept",
            "oktober october okt oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for month in names.split()
}
_TIME = r"(?:[t ]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?z?)?"
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME, re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{2,4})" + _TIME, re.ASCII)
_WORDS = re.compile(r"(\d{1,2})\.? ([a-z]+)\.? (\d{4})", re.ASCII)
_WHOLE, _FRACTION = re.compile(r"[-+]?[0-9]{1,18}"), re.compile(r"[0-9]{1,18}")
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_INVISIBLE = str.maketrans(
    {"\u00a0": " ", "\u200b": "", "\u200e": "", "\u200f": "", "\ufeff": "", "\u202f": " "}
)
_EXCEL_DAY_ZERO = date(1899, 12, 30)


def cell(text: str) -> str | None:
    """A cell without invisible characters and outer blanks; None when it says nothing."""
    seen = (text if text.isascii() else text.translate(_INVISIBLE)).strip()
    return None if seen.lower() in _NOTHING else seen


def day(text: str, *, field: str, month_first: bool = False, serial: bool = False) -> str:
    """A day as YYYY-MM-DD from yyyy-mm-dd, dd-mm-yyyy, dd/mm/yyyy, dd.mm.yyyy or `3 maart 2026`."""
    seen = text.translate(_INVISIBLE).strip().lower()
    if found := _YEAR_FIRST.fullmatch(seen):
        year, month, number = map(int, found.groups())
    elif found := _YEAR_LAST.fullmatch(seen):
        first, second, year = map(int, found.groups())
        month, number = (first, second) if month_first else (second, first)
        if len(found[3]) != 4:
            raise _not("a date", text, field, "Write the year in four digits.")
    elif (found := _WORDS.fullmatch(seen)) and found[2] in _MONTHS:
        number, month, year = int(found[1]), _MONTHS[found[2]], int(found[3])
    elif seen.isascii() and seen.isdigit() and len(seen) == 8:  # as Advanced Custom Fields stores a date
        year, month, number = int(seen[:4]), int(seen[4:6]), int(seen[6:])
    elif seen.isascii() and seen.isdigit() and len(seen) == 5:
        if serial:
            return (_EXCEL_DAY_ZERO + timedelta(days=int(seen))).isoformat()
        raise _not("a date", text, field, "Excel shows a day number; give the column the date format.")
    else:
        raise _not("a date", text, field, "Write dd-mm-jjjj.")
    try:
        return date(year, month, number).isoformat()
    except ValueError as fault:
        raise _not("a date", text, field, "There is no such day.") from fault


def number(text: str, *, field: str, decimal: str = ",") -> Decimal:
    """A number as the Dutch write it: `1.234,5`, `€ 795.000`, `48,39 %`; or with `decimal="."`."""
    seen = text.translate(_INVISIBLE).strip().lower()
    if _SCIENTIFIC.fullmatch(seen):
        raise _not("a number", text, field, "Excel has rounded it; give the column the text format.")
    bare = seen.replace("€", "").replace("eur", "").replace("%", "").replace(" ", "").replace("'", "")
    bare = bare.removesuffix(",-").removesuffix(",--")
    thousands = "." if decimal == "," else ","
    whole, mark, fraction = bare.partition(decimal)
    groups = whole.split(thousands)
    if len(groups) == 2 and not mark and len(groups[1]) != 3:
        whole, fraction = groups  # 13.2 in a Dutch list: no thousands have one digit
    elif (
        len(groups) > 1
        and all(len(group) == 3 for group in groups[1:])
        and 0 < len(groups[0].lstrip("-")) <= 3
    ):
        whole = "".join(groups)
    if not _WHOLE.fullmatch(whole) or (fraction and not _FRACTION.fullmatch(fraction)):
        raise _not("a number", text, field, "Write it with digits and one decimal comma.")
    try:
        return Decimal(f"{whole}.{fraction}" if fraction else whole)
    except InvalidOperation as fault:
        raise _not("a number", text, field, "Write it with digits and one decimal comma.") from fault


def whole(text: str, *, field: str) -> int:
    """A whole number."""
    found = number(text, field=field)
    if found != found.to_integral_value():
        raise _not("a whole number", text, field, "Leave the decimals out.")
    return int(found)


def yes(text: str, *, field: str) -> bool:
    """Yes or no in Dutch, English and as spreadsheets write it."""
    seen = text.translate(_INVISIBLE).strip().lower()
    if seen in _YES:
        return True
    if seen in _NO:
        return False
    raise _not("ja or nee", text, field, "Write ja or nee.")


def digits(text: str, length: int, *, field: str) -> str:
    """A number that is a name, such as a KvK number, with the one leading zero that Excel drops put back."""
    seen = text.translate(_INVISIBLE).strip().removeprefix("'")
    if _SCIENTIFIC.fullmatch(seen):
        raise _not(
            f"{length} digits",
            text,
            field,
            "Excel has rounded it: the last digits are lost; look the number up.",
        )
    bare = re.sub(r"[ .\-]", "", re.sub(r"[.,]0+$", "", seen))
    if not bare.isascii() or not bare.isdigit() or not length - 1 <= len(bare) <= length:
        raise _not(f"{length} digits", text, field, "Give the column the text format and write all digits.")
    return bare.zfill(length)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware moment."""
    return int(moment.timestamp() * 1000)


def utc_ms(text: str | None) -> int | None:
    """Milliseconds of a UTC stamp as WordPress writes it; None for its zero date or nonsense."""
    try:
        found = datetime.fromisoformat((text or "").strip().removesuffix("Z"))
    except ValueError:
        return None
    return to_ms(found.replace(tzinfo=UTC)) if found.year > 1 else None


_MANGLED = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2020\u2021\u2022\u2026\u2030\u2039"
    "\u203a\u20ac\u2122]{1,3}"
)
_C1 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}


def mend(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252 (`creÃ«ren`), and control codes meant as quotes."""
    if text.isascii():
        return text
    return _MANGLED.sub(_mended, text).translate(_C1)


def _mended(found: re.Match[str]) -> str:
    raw = b"".join(
        bytes([ord(letter)]) if ord(letter) < 0x100 else letter.encode("cp1252") for letter in found[0]
    )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return found[0]


def mangled(text: str) -> bool:
    """Whether `mend` would change something."""
    return mend(text) != text


def _not(expected: str, got: str, field: str, fix: str) -> Reject:
    shown = got.strip()[:80]
    return Reject(
        f"{field}: expected {expected}, got {shown!r}", fix=fix, field=field, expected=expected, got=shown
    )
