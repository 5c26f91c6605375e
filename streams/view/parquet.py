"""Lists as Parquet, for programs that calculate: typed columns, written group by group.

The columns have the names of the other files. Lists stay lists, times are instants in UTC, days are days; what the file
says of itself (as of when, last change, digest of the records) stands in its metadata under `zeven.`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from streams.view.columns import Item, arrays_of, columns_of

if TYPE_CHECKING:
    from streams.view.exports import Moment

GROUP_ROWS: Final = 5_000
_CHANGED: Final = frozenset(("first_changed_at", "last_changed_at"))
_INSTANTS: Final = {"event": _CHANGED | {"start", "end", "previous_start"}}
_DAYS: Final = {
    "project": frozenset(("start", "end", "deadline")),
    "membership": frozenset(("start", "end")),
}
_PLAIN: Final = {"string": "string", "int": "int64", "long": "int64", "double": "float64", "boolean": "bool_"}
_SCALARS: Final = {"text": "string", "number": "float64", "flag": "bool_"}
_WHOLE: Final = frozenset(("sequence", "capacity"))


class Typed(NamedTuple):
    """A column: its name, its Arrow type, what it means, how a cell is taken and how its text is read."""

    name: str
    type: Any
    what: str
    take: Callable[[Item], Any]
    read: Callable[[str], Any] | None = None


def write(to: IO[bytes], kind: str, items: Iterable[Item], moment: Moment) -> int:
    """Write records to a Parquet file; returns how many. At most `GROUP_ROWS` are in memory at once."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    columns = typed_columns(kind)
    fields = [pa.field(one.name, one.type, metadata={"description": one.what}) for one in columns]
    schema = pa.schema(fields)
    digest, count, unreadable = hashlib.sha256(), 0, 0
    with ParquetWriter(to, schema, compression="zstd") as writer:
        for group in _groups(items):
            for item in group:
                digest.update(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE))
            arrays = []
            for column in columns:
                cells, lost = _cells(column, group)
                arrays.append(pa.array(cells, column.type))
                unreadable += lost
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            count += len(group)
        writer.add_key_value_metadata(_said(moment, count, unreadable, digest.hexdigest()))
    return count


def _said(moment: Moment, count: int, unreadable: int, digest: str) -> Mapping[str, str]:
    """The digest is that of the NDJSON file of the same records: a Parquet file cannot hold its own."""
    return {
        "zeven.as_of": moment.as_of or "",
        "zeven.change": str(moment.change),
        "zeven.records": str(count),
        "zeven.ndjson_sha256": digest,
        "zeven.unreadable_times": str(unreadable),
        "zeven.completeness": orjson.dumps(moment.completeness).decode(),
    }


def typed_columns(kind: str) -> Sequence[Typed]:
    """The columns of a kind of national record, with Arrow types."""
    import pyarrow as pa

    arrays = arrays_of(kind)
    organisation = pa.struct([(name, pa.string()) for name in ("id", "name", "role")])
    found = []
    for name, sort, what, take in columns_of(kind):
        if name == "hubs":
            one = Typed(name, pa.list_(pa.string()), what, lambda item: item["hubs"])
        elif name == "organisations":
            one = Typed(name, pa.list_(organisation), what, lambda item: item["organisations"])
        elif name in arrays:
            one = Typed(name, pa.list_(_type_of(arrays[name])), what, _content(name))
        elif name in _INSTANTS.get(kind, _CHANGED):
            one = Typed(name, pa.timestamp("ms", "UTC"), what, take, _instant)
        elif name in _DAYS.get(kind, ()):
            one = Typed(name, pa.date32(), what, take, date.fromisoformat)
        else:
            plain = "int64" if name in _WHOLE else _SCALARS[sort]
            one = Typed(name, getattr(pa, plain)(), what, take)
        found.append(one)
    return found


def _type_of(node: Any) -> Any:
    """The Arrow type of an item of a list, from its Avro type."""
    import pyarrow as pa

    if isinstance(node, str):
        return getattr(pa, _PLAIN[node])()
    return pa.struct([(name, _type_of(inner)) for name, inner in node.items()])


def _content(name: str) -> Callable[[Item], Any]:
    return lambda item: (item["fields"] or {}).get(name)


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _cells(column: Typed, group: Sequence[Item]) -> tuple[list[Any], int]:
    """The cells of a group, and how many texts are no time; those cells stay empty and are counted in the file."""
    taken = [column.take(item) for item in group]
    if column.read is None:
        return taken, 0
    cells, lost = [], 0
    for text in taken:
        try:
            cells.append(None if text is None else column.read(text))
        except ValueError:
            cells.append(None)
            lost += 1
    return cells, lost


def _groups(items: Iterable[Item]) -> Iterator[Sequence[Item]]:
    rest = iter(items)
    while group := list(islice(rest, GROUP_ROWS)):
        yield group
