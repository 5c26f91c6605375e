"""A CSV file as people save it, as rows of cells: encoding, delimiter, `sep=` line, quoted line breaks.

First step of the journey. The file is streamed, never held: `scan` reads its bytes once, `records` its rows.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TextIO

from schemas.errors import Retry

LONGEST_LINE = 1_000_000
_DELIMITERS = ";,\t|"
_BLOCK = 1 << 16
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
WORKBOOK = "xlsx"
_ZIP = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Scan:
    """What the bytes of a file say."""

    digest: str
    size: int
    encoding: str
    ends_line: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its number as a spreadsheet counts, its cells, its text as it stands in the file."""

    number: int
    cells: Sequence[str]
    raw: str


def scan(path: Path, max_bytes: int) -> Scan:
    """Read all bytes once. Raises `Retry` for what is no text or too large."""
    digest, size, start, last = blake2b(digest_size=16), 0, b"", b""
    decoder, utf8 = codecs.getincrementaldecoder("utf-8")(), True
    empty = False
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            start = start or block[:4]
            size, last = size + len(block), block[-2:]
            if size > max_bytes:
                raise Retry(f"The file is larger than {max_bytes} bytes", where=path.name)
            digest.update(block)
            empty = empty or b"\0" in block
            utf8 = utf8 and _decodes(decoder, block)
    utf8 = utf8 and _decodes(decoder, b"", final=True)
    encoding = _encoding(path, start, utf8=utf8, zeros=empty)
    return Scan(digest.hexdigest(), size, encoding, last.rstrip(b"\0").endswith((b"\n", b"\r")))


def records(path: Path, encoding: str, delimiter: str) -> Iterator[Record]:
    """The rows, without a `sep=` line and without empty ones. Raises `Retry` when a quote is not closed."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        taken: list[str] = []
        lines = _lines(file, taken, path)
        try:
            for number, cells in enumerate(csv.reader(lines, delimiter=delimiter), start=1):
                raw = "".join(taken)
                taken.clear()
                if number == 1 and raw.lower().startswith("sep=") and len(raw.strip()) <= 5:
                    continue
                if raw.count('"') % 2 and len(raw.splitlines()) > 1:
                    raise Retry(f"A quote in row {number} is not closed", where=path.name, fix="Half a file?")
                if any(each.strip() for each in cells):
                    yield Record(number, cells, raw)
        except csv.Error as fault:
            raise Retry(
                f"The file is no sound CSV: {fault}", where=path.name, fix="A quote not closed?"
            ) from fault


def delimiter(path: Path, encoding: str) -> str:
    """What separates the cells: said by `sep=`, else what the first rows hold most evenly."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        head = [file.readline(LONGEST_LINE) for _ in range(5)]
    if head[0].lower().startswith("sep=") and len(head[0].strip("\r\n")) == 5:
        return head[0][4]
    bare = ["".join(line.split('"')[::2]) for line in head if line.strip()]
    return max(_DELIMITERS, key=lambda mark: max((line.count(mark) for line in bare[:1]), default=0))


def _lines(file: TextIO, taken: list[str], path: Path) -> Iterator[str]:
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise Retry(f"A line is longer than {LONGEST_LINE} characters", where=path.name)
        taken.append(line)
        yield line


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(path: Path, start: bytes, *, utf8: bool, zeros: bool) -> str:
    if start.startswith(_ZIP):
        return WORKBOOK
    if start.startswith(_OLD_WORKBOOK):
        raise Retry(
            "This is an old (xls) or a protected workbook",
            where=path.name,
            fix="Save it as xlsx without password, or as CSV.",
        )
    for bom, name in _BOMS:
        if start.startswith(bom):
            return name
    if zeros:
        raise Retry("The file holds zero bytes", where=path.name, fix="It is no text, or half uploaded.")
    return "utf-8" if utf8 else "cp1252"
