"""Reads lists as files in a folder: what people keep in Excel, as a workbook or saved as CSV, and JSON.

First step of the journey. A row's fields: one per column of the options (None when the cell says nothing),
and one per further column under its own heading. A file that is still being written, cut off or empty is
partial and gives no rows. A file is a snapshot (who is not in it is gone) or an addition (it only adds).
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field

from connectors.sources import objects, rows, values, workbooks
from connectors.sources.rows import (
    Absence,
    Clock,
    Evidence,
    Faulty,
    Look,
    LookState,
    Page,
    Row,
    State,
    Verdict,
)
from connectors.sources.tables import WORKBOOK, Record, Scan, delimiter, records, scan
from schemas.errors import Reject, Retry

_PAGE = 500
_HEADER_WITHIN = 20
Type = Literal["text", "day", "day-mdy", "number", "whole", "yes", "digits8", "digits9", "digits20"]


class Options(rows.Options):
    """What a manifest says of a list."""

    path: Path = Field(description="The file: CSV, an Excel workbook (xlsx), or JSON (.json, .jsonl).")
    sheet: str = Field("", description="Sheet of a workbook; none: the first.")
    mode: Literal["snapshot", "addition"] = Field(
        description="Whether it is the whole list or only adds to it."
    )
    columns: Mapping[str, tuple[str, ...]] = Field({}, description="Column -> other headings it may have.")
    required: tuple[str, ...] = Field((), description="Columns without which the file is not read.")
    id: tuple[str, ...] = Field((), description="Columns that name a row; none: all its cells together.")
    types: Mapping[str, Type] = Field({}, description="Column -> what its cells hold.")
    header: tuple[str, ...] = Field((), description="Columns in their order, for a file without headings.")
    address: str = Field("", description="Page for people about this list.")
    settle_s: float = Field(2.0, ge=0, description="How long the file must have been left alone.")
    extra_cells: Literal["reject", "ignore"] = Field("reject", description="A row longer than the header.")
    mend: bool = Field(True, description="Mend UTF-8 that was read as Windows-1252 before.")
    may_be_empty: bool = Field(False, description="Whether a list without rows is an answer.")
    max_bytes: int = Field(200_000_000, gt=0, description="Largest file.")


@dataclass(frozen=True, slots=True)
class _Table:
    """An open file: its columns and how to go through its rows."""

    columns: Sequence[str]
    first: int
    read: Callable[[], Iterable[Record]]

    def rows(self) -> Iterable[Record]:
        return (record for record in self.read() if record.number >= self.first)


class Files:
    """The reader of one list."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._absence: Absence = "snapshot" if options.mode == "snapshot" else "nothing"

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read the file, if it is another one than last time."""
        return Look(self._pages(previous, clock))

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """Look whether the ids stand in the file now; only a whole snapshot says that they are gone."""
        asked = set(source_ids)
        try:
            found, digest = self._find(asked, clock)
        except (Retry, OSError) as fault:
            return {source_id: Evidence("unknown", str(fault)) for source_id in asked}
        name = self._options.path.name
        said = {source_id: Evidence("present", f"in {name}") for source_id in found}
        if self._absence == "nothing":
            missing = Evidence("unknown", f"{name} only adds: what it does not hold may still be there")
        else:
            missing = Evidence("gone", f"not in the whole snapshot {name}, digest {digest}")
        return said | dict.fromkeys(asked - found, missing)

    def close(self) -> None:
        """Nothing is held between looks."""

    def _find(self, asked: set[str], clock: Clock) -> tuple[set[str], str]:
        seen = self._scan(clock)
        with _Doubles(self._table(seen), self) as doubles:
            if not doubles.count and not self._options.may_be_empty:
                raise Retry("The file is empty", where=self._options.path.name)
            found = {source_id for source_id in asked if doubles.knows(source_id)}
        self._unchanged_since(seen, clock)
        return found, seen.digest

    def _pages(self, previous: LookState | None, clock: Clock) -> Generator[Page, None, Verdict]:
        try:
            seen = self._scan(clock)
            if previous is not None and previous.marks.get("digest") == seen.digest:
                return self._said("idle", complete=True, unchanged=True, seen=seen)
            table = self._table(seen)
            with _Doubles(table, self) as doubles:
                if not doubles.count:
                    return self._nothing(seen)
                yield from self._read(table, doubles)
            self._unchanged_since(seen, clock)
        except FileNotFoundError:
            return self._said("failing", f"{self._options.path.name}: er is geen bestand / there is no file")
        except OSError as fault:
            return self._said("failing", f"{self._options.path.name}: {fault.strerror}")
        except Retry as fault:
            return self._said("partial", str(fault), after=fault.after_s)
        return self._said("live", complete=True, seen=seen)

    def _scan(self, clock: Clock) -> Scan:
        path, status = self._options.path, self._options.path.stat()
        waits = self._options.settle_s - (clock() / 1000 - status.st_mtime)
        if 0 < waits <= self._options.settle_s:
            raise Retry(
                "The file was changed a moment ago", where=path.name, fix="It is read soon.", after_s=waits
            )
        seen = scan(path, self._options.max_bytes)
        if path.stat().st_mtime_ns != status.st_mtime_ns or seen.size != status.st_size:
            raise Retry("The file changes while it is read", where=path.name, after_s=self._options.settle_s)
        return seen

    def _unchanged_since(self, seen: Scan, clock: Clock) -> None:
        if self._scan(clock).digest != seen.digest:
            raise Retry("The file changed while it was read", where=self._options.path.name, after_s=1)

    def _table(self, seen: Scan) -> _Table:
        path = self._options.path
        read = self._reader(seen)
        if self._options.header:
            return _Table(self._options.header, 1, read)
        wanted = {*self._options.required, *self._options.id}
        for record in islice(read(), _HEADER_WITHIN):
            columns = self._headings(record)
            if wanted <= set(columns) and any(columns):
                twice = sorted({name for name in columns if name and columns.count(name) > 1})
                if twice:
                    raise Retry(
                        f"Two columns are called {', '.join(twice)}", where=path.name, fix="Rename one."
                    )
                return _Table(columns, record.number + 1, read)
        if not seen.size:
            return _Table((), 1, read)
        names = ", ".join(sorted(wanted)) or "any column"
        raise Retry(
            f"No heading row with {names}", where=path.name, fix="Were columns renamed? See the manifest."
        )

    def _reader(self, seen: Scan) -> Callable[[], Iterable[Record]]:
        path = self._options.path
        if seen.encoding == WORKBOOK:
            return partial(workbooks.records, path, self._options.sheet)
        if path.suffix.lower() in objects.SUFFIXES:
            return partial(objects.records, path, seen.encoding)
        return partial(records, path, seen.encoding, delimiter(path, seen.encoding))

    def _headings(self, record: Record) -> list[str]:
        known = {
            heading(said): name for name, others in self._options.columns.items() for said in (name, *others)
        }
        return [known.get(heading(said), " ".join(values.mend(said).split())) for said in record.cells]

    def _read(self, table: _Table, doubles: _Doubles) -> Generator[Page, None, None]:
        good: list[Row] = []
        bad: list[Faulty] = []
        for record in table.rows():
            place = f"{self._options.path.name}, rij {record.number}"
            source_id: str | None = None
            try:
                cells, extra = self._cells(table, record)
                source_id = self._source_id(cells)
                first = doubles.first(source_id, record, place)
                if extra and self._options.extra_cells == "reject":
                    raise _longer(record, table)
                if first:
                    good.append(Row(source_id, self._typed(cells), place, self._options.address))
            except Reject as reject:
                bad.append(Faulty(place, source_id, reject, record.raw.encode()))
            if len(good) + len(bad) >= _PAGE:
                yield Page(good, bad)
                good, bad = [], []
        yield Page(good, bad)

    def _cells(
        self, table: _Table, record: Record, only: Sequence[str] = ()
    ) -> tuple[dict[str, str | None], bool]:
        """The cells by heading, all or `only` these, and whether there are more than headings."""
        mend = values.mend if self._options.mend else str
        found = dict.fromkeys(filter(None, table.columns)) | {
            name: values.cell(mend(said))
            for name, said in zip(table.columns, record.cells, strict=False)
            if name and (not only or name in only)
        }
        return found, any(mend(each).strip() for each in record.cells[len(table.columns) :])

    def _source_id(self, cells: Mapping[str, str | None]) -> str:
        if not self._options.id:
            text = "\x1f".join(f"{name}={said}" for name, said in cells.items())
            return "row:" + blake2b(text.encode("utf-8", "replace"), digest_size=10).hexdigest()
        parts = [cells.get(name) for name in self._options.id]
        if not all(parts):
            empty = ", ".join(name for name, part in zip(self._options.id, parts, strict=True) if not part)
            raise Reject(
                f"{empty} is empty", field=empty, expected="a value", got="nothing", fix="Fill it in."
            )
        return "|".join(part for part in parts if part)

    def _typed(self, cells: Mapping[str, str | None]) -> dict[str, Any]:
        return {
            name: said if said is None else _TYPES[self._options.types.get(name, "text")](said, name)
            for name, said in cells.items()
        }

    def _nothing(self, seen: Scan) -> Verdict:
        if self._options.may_be_empty and seen.size:
            return self._said("idle", complete=True, seen=seen)
        return self._said("partial", f"{self._options.path.name} is leeg / is empty")

    def _said(
        self,
        state: State,
        *reasons: str,
        complete: bool = False,
        unchanged: bool = False,
        seen: Scan | None = None,
        after: float | None = None,
    ) -> Verdict:
        return Verdict(
            complete=complete,
            state=state,
            absence=self._absence,
            reasons=reasons,
            unchanged=unchanged,
            next_state=LookState(marks={"digest": seen.digest}) if seen else LookState(),
            resume_after_s=after,
            snapshot=seen.digest if seen else None,
        )


class _Doubles:
    """The ids of a file, on disk, from a first pass that also finds where the file breaks off."""

    def __init__(self, table: _Table, files: Files) -> None:
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE id (id TEXT PRIMARY KEY, raw BLOB, row INT, other INT) WITHOUT ROWID")
        self.count = 0
        width = len(table.columns)
        last: Record | None = None
        for record in table.rows():
            self.count += 1
            width = min(width, len(last.cells)) if last else width
            last = record
            try:
                source_id = files._source_id(files._cells(table, record, files._options.id)[0])
            except Reject:
                continue
            self._db.execute(
                "INSERT INTO id VALUES (?1, ?2, ?3, NULL)"
                " ON CONFLICT DO UPDATE SET other = ?3 WHERE raw != ?2",
                (source_id, _content(record), record.number),
            )
        if last and len(last.cells) < width and not last.raw.endswith(("\n", "\r")):
            self._db.close()
            raise Retry(f"The file breaks off in row {last.number}", fix="Upload it again.", after_s=2)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def knows(self, source_id: str) -> bool:
        """Whether the file has a row of that id."""
        return self._db.execute("SELECT 1 FROM id WHERE id = ?", (source_id,)).fetchone() is not None

    def first(self, source_id: str, record: Record, place: str) -> bool:
        """Whether this row is the one to take; rows that contradict each other are all set aside."""
        row, other = self._db.execute("SELECT row, other FROM id WHERE id = ?", (source_id,)).fetchone()
        if other is None:
            return bool(row == record.number)
        raise Reject(
            f"{place}: {source_id} stands in rows {row} and {other}, and they differ",
            where=place,
            fix="Leave one of them.",
            field="id",
            expected="each id once",
            got=source_id,
        )


def heading(text: str) -> str:
    """A heading without what people change in it: case, accents, punctuation, blanks."""
    bare = unicodedata.normalize("NFKD", values.mend(text)).casefold()
    return " ".join(
        re.sub(r"[^a-z0-9]+", " ", "".join(c for c in bare if not unicodedata.combining(c))).split()
    )


def _content(record: Record) -> bytes:
    return blake2b(
        "\x1f".join(record.cells).rstrip("\x1f").encode("utf-8", "replace"), digest_size=16
    ).digest()


def _longer(record: Record, table: _Table) -> Reject:
    return Reject(
        f"Row {record.number} has {len(record.cells)} cells, the header {len(table.columns)}",
        fix="A delimiter inside a cell needs quotes around the cell.",
        expected=str(len(table.columns)),
        got=str(len(record.cells)),
    )


def _number(said: str, name: str) -> float | int:
    found = values.number(said, field=name)
    return int(found) if found == found.to_integral_value() else float(found)


_TYPES: Mapping[str, Callable[[str, str], Any]] = {
    "text": lambda said, _: said,
    "day": lambda said, name: values.day(said, field=name),
    "day-mdy": lambda said, name: values.day(said, field=name, month_first=True),
    "number": _number,
    "whole": lambda said, name: values.whole(said, field=name),
    "yes": lambda said, name: values.yes(said, field=name),
    "digits8": lambda said, name: values.digits(said, 8, field=name),
    "digits9": lambda said, name: values.digits(said, 9, field=name),
    "digits20": lambda said, name: values.digits(said, 20, field=name),
}
